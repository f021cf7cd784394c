//! A day of an account held against its statement: the five lists, and what people say about them.

use crate::app::App;
use crate::auth::Caller;
use crate::body::StrictJson;
use crate::problem::{Problem, Problems};
use crate::spreadsheet::{BYTE_ORDER_MARK, Separator, cell, row};
use actix_web::http::header;
use actix_web::{HttpResponse, web};
use payment::{BankCreditId, BusinessDate, Direction, StatementImportId, Timestamp, text};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use store::reconciliation::{
    Explain, Explained, Item, List, Reconciliation, Resolution, Source, explain as explain_item,
};
use uuid::Uuid;

/// Characters of an explanation at most.
const REASON_MAX: usize = 500;
/// Characters of an item's key at most.
const KEY_MAX: usize = 80;

/// Headings of the CSV.
const HEADINGS: [&str; 14] = [
    "Danh sách",
    "Mã mục",
    "Trạng thái",
    "Chiều",
    "Giờ ngân hàng",
    "Số tham chiếu ngân hàng",
    "Số tiền trên sao kê",
    "Số tiền trong hệ thống",
    "Nội dung",
    "Mã khoản tiền",
    "Trùng hoặc lệch với",
    "Giải trình",
    "Người giải trình",
    "Lúc",
];

#[derive(Serialize)]
struct SourceView<'a> {
    id: StatementImportId,
    file_name: &'a str,
    imported_by: &'a str,
    imported_at: Timestamp,
    done: bool,
}

#[derive(Serialize)]
struct BankView {
    opening: Option<i64>,
    credits: i64,
    credit_sum: i64,
    debits: i64,
    debit_sum: i64,
    closing: Option<i64>,
    difference: Option<i64>,
    breaks: i64,
}

#[derive(Serialize)]
struct BooksView {
    payments: i64,
    received: i64,
    allocated: i64,
    in_suspense: i64,
    set_aside: i64,
}

#[derive(Serialize)]
struct ResolutionView<'a> {
    actor: &'a str,
    reason: &'a str,
    at: Option<Timestamp>,
}

#[derive(Serialize)]
struct ItemView<'a> {
    key: &'a str,
    direction: Direction,
    amount_on_statement: Option<i64>,
    amount_in_system: Option<i64>,
    booked_at: Timestamp,
    bank_reference: Option<&'a str>,
    memo: &'a str,
    payment_id: Option<BankCreditId>,
    other_payment_id: Option<BankCreditId>,
    suspense_reason: Option<&'a str>,
    resolution: Option<ResolutionView<'a>>,
}

#[derive(Serialize)]
struct ReconciliationView<'a> {
    account_number: &'a str,
    business_date: BusinessDate,
    status: &'static str,
    status_vi: &'static str,
    currency: &'static str,
    statements: Vec<SourceView<'a>>,
    bank: BankView,
    books: BooksView,
    balance_explanation: Option<ResolutionView<'a>>,
    open_items: usize,
    cut: bool,
    lists: BTreeMap<&'static str, Vec<ItemView<'a>>>,
}

impl<'a> From<&'a Source> for SourceView<'a> {
    fn from(source: &'a Source) -> Self {
        Self {
            id: source.import,
            file_name: &source.file_name,
            imported_by: &source.actor,
            imported_at: source.at,
            done: source.is_done,
        }
    }
}

impl<'a> From<&'a Resolution> for ResolutionView<'a> {
    fn from(resolution: &'a Resolution) -> Self {
        Self {
            actor: &resolution.actor,
            reason: &resolution.reason,
            at: resolution.at,
        }
    }
}

impl<'a> From<&'a Item> for ItemView<'a> {
    fn from(item: &'a Item) -> Self {
        Self {
            key: &item.key,
            direction: item.direction,
            amount_on_statement: item.amount_on_statement,
            amount_in_system: item.amount_in_system,
            booked_at: item.booked_at,
            bank_reference: item.bank_reference.as_deref(),
            memo: &item.memo,
            payment_id: item.payment_id,
            other_payment_id: item.other_payment_id,
            suspense_reason: item.suspense_reason.as_deref(),
            resolution: item.resolution.as_ref().map(ResolutionView::from),
        }
    }
}

impl<'a> From<&'a Reconciliation> for ReconciliationView<'a> {
    fn from(day: &'a Reconciliation) -> Self {
        let of = |list: List| {
            let items = day.items.iter().filter(move |item| item.list == list);
            items.map(ItemView::from).collect()
        };
        Self {
            account_number: &day.account_number,
            business_date: day.day,
            status: day.status.as_str(),
            status_vi: day.status.vietnamese(),
            currency: "VND",
            statements: day.statements.iter().map(SourceView::from).collect(),
            bank: BankView {
                opening: day.bank.opening,
                credits: day.bank.credits,
                credit_sum: day.bank.credit_sum,
                debits: day.bank.debits,
                debit_sum: day.bank.debit_sum,
                closing: day.bank.closing,
                difference: day.bank.difference(),
                breaks: day.bank.breaks,
            },
            books: BooksView {
                payments: day.books.booked,
                received: day.books.received,
                allocated: day.books.allocated,
                in_suspense: day.books.held,
                set_aside: day.books.set_aside(),
            },
            balance_explanation: day.balance_explained.as_ref().map(ResolutionView::from),
            open_items: day.open().count(),
            cut: day.is_cut,
            lists: List::ALL
                .into_iter()
                .map(|list| (list.as_str(), of(list)))
                .collect(),
        }
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Query {
    format: Option<String>,
    separator: Option<String>,
}

pub(super) async fn get(
    app: web::Data<App>,
    caller: Caller,
    path: web::Path<(String, String)>,
    query: web::Query<Query>,
) -> Result<HttpResponse, Problem> {
    let (account, day) = path.into_inner();
    let separator = Separator::from_parameter(query.separator.as_deref())?;
    let is_csv = match query.format.as_deref() {
        None | Some("json") => false,
        Some("csv") => true,
        Some(_) => {
            return Err(Problem::parameter(
                "format",
                "format phải là csv hoặc json.",
                "format must be csv or json.",
            ));
        }
    };
    let day = BusinessDate::parse(&day).map_err(|_| Problem::not_found())?;
    let found = app
        .store
        .reconciliation(&caller.scope, &account, day)
        .await?
        .ok_or_else(Problem::not_found)?;
    if !is_csv {
        return Ok(HttpResponse::Ok().json(ReconciliationView::from(&found)));
    }
    let file = format!("reconciliation_{account}_{day}.csv");
    Ok(HttpResponse::Ok()
        .content_type("text/csv; charset=utf-8")
        .insert_header((
            header::CONTENT_DISPOSITION,
            format!("attachment; filename=\"{file}\""),
        ))
        .body(csv(&found, separator)))
}

fn csv(day: &Reconciliation, separator: Separator) -> String {
    let row = |cells| row(separator, cells);
    let mut text = format!("{BYTE_ORDER_MARK}{}", row(HEADINGS.map(str::to_owned)));
    for item in &day.items {
        let amount = |amount: Option<i64>| amount.map_or_else(String::new, |it| it.to_string());
        let id = |id: Option<BankCreditId>| id.map_or_else(String::new, |it| it.to_string());
        let resolution = item.resolution.as_ref();
        text.push_str(&row([
            item.list.vietnamese().to_owned(),
            cell(&item.key),
            match resolution {
                Some(_) => "đã giải trình",
                None => "còn mở",
            }
            .to_owned(),
            match item.direction {
                Direction::Credit => "có",
                Direction::Debit => "nợ",
            }
            .to_owned(),
            item.booked_at.vietnam_local(),
            cell(item.bank_reference.as_deref().unwrap_or_default()),
            amount(item.amount_on_statement),
            amount(item.amount_in_system),
            cell(&item.memo),
            id(item.payment_id),
            id(item.other_payment_id),
            cell(resolution.map_or("", |it| &it.reason)),
            cell(resolution.map_or("", |it| &it.actor)),
            resolution
                .and_then(|it| it.at)
                .map_or_else(String::new, Timestamp::vietnam_local),
        ]));
    }
    let bank = &day.bank;
    for (what, amount) in [
        ("Số dư đầu ngày", bank.opening),
        ("Tổng ghi có", Some(bank.credit_sum)),
        ("Tổng ghi nợ", Some(bank.debit_sum)),
        ("Số dư cuối ngày", bank.closing),
        ("Chênh lệch", bank.difference()),
    ] {
        let mut cells: [String; 14] = Default::default();
        cells[0] = what.to_owned();
        cells[6] = amount.map_or_else(String::new, |it| it.to_string());
        text.push_str(&row(cells));
    }
    let mut cells: [String; 14] = Default::default();
    cells[0] = "Kết luận".to_owned();
    cells[2] = day.status.vietnamese().to_owned();
    text.push_str(&row(cells));
    text
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ExplainBody {
    item: String,
    reason: String,
}

pub(super) async fn explain(
    app: web::Data<App>,
    caller: Caller,
    path: web::Path<(String, String)>,
    body: StrictJson<ExplainBody>,
) -> Result<HttpResponse, Problem> {
    let body = body.value;
    let mut problems = Problems::default();
    let item = text::plain(&body.item, KEY_MAX);
    if item.is_err() {
        problems.add("/item", "không phải mã mục", "is no item's key");
    }
    let reason = text::plain(&body.reason, REASON_MAX);
    if let Err(error) = &reason {
        problems.add(
            "/reason",
            format!("không hợp lệ: {error}"),
            format!("is not valid: {error}"),
        );
    }
    let (item, reason) = problems.finish(item.ok().zip(reason.ok()))?;
    let (account, day) = path.into_inner();
    let day = BusinessDate::parse(&day).map_err(|_| Problem::not_found())?;
    let wish = Explain {
        scope: caller.scope.clone(),
        id: Uuid::now_v7(),
        account,
        day,
        item,
        reason,
        actor: caller.actor(),
        at: app.now(),
    };
    match explain_item(&app.store, &app.writer, wish).await? {
        Explained::Done(day) => Ok(HttpResponse::Ok().json(ReconciliationView::from(&*day))),
        Explained::NoAccount => Err(Problem::not_found()),
        Explained::NotListed => {
            let mut problems = Problems::default();
            problems.add(
                "/item",
                "không có trong các danh sách của ngày này",
                "is on none of the lists of this day",
            );
            problems.finish(None)
        }
    }
}
