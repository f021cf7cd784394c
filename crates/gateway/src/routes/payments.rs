//! Booked credits and payee accounts.

use super::cursor::{self, Paging};
use crate::app::App;
use crate::auth::Caller;
use crate::problem::Problem;
use crate::view::{Page, PayeeAccountView, PaymentView};
use actix_web::{HttpResponse, web};
use payment::{BankCreditId, CreditOutcome};
use serde::Deserialize;

#[derive(Debug, Deserialize)]
pub(super) struct Filter {
    outcome: Option<String>,
    payment_request: Option<String>,
}

pub(super) async fn list(
    app: web::Data<App>,
    caller: Caller,
    filter: web::Query<Filter>,
    paging: web::Query<Paging>,
) -> Result<HttpResponse, Problem> {
    let outcome = match filter.outcome.as_deref() {
        None => None,
        Some("settled") => Some(CreditOutcome::Settled),
        Some("suspense") => Some(CreditOutcome::Suspense),
        Some(_) => {
            return Err(Problem::parameter(
                "outcome",
                "outcome phải là settled hoặc suspense.",
                "outcome must be settled or suspense.",
            ));
        }
    };
    let request = match filter.payment_request.as_deref() {
        None => None,
        Some(id) => Some(super::payment_requests::find(&app, &caller, id).await?.id),
    };
    let limit = paging.limit()?;
    let before: Option<BankCreditId> = paging.cursor()?;
    let credits = app
        .store
        .bank_credits(&caller.scope, outcome, request, before, limit + 1)
        .await?;
    let (credits, next_cursor) = cursor::page(credits, limit, |credit| credit.id);
    let data: Vec<PaymentView<'_>> = credits.iter().map(PaymentView::from).collect();
    Ok(HttpResponse::Ok().json(Page { data, next_cursor }))
}

pub(super) async fn payee_accounts(
    app: web::Data<App>,
    caller: Caller,
) -> Result<HttpResponse, Problem> {
    let accounts = app.store.payee_accounts(&caller.scope).await?;
    let data: Vec<PayeeAccountView<'_>> = accounts.iter().map(PayeeAccountView::from).collect();
    Ok(HttpResponse::Ok().json(Page {
        data,
        next_cursor: None,
    }))
}
