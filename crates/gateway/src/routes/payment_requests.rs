//! Reading, listing, cancelling and drawing payment requests.

use super::cursor::{self, Paging};
use crate::app::App;
use crate::auth::Caller;
use crate::problem::{Code, Problem};
use crate::view::{Page, PaymentRequestView, payload_now};
use actix_web::http::header;
use actix_web::{HttpResponse, web};
use payment::{PaymentRequestId, RequestStatus};
use serde::Deserialize;
use store::payment_request::{Cancelled, PaymentRequest, RequestKey};

/// A request is named by our id (`preq_…`) or by the portal's own.
pub(super) fn key(text: &str) -> RequestKey {
    match text.parse() {
        Ok(id) => RequestKey::Id(id),
        Err(_) => RequestKey::ExternalId(text.to_owned()),
    }
}

pub(super) async fn find(app: &App, caller: &Caller, id: &str) -> Result<PaymentRequest, Problem> {
    app.store
        .payment_request(&caller.scope, &key(id))
        .await?
        .ok_or_else(Problem::not_found)
}

pub(super) async fn get(
    app: web::Data<App>,
    caller: Caller,
    id: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let request = find(&app, &caller, &id).await?;
    Ok(HttpResponse::Ok()
        .insert_header((header::ETAG, format!("\"{}\"", request.version)))
        .json(PaymentRequestView::new(&app, &caller.scope, &request)))
}

#[derive(Debug, Deserialize)]
pub(super) struct Filter {
    status: Option<String>,
}

pub(super) async fn list(
    app: web::Data<App>,
    caller: Caller,
    filter: web::Query<Filter>,
    paging: web::Query<Paging>,
) -> Result<HttpResponse, Problem> {
    let status = filter
        .status
        .as_deref()
        .map(|text| {
            RequestStatus::parse(text).ok_or_else(|| {
                Problem::parameter(
                    "status",
                    "status phải là open, underpaid, paid, overpaid, cancelled hoặc expired.",
                    "status must be open, underpaid, paid, overpaid, cancelled or expired.",
                )
            })
        })
        .transpose()?;
    let limit = paging.limit()?;
    let before: Option<PaymentRequestId> = paging.cursor()?;
    let requests = app
        .store
        .payment_requests(&caller.scope, status, before, limit + 1)
        .await?;
    let (requests, next_cursor) = cursor::page(requests, limit, |request| request.id);
    let data = requests
        .iter()
        .map(|request| PaymentRequestView::new(&app, &caller.scope, request))
        .collect();
    Ok(HttpResponse::Ok().json(Page { data, next_cursor }))
}

pub(super) async fn cancel(
    app: web::Data<App>,
    caller: Caller,
    id: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let cancelled = app
        .writer
        .cancel_payment_request(caller.scope.clone(), key(&id), caller.actor(), app.now())
        .await?;
    match cancelled {
        Cancelled::Done(request) => {
            Ok(HttpResponse::Ok().json(PaymentRequestView::new(&app, &caller.scope, &request)))
        }
        Cancelled::HasMoney(status) => Err(Problem::new(
            Code::WrongState,
            format!(
                "Yêu cầu đang ở trạng thái {} nên không hủy được.",
                status.as_str()
            ),
            format!(
                "The request is {}, so it cannot be cancelled.",
                status.as_str()
            ),
        )),
        Cancelled::Missing => Err(Problem::not_found()),
    }
}

pub(super) async fn qr_png(
    app: web::Data<App>,
    caller: Caller,
    id: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    png(&find(&app, &caller, &id).await?)
}

pub(super) async fn qr_svg(
    app: web::Data<App>,
    caller: Caller,
    id: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    svg(&find(&app, &caller, &id).await?)
}

/// The code to show now.
fn payload(request: &PaymentRequest) -> Result<vietqr::Payload, Problem> {
    let text = payload_now(request).ok_or_else(|| {
        Problem::new(
            Code::WrongState,
            "Yêu cầu này không còn chờ tiền nên không có mã QR.",
            "The request waits for no money, so there is no QR code.",
        )
    })?;
    vietqr::Payload::parse(&text).map_err(|problems| drawing_failed(&problems))
}

fn drawing_failed(why: &impl std::fmt::Debug) -> Problem {
    tracing::error!(?why, "a stored payload cannot be drawn");
    Problem::new(
        Code::Internal,
        "Không vẽ được mã QR.",
        "The QR code cannot be drawn.",
    )
}

/// The QR as PNG. The code changes only with the request's version.
pub(super) fn png(request: &PaymentRequest) -> Result<HttpResponse, Problem> {
    let png = vietqr::render::png(&payload(request)?, &vietqr::render::PngOptions::default())
        .map_err(|error| drawing_failed(&error))?;
    Ok(picture(request, "image/png", png))
}

/// The QR as SVG.
pub(super) fn svg(request: &PaymentRequest) -> Result<HttpResponse, Problem> {
    let svg = vietqr::render::svg(&payload(request)?, &vietqr::render::SvgOptions::default())
        .map_err(|error| drawing_failed(&error))?;
    Ok(picture(request, "image/svg+xml", svg.into_bytes()))
}

fn picture(request: &PaymentRequest, content_type: &str, bytes: Vec<u8>) -> HttpResponse {
    HttpResponse::Ok()
        .content_type(content_type)
        .insert_header((header::CACHE_CONTROL, "private, no-cache"))
        // A portal shows the picture on a page of its own.
        .insert_header(("cross-origin-resource-policy", "cross-origin"))
        .insert_header((
            header::ETAG,
            format!("\"{}-{}\"", request.id, request.version),
        ))
        .body(bytes)
}
