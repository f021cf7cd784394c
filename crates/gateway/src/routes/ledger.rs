//! The books, for reading.

use crate::app::App;
use crate::auth::Caller;
use crate::problem::Problem;
use crate::routes::cursor::{self, Paging};
use crate::view::Page;
use ::ledger::AccountCode;
use actix_web::{HttpResponse, web};
use payment::BusinessDate;
use serde::{Deserialize, Serialize};
use store::journal::TrialBalanceRow;

#[derive(Serialize)]
struct TrialBalanceView {
    currency: &'static str,
    as_of_journal_sequence: i64,
    as_of: Option<BusinessDate>,
    accounts: Vec<TrialBalanceRow>,
    total_debit: i64,
    total_credit: i64,
    balanced: bool,
}

#[derive(Debug, Deserialize)]
pub(super) struct Cut {
    as_of: Option<String>,
    journal_sequence: Option<i64>,
}

pub(super) async fn trial_balance(
    app: web::Data<App>,
    caller: Caller,
    cut: web::Query<Cut>,
) -> Result<HttpResponse, Problem> {
    let day = cut.as_of.as_deref().map(BusinessDate::parse);
    let day = day.transpose().map_err(|_| {
        Problem::parameter(
            "as_of",
            "as_of phải là một ngày dạng 2026-11-22.",
            "as_of must be a day such as 2026-11-22.",
        )
    })?;
    if cut.journal_sequence.is_some_and(|sequence| sequence < 0) {
        return Err(Problem::parameter(
            "journal_sequence",
            "journal_sequence phải từ 0 trở lên.",
            "journal_sequence must be 0 or more.",
        ));
    }
    let trial = match (cut.journal_sequence, day) {
        (None, None) => app.store.trial_balance(&caller.scope).await?,
        (through, day) => {
            app.store
                .trial_balance_at(&caller.scope, through, day)
                .await?
        }
    };
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
        as_of: day,
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
