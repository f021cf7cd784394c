//! `/v1/balance-gaps`: holes in the balances that the bank reports, and explaining them.

use super::cursor::{self, Paging};
use super::suspense::only_reason;
use crate::app::App;
use crate::auth::Caller;
use crate::body::StrictJson;
use crate::problem::{Code, Problem};
use crate::view::Page;
use actix_web::{HttpResponse, web};
use money::Vnd;
use payment::{BalanceGapId, Timestamp};
use serde::{Deserialize, Serialize};
use store::gap::{BalanceGap, Explained, Resolution};

#[derive(Serialize)]
struct GapView<'a> {
    id: BalanceGapId,
    account_number: &'a str,
    state: &'static str,
    missing: Option<Vnd>,
    currency: &'static str,
    balance_before: Vnd,
    balance_after: Vnd,
    from: Timestamp,
    to: Timestamp,
    version: i64,
    opened_at: Timestamp,
    closed_at: Option<Timestamp>,
    resolution: Option<Resolution>,
    explained_by: Option<&'a str>,
    explanation: Option<&'a str>,
}

impl<'a> From<&'a BalanceGap> for GapView<'a> {
    fn from(gap: &'a BalanceGap) -> Self {
        let (from, to) = (gap.between.from, gap.between.to);
        Self {
            id: gap.id,
            account_number: &gap.account_number,
            state: if gap.closed_at.is_some() {
                "closed"
            } else {
                "open"
            },
            missing: gap.between.missing(),
            currency: "VND",
            balance_before: from.balance,
            balance_after: to.balance,
            from: from.booked_at.min(to.booked_at),
            to: from.booked_at.max(to.booked_at),
            version: gap.version,
            opened_at: gap.opened_at,
            closed_at: gap.closed_at,
            resolution: gap.resolution,
            explained_by: gap.actor.as_deref(),
            explanation: gap.explanation.as_deref(),
        }
    }
}

#[derive(Debug, Deserialize)]
pub(super) struct Filter {
    state: Option<String>,
}

pub(super) async fn list(
    app: web::Data<App>,
    caller: Caller,
    filter: web::Query<Filter>,
    paging: web::Query<Paging>,
) -> Result<HttpResponse, Problem> {
    let is_open = match filter.state.as_deref() {
        None => None,
        Some("open") => Some(true),
        Some("closed") => Some(false),
        Some(_) => {
            return Err(Problem::parameter(
                "state",
                "state phải là open hoặc closed.",
                "state must be open or closed.",
            ));
        }
    };
    let limit = paging.limit()?;
    let before: Option<BalanceGapId> = paging.cursor()?;
    let gaps = app
        .store
        .balance_gaps(&caller.scope, is_open, before, limit + 1)
        .await?;
    let (gaps, next_cursor) = cursor::page(gaps, limit, |gap| gap.id);
    let data: Vec<GapView<'_>> = gaps.iter().map(GapView::from).collect();
    Ok(HttpResponse::Ok().json(Page { data, next_cursor }))
}

pub(super) async fn get(
    app: web::Data<App>,
    caller: Caller,
    id: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let id: BalanceGapId = id.parse().map_err(|_| Problem::not_found())?;
    let gap = app.store.balance_gap(&caller.scope, id).await?;
    let gap = gap.ok_or_else(Problem::not_found)?;
    Ok(HttpResponse::Ok().json(GapView::from(&gap)))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Explanation {
    reason: String,
}

pub(super) async fn explain(
    app: web::Data<App>,
    caller: Caller,
    id: web::Path<String>,
    body: StrictJson<Explanation>,
) -> Result<HttpResponse, Problem> {
    let reason = only_reason(&body.value.reason)?;
    let id: BalanceGapId = id.parse().map_err(|_| Problem::not_found())?;
    let explained = app
        .writer
        .explain_gap(caller.scope.clone(), id, caller.actor(), reason, app.now())
        .await?;
    match explained {
        Explained::Closed(gap) => Ok(HttpResponse::Ok().json(GapView::from(&gap))),
        Explained::AlreadyClosed => Err(Problem::new(
            Code::WrongState,
            "Khoảng hụt số dư này đã đóng.",
            "This gap is closed already.",
        )),
        Explained::Missing => Err(Problem::not_found()),
    }
}
