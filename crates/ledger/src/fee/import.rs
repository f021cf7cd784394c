//! Reading a fee schedule from the cells of a table, and finding what a file changes.
//!
//! The caller turns CSV or XLSX into headings and rows of text; here every cell is checked, and all that
//! is wrong is named at once. A row is known by its item and its declared first day, so that the same
//! file brings nothing new and a changed price becomes a version with a start date.

use super::{
    Decimal, Discount, Effect, FeeKind, ItemTerms, ItemVersion, PriceRule, Relief, Schedule,
};
use crate::remit::Rhythm;
use crate::split::{Base, Recipient, SplitStep, SplitTerms};
use money::Vnd;
use payment::request::ItemCode;
use payment::{BusinessDate, text};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use std::collections::BTreeSet;
use unicode_normalization::UnicodeNormalization;

/// Rows in one file at most.
pub const ROWS_MAX: usize = 10_000;
/// Problems that are listed at most.
pub const PROBLEMS_MAX: usize = 100;
/// Characters in one cell at most.
const CELL_MAX: usize = 4_000;

/// The columns that a file may have; the first three it must have.
pub const COLUMNS: [&str; 28] = [
    "code",
    "name_vi",
    "kind",
    "name_en",
    "legal_basis",
    "amount_vnd",
    "retained_percent",
    "remitted_percent",
    "online_discount",
    "unit",
    "amount_rule",
    "other_percent",
    "other_recipient",
    "retained_if_not_autonomous",
    "valid_from",
    "valid_to",
    "remit_schedule",
    "refund_rule",
    "group",
    "source",
    "certainty",
    "note",
    "reliefs",
    "split",
    "explicit_amount",
    "budget_chapter",
    "budget_item",
    "yearly_ceiling",
];
const NEEDED: usize = 3;

/// One row of a schedule.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Row {
    /// Which item.
    pub item: ItemCode,
    /// From when on, when the row says so.
    pub valid_from: Option<BusinessDate>,
    /// Until when, when the row says so.
    pub valid_to: Option<BusinessDate>,
    /// What it says.
    pub terms: ItemTerms,
}

/// One thing that is wrong with a file.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("line {line}, {column}: {detail}")]
pub struct RowProblem {
    /// The line, with the headings as line 1.
    pub line: usize,
    /// The column, or nothing for the whole line.
    pub column: &'static str,
    /// What is wrong.
    pub detail: String,
}

/// Reads all rows.
///
/// # Errors
/// Everything that is wrong, at most [`PROBLEMS_MAX`] problems.
pub fn read_rows(
    headings: &[String],
    rows: impl IntoIterator<Item = Vec<String>>,
) -> Result<Vec<Row>, Vec<RowProblem>> {
    let mut problems = Problems::default();
    let places = places(headings, &mut problems);
    if !problems.0.is_empty() {
        return Err(problems.0);
    }
    let mut read: Vec<Row> = Vec::new();
    let mut seen: BTreeSet<(ItemCode, Option<BusinessDate>)> = BTreeSet::new();
    for (line, cells) in (2..).zip(rows) {
        if problems.0.len() >= PROBLEMS_MAX {
            break;
        }
        if line > ROWS_MAX + 1 {
            problems.add(line, "", format!("a file has at most {ROWS_MAX} rows"));
            break;
        }
        if cells.iter().all(|cell| cell.trim().is_empty()) {
            continue;
        }
        let mut reader = RowReader {
            line,
            cells: &cells,
            places: &places,
            problems: &mut problems,
        };
        let Some(row) = reader.read() else { continue };
        if seen.insert((row.item.clone(), row.valid_from)) {
            read.push(row);
        } else {
            problems.add(
                line,
                "code",
                "the item stands twice with the same valid_from",
            );
        }
    }
    if problems.0.is_empty() {
        Ok(read)
    } else {
        problems.0.truncate(PROBLEMS_MAX);
        Err(problems.0)
    }
}

/// For each known column its place in the file.
fn places(headings: &[String], problems: &mut Problems) -> Vec<Option<usize>> {
    let names: Vec<String> = headings
        .iter()
        .map(|heading| heading.trim().trim_start_matches('\u{feff}').to_owned())
        .collect();
    for (index, name) in names.iter().enumerate() {
        if !name.is_empty() && !COLUMNS.contains(&name.as_str()) {
            let shown: String = name.chars().take(40).collect();
            problems.add(1, "", format!("there is no column `{shown}`"));
        }
        if !name.is_empty() && names.iter().take(index).any(|before| before == name) {
            problems.add(1, "", format!("the column `{name}` stands twice"));
        }
    }
    let places: Vec<_> = COLUMNS
        .iter()
        .map(|column| names.iter().position(|name| name == column))
        .collect();
    for (column, place) in COLUMNS.iter().zip(&places).take(NEEDED) {
        if place.is_none() {
            problems.add(1, column, "this column is needed");
        }
    }
    places
}

#[derive(Default)]
struct Problems(Vec<RowProblem>);

impl Problems {
    fn add(&mut self, line: usize, column: &'static str, detail: impl Into<String>) {
        self.0.push(RowProblem {
            line,
            column,
            detail: detail.into(),
        });
    }
}

struct RowReader<'a> {
    line: usize,
    cells: &'a [String],
    places: &'a [Option<usize>],
    problems: &'a mut Problems,
}

impl RowReader<'_> {
    fn wrong(&mut self, column: &'static str, detail: impl Into<String>) {
        self.problems.add(self.line, column, detail);
    }

    /// The cell of a column as one line of NFC text; nothing when it is empty or not there.
    fn text(&mut self, column: &'static str) -> Option<String> {
        let place = COLUMNS.iter().position(|name| *name == column)?;
        let cell = self.cells.get((*self.places.get(place)?)?)?;
        if cell.trim().is_empty() {
            return None;
        }
        let cell: String = cell.nfc().collect();
        match text::plain(&cell, CELL_MAX) {
            Ok(plain) => Some(plain),
            Err(error) => {
                self.wrong(column, error.to_string());
                None
            }
        }
    }

    /// The cell, read by `read`.
    fn parsed<T>(
        &mut self,
        column: &'static str,
        expected: &str,
        read: impl Fn(&str) -> Option<T>,
    ) -> Option<T> {
        let text = self.text(column)?;
        let value = read(&text);
        if value.is_none() {
            self.wrong(column, format!("must be {expected}"));
        }
        value
    }

    fn amount(&mut self, column: &'static str) -> Option<Vnd> {
        self.parsed(column, "a whole number of đồng, not negative", |text| {
            let amount = Vnd::new(text.parse().ok()?).ok()?;
            Some(amount).filter(|amount| *amount >= Vnd::ZERO)
        })
    }

    fn percent(&mut self, column: &'static str) -> Option<Decimal> {
        self.parsed(column, "a percentage between 0 and 100", |text| {
            Decimal::parse_percent(text).ok()
        })
    }

    fn day(&mut self, column: &'static str) -> Option<BusinessDate> {
        self.parsed(column, "a day of the form YYYY-MM-DD", |text| {
            BusinessDate::parse(text).ok()
        })
    }

    fn json<T: DeserializeOwned>(&mut self, column: &'static str) -> Option<T> {
        let text = self.text(column)?;
        match serde_json::from_str(&text) {
            Ok(value) => Some(value),
            Err(error) => {
                self.wrong(column, error.to_string());
                None
            }
        }
    }

    fn read(&mut self) -> Option<Row> {
        let before = self.problems.0.len();
        let item = self.parsed("code", "1 to 40 of A-Z, 0-9, '-', '_' and '.'", |text| {
            ItemCode::parse(text).ok()
        });
        let kind = self.parsed(
            "kind",
            "phi, le_phi, gia_dich_vu, khoan_thu, thu_ho or hoc_phi",
            FeeKind::parse,
        );
        let name = self.text("name_vi");
        for (column, missing) in [
            ("code", item.is_none()),
            ("kind", kind.is_none()),
            ("name_vi", name.is_none()),
        ] {
            if missing
                && self
                    .problems
                    .0
                    .iter()
                    .skip(before)
                    .all(|p| p.column != column)
            {
                self.wrong(column, "is needed");
            }
        }
        let valid_from = self.day("valid_from");
        let valid_to = self.day("valid_to");
        if let (Some(from), Some(to)) = (valid_from, valid_to)
            && to < from
        {
            self.wrong("valid_to", "lies before valid_from");
        }
        let price = self.price();
        let discounts = self.discounts(price.as_ref());
        let reliefs: Vec<Relief> = self.json("reliefs").unwrap_or_default();
        let codes: BTreeSet<_> = reliefs.iter().map(|relief| &relief.code).collect();
        if codes.len() != reliefs.len() {
            self.wrong("reliefs", "a code stands twice");
        }
        let split = self.split(kind?);
        let explicit = self.parsed("explicit_amount", "yes or no", |text| match text {
            "yes" => Some(true),
            "no" => Some(false),
            _ => None,
        });
        let terms = ItemTerms {
            kind: kind?,
            name: name?,
            name_en: self.text("name_en"),
            unit: self.text("unit"),
            legal_basis: self.text("legal_basis"),
            price,
            explicit_amount: explicit.unwrap_or(false),
            discounts,
            reliefs,
            split,
            remit: Rhythm::parse(&self.text("remit_schedule").unwrap_or_default()),
            refund_rule: self.text("refund_rule"),
            budget_chapter: self.text("budget_chapter"),
            budget_item: self.text("budget_item"),
            group: self.text("group"),
            source: self.text("source"),
            certainty: self.text("certainty"),
            note: self.text("note"),
        };
        let row = Row {
            item: item?,
            valid_from,
            valid_to,
            terms,
        };
        (self.problems.0.len() == before).then_some(row)
    }

    /// `amount_vnd` is the price of a fixed rule, or of one per unit that names none; other rules bring
    /// their own.
    fn price(&mut self) -> Option<PriceRule> {
        let amount = self.amount("amount_vnd");
        let mut rule: Map<String, Value> = match self.text("amount_rule") {
            Some(_) => self.json("amount_rule")?,
            None => Map::from_iter([("type".to_owned(), Value::from("fixed"))]),
        };
        let named = rule.get("type").and_then(Value::as_str) == Some("fixed");
        if named && !rule.contains_key("price") {
            // No price at all: the line says its amount.
            let amount = amount?;
            rule.insert("price".to_owned(), Value::from(amount.get()));
        }
        let rule: PriceRule = match serde_json::from_value(Value::Object(rule)) {
            Ok(rule) => rule,
            Err(error) => {
                self.wrong("amount_rule", error.to_string());
                return None;
            }
        };
        if let Err(error) = rule.check() {
            self.wrong("amount_rule", error.to_string());
            return None;
        }
        if let (Some(amount), Some(price)) = (amount, rule.unit_price())
            && amount != price
        {
            self.wrong("amount_vnd", "differs from the price in amount_rule");
        }
        Some(rule)
    }

    fn discounts(&mut self, price: Option<&PriceRule>) -> Vec<Discount> {
        let Some(text) = self.text("online_discount").filter(|text| text != "none") else {
            return Vec::new();
        };
        let mut discounts = Vec::new();
        for one in text.split(';') {
            match Discount::parse(one.trim()) {
                None => self.wrong(
                    "online_discount",
                    "must be none, factor:F@FROM..TO, flat:N@FROM..TO or waived_in:PROVINCE",
                ),
                Some(discount) => {
                    let each = price.is_some_and(|rule| rule.unit_price().is_some());
                    if matches!(discount.effect, Effect::Flat(_)) && !each {
                        self.wrong(
                            "online_discount",
                            "a flat price needs an item with one price for each",
                        );
                    }
                    discounts.push(discount);
                }
            }
        }
        discounts
    }

    fn split(&mut self, kind: FeeKind) -> SplitTerms {
        let residual = if kind.is_state_fee() {
            Recipient::Budget
        } else {
            Recipient::Retained
        };
        let retained = self.percent("retained_percent");
        let remitted = self.percent("remitted_percent");
        let other = self.percent("other_percent");
        let not_autonomous = self.percent("retained_if_not_autonomous");
        let ceiling = self.amount("yearly_ceiling");
        let recipient = self.text("other_recipient");
        let zero = Decimal::ZERO;
        let (kept, passed) = (retained.unwrap_or(zero), other.unwrap_or(zero));
        if retained.is_some() || remitted.is_some() || other.is_some() {
            let sum = kept.hundred_millionths()
                + passed.hundred_millionths()
                + remitted.unwrap_or(zero).hundred_millionths();
            if sum != 100_000_000 {
                self.wrong(
                    "retained_percent",
                    "retained, remitted and other percent must add up to 100",
                );
            }
        }
        if kind == FeeKind::LePhi && (kept != zero || passed != zero) {
            self.wrong("retained_percent", "all of a lệ phí is the state budget's");
        }
        let mut steps = Vec::new();
        if kind.is_state_fee() {
            if kept != zero {
                steps.push(SplitStep {
                    recipient: Recipient::Retained,
                    base: Base::Gross,
                    rate: kept,
                    yearly_ceiling: ceiling,
                });
            }
            if passed != zero {
                match recipient.as_deref().map(Recipient::parse) {
                    Some(other @ Recipient::Other(_)) => steps.push(SplitStep {
                        recipient: other,
                        base: Base::Gross,
                        rate: passed,
                        yearly_ceiling: None,
                    }),
                    _ => self.wrong("other_recipient", "is needed, by the office's name"),
                }
            }
        }
        // Written steps replace those of the percentages: "60 % of the kept part to the police office".
        if let Some(written) = self.json::<Vec<SplitStep>>("split") {
            steps = written;
            if kind == FeeKind::LePhi && !steps.is_empty() {
                self.wrong("split", "all of a lệ phí is the state budget's");
            }
        }
        let terms = SplitTerms {
            steps,
            residual,
            retained_if_not_autonomous: not_autonomous.unwrap_or(zero),
        };
        if let Err(error) = terms.check() {
            self.wrong("split", error.to_string());
        }
        terms
    }
}

/// What a file brings to an item.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Change {
    /// An item, or a dated row of it, that was not there.
    Added(ItemVersion),
    /// Other terms for a row that was there; they hold from the version's first day.
    Changed(ItemVersion),
    /// Nothing.
    Unchanged,
}

/// Why a file cannot be taken.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("line {line}: {detail}")]
pub struct ChangeProblem {
    /// The row, counted from 2 as in the file when it has no empty lines.
    pub line: usize,
    /// What is wrong.
    pub detail: String,
}

/// What `rows` bring to `stored`, one answer per row in their order.
///
/// A row whose item and declared first day are stored with the same terms changes nothing. With other
/// terms it becomes a version that begins on `effective_from`, or on its own first day when that is
/// later. A row that is new begins on its own first day, or on `effective_from` when it names none.
#[must_use]
pub fn changes(stored: &Schedule, rows: &[Row], effective_from: BusinessDate) -> Vec<Change> {
    let mut newest: std::collections::BTreeMap<ItemCode, u32> = std::collections::BTreeMap::new();
    rows.iter()
        .map(|row| {
            let versions = stored.versions(&row.item);
            let before = versions
                .iter()
                .filter(|version| version.declared_from == row.valid_from)
                .max_by_key(|version| version.version);
            if before
                .is_some_and(|before| before.terms == row.terms && before.ends_on == row.valid_to)
            {
                return Change::Unchanged;
            }
            let starts_on = match (before, row.valid_from) {
                (None, from) => from.unwrap_or(effective_from),
                (Some(_), from) => from.map_or(effective_from, |from| from.max(effective_from)),
            };
            let number = newest.entry(row.item.clone()).or_insert_with(|| {
                versions
                    .iter()
                    .map(|version| version.version)
                    .max()
                    .unwrap_or(0)
            });
            *number = number.saturating_add(1);
            let version = ItemVersion {
                item: row.item.clone(),
                version: *number,
                starts_on,
                ends_on: row.valid_to,
                declared_from: row.valid_from,
                terms: row.terms.clone(),
            };
            if before.is_some() {
                Change::Changed(version)
            } else {
                Change::Added(version)
            }
        })
        .collect()
}

#[cfg(test)]
mod tests;
