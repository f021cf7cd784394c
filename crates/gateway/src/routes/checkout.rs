//! The payer's page, behind a 128-bit token. It shows what the store says and nothing else.

use super::payment_requests::{png, svg};
use crate::app::App;
use crate::middleware::RequestId;
use crate::pages::checkout::{LineView, PayeeView, QrView};
use crate::pages::{
    CheckoutPage, CheckoutView, ErrorKind, ErrorPage, ErrorView, Language, PageUrls,
};
use crate::problem::{Code, Problem};
use crate::view::{bank_name, memo};
use actix_web::http::header::ContentType;
use actix_web::{HttpMessage, HttpRequest, HttpResponse, web};
use askama::Template;
use payment::RequestStatus;
use serde::Deserialize;
use store::TenantScope;
use store::payment_request::PaymentRequest;
use store::tenant::Mode;

#[derive(Debug, Deserialize)]
pub(super) struct Query {
    lang: Option<String>,
}

/// The request behind the token, or what a guess gets.
pub(super) async fn find(app: &App, token: &str) -> Result<(TenantScope, PaymentRequest), Problem> {
    let plausible = token.len() == 32 && token.bytes().all(|byte| byte.is_ascii_hexdigit());
    let found = if plausible {
        app.store.payment_request_by_token(token).await?
    } else {
        None
    };
    found.ok_or_else(Problem::not_found)
}

pub(super) async fn page(
    app: web::Data<App>,
    token: web::Path<String>,
    query: web::Query<Query>,
    request: HttpRequest,
) -> HttpResponse {
    let language = Language::from_query(query.lang.as_deref());
    let path = format!("/pay/{token}");
    match find(&app, &token).await {
        Ok((scope, found)) => {
            let page = CheckoutPage::new(view(&app, &scope, &found, language, &path));
            html(200, page.render())
        }
        Err(problem) => error_page(&request, language, &path, &problem),
    }
}

/// A page for a browser that asked for something that is not there, or not now.
pub(crate) fn error_page(
    request: &HttpRequest,
    language: Language,
    path: &str,
    problem: &Problem,
) -> HttpResponse {
    let status = problem.code.status();
    let page = ErrorPage::new(ErrorView {
        language,
        urls: PageUrls::of_path(path),
        kind: ErrorKind::of_status(status),
        status,
        request_id: request
            .extensions()
            .get::<RequestId>()
            .map(|id| id.0.clone()),
    });
    html(status, page.render())
}

/// A rendered page, or a problem when it could not be rendered.
pub(crate) fn html(status: u16, page: Result<String, askama::Error>) -> HttpResponse {
    use actix_web::ResponseError;
    match page {
        Ok(page) => HttpResponse::build(
            actix_web::http::StatusCode::from_u16(status)
                .unwrap_or(actix_web::http::StatusCode::INTERNAL_SERVER_ERROR),
        )
        .content_type(ContentType::html())
        .body(page),
        Err(error) => {
            tracing::error!(%error, "a page could not be rendered");
            Problem::new(
                Code::Internal,
                Code::Internal.title_vi(),
                Code::Internal.title_en(),
            )
            .error_response()
        }
    }
}

fn view(
    app: &App,
    scope: &TenantScope,
    request: &PaymentRequest,
    language: Language,
    path: &str,
) -> CheckoutView {
    let english = language == Language::English;
    let wants_money = matches!(
        request.status,
        RequestStatus::Open | RequestStatus::Underpaid
    );
    // The picture changes when a part was paid; a new address keeps an old one out of the cache.
    let picture = |kind: &str| format!("{path}/qr.{kind}?v={}", request.version);
    CheckoutView {
        language,
        urls: PageUrls::of_path(path),
        events_url: format!("{path}/events"),
        version: request.version,
        test_mode: scope.mode() == Mode::Test,
        tenant_name: match scope.name_en() {
            Some(name) if english => name.to_owned(),
            _ => scope.name().to_owned(),
        },
        contact: None,
        description: request.description.clone(),
        lines: request
            .lines
            .iter()
            .filter_map(|line| {
                let name = line.description.clone()?;
                Some(LineView {
                    name,
                    amount: line.amount,
                })
            })
            .collect(),
        amount: request.amount,
        received: request.received,
        remaining: request.remaining(),
        status: request.status,
        late: request.late,
        payee: PayeeView {
            account_name: request.payee.account_name.clone(),
            bank: bank_name(&request.payee.bank_bin).to_owned(),
            account_number: request.payee.account_number.clone(),
        },
        memo: memo(request.reference, request.description.as_deref()),
        reference: request.reference.to_string(),
        qr: (wants_money && request.payload.is_some()).then(|| QrView {
            png_url: picture("png"),
            svg_url: picture("svg"),
            amount: request.remaining(),
        }),
        expires_at: request.expires_at.map(Into::into),
        paid_at: request.paid_at.map(Into::into),
        now: app.now().into(),
    }
}

pub(super) async fn qr_png(
    app: web::Data<App>,
    token: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    png(&find(&app, &token).await?.1)
}

pub(super) async fn qr_svg(
    app: web::Data<App>,
    token: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    svg(&find(&app, &token).await?.1)
}
