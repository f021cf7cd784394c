//! Where events go.

use super::version;
use crate::app::App;
use crate::auth::Caller;
use crate::body::StrictJson;
use crate::problem::{Code, Problem, Problems};
use crate::view::Page;
use crate::webhook;
use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};
use payment::{EndpointId, Timestamp};
use serde::{Deserialize, Deserializer, Serialize};
use store::endpoint::{
    AddEndpoint, Added, Alteration, ChangeEndpoint, Changed, ENDPOINTS_MAX, Endpoint, EventFilter,
    OffReason, Tested,
};
use uuid::Uuid;

/// How long a secret that was changed may go on signing, in hours: a week.
const OVERLAP_HOURS_MAX: i64 = 168;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NewEndpoint {
    url: String,
    event_types: Option<Vec<String>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct EndpointChange {
    /// Absent: as it is. `null`: every event.
    #[serde(default, deserialize_with = "present")]
    event_types: Option<Option<Vec<String>>>,
    enabled: Option<bool>,
}

/// Tells `null` from absent.
fn present<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Option<Vec<String>>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Rotation {
    overlap_hours: i64,
}

#[derive(Serialize)]
struct EndpointView<'a> {
    id: EndpointId,
    url: &'a str,
    event_types: Option<&'a [String]>,
    created_at: Timestamp,
    disabled_at: Option<Timestamp>,
    disabled_reason: Option<&'a str>,
    failing_since: Option<Timestamp>,
    previous_secret_until: Option<Timestamp>,
    version: i64,
    /// Shown in the one answer that makes it.
    #[serde(skip_serializing_if = "Option::is_none")]
    secret: Option<&'a str>,
}

impl<'a> From<&'a Endpoint> for EndpointView<'a> {
    fn from(endpoint: &'a Endpoint) -> Self {
        Self {
            id: endpoint.id,
            url: &endpoint.url,
            event_types: endpoint.filter.entries(),
            created_at: endpoint.created_at,
            disabled_at: endpoint.disabled.as_ref().map(|(at, _)| *at),
            disabled_reason: endpoint
                .disabled
                .as_ref()
                .map(|(_, reason)| reason.as_str()),
            failing_since: endpoint.failing_since,
            previous_secret_until: endpoint.previous_secret_until,
            version: endpoint.version,
            secret: None,
        }
    }
}

fn shown(endpoint: &Endpoint) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((header::ETAG, version::etag(endpoint.version)))
        .json(EndpointView::from(endpoint))
}

fn with_secret(
    mut response: actix_web::HttpResponseBuilder,
    of: &Endpoint,
    secret: &str,
) -> HttpResponse {
    response
        .insert_header((header::ETAG, version::etag(of.version)))
        .json(EndpointView {
            secret: Some(secret),
            ..EndpointView::from(of)
        })
}

pub(super) async fn list(app: web::Data<App>, caller: Caller) -> Result<HttpResponse, Problem> {
    let endpoints = app.store.endpoints(&caller.scope).await?;
    let data: Vec<EndpointView<'_>> = endpoints.iter().map(EndpointView::from).collect();
    Ok(HttpResponse::Ok().json(Page {
        data,
        next_cursor: None,
    }))
}

pub(super) async fn get(
    app: web::Data<App>,
    caller: Caller,
    id: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let id: EndpointId = id.parse().map_err(|_| Problem::not_found())?;
    let endpoint = app.store.endpoint(&caller.scope, id).await?;
    Ok(shown(&endpoint.ok_or_else(Problem::not_found)?))
}

/// Adds an address. Its secret is answered once, here.
pub(super) async fn create(
    app: web::Data<App>,
    caller: Caller,
    body: StrictJson<NewEndpoint>,
) -> Result<HttpResponse, Problem> {
    let NewEndpoint { url, event_types } = body.value;
    let mut problems = Problems::default();
    if let Err(refused) = webhook::address::check_url(&url, app.allow_private_networks) {
        problems.add("/url", refused.vi, refused.en);
    }
    let filter = filter(&mut problems, event_types.as_deref());
    let filter = problems.finish(filter)?;
    let secret = webhook::new_secret();
    let add = AddEndpoint {
        scope: caller.scope.clone(),
        id: EndpointId::from_uuid(Uuid::now_v7()),
        sealed_secret: seal(&app, &url, &secret)?,
        url,
        filter,
        actor: caller.actor(),
        at: app.now(),
    };
    match app.writer.add_endpoint(add).await? {
        Added::New(endpoint) => Ok(with_secret(HttpResponse::Created(), &endpoint, &secret)),
        Added::Exists => Err(Problem::new(
            Code::AlreadyExists,
            "Địa chỉ này đã được đăng ký; nếu cần khóa mới, hãy đổi khóa (rotate-secret).",
            "This address is registered already; for a new secret, rotate it (rotate-secret).",
        )),
        Added::TooMany => Err(too_many()),
    }
}

/// Changes which events go to an address, or switches it off and on.
pub(super) async fn change(
    app: web::Data<App>,
    caller: Caller,
    request: HttpRequest,
    id: web::Path<String>,
    body: StrictJson<EndpointChange>,
) -> Result<HttpResponse, Problem> {
    let EndpointChange {
        event_types,
        enabled,
    } = body.value;
    let mut problems = Problems::default();
    if event_types.is_none() && enabled.is_none() {
        problems.add(
            "",
            "nêu event_types hoặc enabled",
            "name event_types or enabled",
        );
    }
    let filter = match &event_types {
        None => Some(None),
        Some(entries) => filter(&mut problems, entries.as_deref()).map(Some),
    };
    let filter = problems.finish(filter)?;
    let change = Alteration::Settings { filter, enabled };
    let endpoint = altered(&app, &caller, &request, &id, change).await?;
    Ok(shown(&endpoint))
}

pub(super) async fn disable(
    app: web::Data<App>,
    caller: Caller,
    request: HttpRequest,
    id: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let change = Alteration::Off(OffReason::Asked);
    altered(&app, &caller, &request, &id, change).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Another secret, answered once, here; the one before signs too for a while.
pub(super) async fn rotate(
    app: web::Data<App>,
    caller: Caller,
    request: HttpRequest,
    id: web::Path<String>,
    body: StrictJson<Rotation>,
) -> Result<HttpResponse, Problem> {
    let hours = body.value.overlap_hours;
    let mut problems = Problems::default();
    if !(0..=OVERLAP_HOURS_MAX).contains(&hours) {
        problems.add(
            "/overlap_hours",
            "phải từ 0 đến 168",
            "must be from 0 to 168",
        );
    }
    problems.finish(Some(()))?;
    let key: EndpointId = id.parse().map_err(|_| Problem::not_found())?;
    let known = app.store.endpoint(&caller.scope, key).await?;
    let known = known.ok_or_else(Problem::not_found)?;
    let secret = webhook::new_secret();
    let change = Alteration::Secret {
        sealed: seal(&app, &known.url, &secret)?,
        previous_until: app.now().plus_seconds(hours * 3_600),
    };
    let endpoint = altered(&app, &caller, &request, &id, change).await?;
    Ok(with_secret(HttpResponse::Ok(), &endpoint, &secret))
}

/// Sends a trial to one address.
pub(super) async fn test(
    app: web::Data<App>,
    caller: Caller,
    id: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let id: EndpointId = id.parse().map_err(|_| Problem::not_found())?;
    match app
        .writer
        .test_endpoint(&caller.scope, id, app.now())
        .await?
    {
        Tested::Sent(delivery) => {
            Ok(HttpResponse::Accepted()
                .json(serde_json::json!({"id": delivery, "status": "pending"})))
        }
        Tested::Missing => Err(Problem::not_found()),
        Tested::Off => Err(Problem::new(
            Code::WrongState,
            "Địa chỉ nhận đang tắt; bật lại (enabled) rồi thử.",
            "The endpoint is switched off; switch it on (enabled) and try again.",
        )),
    }
}

async fn altered(
    app: &App,
    caller: &Caller,
    request: &HttpRequest,
    id: &str,
    change: Alteration,
) -> Result<Endpoint, Problem> {
    let change = ChangeEndpoint {
        scope: caller.scope.clone(),
        id: id.parse().map_err(|_| Problem::not_found())?,
        seen: version::seen(request)?,
        change,
        actor: caller.actor(),
        at: app.now(),
    };
    match app.writer.change_endpoint(change).await? {
        Changed::Done(endpoint) => Ok(endpoint),
        Changed::Missing => Err(Problem::not_found()),
        Changed::OtherVersion => Err(version::changed()),
        Changed::TooMany => Err(too_many()),
    }
}

fn too_many() -> Problem {
    Problem::new(
        Code::WrongState,
        format!("Đã có {ENDPOINTS_MAX} địa chỉ đang bật; tắt bớt trước."),
        format!("There are {ENDPOINTS_MAX} endpoints already; switch one off first."),
    )
}

/// The filter, or nothing with what is wrong noted.
fn filter(problems: &mut Problems, entries: Option<&[String]>) -> Option<EventFilter> {
    let Some(entries) = entries else {
        return Some(EventFilter::ALL);
    };
    match EventFilter::parse(entries) {
        Ok(filter) => Some(filter),
        Err(index) if index < entries.len() => {
            problems.add(
                format!("/event_types/{index}"),
                "không phải loại sự kiện; dùng ví dụ payment_request.paid hoặc payment_request.*",
                "is no type of event; use such as payment_request.paid or payment_request.*",
            );
            None
        }
        Err(_) => {
            problems.add(
                "/event_types",
                "phải có từ 1 đến 50 mục; bỏ đi nếu muốn mọi sự kiện",
                "must have 1 to 50 entries; leave it out for every event",
            );
            None
        }
    }
}

fn seal(app: &App, url: &str, secret: &str) -> Result<Vec<u8>, Problem> {
    crate::provision::seal_endpoint(&app.sealer, url, secret).map_err(|error| {
        tracing::error!(%error, "a webhook secret could not be sealed");
        Problem::new(
            Code::Internal,
            Code::Internal.title_vi(),
            Code::Internal.title_en(),
        )
    })
}
