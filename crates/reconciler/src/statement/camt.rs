//! ISO 20022 camt.053 (statement) and camt.054 (notification), versions 02 to 13.
//!
//! Elements are found by their names and not by their place, except where one name means two things;
//! what the versions renamed (`Dbtr/Nm`, `Dbtr/Pty/Nm`) is read alike. Only booked entries are money.

use super::totals::Totals;
use super::xml::{Piece, Xml};
use super::{
    Booked, CELL_BYTES_MAX, Format, Hints, Item, MEMO_BYTES_MAX, ROWS_MAX, Refusal, RowError,
    RowRule, STATEMENTS_MAX, Sink, StatementLine, Summary, account_number, amount, date, encoding,
};
use money::Vnd;
use payment::{BusinessDate, Direction};
use std::ops::ControlFlow;

/// Transactions inside one entry.
const PARTS_MAX: usize = 10_000;

/// Which of the two messages it is.
pub(super) fn detect(text: &str) -> Result<Format, Refusal> {
    if text.contains("<!DOCTYPE") || text.contains("<!ENTITY") {
        return Err(Refusal::XmlDoctype);
    }
    if text.contains("BkToCstmrStmt") {
        Ok(Format::Camt053)
    } else if text.contains("BkToCstmrDbtCdtNtfctn") {
        Ok(Format::Camt054)
    } else {
        Err(Refusal::OtherXml)
    }
}

/// Reads a camt message.
///
/// # Errors
/// [`Refusal`].
pub fn read(file: &[u8], hints: &Hints, sink: &mut Sink<'_>) -> Result<Summary, Refusal> {
    let encoding = encoding::of(file, hints.encoding);
    let format = detect(encoding::head(file, encoding).trim_start())?;
    let mut xml = Xml::new(encoding::Decoder::new(file, encoding));
    let mut message = Message {
        hints,
        sink,
        path: Vec::new(),
        text: String::new(),
        open: None,
        balance: OpenBalance::default(),
        entry: None,
        lines: 0,
        errors: 0,
        pending: 0,
        statements: 0,
        rows: 0,
        layout: "camt",
    };
    loop {
        let piece = xml.next()?;
        match piece {
            Piece::Start(name) => {
                let name = Name::of(name);
                message.path.push(name);
                message.text.clear();
                let line = xml.line();
                let currency = xml.attribute("Ccy").map(str::to_owned);
                message.start(name, line, currency)?;
            }
            Piece::Text(text) => {
                message.text.push_str(text);
                if message.text.len() > CELL_BYTES_MAX {
                    return Err(Refusal::CellTooLong);
                }
            }
            Piece::End(_) => {
                message.end()?;
                message.path.pop();
                message.text.clear();
            }
            Piece::Eof => break,
        }
    }
    if message.statements == 0 {
        return Err(Refusal::Empty);
    }
    Ok(Summary {
        format,
        layout: message.layout,
        encoding,
        has_reference: true,
        has_balance: false,
        lines: message.lines,
        errors: message.errors,
        pending: message.pending,
        statements: message.statements,
    })
}

macro_rules! names {
    ($($variant:ident),*) => {
        /// The elements that are looked at, spelt as in the standard.
        #[allow(clippy::upper_case_acronyms)]
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        enum Name { $($variant,)* Other }

        impl Name {
            fn of(name: &str) -> Self {
                match name { $(stringify!($variant) => Self::$variant,)* _ => Self::Other }
            }
        }
    };
}

names!(
    Stmt,
    Ntfctn,
    Acct,
    Id,
    IBAN,
    Othr,
    Ccy,
    Bal,
    Tp,
    Cd,
    Amt,
    CdtDbtInd,
    Dt,
    DtTm,
    FrToDt,
    FrDtTm,
    ToDtTm,
    FrDt,
    ToDt,
    Ntry,
    RvslInd,
    Sts,
    BookgDt,
    ValDt,
    AcctSvcrRef,
    NtryRef,
    NtryDtls,
    TxDtls,
    Refs,
    EndToEndId,
    TxId,
    AmtDtls,
    TxAmt,
    RmtInf,
    Ustrd,
    RltdPties,
    Dbtr,
    Cdtr,
    DbtrAcct,
    CdtrAcct,
    Nm,
    AddtlNtryInf,
    AddtlTxInf,
    CdOrPrtry,
    InstdAmt
);

#[derive(Default)]
struct OpenBalance {
    code: String,
    amount: Option<Vnd>,
    negative: bool,
}

/// One entry, or one transaction in it.
#[derive(Default, Clone)]
struct Part {
    amount: Option<Result<Vnd, RowRule>>,
    direction: Option<Direction>,
    reference: Option<String>,
    end_to_end: Option<String>,
    memo: String,
    more: String,
    debtor: Option<String>,
    creditor: Option<String>,
    debtor_account: Option<String>,
    creditor_account: Option<String>,
}

#[derive(Default)]
struct Entry {
    line: u64,
    whole: Part,
    currency: Option<String>,
    reversal: bool,
    status: String,
    booked: Option<Booked>,
    booked_text: String,
    value: Option<Booked>,
    parts: Vec<Part>,
    in_part: bool,
}

struct Open {
    account: Option<String>,
    totals: Option<Totals>,
    opening: Option<Vnd>,
    closing: Option<Vnd>,
    from: Option<BusinessDate>,
    to: Option<BusinessDate>,
}

struct Message<'a, 's> {
    hints: &'a Hints,
    sink: &'a mut Sink<'s>,
    path: Vec<Name>,
    text: String,
    open: Option<Open>,
    balance: OpenBalance,
    entry: Option<Entry>,
    lines: u64,
    errors: u64,
    pending: u64,
    statements: u64,
    rows: u64,
    layout: &'static str,
}

impl Message<'_, '_> {
    fn give(&mut self, item: Item) -> Result<(), Refusal> {
        match (self.sink)(item) {
            ControlFlow::Continue(()) => Ok(()),
            ControlFlow::Break(()) => Err(Refusal::Cancelled),
        }
    }

    fn is_in(&self, name: Name) -> bool {
        self.path.contains(&name)
    }

    /// The element around the one that ends.
    fn parent(&self) -> Name {
        let above = self.path.len().checked_sub(2);
        above
            .and_then(|at| self.path.get(at))
            .copied()
            .unwrap_or(Name::Other)
    }

    fn start(&mut self, name: Name, line: u64, currency: Option<String>) -> Result<(), Refusal> {
        match name {
            Name::Stmt | Name::Ntfctn => {
                self.layout = if name == Name::Stmt {
                    "camt.053"
                } else {
                    "camt.054"
                };
                self.open = Some(Open {
                    account: None,
                    totals: None,
                    opening: None,
                    closing: None,
                    from: None,
                    to: None,
                });
            }
            Name::Bal => self.balance = OpenBalance::default(),
            Name::Ntry => {
                self.rows += 1;
                if self.rows > ROWS_MAX {
                    return Err(Refusal::TooManyRows);
                }
                self.entry = Some(Entry {
                    line,
                    ..Entry::default()
                });
            }
            Name::TxDtls => {
                if let Some(entry) = &mut self.entry {
                    if entry.parts.len() >= PARTS_MAX {
                        return Err(Refusal::TooManyRows);
                    }
                    self.rows += 1;
                    entry.parts.push(Part::default());
                    entry.in_part = true;
                }
            }
            Name::Amt => {
                let direct = self.parent() == Name::Ntry;
                if let (Some(entry), true) = (&mut self.entry, direct) {
                    entry.currency = currency;
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn end(&mut self) -> Result<(), Refusal> {
        let Some(name) = self.path.last().copied() else {
            return Ok(());
        };
        let text = std::mem::take(&mut self.text);
        let text = text.trim();
        match name {
            Name::Stmt | Name::Ntfctn => self.close()?,
            Name::Ntry => self.close_entry()?,
            Name::TxDtls => {
                if let Some(entry) = &mut self.entry {
                    entry.in_part = false;
                }
            }
            _ if self.entry.is_some() => self.in_entry(name, text),
            Name::Bal => self.close_balance(),
            _ if self.is_in(Name::Bal) => self.in_balance(name, text),
            _ => self.in_statement(name, text)?,
        }
        Ok(())
    }

    fn in_statement(&mut self, name: Name, text: &str) -> Result<(), Refusal> {
        let parent = self.parent();
        let in_account = self.is_in(Name::Acct);
        let in_period = self.is_in(Name::FrToDt);
        let Some(open) = &mut self.open else {
            return Ok(());
        };
        match name {
            Name::IBAN | Name::Id
                if in_account && matches!(parent, Name::Id | Name::Othr) && !text.is_empty() =>
            {
                let account = account_number(text).ok_or(Refusal::NoAccount)?;
                if self
                    .hints
                    .account_number
                    .as_ref()
                    .is_some_and(|told| *told != account)
                {
                    return Err(Refusal::OtherAccount);
                }
                open.account.get_or_insert(account);
            }
            Name::FrDtTm | Name::FrDt if in_period => {
                open.from = date::printed(text).map(Booked::day);
            }
            Name::ToDtTm | Name::ToDt if in_period => {
                // The end of a day is written as the first moment of the next by some.
                open.to = date::printed(text).map(|to| {
                    let last = to.at.plus_seconds(-1).business_date();
                    if to.precision == super::Precision::Day && !text.contains('T') {
                        to.day()
                    } else {
                        last
                    }
                });
            }
            _ => {}
        }
        Ok(())
    }

    fn in_balance(&mut self, name: Name, text: &str) {
        match (self.parent(), name) {
            (Name::CdOrPrtry, Name::Cd) => text.clone_into(&mut self.balance.code),
            (Name::Bal, Name::Amt) => self.balance.amount = amount::plain(text).ok(),
            (Name::Bal, Name::CdtDbtInd) => self.balance.negative = text == "DBIT",
            _ => {}
        }
    }

    fn close_balance(&mut self) {
        let Some(open) = &mut self.open else { return };
        let Some(amount) = self.balance.amount else {
            return;
        };
        let amount = if self.balance.negative {
            amount.negated()
        } else {
            amount
        };
        match self.balance.code.as_str() {
            "OPBD" => open.opening = Some(amount),
            // The closing balance of the day before stands for the opening one where that is missing.
            "PRCD" => {
                open.opening.get_or_insert(amount);
            }
            "CLBD" => open.closing = Some(amount),
            _ => {}
        }
    }

    fn in_entry(&mut self, name: Name, text: &str) {
        let parent = self.parent();
        let in_refs = self.is_in(Name::Refs);
        let in_debtor = self.is_in(Name::Dbtr);
        let in_creditor = self.is_in(Name::Cdtr);
        let in_debtor_account = self.is_in(Name::DbtrAcct);
        let in_creditor_account = self.is_in(Name::CdtrAcct);
        let in_booked = self.is_in(Name::BookgDt);
        let in_value = self.is_in(Name::ValDt);
        let in_status = self.is_in(Name::Sts);
        let in_memo = self.is_in(Name::RmtInf);
        let in_transaction_amount = self.is_in(Name::TxAmt);
        let in_amount_details = self.is_in(Name::AmtDtls);
        let Some(entry) = &mut self.entry else { return };
        match name {
            Name::Dt | Name::DtTm if in_booked => {
                entry.booked = date::printed(text);
                text.clone_into(&mut entry.booked_text);
                return;
            }
            Name::Dt | Name::DtTm if in_value => {
                entry.value = date::printed(text);
                return;
            }
            Name::Sts if !text.is_empty() => {
                text.clone_into(&mut entry.status);
                return;
            }
            Name::Cd if in_status => {
                text.clone_into(&mut entry.status);
                return;
            }
            Name::RvslInd if parent == Name::Ntry => {
                entry.reversal = text == "true" || text == "1";
                return;
            }
            _ => {}
        }
        let part = if entry.in_part {
            match entry.parts.last_mut() {
                Some(part) => part,
                None => return,
            }
        } else {
            &mut entry.whole
        };
        let some = || (!text.is_empty()).then(|| text.to_owned());
        match name {
            Name::Amt if parent == Name::Ntry || parent == Name::TxDtls => {
                part.amount = Some(amount::plain(text));
            }
            Name::Amt if in_transaction_amount && in_amount_details && part.amount.is_none() => {
                part.amount = Some(amount::plain(text));
            }
            Name::CdtDbtInd if parent == Name::Ntry || parent == Name::TxDtls => {
                part.direction = match text {
                    "CRDT" => Some(Direction::Credit),
                    "DBIT" => Some(Direction::Debit),
                    _ => None,
                };
            }
            Name::AcctSvcrRef if in_refs || parent == Name::Ntry => part.reference = some(),
            Name::EndToEndId if in_refs && text != "NOTPROVIDED" => part.end_to_end = some(),
            Name::TxId if in_refs && part.reference.is_none() => part.reference = some(),
            Name::Ustrd if in_memo => append(&mut part.memo, text),
            Name::AddtlNtryInf | Name::AddtlTxInf => append(&mut part.more, text),
            Name::Nm if in_debtor => part.debtor = some(),
            Name::Nm if in_creditor => part.creditor = some(),
            Name::IBAN | Name::Id if in_debtor_account => {
                part.debtor_account = some().or(part.debtor_account.take());
            }
            Name::IBAN | Name::Id if in_creditor_account => {
                part.creditor_account = some().or(part.creditor_account.take());
            }
            _ => {}
        }
    }

    fn close_entry(&mut self) -> Result<(), Refusal> {
        let Some(entry) = self.entry.take() else {
            return Ok(());
        };
        if !entry.status.is_empty() && entry.status != "BOOK" {
            self.pending += 1;
            return Ok(());
        }
        let number = entry.line;
        let result = {
            let Some(open) = &mut self.open else {
                return Ok(());
            };
            let account = open
                .account
                .clone()
                .or_else(|| self.hints.account_number.clone())
                .ok_or(Refusal::NoAccount)?;
            let totals = open
                .totals
                .get_or_insert_with(|| Totals::new(account.clone()));
            let result = lines(&account, entry).and_then(|lines| {
                let checked: Result<Vec<_>, RowError> =
                    lines.into_iter().map(StatementLine::checked).collect();
                checked.map_err(|error| (error.rule, error.field, error.found))
            });
            match &result {
                Ok(lines) => lines.iter().for_each(|line| totals.line(line)),
                Err(_) => totals.error(),
            }
            result
        };
        match result {
            Ok(lines) => {
                for line in lines {
                    self.lines += 1;
                    self.give(Item::Line(line))?;
                }
                Ok(())
            }
            Err((rule, field, found)) => {
                self.errors += 1;
                self.give(Item::Error(RowError::new(number, rule, field, &found)))
            }
        }
    }

    fn close(&mut self) -> Result<(), Refusal> {
        let Some(open) = self.open.take() else {
            return Ok(());
        };
        let account = open
            .account
            .or_else(|| self.hints.account_number.clone())
            .ok_or(Refusal::NoAccount)?;
        let mut totals = open.totals.unwrap_or_else(|| Totals::new(account));
        if let Some(opening) = open.opening {
            totals.opening(opening);
        }
        if let Some(closing) = open.closing {
            totals.closing(closing);
        }
        if let (Some(from), Some(to)) = (open.from, open.to) {
            totals.period(from, to.max(from));
        }
        self.statements += 1;
        if self.statements > STATEMENTS_MAX {
            return Err(Refusal::TooManyStatements);
        }
        let statement = totals.finish()?;
        self.give(Item::Statement(statement))
    }
}

fn append(memo: &mut String, text: &str) {
    if memo.len() + text.len() < MEMO_BYTES_MAX && !text.is_empty() {
        if !memo.is_empty() {
            memo.push(' ');
        }
        memo.push_str(text);
    }
}

type Wrong = (RowRule, &'static str, String);

/// The lines of one entry: one for each of its transactions where they have amounts, else one.
fn lines(account: &str, entry: Entry) -> Result<Vec<StatementLine>, Wrong> {
    let wrong = |rule, field, found: &str| (rule, field, found.to_owned());
    if entry
        .currency
        .as_deref()
        .is_some_and(|currency| currency != "VND")
    {
        let found = entry.currency.as_deref().unwrap_or_default();
        return Err(wrong(RowRule::OtherCurrency, "Ccy", found));
    }
    let whole = match entry.whole.amount {
        Some(Ok(amount)) if amount.is_positive() => amount,
        Some(Ok(_)) | None => return Err(wrong(RowRule::NoAmount, "Amt", "")),
        Some(Err(rule)) => return Err(wrong(rule, "Amt", "")),
    };
    let direction = entry
        .whole
        .direction
        .ok_or_else(|| wrong(RowRule::NotADirection, "CdtDbtInd", ""))?;
    // A reversed credit is money out, and the indicator of the entry says so already: ISO 20022 gives
    // the direction of the entry itself.
    let booked = entry
        .booked
        .or(entry.value)
        .ok_or_else(|| wrong(RowRule::NotADate, "BookgDt", &entry.booked_text))?;
    let value_date = entry
        .value
        .map(Booked::day)
        .filter(|value| *value != booked.day());
    let make = |part: &Part, amount: Vnd| {
        let (name, other) = match direction {
            Direction::Credit => (&part.debtor, &part.debtor_account),
            Direction::Debit => (&part.creditor, &part.creditor_account),
        };
        let memo = if part.memo.is_empty() {
            if part.more.is_empty() {
                entry.whole.more.clone()
            } else {
                part.more.clone()
            }
        } else {
            part.memo.clone()
        };
        let memo_full = (!part.more.is_empty() && part.more != memo).then(|| part.more.clone());
        let reference = part
            .reference
            .clone()
            .or_else(|| part.end_to_end.clone())
            .or_else(|| entry.whole.reference.clone());
        StatementLine {
            number: entry.line,
            account_number: account.to_owned(),
            virtual_account: None,
            direction,
            amount,
            booked,
            value_date,
            balance_after: None,
            bank_reference: reference,
            memo,
            memo_full,
            counterparty_name: name.clone(),
            counterparty_account: other.clone(),
        }
    };
    match entry.parts.as_slice() {
        [] => Ok(vec![make(&entry.whole, whole)]),
        [only] => {
            let mut line = make(only, whole);
            if only.reference.is_none() && entry.whole.reference.is_some() {
                line.bank_reference.clone_from(&entry.whole.reference);
            }
            Ok(vec![line])
        }
        parts => {
            let mut sum = Vnd::ZERO;
            let mut lines = Vec::with_capacity(parts.len());
            for part in parts {
                let amount = match part.amount {
                    Some(Ok(amount)) if amount.is_positive() => amount,
                    _ => return Err(wrong(RowRule::PartsDiffer, "TxDtls", "")),
                };
                if part.direction.is_some_and(|of_part| of_part != direction) {
                    return Err(wrong(RowRule::PartsDiffer, "CdtDbtInd", ""));
                }
                sum = sum
                    .checked_add(amount)
                    .map_err(|_| wrong(RowRule::AmountOutOfRange, "Amt", ""))?;
                lines.push(make(part, amount));
            }
            if sum != whole {
                return Err(wrong(RowRule::PartsDiffer, "Amt", ""));
            }
            Ok(lines)
        }
    }
}
