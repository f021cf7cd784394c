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
use payment::{CallbackId, CreditOutcome};
use reconciler::Secret;
use reconciler::callback::{
    Answer, AuthenticationError, Dialect, MalformedCallback, RawCallback, Reply, Source,
};
use serde::Deserialize;
use sha2::{Digest, Sha256};
use store::callback::{RecordCallback, Recorded};
use store::tenant::CallbackSource;
use uuid::Uuid;

/// Header values that are secrets themselves: kept as evidence that they were there, not what they were.
const SECRET_HEADERS: [&str; 5] = [
    "authorization",
    "cookie",
    "secure-token",
    "x-api-key",
    "x-secret-key",
];

pub(super) async fn receive(
    app: web::Data<App>,
    source: web::Path<String>,
    request: HttpRequest,
    CallbackBody(body): CallbackBody,
) -> Result<HttpResponse, Problem> {
    let received_at = app.now();
    let found = app
        .store
        .callback_source(&source)
        .await?
        .ok_or_else(Problem::not_found)?;
    let name = source.into_inner();
    let (dialect, secrets) = open(&app, &name, &found)?;
    let source = Source::new(&name, dialect, &secrets);
    let headers: Vec<(String, String)> = request
        .headers()
        .iter()
        .map(|(name, value)| {
            (
                name.as_str().to_owned(),
                String::from_utf8_lossy(value.as_bytes()).into_owned(),
            )
        })
        .collect();
    let raw = RawCallback {
        headers: &headers,
        body: &body,
        received_at,
    };
    let authentic = source.authenticate(&raw).map_err(|error| {
        tracing::warn!(source = %name, reason = error.code(), "a callback was refused");
        not_authentic(error)
    })?;
    let malformed = authentic.read().err();
    let recorded = app
        .writer
        .record_callback(RecordCallback {
            scope: found.scope,
            id: CallbackId::from_uuid(Uuid::now_v7()),
            source: name.clone(),
            dialect,
            received_at,
            headers: kept_headers(&headers),
            body_digest: Sha256::digest(&body).into(),
            body: body.to_vec(),
            malformed: malformed.as_ref().map(ToString::to_string),
        })
        .await?;
    if let Some(malformed) = malformed {
        return Err(not_readable(&malformed));
    }
    let receipt = receipt(&body);
    let reply = match recorded {
        Recorded::New(_) => Reply::Accepted { receipt: &receipt },
        Recorded::Repeat => Reply::Repeated { receipt: &receipt },
    };
    Ok(match dialect.answer(&reply) {
        Some(answer) => spoken(answer),
        None => HttpResponse::NoContent().finish(),
    })
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
