//! `GET /v1/reports/collections`: the day's list, streamed, adding up to the ledger.

use crate::app::App;
use crate::auth::Caller;
use crate::problem::Problem;
use crate::spreadsheet::{BYTE_ORDER_MARK, Separator, cell, row};
use actix_web::http::header;
use actix_web::web::Bytes;
use actix_web::{HttpResponse, web};
use futures_util::stream;
use payment::{BusinessDate, TimeError, Timestamp};
use serde::{Deserialize, Serialize};
use store::report::{CollectionLine, Cut};
use store::{StoreError, TenantScope};

/// Lines read from the store at once: memory stays the same however long the list is.
const CHUNK: i64 = 500;

#[derive(Debug, Deserialize)]
pub(super) struct Query {
    from: Option<String>,
    to: Option<String>,
    format: Option<String>,
    separator: Option<String>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Format {
    Csv(Separator),
    Json,
}

/// One line of the list.
#[derive(Serialize)]
struct LineView<'a> {
    number: i64,
    business_date: String,
    booked_at: Timestamp,
    external_id: Option<&'a str>,
    reference: Option<&'a str>,
    description: Option<&'a str>,
    payer_name: Option<&'a str>,
    account: &'a str,
    item_name: Option<&'a str>,
    amount: i64,
    running_total: i64,
    bank_account: &'a str,
    bank_reference: Option<&'a str>,
    bank_transaction_id: &'a str,
    journal_sequence: i64,
}

/// Headings in Vietnamese (the daily list of fees collected, without the columns of things that do not exist yet).
const HEADINGS: [&str; 15] = [
    "STT",
    "Ngày",
    "Giờ ngân hàng ghi có",
    "Mã hồ sơ",
    "Mã thanh toán",
    "Nội dung",
    "Người nộp",
    "Tài khoản sổ cái",
    "Khoản thu",
    "Số tiền",
    "Lũy kế",
    "Tài khoản ngân hàng",
    "Số tham chiếu ngân hàng",
    "Mã giao dịch ngân hàng",
    "Số bút toán",
];

pub(super) async fn collections(
    app: web::Data<App>,
    caller: Caller,
    query: web::Query<Query>,
) -> Result<HttpResponse, Problem> {
    let today = app.now().business_date();
    // One day alone means that day; none means today.
    let from = day("from", query.from.as_deref().or(query.to.as_deref()), today)?;
    let to = day("to", query.to.as_deref(), from.max(today))?;
    if to < from {
        return Err(Problem::parameter(
            "to",
            "to không được trước from.",
            "to must not be before from.",
        ));
    }
    let separator = Separator::from_parameter(query.separator.as_deref())?;
    let format = match query.format.as_deref() {
        None | Some("json") => Format::Json,
        Some("csv") => Format::Csv(separator),
        Some(_) => {
            return Err(Problem::parameter(
                "format",
                "format phải là csv hoặc json.",
                "format must be csv or json.",
            ));
        }
    };
    let journal_sequence = app.store.journal_sequence(&caller.scope).await?;
    let cut = Cut {
        from,
        to,
        journal_sequence,
    };
    let file = format!("collections_{from}_{to}.csv");
    let list = List {
        app: app.get_ref().clone(),
        scope: caller.scope,
        cut,
        format,
        after: (0, 0),
        number: 0,
        total: 0,
        state: State::Start,
    };
    let chunks = stream::unfold(list, |mut list| async move {
        let chunk = list.next_chunk().await?;
        Some((chunk, list))
    });
    let mut response = HttpResponse::Ok();
    match format {
        Format::Csv(_) => response
            .content_type("text/csv; charset=utf-8")
            .insert_header((
                header::CONTENT_DISPOSITION,
                format!("attachment; filename=\"{file}\""),
            )),
        Format::Json => response.content_type("application/json"),
    };
    Ok(response.streaming(chunks))
}

fn day(name: &str, given: Option<&str>, otherwise: BusinessDate) -> Result<BusinessDate, Problem> {
    given
        .map_or(Ok(otherwise), BusinessDate::parse)
        .map_err(|TimeError { .. }| {
            Problem::parameter(
                name,
                format!("{name} phải có dạng YYYY-MM-DD."),
                format!("{name} must have the form YYYY-MM-DD."),
            )
        })
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Start,
    Lines,
    End,
}

struct List {
    app: App,
    scope: TenantScope,
    cut: Cut,
    format: Format,
    after: (i64, i64),
    number: i64,
    total: i64,
    state: State,
}

impl List {
    /// The next piece of the file; nothing after the last. A failure in the middle breaks the
    /// connection off, so that half a list is never taken for a whole one.
    async fn next_chunk(&mut self) -> Option<Result<Bytes, StoreError>> {
        match self.state {
            State::End => None,
            State::Start => {
                self.state = State::Lines;
                Some(Ok(Bytes::from(self.head())))
            }
            State::Lines => {
                let lines = self
                    .app
                    .store
                    .collections(&self.scope, self.cut, self.after, CHUNK)
                    .await;
                Some(lines.map(|lines| Bytes::from(self.write(&lines))))
            }
        }
    }

    fn head(&self) -> String {
        match self.format {
            Format::Csv(separator) => {
                format!(
                    "{BYTE_ORDER_MARK}{}",
                    row(separator, HEADINGS.map(str::to_owned))
                )
            }
            Format::Json => format!(
                "{{\"from\":\"{}\",\"to\":\"{}\",\"currency\":\"VND\",\"journal_sequence\":{},\"data\":[",
                self.cut.from, self.cut.to, self.cut.journal_sequence
            ),
        }
    }

    fn write(&mut self, lines: &[CollectionLine]) -> String {
        let mut text = String::new();
        for line in lines {
            self.number += 1;
            self.total = self.total.saturating_add(line.amount);
            self.after = (line.journal_sequence, line.position);
            match self.format {
                Format::Csv(separator) => text.push_str(&self.csv(separator, line)),
                Format::Json => {
                    if self.number > 1 {
                        text.push(',');
                    }
                    text.push_str(&serde_json::to_string(&self.view(line)).unwrap_or_default());
                }
            }
        }
        if i64::try_from(lines.len()).unwrap_or(CHUNK) < CHUNK {
            self.state = State::End;
            text.push_str(&self.foot());
        }
        text
    }

    fn foot(&self) -> String {
        match self.format {
            Format::Csv(separator) => {
                let mut cells: [String; 15] = Default::default();
                cells[0] = "Tổng cộng".to_owned();
                cells[9] = self.total.to_string();
                cells[10] = self.total.to_string();
                row(separator, cells)
            }
            Format::Json => format!("],\"count\":{},\"total\":{}}}", self.number, self.total),
        }
    }

    fn view<'a>(&self, line: &'a CollectionLine) -> LineView<'a> {
        LineView {
            number: self.number,
            business_date: business_date(line),
            booked_at: line.booked_at(),
            external_id: line.external_id.as_deref(),
            reference: line.reference.as_deref(),
            description: line.description.as_deref(),
            payer_name: line.payer_name.as_deref(),
            account: &line.account_code,
            item_name: line.item_name.as_deref(),
            amount: line.amount,
            running_total: self.total,
            bank_account: &line.bank_account,
            bank_reference: line.bank_reference.as_deref(),
            bank_transaction_id: &line.provider_event_id,
            journal_sequence: line.journal_sequence,
        }
    }

    fn csv(&self, separator: Separator, line: &CollectionLine) -> String {
        let text = |text: &Option<String>| text.as_deref().map_or_else(String::new, cell);
        let cells = [
            self.number.to_string(),
            business_date(line),
            line.booked_at().vietnam_local(),
            text(&line.external_id),
            text(&line.reference),
            text(&line.description),
            text(&line.payer_name),
            cell(&line.account_code),
            text(&line.item_name),
            line.amount.to_string(),
            self.total.to_string(),
            cell(&line.bank_account),
            text(&line.bank_reference),
            cell(&line.provider_event_id),
            line.journal_sequence.to_string(),
        ];
        row(separator, cells)
    }
}

fn business_date(line: &CollectionLine) -> String {
    BusinessDate::from_number(line.business_date)
        .map_or_else(|_| String::new(), |day| day.to_string())
}
