//! Who calls: before a handler runs, its route asks here whether the caller may.

use crate::api_key::ApiKey;
use crate::app::App;
use crate::networks::parse_networks;
use crate::permission::{Access, Permission, Rights};
use crate::problem::{Code, Problem};
use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::http::header::{self, HeaderMap};
use actix_web::middleware::Next;
use actix_web::{FromRequest, HttpMessage, HttpRequest, ResponseError, web};
use ipnet::IpNet;
use payment::Timestamp;
use std::future::{Ready, ready};
use store::TenantScope;
use store::api_key::OpenedKey;

/// A caller who was let in. Only a route whose row names a permission has one.
#[derive(Debug, Clone)]
pub struct Caller {
    /// What it opens.
    pub scope: TenantScope,
    /// What it may do.
    pub rights: Rights,
    /// The networks that it may come from; any when absent.
    pub networks: Option<Vec<IpNet>>,
    /// Its end.
    pub expires_at: Option<Timestamp>,
    actor: String,
    credential: Credential,
}

/// The digest of the key that was shown. Not a secret that opens anything, and still nobody's business.
#[derive(Clone)]
struct Credential([u8; 32]);

impl std::fmt::Debug for Credential {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Credential(..)")
    }
}

impl Caller {
    /// The actor's name in audit records.
    #[must_use]
    pub fn actor(&self) -> String {
        self.actor.clone()
    }

    /// Whether the key is still in use: for answers that go on for long. A store that cannot be asked
    /// ends nothing.
    pub async fn is_still_in_use(&self, app: &App) -> bool {
        let found = app.store.authenticate(&self.credential.0, app.now()).await;
        !matches!(found, Ok(None))
    }
}

impl FromRequest for Caller {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let admitted = request.extensions().get::<Self>().cloned();
        // A route without a permission has no caller to give: closed, not open.
        ready(admitted.ok_or_else(unauthenticated))
    }
}

/// Lets a request through to its handler, or answers why not. What is refused here has not been read.
///
/// # Errors
/// What the handler's service could not turn into a response.
pub async fn admit(
    access: Access,
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let admitted = match access {
        Access::Public => Ok(()),
        Access::Needs(permission) => caller(&request, permission).await.map(|caller| {
            request.extensions_mut().insert(caller);
        }),
    };
    match admitted {
        Ok(()) => Ok(next.call(request).await?.map_into_boxed_body()),
        Err(problem) => Ok(request.into_response(problem.error_response())),
    }
}

async fn caller(request: &ServiceRequest, needed: Permission) -> Result<Caller, Problem> {
    let app = request.app_data::<web::Data<App>>();
    let app = app.ok_or_else(unauthenticated)?;
    let key = key_of(request.headers()).ok_or_else(unauthenticated)?;
    let now = app.now();
    let digest = key.digest();
    let found = app.store.authenticate(&digest, now).await?;
    let found = found.ok_or_else(unauthenticated)?;
    let networks = networks_of(&found)?;
    let from = app.callers.address(request.request());
    let welcome = networks.as_ref().is_none_or(|networks| {
        from.is_some_and(|from| networks.iter().any(|network| network.contains(&from)))
    });
    if !welcome {
        return Err(Problem::new(
            Code::Forbidden,
            "Khóa này chỉ dùng được từ những địa chỉ mạng đã đăng ký cho nó.",
            "This key may be used only from the networks that it was made for.",
        ));
    }
    let rights = Rights::stored(&found.scopes);
    if !rights.allow(needed) {
        let needed = needed.as_str();
        return Err(Problem::new(
            Code::Forbidden,
            format!("Khóa này không có quyền {needed}."),
            format!("This key does not have the scope {needed}."),
        ));
    }
    let caller = Caller {
        scope: found.scope.clone(),
        rights,
        networks,
        expires_at: found.expires_at,
        actor: found.id.to_string(),
        credential: Credential(digest),
    };
    if found.use_is_due(now) {
        let store = app.store.clone();
        // Nobody waits for it, and nothing depends on it.
        tokio::spawn(async move {
            if let Err(error) = store.note_use(&found, now).await {
                tracing::warn!(error = ?error, "the last use of a key was not noted");
            }
        });
    }
    Ok(caller)
}

/// The stored networks. A text that does not read opens nothing.
fn networks_of(key: &OpenedKey) -> Result<Option<Vec<IpNet>>, Problem> {
    let Some(stored) = &key.allowed_networks else {
        return Ok(None);
    };
    let entries: Vec<&str> = stored.split(' ').collect();
    match parse_networks(&entries) {
        Ok(networks) => Ok(Some(networks)),
        Err(index) => {
            tracing::error!(key = %key.id, index, "the stored networks of a key do not read");
            Err(unauthenticated())
        }
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
fn key_of(headers: &HeaderMap) -> Option<ApiKey> {
    let mut values = headers.get_all(header::AUTHORIZATION);
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
