//! What became of each delivery, and sending again.

use super::cursor::{self, Paging};
use crate::app::App;
use crate::auth::Caller;
use crate::body::StrictJson;
use crate::problem::{Code, Problem, Problems};
use crate::view::Page;
use crate::webhook;
use actix_web::{HttpResponse, web};
use payment::{DeliveryId, EndpointId, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use store::delivery::{Attempt, Delivery, ReplayMany, Replayed};

#[derive(Debug, Deserialize)]
pub(super) struct Filter {
    status: Option<String>,
    endpoint_id: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Range {
    since: Timestamp,
    until: Option<Timestamp>,
    status: Option<String>,
    endpoint_id: Option<String>,
}

/// A delivery with what was sent and what came back.
#[derive(Serialize)]
struct Detail<'a> {
    #[serde(flatten)]
    delivery: &'a Delivery,
    request: SentView<'a>,
    attempt_log: Vec<AttemptView<'a>>,
}

#[derive(Serialize)]
struct SentView<'a> {
    url: &'a str,
    headers: SentHeaders,
    body: &'a RawValue,
}

/// The headers that are the same in every attempt; timestamp and signature are each attempt's own.
#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct SentHeaders {
    content_type: &'static str,
    user_agent: &'static str,
    webhook_id: String,
}

#[derive(Serialize)]
struct AttemptView<'a> {
    #[serde(flatten)]
    attempt: &'a Attempt,
    webhook_timestamp: i64,
}

pub(super) async fn list(
    app: web::Data<App>,
    caller: Caller,
    filter: web::Query<Filter>,
    paging: web::Query<Paging>,
) -> Result<HttpResponse, Problem> {
    let status = filter.status.as_deref();
    if status.is_some_and(|status| !["pending", "delivered", "dead"].contains(&status)) {
        return Err(Problem::parameter(
            "status",
            "status phải là pending, delivered hoặc dead.",
            "status must be pending, delivered or dead.",
        ));
    }
    let endpoint = match filter.endpoint_id.as_deref() {
        None => None,
        Some(text) => Some(text.parse::<EndpointId>().map_err(|_| {
            Problem::parameter(
                "endpoint_id",
                "endpoint_id phải là mã địa chỉ nhận, we_…",
                "endpoint_id must be the id of an endpoint, we_…",
            )
        })?),
    };
    let limit = paging.limit()?;
    let before: Option<DeliveryId> = paging.cursor()?;
    let deliveries = app
        .store
        .deliveries(&caller.scope, status, endpoint, before, limit + 1)
        .await?;
    let (data, next_cursor) = cursor::page(deliveries, limit, |delivery| delivery.id);
    Ok(HttpResponse::Ok().json(Page { data, next_cursor }))
}

pub(super) async fn get(
    app: web::Data<App>,
    caller: Caller,
    id: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let id: DeliveryId = id.parse().map_err(|_| Problem::not_found())?;
    let detail = app.store.delivery(&caller.scope, id).await?;
    let detail = detail.ok_or_else(Problem::not_found)?;
    let body = detail
        .event
        .webhook_body()
        .ok()
        .and_then(|text| RawValue::from_string(text).ok())
        .ok_or_else(|| {
            Problem::new(
                Code::Internal,
                Code::Internal.title_vi(),
                Code::Internal.title_en(),
            )
        })?;
    let attempt_log = detail.attempts.iter().map(|attempt| AttemptView {
        attempt,
        webhook_timestamp: attempt.started_at.seconds(),
    });
    Ok(HttpResponse::Ok().json(Detail {
        delivery: &detail.delivery,
        request: SentView {
            url: &detail.url,
            headers: SentHeaders {
                content_type: "application/json",
                user_agent: webhook::AGENT,
                webhook_id: detail.event.id.to_string(),
            },
            body: &body,
        },
        attempt_log: attempt_log.collect(),
    }))
}

pub(super) async fn replay(
    app: web::Data<App>,
    caller: Caller,
    id: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let id: DeliveryId = id.parse().map_err(|_| Problem::not_found())?;
    match app
        .writer
        .replay_delivery(&caller.scope, id, app.now())
        .await?
    {
        Replayed::Queued => {
            Ok(HttpResponse::Accepted().json(serde_json::json!({"id": id, "status": "pending"})))
        }
        Replayed::Missing => Err(Problem::not_found()),
        Replayed::Waiting => Err(Problem::new(
            Code::WrongState,
            "Lần gửi này đang chờ đến lượt, sẽ tự được gửi.",
            "This delivery waits for its next attempt and goes out by itself.",
        )),
        Replayed::EndpointOff => Err(Problem::new(
            Code::WrongState,
            "Địa chỉ nhận đã tắt; bật lại địa chỉ rồi gửi lại.",
            "The endpoint is switched off; switch it on first.",
        )),
    }
}

/// Sends a whole range again: all that failed since a time, or everything between two times.
pub(super) async fn replay_many(
    app: web::Data<App>,
    caller: Caller,
    body: StrictJson<Range>,
) -> Result<HttpResponse, Problem> {
    let range = body.value;
    let mut problems = Problems::default();
    let status = match range.status.as_deref() {
        None | Some("dead") => Some("dead"),
        Some("delivered") => Some("delivered"),
        Some("any") => None,
        Some(_) => {
            problems.add(
                "/status",
                "phải là dead, delivered hoặc any",
                "must be dead, delivered or any",
            );
            None
        }
    };
    let endpoint = range.endpoint_id.as_deref().map(str::parse::<EndpointId>);
    if matches!(endpoint, Some(Err(_))) {
        problems.add(
            "/endpoint_id",
            "phải là mã địa chỉ nhận, we_…",
            "must be the id of an endpoint, we_…",
        );
    }
    if range.until.is_some_and(|until| until <= range.since) {
        problems.add("/until", "phải sau since", "must be after since");
    }
    problems.finish(Some(()))?;
    let endpoint = endpoint.and_then(Result::ok);
    if let Some(endpoint) = endpoint {
        let known = app.store.endpoint(&caller.scope, endpoint).await?;
        known.ok_or_else(Problem::not_found)?;
    }
    let replayed = app
        .writer
        .replay_deliveries(ReplayMany {
            scope: caller.scope.clone(),
            since: range.since,
            until: range.until,
            status,
            endpoint,
            now: app.now(),
        })
        .await?;
    Ok(HttpResponse::Accepted().json(serde_json::json!({
        "queued": replayed.queued, "next_since": replayed.next_since,
    })))
}
