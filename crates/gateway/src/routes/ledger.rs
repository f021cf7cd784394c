//! The books, for reading.

use crate::app::App;
use crate::auth::Caller;
use crate::problem::Problem;
use crate::routes::cursor::{self, Paging};
use crate::view::Page;
use ::ledger::AccountCode;
use actix_web::{HttpResponse, web};
use serde::Serialize;
use store::journal::TrialBalanceRow;

#[derive(Serialize)]
struct TrialBalanceView {
    currency: &'static str,
    as_of_journal_sequence: i64,
    accounts: Vec<TrialBalanceRow>,
    total_debit: i64,
    total_credit: i64,
    balanced: bool,
}

pub(super) async fn trial_balance(
    app: web::Data<App>,
    caller: Caller,
) -> Result<HttpResponse, Problem> {
    let trial = app.store.trial_balance(&caller.scope).await?;
    // Each balance is within ±9·10¹⁵, so a thousand accounts still fit; saturate rather than wrap.
    let total = |of: fn(&TrialBalanceRow) -> i64| {
        trial
            .accounts
            .iter()
            .map(of)
            .fold(0i64, i64::saturating_add)
    };
    let (total_debit, total_credit) = (total(|row| row.debit), total(|row| row.credit));
    Ok(HttpResponse::Ok().json(TrialBalanceView {
        currency: "VND",
        as_of_journal_sequence: trial.journal_sequence,
        balanced: total_debit == total_credit,
        total_debit,
        total_credit,
        accounts: trial.accounts,
    }))
}

pub(super) async fn postings(
    app: web::Data<App>,
    caller: Caller,
    code: web::Path<String>,
    paging: web::Query<Paging>,
) -> Result<HttpResponse, Problem> {
    let account = AccountCode::parse(&code).map_err(|_| Problem::not_found())?;
    let limit = paging.limit()?;
    let after: i64 = paging.cursor()?.unwrap_or(0);
    let postings = app
        .store
        .account_postings(&caller.scope, &account, after, limit + 1)
        .await?
        .ok_or_else(Problem::not_found)?;
    let (data, next_cursor) = cursor::page(postings, limit, |posting| posting.sequence);
    Ok(HttpResponse::Ok().json(Page { data, next_cursor }))
}
