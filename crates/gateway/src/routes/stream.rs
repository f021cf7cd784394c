//! Server-sent events for one request: the state at once, then each change, until the caller goes.
//!
//! An announcement from the writer makes it fast; a look at the store every two seconds is the truth,
//! also when another process wrote the change.

use super::{checkout, payment_requests};
use crate::app::{App, StreamsOf};
use crate::auth::Caller;
use crate::problem::{Code, Problem};
use actix_web::http::header;
use actix_web::web::Bytes;
use actix_web::{HttpResponse, web};
use futures_util::stream;
use payment::PaymentRequestId;
use serde::Serialize;
use std::sync::PoisonError;
use std::time::Duration;
use store::payment_request::{PaymentRequest, RequestKey};
use store::{Change, TenantScope};
use tokio::sync::{OwnedSemaphorePermit, broadcast};
use tokio::time::Instant;

/// How often the store is asked when nothing is announced.
const POLL: Duration = Duration::from_secs(2);
/// How often it is asked whether the key is still in use: what it opened ends within a second too.
const KEY_CHECK: Duration = Duration::from_millis(400);
/// A comment this often keeps proxies from closing the connection.
const HEARTBEAT: Duration = Duration::from_secs(15);
/// Streams of one request at once: the payer, the counter, a screen, and some to spare.
const STREAMS_PER_REQUEST_MAX: usize = 20;
/// A stream ends after this long; a browser opens it again by itself.
const LIFETIME: Duration = Duration::from_secs(30 * 60);

#[derive(Serialize)]
struct StatusEvent {
    status: &'static str,
    amount: money::Vnd,
    amount_received: money::Vnd,
    amount_remaining: money::Vnd,
    late: bool,
    version: i64,
    paid_at: Option<payment::Timestamp>,
}

struct Watch {
    app: App,
    scope: TenantScope,
    /// Whose key opened it; a payer has the link instead.
    caller: Option<Caller>,
    key: RequestKey,
    changes: broadcast::Receiver<Change>,
    shown_version: Option<i64>,
    last_sent: Instant,
    ends_at: Instant,
    _place: Place,
}

/// A place among the open streams, given back when it is dropped.
struct Place {
    _of_all: OwnedSemaphorePermit,
    request: PaymentRequestId,
    streams_of: StreamsOf,
}

impl Place {
    /// A place, if there is one among all and one for this request: one link must not take them all.
    fn take(app: &App, request: PaymentRequestId) -> Option<Self> {
        let of_all = app.streams.clone().try_acquire_owned().ok()?;
        let mut open = app
            .streams_of
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let count = open.entry(request).or_default();
        if *count >= STREAMS_PER_REQUEST_MAX {
            return None;
        }
        *count += 1;
        Some(Self {
            _of_all: of_all,
            request,
            streams_of: app.streams_of.clone(),
        })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut open = self
            .streams_of
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = open.get_mut(&self.request) {
            *count -= 1;
            if *count == 0 {
                open.remove(&self.request);
            }
        }
    }
}

pub(super) async fn authenticated(
    app: web::Data<App>,
    caller: Caller,
    id: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let request = payment_requests::find(&app, &caller, &id).await?;
    let scope = caller.scope.clone();
    open(&app, scope, Some(caller), &request)
}

pub(super) async fn checkout(
    app: web::Data<App>,
    token: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let (scope, request) = checkout::find(&app, &token).await?;
    open(&app, scope, None, &request)
}

fn open(
    app: &App,
    scope: TenantScope,
    caller: Option<Caller>,
    request: &PaymentRequest,
) -> Result<HttpResponse, Problem> {
    let place = Place::take(app, request.id).ok_or_else(|| {
        let mut problem = Problem::new(
            Code::Unavailable,
            "Quá nhiều màn hình đang chờ; trang vẫn đúng khi tải lại.",
            "Too many screens are waiting; a reload still shows the truth.",
        );
        problem.retry_after = Some(10);
        problem
    })?;
    let now = Instant::now();
    let watch = Watch {
        app: app.clone(),
        scope,
        caller,
        key: RequestKey::Id(request.id),
        changes: app.writer.changes(),
        shown_version: None,
        last_sent: now,
        ends_at: now + LIFETIME,
        _place: place,
    };
    let frames = stream::unfold(watch, |mut watch| async move {
        let frame = watch.next_frame().await?;
        Some((Ok::<_, std::convert::Infallible>(Bytes::from(frame)), watch))
    });
    Ok(HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, "text/event-stream"))
        .insert_header(("x-accel-buffering", "no"))
        .streaming(frames))
}

impl Watch {
    /// The next thing to send; nothing when the stream ends.
    async fn next_frame(&mut self) -> Option<String> {
        loop {
            if Instant::now() >= self.ends_at || self.app.shutdown.is_cancelled() {
                return None;
            }
            if let Ok(Some(request)) = self.app.store.payment_request(&self.scope, &self.key).await
                && self.shown_version != Some(request.version)
            {
                self.shown_version = Some(request.version);
                self.last_sent = Instant::now();
                return frame(&request);
            }
            if self.last_sent.elapsed() >= HEARTBEAT {
                self.last_sent = Instant::now();
                return Some(": still here\n\n".to_owned());
            }
            self.wait().await;
        }
    }

    /// Until this request may have changed, or it is time to look anyway.
    async fn wait(&mut self) {
        let look_again = tokio::time::sleep(POLL);
        tokio::pin!(look_again);
        let mut key_check = tokio::time::interval(KEY_CHECK);
        loop {
            tokio::select! {
                () = &mut look_again => return,
                _ = key_check.tick() => {
                    if let Some(caller) = &self.caller
                        && !caller.is_still_in_use(&self.app).await
                    {
                        self.ends_at = Instant::now();
                        return;
                    }
                }
                () = self.app.shutdown.cancelled() => return,
                change = self.changes.recv() => match change {
                    Ok(change) => {
                        if matches!(&self.key, RequestKey::Id(id) if change.payment_request == Some(*id)) {
                            return;
                        }
                    }
                    // We missed some: look.
                    Err(broadcast::error::RecvError::Lagged(_)) => return,
                    Err(broadcast::error::RecvError::Closed) => {
                        look_again.await;
                        return;
                    }
                },
            }
        }
    }
}

fn frame(request: &PaymentRequest) -> Option<String> {
    let data = serde_json::to_string(&StatusEvent {
        status: request.status.as_str(),
        amount: request.amount,
        amount_received: request.received,
        amount_remaining: request.remaining(),
        late: request.late,
        version: request.version,
        paid_at: request.paid_at,
    })
    .ok()?;
    Some(format!(
        "id: {}\nevent: status\ndata: {data}\n\n",
        request.version
    ))
}
