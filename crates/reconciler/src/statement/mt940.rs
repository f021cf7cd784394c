//! SWIFT MT940, customer statement message.
//!
//! Tags 25 (account), 60F (opening), 61 (movement) with 86 (memo), 62F (closing). A file may hold many
//! messages, with or without their envelopes. Long statements come in several messages with 60M and 62M
//! between them; they are put together again.

use super::totals::Totals;
use super::{
    Booked, Format, Hints, Item, MEMO_BYTES_MAX, ROWS_MAX, Refusal, RowError, RowRule,
    STATEMENTS_MAX, Sink, StatementLine, Summary, account_number, date, encoding,
};
use money::Vnd;
use payment::{BusinessDate, Direction};
use std::io::{BufRead, BufReader, Read};
use std::ops::ControlFlow;

/// Bytes of one line; the standard allows 65 characters.
const LINE_BYTES_MAX: u64 = 4 * 1024;
/// Lines of one tag 86 that are kept; the standard allows six.
const MEMO_LINES_MAX: usize = 40;

/// Whether the text begins like a message: a tag 20, or an envelope.
pub(super) fn looks_like(text: &str) -> bool {
    text.starts_with("{1:")
        || text.lines().take(20).any(|line| {
            let line = line.trim_start();
            line.starts_with(":20:") || line.starts_with(":25:")
        }) && text.contains(":60")
}

/// Reads a file of MT940 messages.
///
/// # Errors
/// [`Refusal`].
pub fn read(file: &[u8], hints: &Hints, sink: &mut Sink<'_>) -> Result<Summary, Refusal> {
    let encoding = encoding::of(file, hints.encoding);
    let mut source = BufReader::with_capacity(64 * 1024, encoding::Decoder::new(file, encoding));
    let mut reader = Messages {
        hints,
        sink,
        open: None,
        lines: 0,
        errors: 0,
        statements: 0,
        rows: 0,
    };
    let mut number = 0;
    let mut tag: Option<Tag> = None;
    let mut line = String::new();
    loop {
        line.clear();
        let taken = (&mut source)
            .take(LINE_BYTES_MAX)
            .read_line(&mut line)
            .map_err(|_| Refusal::BrokenMt940)?;
        if taken == 0 {
            break;
        }
        if taken as u64 >= LINE_BYTES_MAX {
            return Err(Refusal::CellTooLong);
        }
        number += 1;
        let text = line.trim_end_matches(['\r', '\n']);
        let text = text.split_once("{4:").map_or(text, |(_, rest)| rest);
        if let Some((name, value)) = new_tag(text) {
            if let Some(tag) = tag.take() {
                reader.tag(tag)?;
            }
            tag = Some(Tag {
                name: name.to_owned(),
                number,
                lines: vec![value.to_owned()],
            });
        } else if text.starts_with("-}") || text.trim() == "-" || text.starts_with("{1:") {
            if let Some(tag) = tag.take() {
                reader.tag(tag)?;
            }
        } else if let Some(tag) = &mut tag
            && tag.lines.len() < MEMO_LINES_MAX
        {
            tag.lines.push(text.to_owned());
        }
    }
    if let Some(tag) = tag {
        reader.tag(tag)?;
    }
    reader.close(true)?;
    if reader.statements == 0 {
        return Err(Refusal::Empty);
    }
    Ok(Summary {
        format: Format::Mt940,
        layout: "mt940",
        encoding,
        has_reference: true,
        has_balance: false,
        lines: reader.lines,
        errors: reader.errors,
        pending: 0,
        statements: reader.statements,
    })
}

struct Tag {
    name: String,
    number: u64,
    lines: Vec<String>,
}

impl Tag {
    fn first(&self) -> &str {
        self.lines.first().map_or("", String::as_str)
    }
}

/// `:61:…` at the beginning of a line.
fn new_tag(text: &str) -> Option<(&str, &str)> {
    let rest = text.strip_prefix(':')?;
    let (name, value) = rest.split_once(':')?;
    let well_formed = (2..=3).contains(&name.len())
        && name.as_bytes().iter().take(2).all(u8::is_ascii_digit)
        && name.bytes().skip(2).all(|byte| byte.is_ascii_uppercase());
    well_formed.then_some((name, value))
}

struct Open {
    account: String,
    totals: Totals,
    opened: bool,
    /// The movement that waits for its memo.
    waiting: Option<StatementLine>,
    /// The last closing balance was an intermediate one: the statement goes on in the next message.
    goes_on: bool,
    first: Option<BusinessDate>,
    last: Option<BusinessDate>,
}

struct Messages<'a, 's> {
    hints: &'a Hints,
    sink: &'a mut Sink<'s>,
    open: Option<Open>,
    lines: u64,
    errors: u64,
    statements: u64,
    rows: u64,
}

impl Messages<'_, '_> {
    fn give(&mut self, item: Item) -> Result<(), Refusal> {
        match (self.sink)(item) {
            ControlFlow::Continue(()) => Ok(()),
            ControlFlow::Break(()) => Err(Refusal::Cancelled),
        }
    }

    fn tag(&mut self, tag: Tag) -> Result<(), Refusal> {
        match tag.name.as_str() {
            "25" | "25P" => self.account(&tag),
            "60F" | "60M" => self.opening(&tag),
            "61" => self.movement(&tag),
            "86" => {
                self.memo(&tag);
                Ok(())
            }
            "62F" | "62M" => self.closing(&tag),
            _ => Ok(()),
        }
    }

    fn account(&mut self, tag: &Tag) -> Result<(), Refusal> {
        // The bank's code may stand before the account, and the currency behind it.
        let text = tag.first();
        let text = text.rsplit('/').next().unwrap_or(text).trim();
        let text = text.strip_suffix("VND").unwrap_or(text).trim_end();
        let account = account_number(text).ok_or(Refusal::NoAccount)?;
        if self
            .hints
            .account_number
            .as_ref()
            .is_some_and(|told| *told != account)
        {
            return Err(Refusal::OtherAccount);
        }
        if self
            .open
            .as_ref()
            .is_some_and(|open| open.goes_on && open.account == account)
        {
            return Ok(());
        }
        self.close(true)?;
        self.open = Some(Open {
            totals: Totals::new(account.clone()),
            account,
            opened: false,
            waiting: None,
            goes_on: false,
            first: None,
            last: None,
        });
        Ok(())
    }

    fn opening(&mut self, tag: &Tag) -> Result<(), Refusal> {
        let open = self.open.as_mut().ok_or(Refusal::BrokenMt940)?;
        if open.opened && !open.goes_on {
            return Err(Refusal::BrokenMt940);
        }
        let (balance, day) = balance(tag.first()).ok_or(Refusal::BrokenMt940)?;
        if !open.opened {
            open.totals.opening(balance);
            open.first = Some(day);
        }
        open.opened = true;
        open.goes_on = false;
        Ok(())
    }

    fn movement(&mut self, tag: &Tag) -> Result<(), Refusal> {
        self.rows += 1;
        if self.rows > ROWS_MAX {
            return Err(Refusal::TooManyRows);
        }
        self.flush()?;
        let open = self.open.as_mut().ok_or(Refusal::BrokenMt940)?;
        if !open.opened {
            return Err(Refusal::BrokenMt940);
        }
        match movement(&open.account, tag) {
            Ok(line) => {
                open.waiting = Some(line);
                Ok(())
            }
            Err(rule) => {
                open.totals.error();
                self.errors += 1;
                let error = RowError::new(tag.number, rule, "61", tag.first());
                self.give(Item::Error(error))
            }
        }
    }

    fn memo(&mut self, tag: &Tag) {
        let waiting = self.open.as_mut().and_then(|open| open.waiting.as_mut());
        if let Some(line) = waiting {
            line.memo = joined(&tag.lines);
        }
    }

    fn closing(&mut self, tag: &Tag) -> Result<(), Refusal> {
        self.flush()?;
        let open = self.open.as_mut().ok_or(Refusal::BrokenMt940)?;
        let (balance, day) = balance(tag.first()).ok_or(Refusal::BrokenMt940)?;
        open.totals.closing(balance);
        open.last = Some(day);
        open.goes_on = tag.name == "62M";
        if !open.goes_on {
            self.close(false)?;
        }
        Ok(())
    }

    fn flush(&mut self) -> Result<(), Refusal> {
        let Some(line) = self.open.as_mut().and_then(|open| open.waiting.take()) else {
            return Ok(());
        };
        let checked = line.checked();
        if let Some(open) = &mut self.open {
            match &checked {
                Ok(line) => open.totals.line(line),
                Err(_) => open.totals.error(),
            }
        }
        match checked {
            Ok(line) => {
                self.lines += 1;
                self.give(Item::Line(line))
            }
            Err(error) => {
                self.errors += 1;
                self.give(Item::Error(error))
            }
        }
    }

    /// Ends the open statement. With `cut`, no closing balance ended it: then it must not look complete.
    fn close(&mut self, cut: bool) -> Result<(), Refusal> {
        self.flush()?;
        let Some(mut open) = self.open.take() else {
            return Ok(());
        };
        self.statements += 1;
        if self.statements > STATEMENTS_MAX {
            return Err(Refusal::TooManyStatements);
        }
        if !cut && let Some(last) = open.last {
            // The opening balance is dated on the day before, or on the first day.
            let first = open.totals.first_booked().or(open.first).unwrap_or(last);
            open.totals.period(first, last);
        }
        let mut statement = open.totals.finish()?;
        if cut || open.goes_on {
            statement.closing = None;
        }
        self.give(Item::Statement(statement))
    }
}

/// `C251103VND1234567,00`: mark, day, currency, amount.
fn balance(text: &str) -> Option<(Vnd, BusinessDate)> {
    let negative = match text.get(..1)? {
        "C" => false,
        "D" => true,
        _ => return None,
    };
    let day = day(text.get(1..7)?)?;
    if text.get(7..10)? != "VND" {
        return None;
    }
    let amount = decimal(text.get(10..)?.trim_end()).ok()?;
    Some((if negative { amount.negated() } else { amount }, day))
}

/// `YYMMDD`.
fn day(text: &str) -> Option<BusinessDate> {
    let (year, rest) = text.split_at_checked(2)?;
    let (month, day) = rest.split_at_checked(2)?;
    // The message was defined in this century's banks only.
    date::from_parts(&format!("20{year}"), month, day)
}

/// Digits, a comma, and decimals that must be zero.
fn decimal(text: &str) -> Result<Vnd, RowRule> {
    let (whole, fraction) = text.split_once(',').unwrap_or((text, ""));
    super::amount::plain(&format!("{whole}.{fraction}").replace('-', "x"))
}

/// Tag 61: value date, entry date, mark, funds code, amount, type, references, details.
fn movement(account: &str, tag: &Tag) -> Result<StatementLine, RowRule> {
    let text = tag.first();
    if !text.is_ascii() {
        return Err(RowRule::BrokenEntry);
    }
    let value = text.get(..6).and_then(day).ok_or(RowRule::NotADate)?;
    let mut rest = text.get(6..).unwrap_or_default();
    let mut booked = value;
    let entry = rest
        .get(..4)
        .filter(|entry| entry.bytes().all(|byte| byte.is_ascii_digit()));
    if let Some(entry) = entry {
        rest = rest.get(4..).unwrap_or_default();
        booked = entry_day(value, entry).ok_or(RowRule::NotADate)?;
    }
    let (direction, length) = match rest.as_bytes() {
        [b'R', b'C', ..] => (Direction::Debit, 2),
        [b'R', b'D', ..] => (Direction::Credit, 2),
        [b'C', ..] => (Direction::Credit, 1),
        [b'D', ..] => (Direction::Debit, 1),
        _ => return Err(RowRule::NotADirection),
    };
    rest = rest.get(length..).unwrap_or_default();
    // The third letter of the currency may stand here.
    if rest.starts_with(|c: char| c.is_ascii_alphabetic()) {
        rest = rest.get(1..).unwrap_or_default();
    }
    let end = rest
        .find(|c: char| !c.is_ascii_digit() && c != ',')
        .unwrap_or(rest.len());
    let amount = decimal(rest.get(..end).unwrap_or_default())?;
    if !amount.is_positive() {
        return Err(RowRule::NoAmount);
    }
    // One letter and three characters of a type, then the account owner's reference, then the bank's.
    let references = rest.get(end + 4..).unwrap_or_default();
    let (own, bank) = references.split_once("//").unwrap_or((references, ""));
    let reference = [bank.trim(), own.trim()]
        .into_iter()
        .find(|reference| !reference.is_empty() && *reference != "NONREF");
    Ok(StatementLine {
        number: tag.number,
        account_number: account.to_owned(),
        virtual_account: None,
        direction,
        amount,
        booked: Booked::on(booked),
        value_date: (value != booked).then_some(value),
        balance_after: None,
        bank_reference: reference.map(str::to_owned),
        memo: tag
            .lines
            .get(1)
            .map(|line| line.trim().to_owned())
            .unwrap_or_default(),
        memo_full: None,
        counterparty_name: None,
        counterparty_account: None,
    })
}

/// The day `MMDD` that is nearest to the value date: they may lie on both sides of New Year.
fn entry_day(value: BusinessDate, entry: &str) -> Option<BusinessDate> {
    let (month, day) = entry.split_at_checked(2)?;
    let year = value.as_number() / 10_000;
    (year - 1..=year + 1)
        .filter_map(|year| date::from_parts(&year.to_string(), month, day))
        .min_by_key(|day| {
            let apart = day.starts_at().micros() - value.starts_at().micros();
            apart.abs()
        })
}

/// The lines of a memo. Banks cut at 35 or 65 characters in the middle of words, so full lines are
/// joined as they are, shorter ones with a blank.
fn joined(lines: &[String]) -> String {
    let mut memo = String::new();
    let mut was_full = true;
    for line in lines {
        if !was_full {
            memo.push(' ');
        }
        if memo.len() + line.len() > MEMO_BYTES_MAX {
            break;
        }
        memo.push_str(line);
        was_full = matches!(line.chars().count(), 35 | 65);
    }
    memo.trim().to_owned()
}
