//! `POST /v1/callbacks/{source}`: a bank or an aggregator tells us about money.
//!
//! Signature over the exact bytes, durable storage, answer: nothing else happens before the answer.
//! A repeat is answered like the first, because senders repeat until they hear their success form.

use super::cursor::{self, Paging};
use crate::app::App;
use crate::auth::Caller;
use crate::body::CallbackBody;
use crate::problem::{Code, Problem};
use crate::view::{CallbackView, Page};
use actix_web::http::{StatusCode, header};
use actix_web::{HttpRequest, HttpResponse, web};
use ipnet::IpNet;
use payment::{CallbackId, CreditOutcome};
use reconciler::Secret;
use reconciler::callback::{
    Answer, AuthenticationError, Carrier, Dialect, MalformedCallback, RawCallback, Reply, Source,
    TokenForm,
};
use serde::Deserialize;
use sha2::{Digest, Sha256};
use std::net::IpAddr;
use store::TenantScope;
use store::callback::{RecordCallback, Recorded};
use store::quarantine::RefusedCallback;
use store::tenant::{CallbackSource, SourceTerms};
use uuid::Uuid;

/// Header values that are secrets themselves: kept as evidence that they were there, not what they were.
const SECRET_HEADERS: [&str; 5] = [
    "authorization",
    "cookie",
    "secure-token",
    "x-api-key",
    "x-secret-key",
];

/// The reason for which a call from another network is kept apart.
const ADDRESS_NOT_ALLOWED: &str = "address_not_allowed";
/// Refused callbacks that are larger are not kept. The largest real one that is known has 4 KiB.
const REFUSED_BYTES_MAX: usize = 16 * 1024;

/// Where a message comes in: the address of the source itself, by POST or by GET, or one below it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Door {
    carrier: Carrier,
    path: Option<&'static str>,
}

/// `POST /v1/callbacks/{source}`.
pub(super) async fn receive(
    app: web::Data<App>,
    source: web::Path<String>,
    request: HttpRequest,
    CallbackBody(body): CallbackBody,
) -> Result<HttpResponse, Problem> {
    let door = Door {
        carrier: Carrier::Body,
        path: None,
    };
    hear(&app, &source, &request, &body, door).await
}

/// `POST /v1/callbacks/{source}/bank/api/transaction-sync`, as VietQR.vn and MB call below the address
/// that they were given.
pub(super) async fn receive_transaction_sync(
    app: web::Data<App>,
    source: web::Path<String>,
    request: HttpRequest,
    CallbackBody(body): CallbackBody,
) -> Result<HttpResponse, Problem> {
    let door = Door {
        carrier: Carrier::Body,
        path: Some("bank/api/transaction-sync"),
    };
    hear(&app, &source, &request, &body, door).await
}

/// `GET /v1/callbacks/{source}`: the message is the query.
pub(super) async fn receive_query(
    app: web::Data<App>,
    source: web::Path<String>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let door = Door {
        carrier: Carrier::Query,
        path: None,
    };
    let query = request.query_string().as_bytes();
    hear(&app, &source, &request, query, door).await
}

/// A source of callbacks, opened.
pub(super) struct OpenSource {
    name: String,
    pub(super) scope: TenantScope,
    pub(super) dialect: Dialect,
    secrets: Vec<Secret>,
    terms: SourceTerms,
}

impl OpenSource {
    pub(super) async fn find(app: &App, name: &str) -> Result<Option<Self>, Problem> {
        let Some(found) = app.store.callback_source(name).await? else {
            return Ok(None);
        };
        let (dialect, secrets) = open(app, name, &found)?;
        Ok(Some(Self {
            name: name.to_owned(),
            scope: found.scope,
            dialect,
            secrets,
            terms: found.terms,
        }))
    }

    /// The settings decide, the message never does.
    pub(super) fn terms(&self) -> Source<'_> {
        Source {
            tolerance_seconds: self.terms.tolerance_seconds,
            account: self.terms.account.as_deref(),
            ..Source::new(&self.name, self.dialect, &self.secrets)
        }
    }

    /// Whether this address may call; any may when no network is named.
    fn allows(&self, caller: Option<IpAddr>) -> bool {
        let mut networks = self.terms.allowed_networks.split_whitespace().peekable();
        if networks.peek().is_none() {
            return true;
        }
        // They were read when the settings were; what does not read allows nobody.
        caller.is_some_and(|caller| {
            networks.any(|network| {
                network
                    .parse::<IpNet>()
                    .is_ok_and(|network| network.contains(&caller))
            })
        })
    }
}

async fn hear(
    app: &App,
    name: &str,
    request: &HttpRequest,
    message: &[u8],
    door: Door,
) -> Result<HttpResponse, Problem> {
    let received_at = app.now();
    let source = OpenSource::find(app, name)
        .await?
        .ok_or_else(Problem::not_found)?;
    let dialect = source.dialect;
    if (dialect.carrier(), dialect.path()) != (door.carrier, door.path) {
        return Err(Problem::not_found());
    }
    let headers = headers_of(request);
    let raw = RawCallback {
        headers: &headers,
        body: message,
        received_at,
    };
    if !source.allows(app.callers.address(request)) {
        refused(app, &source, &raw, ADDRESS_NOT_ALLOWED).await;
        return Err(Problem::new(
            Code::Forbidden,
            "Nguồn này chỉ nhận thông báo từ các địa chỉ đã khai báo.",
            "This source takes callbacks from its declared networks only.",
        ));
    }
    let terms = source.terms();
    let authentic = match terms.authenticate(&raw) {
        Ok(authentic) => authentic,
        Err(error) => {
            refused(app, &source, &raw, error.code()).await;
            return dialect
                .answer(&Reply::Refused(error))
                .map(spoken)
                .ok_or_else(|| not_authentic(error));
        }
    };
    let malformed = authentic.read().err();
    let callback = record(
        &source,
        CallbackId::from_uuid(Uuid::now_v7()),
        &raw,
        malformed.as_ref(),
    );
    let recorded = match app.writer.record_callback(callback).await {
        Ok(recorded) => recorded,
        // Nothing is stored: each sender has its own word for "come again".
        Err(error) => {
            let problem = Problem::from(error);
            return dialect.answer(&Reply::TryAgain).map(spoken).ok_or(problem);
        }
    };
    if let Some(malformed) = malformed {
        return dialect
            .answer(&Reply::Unreadable(&malformed))
            .map(spoken)
            .ok_or_else(|| not_readable(&malformed));
    }
    let receipt = receipt(message);
    let reply = match recorded {
        Recorded::New(_) => Reply::Accepted { receipt: &receipt },
        Recorded::Repeat => Reply::Repeated { receipt: &receipt },
    };
    Ok(match dialect.answer(&reply) {
        Some(answer) => spoken(answer),
        None => HttpResponse::NoContent().finish(),
    })
}

fn headers_of(request: &HttpRequest) -> Vec<(String, String)> {
    request
        .headers()
        .iter()
        .map(|(name, value)| {
            (
                name.as_str().to_owned(),
                String::from_utf8_lossy(value.as_bytes()).into_owned(),
            )
        })
        .collect()
}

pub(super) fn record(
    source: &OpenSource,
    id: CallbackId,
    raw: &RawCallback<'_>,
    malformed: Option<&MalformedCallback>,
) -> RecordCallback {
    RecordCallback {
        scope: source.scope.clone(),
        id,
        source: source.name.clone(),
        dialect: source.dialect,
        account: source.terms.account.clone(),
        received_at: raw.received_at,
        headers: kept_headers(raw.headers),
        body_digest: Sha256::digest(raw.body).into(),
        body: raw.body.to_vec(),
        malformed: malformed.map(ToString::to_string),
    }
}

/// Keeps what did not prove its sender, within bounds: a stranger can make it come.
async fn refused(app: &App, source: &OpenSource, raw: &RawCallback<'_>, reason: &'static str) {
    tracing::warn!(source = %source.name, reason, "a callback was refused");
    if raw.body.len() > REFUSED_BYTES_MAX || !app.refusals.take(&source.name, raw.received_at) {
        return;
    }
    let headers = serde_json::to_string(raw.headers).unwrap_or_default();
    let purpose = refused_purpose(&source.name);
    let Ok(sealed_headers) = app.sealer.seal(&purpose, &headers) else {
        return;
    };
    let kept = app.writer.keep_refused(RefusedCallback {
        scope: source.scope.clone(),
        id: CallbackId::from_uuid(Uuid::now_v7()),
        source: source.name.clone(),
        dialect: source.dialect,
        account: source.terms.account.clone(),
        received_at: raw.received_at,
        reason,
        sealed_headers,
        body: raw.body.to_vec(),
        body_digest: Sha256::digest(raw.body).into(),
    });
    if let Err(error) = kept.await {
        // The sender hears that it was refused either way, and comes again or not.
        tracing::warn!(error = ?error, "a refused callback could not be kept");
    }
}

/// What the headers of a refused callback are sealed for.
pub(super) fn refused_purpose(source: &str) -> String {
    format!("refused-callback:{source}")
}

/// `POST /v1/callbacks/{source}/api/token_generate`: VietQR.vn and MB ask for a token before they call.
pub(super) async fn token_generate(
    app: web::Data<App>,
    source: web::Path<String>,
    request: HttpRequest,
    CallbackBody(body): CallbackBody,
) -> Result<HttpResponse, Problem> {
    grant(&app, &source, &request, &body, TokenForm::Basic).await
}

/// `POST /v1/callbacks/{source}/oauth/token`: SePay asks for a token before it calls.
pub(super) async fn oauth_token(
    app: web::Data<App>,
    source: web::Path<String>,
    request: HttpRequest,
    CallbackBody(body): CallbackBody,
) -> Result<HttpResponse, Problem> {
    grant(&app, &source, &request, &body, TokenForm::ClientCredentials).await
}

async fn grant(
    app: &App,
    name: &str,
    request: &HttpRequest,
    body: &[u8],
    form: TokenForm,
) -> Result<HttpResponse, Problem> {
    let source = OpenSource::find(app, name)
        .await?
        .filter(|source| source.dialect.token_form() == Some(form))
        .ok_or_else(Problem::not_found)?;
    if !source.allows(app.callers.address(request)) {
        return Err(not_granted());
    }
    let headers = headers_of(request);
    let raw = RawCallback {
        headers: &headers,
        body,
        received_at: app.now(),
    };
    match source.terms().grant(&raw) {
        Some(Ok(token)) => Ok(HttpResponse::Ok()
            .insert_header((header::CONTENT_TYPE, "application/json"))
            .insert_header((header::CACHE_CONTROL, "no-store"))
            .body(token.body)),
        Some(Err(error)) => {
            tracing::warn!(source = name, reason = error.code(), "a token was refused");
            Err(not_granted())
        }
        None => Err(Problem::not_found()),
    }
}

fn not_granted() -> Problem {
    Problem::new(
        Code::CallbackNotAuthentic,
        "Tên và mật khẩu không phải của nguồn này; gửi đúng dạng mà nguồn này quy định.",
        "The credentials are not this source's; send them in the form that its dialect asks for.",
    )
}

/// What a sender may quote to us: from the bytes, so that a repeat hears the same, from every gateway.
pub(crate) fn receipt(body: &[u8]) -> String {
    let digest: [u8; 32] = Sha256::digest(body).into();
    hex::encode(&digest[..16])
}

/// An answer in the sender's own form.
fn spoken(answer: Answer) -> HttpResponse {
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::OK);
    let mut response = HttpResponse::build(status);
    if answer.body.is_empty() {
        return response.finish();
    }
    response
        .insert_header((header::CONTENT_TYPE, "application/json"))
        .body(answer.body.into_owned())
}

fn open(app: &App, name: &str, source: &CallbackSource) -> Result<(Dialect, Vec<Secret>), Problem> {
    let broken = || {
        tracing::error!(
            source = name,
            "the source's dialect or secret cannot be used"
        );
        Problem::new(
            Code::Internal,
            "Nguồn thông báo này chưa được cấu hình đúng; báo người vận hành.",
            "This source is not configured correctly; tell the operator.",
        )
    };
    let dialect = Dialect::parse(&source.dialect).ok_or_else(broken)?;
    let purpose = crate::provision::source_purpose(name);
    let mut secrets = Vec::with_capacity(2);
    for sealed in [
        Some(&source.sealed_secret),
        source.sealed_previous_secret.as_ref(),
    ]
    .into_iter()
    .flatten()
    {
        secrets.push(Secret::new(
            app.sealer.open(&purpose, sealed).map_err(|_| broken())?,
        ));
    }
    Ok((dialect, secrets))
}

/// The answer to a callback that is not from the configured sender.
pub(crate) fn not_authentic(error: AuthenticationError) -> Problem {
    let (vi, en) = match error {
        AuthenticationError::StaleTimestamp => (
            "Thời điểm ký lệch quá mức cho phép so với đồng hồ máy chủ, hoặc mã truy cập đã hết hạn; kiểm tra đồng hồ rồi ký lại.",
            "The signed time is further from our clock than this source allows, or the token has ended; check the clock and sign again.",
        ),
        AuthenticationError::BadTimestamp => (
            "Thiếu thời điểm ký hoặc không đúng dạng của nguồn này.",
            "The signed timestamp is missing or does not have this source's form.",
        ),
        AuthenticationError::MissingSignature => (
            "Thiếu tiêu đề chữ ký của nguồn này.",
            "The signature header of this source is missing.",
        ),
        _ => (
            "Chữ ký không khớp với nội dung; ký đúng từng byte đã gửi bằng khóa của nguồn này.",
            "The signature does not match; sign exactly the bytes that are sent with this source's secret.",
        ),
    };
    Problem::new(Code::CallbackNotAuthentic, vi, en)
}

/// The answer to an authentic callback that is in quarantine now.
pub(crate) fn not_readable(malformed: &MalformedCallback) -> Problem {
    Problem::new(
        Code::MalformedCallback,
        format!("Thông báo đã được lưu để xem lại nhưng chưa đọc được: {malformed}."),
        format!("The callback was kept for review and cannot be read yet: {malformed}."),
    )
}

/// The headers as JSON, with secrets taken out.
fn kept_headers(headers: &[(String, String)]) -> String {
    let kept: Vec<(&str, &str)> = headers
        .iter()
        .map(|(name, value)| {
            let secret = SECRET_HEADERS.contains(&name.as_str());
            (
                name.as_str(),
                if secret { "(not kept)" } else { value.as_str() },
            )
        })
        .collect();
    serde_json::to_string(&kept).unwrap_or_default()
}

#[derive(Debug, Deserialize)]
pub(super) struct Filter {
    outcome: Option<String>,
}

pub(super) async fn list(
    app: web::Data<App>,
    caller: Caller,
    filter: web::Query<Filter>,
    paging: web::Query<Paging>,
) -> Result<HttpResponse, Problem> {
    let outcome = filter
        .outcome
        .as_deref()
        .map(|text| {
            CreditOutcome::parse(text).ok_or_else(|| {
                Problem::parameter(
                    "outcome",
                    "outcome phải là settled, suspense, duplicate, conflict, ignored hoặc quarantined.",
                    "outcome must be settled, suspense, duplicate, conflict, ignored or quarantined.",
                )
            })
        })
        .transpose()?;
    let limit = paging.limit()?;
    let before: Option<CallbackId> = paging.cursor()?;
    let messages = app
        .store
        .callbacks(&caller.scope, outcome, before, limit + 1)
        .await?;
    let (messages, next_cursor) = cursor::page(messages, limit, |message| message.callback_id);
    let data: Vec<CallbackView<'_>> = messages.iter().map(CallbackView::from).collect();
    Ok(HttpResponse::Ok().json(Page { data, next_cursor }))
}
