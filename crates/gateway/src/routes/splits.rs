//! Sharing a period's money, and passing it on.

use super::cursor::{self, Paging};
use crate::app::App;
use crate::auth::Caller;
use crate::body::StrictJson;
use crate::problem::{Code, Problem, Problems};
use crate::view::Page;
use actix_web::{HttpResponse, web};
use ledger::period::Period;
use ledger::split::Recipient;
use money::Vnd;
use payment::{BusinessDate, RemittanceId, SplitRunId, text};
use serde::{Deserialize, Serialize};
use store::remittance::{OrderRemittance, PayRemittance, Paying};
use store::split::{RunSplit, SplitRefusal, SplitRun, SplitShare, Splitting};
use uuid::Uuid;

#[derive(Serialize)]
struct RunView<'a> {
    id: Option<SplitRunId>,
    dry_run: bool,
    period: Period,
    autonomous: Option<bool>,
    actor: Option<&'a str>,
    posted_at: Option<payment::Timestamp>,
    shares: &'a [SplitShare],
}

impl<'a> RunView<'a> {
    fn posted(run: &'a SplitRun, shares: &'a [SplitShare]) -> Self {
        Self {
            id: Some(run.id),
            dry_run: false,
            period: run.period,
            autonomous: Some(run.autonomous),
            actor: Some(&run.actor),
            posted_at: Some(run.posted_at),
            shares,
        }
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RunBody {
    period: Period,
    #[serde(default)]
    dry_run: bool,
}

pub(super) async fn run(
    app: web::Data<App>,
    caller: Caller,
    body: StrictJson<RunBody>,
) -> Result<HttpResponse, Problem> {
    let RunBody { period, dry_run } = body.value;
    if dry_run {
        let shares = app
            .store
            .preview_split(&caller.scope, period, &app.calendar)
            .await?
            .map_err(|refusal| refused(&refusal))?;
        return Ok(HttpResponse::Ok().json(RunView {
            id: None,
            dry_run: true,
            period,
            autonomous: None,
            actor: None,
            posted_at: None,
            shares: &shares,
        }));
    }
    let wish = RunSplit {
        scope: caller.scope.clone(),
        id: SplitRunId::from_uuid(Uuid::now_v7()),
        period,
        calendar: app.calendar.as_ref().clone(),
        actor: caller.actor(),
        at: app.now(),
    };
    match app.writer.run_split(wish).await? {
        Splitting::Done(run, shares) => {
            Ok(HttpResponse::Created().json(RunView::posted(&run, &shares)))
        }
        Splitting::Already(run, shares) => {
            Ok(HttpResponse::Ok().json(RunView::posted(&run, &shares)))
        }
        Splitting::Refused(refusal) => Err(refused(&refusal)),
    }
}

fn refused(refusal: &SplitRefusal) -> Problem {
    let (vi, en) = match refusal {
        SplitRefusal::Kind => (
            "Chỉ phân chia theo ngày hoặc tháng.".to_owned(),
            "Money is shared per day or month.".to_owned(),
        ),
        SplitRefusal::DayOpen(day) => (
            format!(
                "Ngày {} chưa khóa; khóa các ngày trước khi phân chia.",
                day.vietnam_display()
            ),
            format!("{day} is open; close the days before sharing their money."),
        ),
        SplitRefusal::LaterRun(period) => (
            format!("Kỳ {period} đã được phân chia."),
            format!("{period} has been shared already."),
        ),
        SplitRefusal::EarlierUnshared(day) => (
            format!(
                "Tiền thu ngày {} chưa được phân chia.",
                day.vietnam_display()
            ),
            format!("The money of {day} has not been shared."),
        ),
        SplitRefusal::Terms { item, detail } => (
            format!(
                "Tỷ lệ chia của {} không dùng được: {detail}.",
                item.as_str()
            ),
            format!("The split of {} cannot be used: {detail}.", item.as_str()),
        ),
    };
    Problem::new(Code::WrongState, vi, en)
}

pub(super) async fn list_runs(
    app: web::Data<App>,
    caller: Caller,
    paging: web::Query<Paging>,
) -> Result<HttpResponse, Problem> {
    let limit = paging.limit()?;
    let before = paging.cursor::<i64>()?;
    let before = before.and_then(|number| BusinessDate::from_number(number).ok());
    let runs = app
        .store
        .split_runs(&caller.scope, before, limit + 1)
        .await?;
    let (data, next_cursor) = cursor::page(runs, limit, |run| run.period.starts_on().as_number());
    Ok(HttpResponse::Ok().json(Page { data, next_cursor }))
}

pub(super) async fn get_run(
    app: web::Data<App>,
    caller: Caller,
    id: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let id: SplitRunId = id.parse().map_err(|_| Problem::not_found())?;
    let found = app.store.split_run(&caller.scope, id).await?;
    let (run, shares) = found.ok_or_else(Problem::not_found)?;
    Ok(HttpResponse::Ok().json(RunView::posted(&run, &shares)))
}

#[derive(Debug, Deserialize)]
pub(super) struct OwedFilter {
    recipient: Option<String>,
    all: Option<bool>,
}

pub(super) async fn owed(
    app: web::Data<App>,
    caller: Caller,
    filter: web::Query<OwedFilter>,
) -> Result<HttpResponse, Problem> {
    let recipient = filter.recipient.as_deref().map(Recipient::parse);
    let all = filter.all.unwrap_or(false);
    let data = app
        .store
        .owed(&caller.scope, recipient.as_ref(), all)
        .await?;
    Ok(HttpResponse::Ok().json(Page {
        data,
        next_cursor: None,
    }))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct OrderBody {
    recipient: String,
    #[serde(default)]
    through: Option<BusinessDate>,
}

pub(super) async fn order(
    app: web::Data<App>,
    caller: Caller,
    body: StrictJson<OrderBody>,
) -> Result<HttpResponse, Problem> {
    let wish = OrderRemittance {
        scope: caller.scope.clone(),
        id: RemittanceId::from_uuid(Uuid::now_v7()),
        recipient: Recipient::parse(&body.value.recipient),
        through: body.value.through,
        actor: caller.actor(),
        at: app.now(),
    };
    if wish.recipient == Recipient::Retained {
        let mut problems = Problems::default();
        problems.add(
            "/recipient",
            "phần để lại không phải nộp cho ai",
            "what is retained is passed on to nobody",
        );
        return problems.finish(None);
    }
    match app.writer.order_remittance(wish).await? {
        Some(order) => Ok(HttpResponse::Created().json(order)),
        None => Err(Problem::new(
            Code::WrongState,
            "Không còn khoản nào phải nộp cho nơi nhận này mà chưa có lệnh.",
            "Nothing is owed to this recipient that stands on no order yet.",
        )),
    }
}

pub(super) async fn list_orders(
    app: web::Data<App>,
    caller: Caller,
    paging: web::Query<Paging>,
) -> Result<HttpResponse, Problem> {
    let limit = paging.limit()?;
    let before: Option<RemittanceId> = paging.cursor()?;
    let orders = app
        .store
        .remittances(&caller.scope, before, limit + 1)
        .await?;
    let (data, next_cursor) = cursor::page(orders, limit, |order| order.id);
    Ok(HttpResponse::Ok().json(Page { data, next_cursor }))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PaymentBody {
    account_number: String,
    bank_reference: String,
    amount: i64,
    value_date: BusinessDate,
}

pub(super) async fn pay(
    app: web::Data<App>,
    caller: Caller,
    id: web::Path<String>,
    body: StrictJson<PaymentBody>,
) -> Result<HttpResponse, Problem> {
    let body = body.value;
    let now = app.now();
    let mut problems = Problems::default();
    let amount = Vnd::positive(body.amount);
    if amount.is_err() {
        problems.add(
            "/amount",
            "phải là số nguyên đồng từ 1",
            "must be a whole number of đồng from 1",
        );
    }
    if let Err(error) = text::plain(&body.bank_reference, 100) {
        problems.add(
            "/bank_reference",
            format!("không hợp lệ: {error}"),
            format!("is not valid: {error}"),
        );
    }
    if body.value_date > now.business_date() {
        problems.add(
            "/value_date",
            "không được ở tương lai",
            "must not be in the future",
        );
    }
    let amount = problems.finish(amount.ok())?;
    let payment = PayRemittance {
        scope: caller.scope.clone(),
        id: id.parse().map_err(|_| Problem::not_found())?,
        account_number: body.account_number,
        bank_reference: body.bank_reference.trim().to_owned(),
        amount,
        value_date: body.value_date,
        actor: caller.actor(),
        at: now,
    };
    match app.writer.pay_remittance(payment).await? {
        Paying::Booked(order) => Ok(HttpResponse::Created().json(order)),
        Paying::Already(order) => Ok(HttpResponse::Ok().json(order)),
        Paying::Missing => Err(Problem::not_found()),
        Paying::OtherPayment => Err(Problem::new(
            Code::AlreadyExists,
            "Số tham chiếu này của ngân hàng đã ghi với số tiền hoặc lệnh khác.",
            "This reference of the bank is recorded with another amount or order.",
        )),
        Paying::TooMuch { open } => Err(Problem::new(
            Code::WrongState,
            format!("Lệnh chỉ còn {open} đ chưa chuyển."),
            format!("Only {open} đồng of the order are open."),
        )),
        Paying::OtherAccount => {
            let mut problems = Problems::default();
            problems.add(
                "/account_number",
                "không phải tài khoản đã đăng ký; xem GET /v1/payee-accounts",
                "is not a registered account; see GET /v1/payee-accounts",
            );
            problems.finish(None)
        }
    }
}
