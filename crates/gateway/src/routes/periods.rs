//! Closing periods, and their seals.

use super::cursor::{self, Paging};
use crate::app::App;
use crate::auth::Caller;
use crate::body::StrictJson;
use crate::problem::{Bilingual, Code, FieldError, Problem, Problems};
use crate::view::Page;
use actix_web::{HttpResponse, web};
use ledger::period::{Period, PeriodKind};
use payment::{BusinessDate, Timestamp, text};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use store::TenantScope;
use store::period::{ClosePeriod, ClosedPeriod, Closing, Figures, Obstacle};

/// Explanations in one closing at most.
const EXPLANATIONS_MAX: usize = 20;

#[derive(Serialize)]
struct PeriodView<'a> {
    period: Period,
    kind: PeriodKind,
    starts_on: BusinessDate,
    ends_on: BusinessDate,
    journal_sequence: i64,
    figures: &'a Figures,
    seal: String,
    closed_by: &'a str,
    closed_at: Timestamp,
}

impl<'a> PeriodView<'a> {
    fn new(closed: &'a ClosedPeriod, scope: &TenantScope) -> Self {
        Self {
            period: closed.period,
            kind: closed.period.kind(),
            starts_on: closed.period.starts_on(),
            ends_on: closed.period.ends_on(),
            journal_sequence: closed.journal_sequence,
            figures: &closed.figures,
            seal: closed.seal(scope),
            closed_by: &closed.closed_by,
            closed_at: closed.closed_at,
        }
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CloseBody {
    period: Period,
    #[serde(default)]
    explanations: BTreeMap<String, String>,
}

pub(super) async fn close(
    app: web::Data<App>,
    caller: Caller,
    body: StrictJson<CloseBody>,
) -> Result<HttpResponse, Problem> {
    let body = body.value;
    let mut problems = Problems::default();
    if body.explanations.len() > EXPLANATIONS_MAX {
        problems.add("/explanations", "quá nhiều mục", "too many");
    }
    for (list, explanation) in &body.explanations {
        let pointer = format!("/explanations/{list}");
        if let Err(error) = text::plain(list, 60).and_then(|_| text::plain(explanation, 1000)) {
            problems.add(
                pointer,
                format!("không hợp lệ: {error}"),
                format!("is not valid: {error}"),
            );
        }
    }
    problems.finish(Some(()))?;
    let wish = ClosePeriod {
        scope: caller.scope.clone(),
        period: body.period,
        explanations: body.explanations,
        actor: caller.actor(),
        at: app.now(),
    };
    match app.writer.close_period(wish).await? {
        Closing::Closed(closed) => {
            Ok(HttpResponse::Created().json(PeriodView::new(&closed, &caller.scope)))
        }
        Closing::Already(closed) => {
            Ok(HttpResponse::Ok().json(PeriodView::new(&closed, &caller.scope)))
        }
        Closing::Refused(obstacles) => Err(refused(&obstacles)),
    }
}

fn refused(obstacles: &[Obstacle]) -> Problem {
    let mut problem = Problem::new(
        Code::WrongState,
        "Chưa khóa sổ được; xem danh sách errors.",
        "The period cannot be closed yet; see errors.",
    );
    problem.errors = obstacles.iter().map(explained).collect();
    problem
}

fn explained(obstacle: &Obstacle) -> FieldError {
    let (pointer, vi, en) = match obstacle {
        Obstacle::NotOver => (
            "/period".to_owned(),
            "kỳ chưa kết thúc".to_owned(),
            "the period is not over".to_owned(),
        ),
        Obstacle::EarlierDayOpen(day) => (
            "/period".to_owned(),
            format!("ngày {} có bút toán và chưa khóa", day.vietnam_display()),
            format!("{day} has entries and is open"),
        ),
        Obstacle::CallbacksWaiting(count) => (
            "/period".to_owned(),
            format!("còn {count} thông báo của ngân hàng chưa xử lý"),
            format!("{count} callbacks of the bank wait to be settled"),
        ),
        Obstacle::Unexplained {
            list,
            credits,
            amount,
        } => (
            format!("/explanations/{list}"),
            format!("còn {credits} khoản, {amount} đ, chưa nhận diện; cần giải trình"),
            format!("{credits} credits of {amount} đồng are unclaimed; an explanation is needed"),
        ),
        Obstacle::NotReconciled { account, open } => (
            format!("/statements/{account}"),
            format!(
                "tài khoản {account} chưa khớp sao kê: còn {open} mục; xem và giải trình ở /v1/reconciliations"
            ),
            format!(
                "the statement of {account} does not agree: {open} items are open; see and explain them at /v1/reconciliations"
            ),
        ),
        Obstacle::InsideOpen(period) => (
            "/period".to_owned(),
            format!("kỳ {period} chưa khóa"),
            format!("{period} is open"),
        ),
        Obstacle::NotShared(day) => (
            "/period".to_owned(),
            format!(
                "tiền thu ngày {} chưa được phân chia",
                day.vietnam_display()
            ),
            format!("the money of {day} has not been shared"),
        ),
    };
    FieldError {
        pointer,
        detail: Bilingual::new(vi, en),
    }
}

#[derive(Debug, Deserialize)]
pub(super) struct Filter {
    kind: Option<String>,
}

pub(super) async fn list(
    app: web::Data<App>,
    caller: Caller,
    filter: web::Query<Filter>,
    paging: web::Query<Paging>,
) -> Result<HttpResponse, Problem> {
    let kind = match filter.kind.as_deref().map(PeriodKind::parse) {
        // Pages turn by the first day, which two kinds can share: one list is of one kind.
        None => PeriodKind::Day,
        Some(Some(kind)) => kind,
        Some(None) => {
            return Err(Problem::parameter(
                "kind",
                "kind phải là day, month, quarter hoặc year.",
                "kind must be day, month, quarter or year.",
            ));
        }
    };
    let limit = paging.limit()?;
    let before = paging.cursor::<i64>()?;
    let before = before.and_then(|number| BusinessDate::from_number(number).ok());
    let closed = app
        .store
        .closed_periods(&caller.scope, Some(kind), before, limit + 1)
        .await?;
    let (closed, next_cursor) = cursor::page(closed, limit, |closed| {
        closed.period.starts_on().as_number()
    });
    let data: Vec<PeriodView<'_>> = closed
        .iter()
        .map(|closed| PeriodView::new(closed, &caller.scope))
        .collect();
    Ok(HttpResponse::Ok().json(Page { data, next_cursor }))
}

pub(super) async fn get(
    app: web::Data<App>,
    caller: Caller,
    period: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let period = Period::parse(&period).map_err(|_| Problem::not_found())?;
    let closed = app.store.closed_period(&caller.scope, period).await?;
    let closed = closed.ok_or_else(Problem::not_found)?;
    Ok(HttpResponse::Ok().json(PeriodView::new(&closed, &caller.scope)))
}
