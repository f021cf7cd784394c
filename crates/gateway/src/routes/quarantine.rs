//! `/v1/quarantine`: what came and could not be taken, and judging it again without the sender.

use super::callbacks::{self, OpenSource};
use super::cursor::{self, Paging};
use crate::app::App;
use crate::auth::Caller;
use crate::problem::{Code, Problem};
use crate::view::Page;
use actix_web::{HttpResponse, web};
use payment::{CallbackId, Timestamp};
use reconciler::callback::{AuthenticCallback, Dialect, RawCallback};
use serde::Serialize;
use sha2::{Digest, Sha256};
use store::quarantine::{Apart, Evidence, Quarantined, Rerun};

#[derive(Serialize)]
struct QuarantinedView<'a> {
    id: CallbackId,
    source: &'a str,
    received_at: Timestamp,
    /// `not_authentic` or `not_readable`.
    state: &'static str,
    reason: &'a str,
    bytes: i64,
}

impl<'a> From<&'a Quarantined> for QuarantinedView<'a> {
    fn from(kept: &'a Quarantined) -> Self {
        let (state, reason) = match &kept.why {
            Apart::NotAuthentic(reason) => ("not_authentic", reason),
            Apart::NotReadable(reason) => ("not_readable", reason),
        };
        Self {
            id: kept.id,
            source: &kept.source,
            received_at: kept.received_at,
            state,
            reason,
            bytes: kept.bytes,
        }
    }
}

/// One of them with its message.
#[derive(Serialize)]
struct WithMessage<'a> {
    #[serde(flatten)]
    shown: QuarantinedView<'a>,
    dialect: &'a str,
    sha256: String,
    /// The message as text; characters that are no UTF-8 are replaced.
    message: std::borrow::Cow<'a, str>,
}

pub(super) async fn list(
    app: web::Data<App>,
    caller: Caller,
    paging: web::Query<Paging>,
) -> Result<HttpResponse, Problem> {
    let limit = paging.limit()?;
    let before: Option<CallbackId> = paging.cursor()?;
    let kept = app
        .store
        .quarantine(&caller.scope, before, limit + 1)
        .await?;
    let (kept, next_cursor) = cursor::page(kept, limit, |kept| kept.id);
    let data: Vec<QuarantinedView<'_>> = kept.iter().map(QuarantinedView::from).collect();
    Ok(HttpResponse::Ok().json(Page { data, next_cursor }))
}

async fn find(app: &App, caller: &Caller, id: &str) -> Result<Evidence, Problem> {
    let id: CallbackId = id.parse().map_err(|_| Problem::not_found())?;
    let found = app.store.quarantined(&caller.scope, id).await?;
    found.ok_or_else(Problem::not_found)
}

pub(super) async fn get(
    app: web::Data<App>,
    caller: Caller,
    id: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let kept = find(&app, &caller, &id).await?;
    Ok(HttpResponse::Ok().json(WithMessage {
        shown: QuarantinedView::from(&kept.shown),
        dialect: &kept.dialect,
        sha256: hex::encode(Sha256::digest(&kept.body)),
        message: String::from_utf8_lossy(&kept.body),
    }))
}

#[derive(Serialize)]
struct RerunView {
    id: CallbackId,
    /// Always `queued`: what becomes of it stands in the list of callbacks.
    state: &'static str,
}

/// Judges it again, by the source's settings and the program as they are now.
pub(super) async fn rerun(
    app: web::Data<App>,
    caller: Caller,
    id: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let kept = find(&app, &caller, &id).await?;
    let id = kept.shown.id;
    let done = match &kept.shown.why {
        Apart::NotAuthentic(_) => accept(&app, &caller, &kept).await?,
        Apart::NotReadable(_) => requeue(&app, &caller, &kept).await?,
    };
    match done {
        Rerun::Queued => Ok(HttpResponse::Accepted().json(RerunView {
            id,
            state: "queued",
        })),
        Rerun::NotKept => Err(Problem::not_found()),
    }
}

async fn accept(app: &App, caller: &Caller, kept: &Evidence) -> Result<Rerun, Problem> {
    let name = &kept.shown.source;
    let closed = || {
        Problem::new(
            Code::WrongState,
            "Nguồn của thông báo này không còn được khai báo, hoặc thuộc loại khác; khai báo lại rồi chạy lại.",
            "The source of this callback is no longer declared, or has another dialect; declare it again first.",
        )
    };
    let source = OpenSource::find(app, name)
        .await?
        .filter(|source| {
            source.scope.tenant_id() == caller.scope.tenant_id()
                && source.dialect.as_str() == kept.dialect
        })
        .ok_or_else(closed)?;
    let headers = app
        .sealer
        .open(&callbacks::refused_purpose(name), &kept.headers)
        .ok()
        .and_then(|headers| serde_json::from_str::<Vec<(String, String)>>(&headers).ok())
        .ok_or_else(|| {
            Problem::new(
                Code::WrongState,
                "Không mở được phần chứng thực đã lưu: khóa chủ đã đổi.",
                "The proof that was kept cannot be opened: the master key has changed.",
            )
        })?;
    // The time at which it came counts: a signed time was fresh then or never.
    let raw = RawCallback {
        headers: &headers,
        body: &kept.body,
        received_at: kept.shown.received_at,
    };
    let terms = source.terms();
    let authentic = terms.authenticate(&raw).map_err(|error| {
        Problem::new(
            Code::WrongState,
            format!(
                "Vẫn chưa xác thực được ({}); sửa khóa của nguồn rồi chạy lại.",
                error.code()
            ),
            format!(
                "It is still not authentic: {error}. Mend the source's secret, then run it again."
            ),
        )
    })?;
    let malformed = authentic.read().err();
    let callback = callbacks::record(&source, kept.shown.id, &raw, malformed.as_ref());
    Ok(app
        .writer
        .accept_refused(callback, caller.actor(), app.now())
        .await?)
}

async fn requeue(app: &App, caller: &Caller, kept: &Evidence) -> Result<Rerun, Problem> {
    let dialect = Dialect::parse(&kept.dialect).ok_or_else(Problem::not_found)?;
    let read = AuthenticCallback::from_store(dialect, &kept.body)
        .booked_on(kept.account.as_deref())
        .read();
    if let Err(malformed) = read {
        return Err(Problem::new(
            Code::WrongState,
            format!("Phiên bản này vẫn không đọc được thông báo: {malformed}."),
            format!("This version still cannot read the callback: {malformed}."),
        ));
    }
    Ok(app
        .writer
        .requeue(
            caller.scope.clone(),
            kept.shown.id,
            caller.actor(),
            app.now(),
        )
        .await?)
}
