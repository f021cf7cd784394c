//! Where events go, and what became of each delivery.

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
use store::delivery::Replayed;
use store::tenant::Endpoint;
use uuid::Uuid;

/// Live endpoints of one tenant at most: every event is delivered to each.
const ENDPOINTS_MAX: usize = 50;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NewEndpoint {
    url: String,
}

#[derive(Serialize)]
struct EndpointView<'a> {
    id: EndpointId,
    url: &'a str,
    created_at: Timestamp,
    disabled_at: Option<Timestamp>,
    disabled_reason: Option<&'a str>,
}

impl<'a> From<&'a Endpoint> for EndpointView<'a> {
    fn from(endpoint: &'a Endpoint) -> Self {
        Self {
            id: endpoint.id,
            url: &endpoint.url,
            created_at: endpoint.created_at,
            disabled_at: endpoint.disabled.as_ref().map(|(at, _)| *at),
            disabled_reason: endpoint
                .disabled
                .as_ref()
                .map(|(_, reason)| reason.as_str()),
        }
    }
}

pub(super) async fn list(app: web::Data<App>, caller: Caller) -> Result<HttpResponse, Problem> {
    let endpoints = app.store.endpoints(&caller.scope).await?;
    let data: Vec<EndpointView<'_>> = endpoints.iter().map(EndpointView::from).collect();
    Ok(HttpResponse::Ok().json(Page {
        data,
        next_cursor: None,
    }))
}

/// Adds an address. Its secret is answered once, here.
pub(super) async fn create(
    app: web::Data<App>,
    caller: Caller,
    body: StrictJson<NewEndpoint>,
) -> Result<HttpResponse, Problem> {
    let url = body.value.url;
    if let Err(refused) = webhook::address::check_url(&url, app.allow_private_networks) {
        let mut problems = Problems::default();
        problems.add("/url", refused.vi, refused.en);
        return problems.finish(None);
    }
    let live = app
        .store
        .endpoints(&caller.scope)
        .await?
        .iter()
        .filter(|e| e.disabled.is_none())
        .count();
    if live >= ENDPOINTS_MAX {
        return Err(Problem::new(
            Code::WrongState,
            format!("Đã có {ENDPOINTS_MAX} địa chỉ; xóa bớt trước."),
            format!("There are {ENDPOINTS_MAX} endpoints already; delete one first."),
        ));
    }
    let secret = webhook::new_secret();
    let sealed = crate::provision::seal_endpoint(&app.sealer, &url, &secret).map_err(|error| {
        tracing::error!(%error, "a webhook secret could not be sealed");
        Problem::new(
            Code::Internal,
            Code::Internal.title_vi(),
            Code::Internal.title_en(),
        )
    })?;
    let id = EndpointId::from_uuid(Uuid::now_v7());
    let now = app.now();
    let Some(id) = app
        .store
        .add_endpoint(&caller.scope, id, &url, &sealed, &caller.actor(), now)
        .await?
    else {
        return Err(Problem::new(
            Code::AlreadyExists,
            "Địa chỉ này đã được đăng ký; xóa nó trước nếu cần khóa mới.",
            "This address is registered already; delete it first if you need a new secret.",
        ));
    };
    Ok(HttpResponse::Created().json(serde_json::json!({
        "id": id, "url": url, "secret": secret, "created_at": now,
    })))
}

pub(super) async fn disable(
    app: web::Data<App>,
    caller: Caller,
    id: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let id: EndpointId = id.parse().map_err(|_| Problem::not_found())?;
    let known = app
        .store
        .endpoints(&caller.scope)
        .await?
        .iter()
        .any(|endpoint| endpoint.id == id);
    if !known {
        return Err(Problem::not_found());
    }
    app.store
        .disable_endpoint(
            &caller.scope,
            id,
            "deleted over the API",
            &caller.actor(),
            app.now(),
        )
        .await?;
    Ok(HttpResponse::NoContent().finish())
}

#[derive(Debug, Deserialize)]
pub(super) struct Filter {
    status: Option<String>,
}

pub(super) async fn deliveries(
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
    let limit = paging.limit()?;
    let before: Option<DeliveryId> = paging.cursor()?;
    let deliveries = app
        .store
        .deliveries(&caller.scope, status, before, limit + 1)
        .await?;
    let (data, next_cursor) = cursor::page(deliveries, limit, |delivery| delivery.id);
    Ok(HttpResponse::Ok().json(Page { data, next_cursor }))
}

pub(super) async fn replay(
    app: web::Data<App>,
    caller: Caller,
    id: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let id: DeliveryId = id.parse().map_err(|_| Problem::not_found())?;
    match app
        .store
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
            "Địa chỉ nhận đã tắt; đăng ký lại địa chỉ rồi gửi lại.",
            "The endpoint is switched off; register its address again first.",
        )),
    }
}
