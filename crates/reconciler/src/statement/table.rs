//! From rows of cells to statement lines: what CSV and XLSX share.
//!
//! A file has a title block (bank, account, period, opening balance), one or two header rows, rows of
//! data, wrapped descriptions, totals, a footer; and on the next page, perhaps, the same again. Each row
//! is judged by what is in it, so that nothing after a strange row is lost in silence: a row with
//! amounts that cannot be read is an error with its number, never the end of the table.

use super::layout::{self, Column, Layout};
use super::totals::Totals;
use super::{
    Booked, CELL_BYTES_MAX, CELLS_MAX, Encoding, Format, Hints, Item, MEMO_BYTES_MAX, ROWS_MAX,
    Refusal, RowError, RowRule, STATEMENTS_MAX, Sink, StatementLine, Summary, account_number,
    amount, date,
};
use crate::memo::fold;
use money::Vnd;
use payment::{BusinessDate, Direction};
use std::collections::BTreeMap;
use std::ops::ControlFlow;
use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};

/// What kind of value a cell holds; text files hold text only.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Kind {
    Text,
    /// A number: its dot is a decimal point and nothing else.
    Number,
}

/// One cell.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cell<'a> {
    pub(super) kind: Kind,
    pub(super) text: &'a str,
}

impl Cell<'_> {
    const EMPTY: Cell<'static> = Cell {
        kind: Kind::Text,
        text: "",
    };

    fn is_empty(&self) -> bool {
        self.text.trim_matches(is_blank).is_empty()
    }

    /// The day in it, printed or as the number of a workbook.
    fn day(&self) -> Option<Booked> {
        match self.kind {
            Kind::Text => date::printed(self.text),
            Kind::Number => date::serial(self.text).and_then(|text| date::printed(&text)),
        }
    }

    /// The amount in it, with its sign.
    fn amount(&self) -> Result<Option<Vnd>, RowRule> {
        match self.kind {
            Kind::Text => amount::printed(self.text),
            Kind::Number => amount::plain(self.text.trim()).map(Some),
        }
    }
}

fn is_blank(c: char) -> bool {
    c.is_whitespace() || c == '\u{a0}'
}

/// Rows before the header that are looked at; the longest known title block has 14.
const TITLE_ROWS_MAX: u64 = 60;

pub(super) struct Table<'a, 's> {
    hints: &'a Hints,
    told: BTreeMap<String, Column>,
    sink: &'a mut Sink<'s>,
    columns: Option<Columns>,
    /// The header row above this one, for headers of two rows.
    above: Vec<Option<Column>>,
    above_text: Vec<String>,
    account: Option<String>,
    /// Whether the account stands before the next number.
    account_expected: bool,
    opening: Option<Vnd>,
    period: Option<(BusinessDate, BusinessDate)>,
    closing: Option<Vnd>,
    /// The line that the next row may still add to.
    waiting: Option<StatementLine>,
    totals: BTreeMap<String, Totals>,
    rows: u64,
    lines: u64,
    errors: u64,
    statements: u64,
}

/// What a table held in all.
pub(super) struct Finished {
    lines: u64,
    errors: u64,
    statements: u64,
    layout: &'static str,
    has_reference: bool,
    has_balance: bool,
}

impl Finished {
    pub(super) const fn summary(self, format: Format, encoding: Encoding) -> Summary {
        Summary {
            format,
            layout: self.layout,
            encoding,
            has_reference: self.has_reference,
            has_balance: self.has_balance,
            lines: self.lines,
            errors: self.errors,
            pending: 0,
            statements: self.statements,
        }
    }
}

/// Which column is where.
struct Columns {
    layout: &'static Layout,
    of: Vec<Option<Column>>,
    /// Where `+` and `-` stand, when the header does not say.
    has_sign: bool,
}

impl Columns {
    fn is_complete(of: &[Option<Column>]) -> bool {
        let has = |column| of.contains(&Some(column));
        let dated = has(Column::Booked) || has(Column::Value) || has(Column::BookedOverDocument);
        let amounts = has(Column::Debit) || has(Column::Credit) || has(Column::Amount);
        dated && amounts && of.iter().flatten().count() >= 3
    }

    fn cell<'c>(&self, column: Column, cells: &[Cell<'c>]) -> Cell<'c> {
        self.of
            .iter()
            .zip(cells)
            .find(|(of, cell)| **of == Some(column) && !cell.is_empty())
            .map_or(Cell::EMPTY, |(_, cell)| *cell)
    }
}

/// What a row is.
enum Row {
    Line(Box<StatementLine>, Option<Box<StatementLine>>),
    /// The wrapped rest of the memo above.
    Continuation(String),
    Error(RowError),
    /// Nothing that counts: blank, total, footer, header once more.
    Nothing,
}

impl<'a, 's> Table<'a, 's> {
    pub(super) fn new(hints: &'a Hints, sink: &'a mut Sink<'s>) -> Self {
        Self {
            hints,
            told: layout::told(&hints.columns),
            sink,
            columns: None,
            above: Vec::new(),
            above_text: Vec::new(),
            account: hints.account_number.clone(),
            account_expected: false,
            opening: None,
            period: None,
            closing: None,
            waiting: None,
            totals: BTreeMap::new(),
            rows: 0,
            lines: 0,
            errors: 0,
            statements: 0,
        }
    }

    /// Takes one row.
    pub(super) fn row(&mut self, number: u64, cells: &[Cell<'_>]) -> Result<(), Refusal> {
        self.rows += 1;
        if self.rows > ROWS_MAX {
            return Err(Refusal::TooManyRows);
        }
        if cells.len() > CELLS_MAX {
            // Sheets are padded with empty cells to the right.
            let beyond = cells.get(CELLS_MAX..).unwrap_or_default();
            if beyond.iter().any(|cell| !cell.is_empty()) {
                return Err(Refusal::TooManyCells);
            }
        }
        if cells.iter().any(|cell| cell.text.len() > CELL_BYTES_MAX) {
            return Err(Refusal::CellTooLong);
        }
        if self.columns.is_none() {
            return self.title(cells);
        }
        match self.judge(number, cells)? {
            Row::Line(line, more) => {
                self.flush()?;
                if let Some(more) = more {
                    self.waiting = Some(*line);
                    self.flush()?;
                    self.waiting = Some(*more);
                } else {
                    self.waiting = Some(*line);
                }
                Ok(())
            }
            Row::Continuation(text) => {
                if let Some(line) = &mut self.waiting
                    && line.memo.len() + text.len() < MEMO_BYTES_MAX
                {
                    if !line.memo.is_empty() {
                        line.memo.push(' ');
                    }
                    line.memo.push_str(&text);
                }
                Ok(())
            }
            Row::Error(error) => {
                self.flush()?;
                self.errors += 1;
                if let Some(account) = self.account.clone() {
                    self.totals_of(&account)?.error();
                }
                self.give(Item::Error(error))
            }
            Row::Nothing => Ok(()),
        }
    }

    /// Gives what is left.
    pub(super) fn finish(mut self) -> Result<Finished, Refusal> {
        let Some(columns) = &self.columns else {
            return Err(if self.rows == 0 {
                Refusal::Empty
            } else {
                Refusal::NoHeader
            });
        };
        let layout = columns.layout.name;
        let has = |column| columns.of.contains(&Some(column));
        let has_balance = has(Column::Balance);
        let has_reference = has(Column::Reference)
            || has(Column::Document)
            || has(Column::BookedOverDocument)
            || has(Column::Serial);
        self.flush()?;
        if self.totals.is_empty() {
            // A day without movements is a statement all the same.
            let account = self.account.clone().ok_or(Refusal::NoAccount)?;
            self.totals_of(&account)?;
        }
        let only = self.totals.len() == 1;
        for (_, mut totals) in std::mem::take(&mut self.totals) {
            if only {
                if let Some(opening) = self.opening {
                    totals.opening(opening);
                }
                if let Some(closing) = self.closing {
                    totals.closing(closing);
                }
            }
            if let Some((from, to)) = self.period {
                totals.period(from, to);
            }
            let statement = totals.finish()?;
            self.statements += 1;
            self.give(Item::Statement(statement))?;
        }
        Ok(Finished {
            lines: self.lines,
            errors: self.errors,
            statements: self.statements,
            layout,
            has_reference,
            has_balance,
        })
    }

    fn give(&mut self, item: Item) -> Result<(), Refusal> {
        match (self.sink)(item) {
            ControlFlow::Continue(()) => Ok(()),
            ControlFlow::Break(()) => Err(Refusal::Cancelled),
        }
    }

    fn totals_of(&mut self, account: &str) -> Result<&mut Totals, Refusal> {
        if !self.totals.contains_key(account) {
            if self.totals.len() as u64 >= STATEMENTS_MAX {
                return Err(Refusal::TooManyStatements);
            }
            self.totals
                .insert(account.to_owned(), Totals::new(account.to_owned()));
        }
        self.totals.get_mut(account).ok_or(Refusal::NoAccount)
    }

    fn flush(&mut self) -> Result<(), Refusal> {
        let Some(line) = self.waiting.take() else {
            return Ok(());
        };
        let account = line.account_number.clone();
        match line.checked() {
            Ok(line) => {
                self.totals_of(&account)?.line(&line);
                self.lines += 1;
                self.give(Item::Line(line))
            }
            Err(error) => {
                self.totals_of(&account)?.error();
                self.errors += 1;
                self.give(Item::Error(error))
            }
        }
    }

    // The title block and the header.

    fn title(&mut self, cells: &[Cell<'_>]) -> Result<(), Refusal> {
        let named: Vec<Option<Column>> = cells
            .iter()
            .take(CELLS_MAX)
            .map(|cell| layout::column(cell.text, &self.told))
            .collect();
        let both: Vec<Option<Column>> = (0..named.len().max(self.above.len()))
            .map(|at| {
                let here = named.get(at).copied().flatten();
                here.or_else(|| self.above.get(at).copied().flatten())
            })
            .collect();
        let found = if Columns::is_complete(&named) {
            Some(named.clone())
        } else {
            Columns::is_complete(&both).then_some(both)
        };
        if let Some(of) = found {
            let words = cells.iter().map(|cell| cell.text);
            let layout = layout::of(words.chain(self.above_text.iter().map(String::as_str)));
            let has_sign = of.contains(&Some(Column::Sign));
            self.columns = Some(Columns {
                layout,
                of,
                has_sign,
            });
            self.above.clear();
            self.above_text.clear();
            return Ok(());
        }
        self.read_title(cells)?;
        self.above_text = cells.iter().map(|cell| cell.text.to_owned()).collect();
        self.above = named;
        if self.rows > TITLE_ROWS_MAX {
            return Err(Refusal::NoHeader);
        }
        Ok(())
    }

    /// Account, period and balances that stand outside the table.
    fn read_title(&mut self, cells: &[Cell<'_>]) -> Result<(), Refusal> {
        for (at, cell) in cells.iter().enumerate() {
            if cell.is_empty() {
                continue;
            }
            let (label, value) = match cell.text.split_once(':') {
                Some((label, value)) => (label, value.trim_matches(is_blank)),
                None => (cell.text, ""),
            };
            if label.len() > 200 {
                continue;
            }
            let next = || {
                let behind = cells.get(at + 1..).unwrap_or_default();
                behind.iter().find(|cell| !cell.is_empty()).copied()
            };
            if self.account_expected {
                self.account_expected = false;
                if let Some(number) = account_number(cell.text) {
                    self.found_account(number)?;
                    continue;
                }
            }
            if names_account(label) {
                let here = (!value.is_empty()).then_some(value).and_then(first_account);
                match here.or_else(|| first_account_in(label)) {
                    Some(number) => self.found_account(number)?,
                    None => self.account_expected = true,
                }
                continue;
            }
            let folded = fold(label);
            let balance = || {
                let inside = amount::printed(value).ok().flatten();
                inside.or_else(|| next().and_then(|cell| cell.amount().ok().flatten()))
            };
            if is_opening(&folded) {
                self.opening = self.opening.or_else(balance);
            } else if is_closing(&folded) {
                self.closing = balance().or(self.closing);
            }
            if self.period.is_none() {
                self.period = period(cell.text).or_else(|| {
                    let row: Vec<&str> = cells.iter().map(|cell| cell.text).collect();
                    is_period(&folded).then(|| period(&row.join(" "))).flatten()
                });
            }
        }
        Ok(())
    }

    fn found_account(&mut self, number: String) -> Result<(), Refusal> {
        match &self.hints.account_number {
            Some(told) if *told != number => Err(Refusal::OtherAccount),
            _ => {
                self.account.get_or_insert(number);
                Ok(())
            }
        }
    }

    // The data.

    fn judge(&mut self, number: u64, cells: &[Cell<'_>]) -> Result<Row, Refusal> {
        let Some(columns) = &self.columns else {
            return Ok(Row::Nothing);
        };
        let dated = columns.cell(Column::Booked, cells);
        let combined = columns.cell(Column::BookedOverDocument, cells);
        let value_cell = columns.cell(Column::Value, cells);
        let (booked, document) = if combined.is_empty() {
            (dated.day(), "")
        } else {
            date_over_document(combined.text)
        };
        let value = value_cell.day();
        let booked = booked.or(if dated.is_empty() && combined.is_empty() {
            value
        } else {
            None
        });
        let amount_cells = [
            Column::Debit,
            Column::Credit,
            Column::Amount,
            Column::Fee,
            Column::Vat,
        ];
        let has_amounts = amount_cells
            .into_iter()
            .any(|column| !columns.cell(column, cells).is_empty());
        let Some(booked) = booked else {
            return self.undated(number, cells, &dated, has_amounts);
        };
        let columns = match &self.columns {
            Some(columns) => columns,
            None => return Ok(Row::Nothing),
        };
        if !has_amounts {
            return Ok(Row::Error(RowError::new(number, RowRule::NoAmount, "", "")));
        }
        let mut line = match self.blank_line(columns, number, booked, cells)? {
            Ok(line) => line,
            Err(error) => return Ok(Row::Error(error)),
        };
        line.value_date = value.map(Booked::day);
        if line.bank_reference.is_none() && !document.is_empty() {
            line.bank_reference = reference(document);
        }
        Ok(match amounts(columns, number, cells) {
            Err(error) => Row::Error(error),
            Ok((first, None)) => {
                (line.direction, line.amount) = first;
                Row::Line(Box::new(line), None)
            }
            Ok((first, Some(second))) => {
                let mut more = line.clone();
                (more.direction, more.amount) = second;
                (line.direction, line.amount) = first;
                // The balance is the one after both.
                line.balance_after = None;
                Row::Line(Box::new(line), Some(Box::new(more)))
            }
        })
    }

    /// A row without a date: a wrapped memo, a total, a footer, or a row that lost its date.
    fn undated(
        &mut self,
        number: u64,
        cells: &[Cell<'_>],
        dated: &Cell<'_>,
        has_amounts: bool,
    ) -> Result<Row, Refusal> {
        let Some(columns) = &self.columns else {
            return Ok(Row::Nothing);
        };
        if cells.iter().all(Cell::is_empty) {
            return Ok(Row::Nothing);
        }
        let texts = || {
            cells
                .iter()
                .filter(|cell| cell.kind == Kind::Text && cell.text.len() < 200)
                .map(|cell| fold(cell.text))
        };
        if texts().any(|folded| is_opening(&folded)) || texts().any(|folded| is_closing(&folded)) {
            let opening = texts().any(|folded| is_opening(&folded));
            let balance = columns.cell(Column::Balance, cells).amount().ok().flatten();
            let balance = balance.or_else(|| {
                let mut amounts = cells.iter().filter_map(|cell| cell.amount().ok().flatten());
                amounts.next_back()
            });
            let balance = balance.or_else(|| inside(cells));
            if opening {
                self.opening = self.opening.or(balance);
            } else {
                self.closing = balance.or(self.closing);
            }
            return Ok(Row::Nothing);
        }
        if texts().any(|folded| is_total(&folded)) {
            return Ok(Row::Nothing);
        }
        // The English half of the header, or the header of the next page.
        let known = cells
            .iter()
            .filter(|cell| !cell.is_empty() && layout::column(cell.text, &self.told).is_some())
            .count();
        if known >= 3 {
            return Ok(Row::Nothing);
        }
        let amounts_readable = [Column::Debit, Column::Credit, Column::Amount]
            .into_iter()
            .any(|column| {
                let cell = columns.cell(column, cells);
                !cell.is_empty() && matches!(cell.amount(), Ok(Some(amount)) if !amount.is_zero())
            });
        if amounts_readable {
            let rule = if dated.is_empty() {
                RowRule::NoDate
            } else {
                RowRule::NotADate
            };
            return Ok(Row::Error(RowError::new(
                number,
                rule,
                "booked_at",
                dated.text,
            )));
        }
        let memo = columns.cell(Column::Memo, cells);
        let alone = cells.iter().filter(|cell| !cell.is_empty()).count() == 1;
        if !memo.is_empty() && alone && !has_amounts && self.waiting.is_some() {
            return Ok(Row::Continuation(tidy(memo.text)));
        }
        // A date that cannot be read in a row with a memo is a movement that would be lost.
        let looks_like_data = !dated.is_empty()
            && dated.text.bytes().any(|byte| byte.is_ascii_digit())
            && has_amounts;
        if looks_like_data {
            return Ok(Row::Error(RowError::new(
                number,
                RowRule::NotADate,
                "booked_at",
                dated.text,
            )));
        }
        Ok(Row::Nothing)
    }

    /// Everything of a line but its amount.
    #[allow(
        clippy::type_complexity,
        reason = "refused, or wrong in this row, or fine"
    )]
    fn blank_line(
        &self,
        columns: &Columns,
        number: u64,
        booked: Booked,
        cells: &[Cell<'_>],
    ) -> Result<Result<StatementLine, RowError>, Refusal> {
        let wrong = |rule, column: Column, found: &str| {
            Ok(Err(RowError::new(number, rule, column.field(), found)))
        };
        let account_cell = columns.cell(Column::Account, cells);
        let account = if account_cell.is_empty() {
            match &self.account {
                Some(account) => account.clone(),
                None => return Err(Refusal::NoAccount),
            }
        } else {
            let Some(account) = account_number(account_cell.text) else {
                return wrong(RowRule::NotAnAccount, Column::Account, account_cell.text);
            };
            if self
                .hints
                .account_number
                .as_ref()
                .is_some_and(|told| *told != account)
            {
                return wrong(RowRule::OtherAccount, Column::Account, account_cell.text);
            }
            account
        };
        let currency = columns.cell(Column::Currency, cells);
        if !currency.is_empty() && !is_dong(currency.text) {
            return wrong(RowRule::OtherCurrency, Column::Currency, currency.text);
        }
        let balance_cell = columns.cell(Column::Balance, cells);
        let balance_after = match balance_cell.amount() {
            Ok(balance) => balance,
            Err(_) => {
                return wrong(RowRule::NotABalance, Column::Balance, balance_cell.text);
            }
        };
        let balance_after = balance_after
            .filter(|balance| !(columns.layout.zero_balance_is_unknown && balance.is_zero()));
        let text = |column| columns.cell(column, cells).text;
        let some = |column| {
            let text = tidy(text(column));
            (!text.is_empty()).then_some(text)
        };
        let serial = text(Column::Serial);
        let serial = serial
            .bytes()
            .any(|byte| byte.is_ascii_alphabetic())
            .then_some(serial);
        let bank_reference = reference(text(Column::Reference))
            .or_else(|| reference(text(Column::Document)))
            .or_else(|| serial.and_then(reference));
        let (memo, memo_full) = memos(columns, cells);
        Ok(Ok(StatementLine {
            number,
            account_number: account,
            virtual_account: account_number(text(Column::VirtualAccount)),
            direction: Direction::Debit,
            amount: Vnd::ZERO,
            booked,
            value_date: None,
            balance_after,
            bank_reference,
            memo,
            memo_full,
            counterparty_name: some(Column::CounterpartyName),
            counterparty_account: some(Column::CounterpartyAccount),
        }))
    }
}

type Moved = (Direction, Vnd);

/// Which way how much moved; a second movement when the bank's fee stands in the same row.
fn amounts(
    columns: &Columns,
    number: u64,
    cells: &[Cell<'_>],
) -> Result<(Moved, Option<Moved>), RowError> {
    let wrong =
        |rule, column: Column, found: &str| RowError::new(number, rule, column.field(), found);
    let read = |column| {
        let cell = columns.cell(column, cells);
        let amount = cell
            .amount()
            .map_err(|rule| wrong(rule, column, cell.text))?;
        Ok::<_, RowError>(amount.filter(|amount| !amount.is_zero()))
    };
    let (debit, credit, amount) = (
        read(Column::Debit)?,
        read(Column::Credit)?,
        read(Column::Amount)?,
    );
    let main = match (debit, credit, amount) {
        (Some(_), Some(_), _) => return Err(wrong(RowRule::BothSides, Column::Credit, "")),
        // One bank prints debits as negative numbers.
        (Some(debit), None, _) => Some((Direction::Debit, magnitude(debit))),
        (None, Some(credit), _) if credit.is_positive() => Some((Direction::Credit, credit)),
        // A negative credit is a credit taken back.
        (None, Some(credit), _) => Some((Direction::Debit, magnitude(credit))),
        (None, None, Some(amount)) => Some(signed(columns, cells, amount).ok_or_else(|| {
            let sign = columns.cell(Column::Sign, cells);
            wrong(RowRule::NotADirection, Column::Sign, sign.text)
        })?),
        (None, None, None) => None,
    };
    // Fee and tax: money out when negative or when it is tax; a positive amount beside "fee/interest"
    // is interest.
    let fee = read(Column::Fee)?;
    let vat = read(Column::Vat)?;
    let out = fee
        .filter(|fee| !fee.is_positive())
        .map_or(Vnd::ZERO, magnitude)
        .checked_add(vat.map_or(Vnd::ZERO, magnitude));
    let range = |column: Column| wrong(RowRule::AmountOutOfRange, column, "");
    let out = out.map_err(|_| range(Column::Fee))?;
    let interest = fee.filter(|fee| fee.is_positive());
    let mut moved: Vec<Moved> = Vec::new();
    moved.extend(main);
    if let Some(interest) = interest {
        match moved.first_mut() {
            Some((Direction::Credit, sum)) => {
                *sum = sum.checked_add(interest).map_err(|_| range(Column::Fee))?;
            }
            _ => moved.push((Direction::Credit, interest)),
        }
    }
    if out.is_positive() {
        match moved.first_mut() {
            Some((Direction::Debit, sum)) => {
                *sum = sum.checked_add(out).map_err(|_| range(Column::Fee))?;
            }
            _ => moved.push((Direction::Debit, out)),
        }
    }
    let mut moved = moved.into_iter();
    match (moved.next(), moved.next()) {
        (Some(first), second) => Ok((first, second)),
        (None, _) => Err(RowError::new(number, RowRule::NoAmount, "", "")),
    }
}

fn magnitude(amount: Vnd) -> Vnd {
    if amount.is_positive() {
        amount
    } else {
        amount.negated()
    }
}

/// The direction of an amount in a column for both: a sign column, a lone `+` or `-` left of it, or the
/// amount's own sign.
fn signed(columns: &Columns, cells: &[Cell<'_>], amount: Vnd) -> Option<Moved> {
    if columns.has_sign {
        let text = columns.cell(Column::Sign, cells).text;
        let direction = direction(text)?;
        return Some((direction, magnitude(amount)));
    }
    let at = columns
        .of
        .iter()
        .position(|of| *of == Some(Column::Amount))?;
    let left = cells.get(..at).unwrap_or_default().iter().rev();
    let beside = left
        .take(2)
        .find(|cell| matches!(cell.text.trim_matches(is_blank), "+" | "-"));
    if let Some(sign) = beside {
        return Some((direction(sign.text)?, magnitude(amount)));
    }
    Some(if amount.is_positive() {
        (Direction::Credit, amount)
    } else {
        (Direction::Debit, magnitude(amount))
    })
}

/// The direction that a cell names.
fn direction(text: &str) -> Option<Direction> {
    match text.trim_matches(is_blank) {
        "+" => return Some(Direction::Credit),
        "-" | "–" | "−" => return Some(Direction::Debit),
        _ => {}
    }
    match fold(text).as_str() {
        "IN" | "C" | "CR" | "CREDIT" | "CO" | "GHICO" | "THU" | "TIENVAO" | "CRDT" => {
            Some(Direction::Credit)
        }
        "OUT" | "D" | "DR" | "DEBIT" | "NO" | "GHINO" | "CHI" | "TIENRA" | "DBIT" => {
            Some(Direction::Debit)
        }
        _ => None,
    }
}

fn is_dong(text: &str) -> bool {
    matches!(fold(text).as_str(), "VND" | "D" | "DONG" | "704")
}

/// A reference fit to be kept, blanks at its ends and line breaks inside taken out.
fn reference(text: &str) -> Option<String> {
    let text = tidy(text);
    (!text.is_empty() && text != "-").then_some(text)
}

/// The text in composed form, its blanks made single.
fn tidy(text: &str) -> String {
    let mut tidy = String::with_capacity(text.len().min(MEMO_BYTES_MAX));
    for word in text.split(is_blank).filter(|word| !word.is_empty()) {
        if tidy.len() + word.len() >= MEMO_BYTES_MAX {
            break;
        }
        if !tidy.is_empty() {
            tidy.push(' ');
        }
        tidy.push_str(word);
    }
    match is_nfc_quick(tidy.chars()) {
        IsNormalized::Yes => tidy,
        _ => tidy.nfc().collect(),
    }
}

/// The memo and, where the file has two texts, the other one.
fn memos(columns: &Columns, cells: &[Cell<'_>]) -> (String, Option<String>) {
    let mut texts = columns
        .of
        .iter()
        .zip(cells)
        .filter(|(of, cell)| **of == Some(Column::Memo) && !cell.is_empty())
        .map(|(_, cell)| tidy(cell.text));
    let first = texts.next().unwrap_or_default();
    let second = texts.next().filter(|second| *second != first);
    (first, second)
}

/// A cell with the date and, below or behind it, the document number.
fn date_over_document(text: &str) -> (Option<Booked>, &str) {
    let text = text.trim_matches(is_blank);
    let Some(end) = text.find(is_blank) else {
        return (date::printed(text), "");
    };
    let (day, rest) = text.split_at(end);
    (date::printed(day), rest.trim_matches(is_blank))
}

fn names_account(label: &str) -> bool {
    let folded = fold(label);
    [
        "SOTAIKHOAN",
        "TAIKHOANGIAODICH",
        "TAIKHOANSO",
        "TAIKHOAN",
        "ACCOUNTNO",
        "ACCOUNTNUMBER",
        "BANGSAOKEGIAODICHTAIKHOANSO",
        "SAOKETAIKHOAN",
    ]
    .iter()
    .any(|word| folded.starts_with(word))
        && !folded.starts_with("TAIKHOANDOIUNG")
        && !folded.starts_with("SOTAIKHOANDOIUNG")
}

/// The account at the beginning of a text that may go on with a currency or a name.
fn first_account(text: &str) -> Option<String> {
    account_number(text).or_else(|| {
        text.split([' ', '-', '(', '/', '\u{a0}', '\n'])
            .find_map(|word| account_number(word).filter(|number| number.len() >= 6))
    })
}

/// An account in a label without a colon: `Số tài khoản 0011001234567`.
fn first_account_in(label: &str) -> Option<String> {
    let word = label
        .split(is_blank)
        .find(|word| word.len() >= 6 && word.bytes().all(|byte| byte.is_ascii_digit()))?;
    account_number(word)
}

fn is_opening(folded: &str) -> bool {
    [
        "SODUDAU",
        "SODUKYTRUOC",
        "SODUCUOIKYTRUOC",
        "OPENINGBALANCE",
        "BALANCEBROUGHTFORWARD",
        "DUDAUKY",
        "BEGINNINGBALANCE",
    ]
    .iter()
    .any(|word| folded.starts_with(word))
}

fn is_closing(folded: &str) -> bool {
    [
        "SODUCUOI",
        "CLOSINGBALANCE",
        "ENDINGBALANCE",
        "DUCUOIKY",
        "SODUHIENTAI",
    ]
    .iter()
    .any(|word| folded.starts_with(word))
        && !is_opening(folded)
}

fn is_total(folded: &str) -> bool {
    matches!(
        folded,
        "TONG"
            | "TONGSO"
            | "TONGSOTIEN"
            | "TONGCONG"
            | "TONGCONGTOTAL"
            | "TOTAL"
            | "CONG"
            | "CONGPHATSINH"
            | "CONGPHATSINHTRONGKY"
            | "TONGPHATSINH"
    ) || folded.starts_with("CONGPHATSINH")
        || folded.starts_with("TONGCONG")
        || folded.starts_with("TONGPHATSINH")
        || folded.starts_with("TONGSO")
        || folded.starts_with("TOTALAMOUNT")
        || folded.starts_with("TOTALDEBIT")
        || folded.starts_with("TOTALCREDIT")
}

fn is_period(folded: &str) -> bool {
    [
        "TUNGAY", "FROMDATE", "FROM", "KYSAOKE", "THOIGIAN", "PERIOD",
    ]
    .iter()
    .any(|word| folded.starts_with(word))
}

/// The two days of a text like `Từ ngày 01/11/2025 đến ngày 30/11/2025`.
fn period(text: &str) -> Option<(BusinessDate, BusinessDate)> {
    if text.len() > 300 {
        return None;
    }
    let mut days = text
        .split(|c: char| !(c.is_ascii_digit() || c == '/' || c == '-' || c == '.'))
        .filter(|word| word.len() >= 8)
        .filter_map(date::printed)
        .map(Booked::day);
    let (from, to) = (days.next()?, days.next()?);
    (days.next().is_none() && from <= to).then_some((from, to))
}

/// An amount behind the colon of some cell.
fn inside(cells: &[Cell<'_>]) -> Option<Vnd> {
    cells.iter().find_map(|cell| {
        let (_, value) = cell.text.split_once(':')?;
        amount::printed(value).ok().flatten()
    })
}
