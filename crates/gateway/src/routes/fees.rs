//! The fee schedule: read, imported, asked for prices.

use super::create::{Filed, LINES_MAX, LineBody, price_list};
use crate::app::App;
use crate::auth::Caller;
use crate::body::StrictJson;
use crate::problem::{Problem, Problems};
use crate::table::{self, TableError};
use crate::view::Page;
use actix_web::{HttpResponse, web};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ledger::fee::import::{Change, Row, RowProblem, changes, read_rows};
use ledger::fee::{FeeKind, ItemTerms, ItemVersion};
use money::Vnd;
use payment::request::{ItemCode, Line};
use payment::{BusinessDate, FeeImportId};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use store::fee::ImportFees;
use store::tenant::FeeItem;
use uuid::Uuid;

/// Changes that an answer lists; the counts are of all.
const CHANGES_SHOWN: usize = 1_000;

/// An item as it is listed, with what holds today when it stands in the schedule.
#[derive(Serialize)]
struct FeeItemView<'a> {
    #[serde(flatten)]
    item: &'a FeeItem,
    kind: Option<FeeKind>,
    unit: Option<&'a str>,
    version: Option<u32>,
    explicit_amount: bool,
}

impl<'a> FeeItemView<'a> {
    fn new(item: &'a FeeItem, version: Option<&'a ItemVersion>, is_scheduled: bool) -> Self {
        Self {
            item,
            kind: version.map(|version| version.terms.kind),
            unit: version.and_then(|version| version.terms.unit.as_deref()),
            version: version.map(|version| version.version),
            explicit_amount: version.map_or(!is_scheduled, |version| {
                version.terms.allows_explicit_amount()
            }),
        }
    }
}

/// The price of one today, where there is one price for each.
fn unit_price(version: Option<&ItemVersion>) -> Option<i64> {
    version?.terms.price.as_ref()?.unit_price().map(Vnd::get)
}

pub(super) async fn list(app: web::Data<App>, caller: Caller) -> Result<HttpResponse, Problem> {
    let today = app.now().business_date();
    let mut items = app.store.fee_items(&caller.scope).await?;
    let schedule = app.store.fee_schedule(&caller.scope).await?;
    let mut found = Vec::with_capacity(items.len());
    for item in &mut items {
        let code = ItemCode::parse(&item.item_code).unwrap_or_else(|_| ItemCode::unspecified());
        let is_scheduled = schedule.knows(&code);
        let version = schedule.in_force(&code, today);
        if is_scheduled {
            item.unit_price = unit_price(version);
        }
        found.push((version, is_scheduled));
    }
    let data: Vec<FeeItemView<'_>> = items
        .iter()
        .zip(found)
        .map(|(item, (version, is_scheduled))| FeeItemView::new(item, version, is_scheduled))
        .collect();
    Ok(HttpResponse::Ok().json(Page {
        data,
        next_cursor: None,
    }))
}

#[derive(Serialize)]
struct VersionView<'a> {
    version: u32,
    starts_on: BusinessDate,
    ends_on: Option<BusinessDate>,
    in_force: bool,
    terms: &'a ItemTerms,
}

#[derive(Serialize)]
struct FeeItemHistory<'a> {
    #[serde(flatten)]
    item: FeeItemView<'a>,
    versions: Vec<VersionView<'a>>,
}

pub(super) async fn get(
    app: web::Data<App>,
    caller: Caller,
    code: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let code = ItemCode::parse(&code).map_err(|_| Problem::not_found())?;
    let today = app.now().business_date();
    let codes = [code.clone()].into();
    let (mut items, schedule) = app.store.items_to_price(&caller.scope, &codes).await?;
    let item = items.first_mut().ok_or_else(Problem::not_found)?;
    let is_scheduled = schedule.knows(&code);
    let in_force = schedule.in_force(&code, today);
    if is_scheduled {
        item.unit_price = unit_price(in_force);
    }
    let versions = schedule.versions(&code).iter().map(|version| VersionView {
        version: version.version,
        starts_on: version.starts_on,
        ends_on: version.ends_on,
        in_force: in_force.is_some_and(|now| now.version == version.version),
        terms: &version.terms,
    });
    Ok(HttpResponse::Ok().json(FeeItemHistory {
        item: FeeItemView::new(item, in_force, is_scheduled),
        versions: versions.collect(),
    }))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ImportBody {
    #[serde(default)]
    csv: Option<String>,
    #[serde(default)]
    xlsx_base64: Option<String>,
    #[serde(default)]
    effective_from: Option<BusinessDate>,
    #[serde(default)]
    dry_run: bool,
}

#[derive(Serialize)]
struct ImportView<'a> {
    id: Option<FeeImportId>,
    dry_run: bool,
    effective_from: BusinessDate,
    rows: usize,
    added: usize,
    changed: usize,
    unchanged: usize,
    changes: Vec<ChangeView<'a>>,
}

#[derive(Serialize)]
struct ChangeView<'a> {
    change: &'static str,
    item: &'a ItemCode,
    version: u32,
    starts_on: BusinessDate,
    ends_on: Option<BusinessDate>,
}

pub(super) async fn import(
    app: web::Data<App>,
    caller: Caller,
    body: StrictJson<ImportBody>,
) -> Result<HttpResponse, Problem> {
    let body = body.value;
    let now = app.now();
    let today = now.business_date();
    let effective_from = body.effective_from.unwrap_or(today);
    let (pointer, bytes) = file(&body)?;
    if effective_from < today {
        let mut problems = Problems::default();
        problems.add(
            "/effective_from",
            "mức thu đã đổi không được bắt đầu trong quá khứ",
            "a changed price must not begin in the past",
        );
        return problems.finish(None);
    }
    // Reading a file is work for a thread of its own, not for one that serves others.
    let file_digest: [u8; 32] = Sha256::digest(&bytes).into();
    let rows = web::block(move || rows_of(&bytes))
        .await
        .map_err(|_| unreadable(pointer, "the reader stopped"))?
        .map_err(|wrong| wrong.problem(pointer))?;
    let count = rows.len();
    let id = FeeImportId::from_uuid(Uuid::now_v7());
    let found = if body.dry_run {
        let stored = app.store.fee_schedule(&caller.scope).await?;
        changes(&stored, &rows, effective_from)
    } else {
        let import = ImportFees {
            scope: caller.scope.clone(),
            id,
            rows,
            effective_from,
            file_digest,
            actor: caller.actor(),
            at: now,
        };
        app.writer.import_fees(import).await?
    };
    let shown: Vec<ChangeView<'_>> = found
        .iter()
        .filter_map(|change| match change {
            Change::Added(version) => Some(("added", version)),
            Change::Changed(version) => Some(("changed", version)),
            Change::Unchanged => None,
        })
        .map(|(change, version)| ChangeView {
            change,
            item: &version.item,
            version: version.version,
            starts_on: version.starts_on,
            ends_on: version.ends_on,
        })
        .collect();
    let added = shown
        .iter()
        .filter(|change| change.change == "added")
        .count();
    let changed = shown.len() - added;
    let wrote = !body.dry_run && !shown.is_empty();
    let view = ImportView {
        id: wrote.then_some(id),
        dry_run: body.dry_run,
        effective_from,
        rows: count,
        added,
        changed,
        unchanged: count - shown.len(),
        changes: shown.into_iter().take(CHANGES_SHOWN).collect(),
    };
    Ok(if wrote {
        HttpResponse::Created().json(view)
    } else {
        HttpResponse::Ok().json(view)
    })
}

/// The one file of the body, and the member that it stands in.
fn file(body: &ImportBody) -> Result<(&'static str, Vec<u8>), Problem> {
    match (&body.csv, &body.xlsx_base64) {
        (Some(csv), None) => Ok(("/csv", csv.clone().into_bytes())),
        (None, Some(xlsx)) => STANDARD
            .decode(xlsx)
            .map(|bytes| ("/xlsx_base64", bytes))
            .map_err(|error| unreadable("/xlsx_base64", &error.to_string())),
        _ => Err(unreadable("/csv", "either csv or xlsx_base64 is needed")),
    }
}

/// What is wrong with a file.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FileError {
    /// It is no table.
    #[error(transparent)]
    Table(#[from] TableError),
    /// Its rows.
    #[error("{}", list_of(.0))]
    Rows(Vec<RowProblem>),
}

fn list_of(problems: &[RowProblem]) -> String {
    let lines: Vec<String> = problems.iter().map(ToString::to_string).collect();
    lines.join("\n")
}

impl FileError {
    fn problem(self, pointer: &str) -> Problem {
        match self {
            Self::Table(error) => unreadable(pointer, &error.to_string()),
            Self::Rows(rows) => {
                let mut problems = Problems::default();
                for row in rows {
                    problems.add(
                        pointer,
                        format!("dòng {}, cột {}: {}", row.line, row.column, row.detail),
                        row.to_string(),
                    );
                }
                problems
                    .finish::<()>(None)
                    .err()
                    .unwrap_or_else(Problem::not_found)
            }
        }
    }
}

fn unreadable(pointer: &str, detail: &str) -> Problem {
    let mut problems = Problems::default();
    problems.add(
        pointer,
        format!("không đọc được: {detail}"),
        format!("cannot be read: {detail}"),
    );
    problems
        .finish::<()>(None)
        .err()
        .unwrap_or_else(Problem::not_found)
}

/// The rows of a file, CSV or XLSX.
pub(crate) fn rows_of(bytes: &[u8]) -> Result<Vec<Row>, FileError> {
    let table = table::read(bytes)?;
    read_rows(&table.headings, table.rows).map_err(FileError::Rows)
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct QuoteBody {
    lines: Vec<LineBody>,
    #[serde(default)]
    filed: Filed,
    #[serde(default)]
    priced_on: Option<BusinessDate>,
}

#[derive(Serialize)]
struct QuoteView {
    priced_on: BusinessDate,
    filed: Filed,
    currency: &'static str,
    amount: Vnd,
    lines: Vec<Line>,
}

pub(super) async fn quote(
    app: web::Data<App>,
    caller: Caller,
    body: StrictJson<QuoteBody>,
) -> Result<HttpResponse, Problem> {
    let body = body.value;
    let day = body.priced_on.unwrap_or_else(|| app.now().business_date());
    let mut problems = Problems::default();
    if !(1..=LINES_MAX).contains(&body.lines.len()) {
        problems.add(
            "/lines",
            "phải có 1 đến 100 dòng",
            "must have 1 to 100 lines",
        );
        return problems.finish(None);
    }
    let prices = price_list(&app, &caller, &body.lines, body.filed, day).await?;
    let lines: Vec<Line> = body
        .lines
        .into_iter()
        .enumerate()
        .filter_map(|(index, line)| prices.line(index, line, &mut problems))
        .collect();
    let amount = Vnd::sum(lines.iter().map(|line| line.amount));
    if amount.is_err() {
        problems.add("/lines", "tổng số tiền quá lớn", "the total is too large");
    }
    let view = amount.ok().map(|amount| QuoteView {
        priced_on: day,
        filed: body.filed,
        currency: "VND",
        amount,
        lines,
    });
    Ok(HttpResponse::Ok().json(problems.finish(view)?))
}
