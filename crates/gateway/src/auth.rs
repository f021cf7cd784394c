//! Who calls: the extractor that turns an API key into a [`TenantScope`].

use crate::api_key::ApiKey;
use crate::app::App;
use crate::problem::{Code, Problem};
use actix_web::dev::Payload;
use actix_web::http::header;
use actix_web::{FromRequest, HttpRequest, web};
use payment::ApiKeyId;
use std::future::Future;
use std::pin::Pin;
use store::TenantScope;

/// An authenticated caller. A route that needs one says so in its signature.
#[derive(Debug, Clone)]
pub struct Caller {
    /// The key that was shown.
    pub key: ApiKeyId,
    /// What it opens.
    pub scope: TenantScope,
}

impl Caller {
    /// The actor's name in audit records.
    #[must_use]
    pub fn actor(&self) -> String {
        self.key.to_string()
    }
}

fn unauthenticated() -> Problem {
    Problem::new(
        Code::Unauthenticated,
        "Gửi khóa API còn hiệu lực trong tiêu đề Authorization: Bearer tn_…",
        "Send a live API key in the header Authorization: Bearer tn_…",
    )
}

/// Reads the key from the one `Authorization` header.
fn key_of(request: &HttpRequest) -> Option<ApiKey> {
    let mut values = request.headers().get_all(header::AUTHORIZATION);
    let value = values.next()?.to_str().ok()?;
    if values.next().is_some() {
        return None;
    }
    let (scheme, key) = value.split_once(' ')?;
    scheme
        .eq_ignore_ascii_case("bearer")
        .then(|| ApiKey::parse(key.trim()))
        .flatten()
}

impl FromRequest for Caller {
    type Error = Problem;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Problem>>>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let app = request.app_data::<web::Data<App>>().cloned();
        let key = key_of(request);
        Box::pin(async move {
            let (Some(app), Some(key)) = (app, key) else {
                return Err(unauthenticated());
            };
            let found = app.store.authenticate(&key.digest(), app.now()).await?;
            let (key, scope) = found.ok_or_else(unauthenticated)?;
            Ok(Self { key, scope })
        })
    }
}
