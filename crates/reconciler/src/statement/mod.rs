//! Bank statements: the bank's own list of what moved on an account.
//!
//! One file per format: [`csv`], [`xlsx`] (tables whose columns are found by their header words, see
//! [`layout`]), [`mt940`] and [`camt`] (camt.053 and camt.054). All of them give the same items, one at
//! a time, so that a file of 200,000 lines needs no memory of its size:
//!
//! - [`Item::Line`]: one movement;
//! - [`Item::Error`]: one row that cannot be read, with its number and the rule that it breaks. The
//!   other rows are still read, so that a person sees everything that is wrong at once;
//! - [`Item::Statement`]: the end of one account's statement, with its totals.
//!
//! A file that is not a statement, or that is built to hurt (a compression bomb, an entity, too deep,
//! too long), is refused as a whole: [`Refusal`].
//!
//! ```
//! use reconciler::statement::{Hints, Item, read};
//! let file = "Số tài khoản: 0011001234567\n\
//!     Ngày giao dịch,Số tham chiếu,Ghi nợ,Ghi có,Số dư,Diễn giải\n\
//!     03/11/2025 14:02:37,FT25307111,,79.000,1.079.000,QH234567895V nop phi\n";
//! let mut lines = Vec::new();
//! let summary = read(file.as_bytes(), &Hints::default(), &mut |item| {
//!     if let Item::Line(line) = item { lines.push(line); }
//!     std::ops::ControlFlow::Continue(())
//! })?;
//! assert_eq!(lines[0].amount.get(), 79_000);
//! assert_eq!(lines[0].account_number, "0011001234567");
//! assert_eq!(summary.statements, 1);
//! # Ok::<(), reconciler::statement::Refusal>(())
//! ```

pub mod amount;
pub mod camt;
pub mod csv;
pub mod date;
pub mod encoding;
mod error;
pub mod identity;
pub mod layout;
pub mod mt940;
mod table;
mod totals;
pub mod xlsx;
mod xml;

pub use date::{Booked, Precision};
pub use encoding::Encoding;
pub use error::{Refusal, RowError, RowRule};
pub use identity::{Feed, Identifier, LineId};
pub use totals::{Side, Statement, TotalsCheck};

use money::Vnd;
use payment::{BusinessDate, Direction};
use std::ops::ControlFlow;

/// Bytes of one file. A year of a busy account: 200,000 lines of 240 bytes.
pub const FILE_BYTES_MAX: usize = 48 * 1024 * 1024;
/// Rows that are read from one file, of whatever kind.
pub const ROWS_MAX: u64 = 250_000;
/// Cells of one row; the widest known layout has 16 columns, some of them merged.
pub const CELLS_MAX: usize = 64;
/// Bytes of one cell or element. A memo has at most 258 characters; some layouts gather several.
pub const CELL_BYTES_MAX: usize = 8 * 1024;
/// Bytes of the memo that is kept of one line.
pub const MEMO_BYTES_MAX: usize = 4 * 1024;
/// Statements (accounts or days) in one file.
pub const STATEMENTS_MAX: u64 = 1_000;

/// How a file is written.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Format {
    /// Comma, semicolon, tab or bar separated values.
    Csv,
    /// Office Open XML workbook.
    Xlsx,
    /// SWIFT MT940.
    Mt940,
    /// ISO 20022 bank-to-customer statement.
    Camt053,
    /// ISO 20022 bank-to-customer debit credit notification.
    Camt054,
}

impl Format {
    /// The name in the API and in the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Xlsx => "xlsx",
            Self::Mt940 => "mt940",
            Self::Camt053 => "camt.053",
            Self::Camt054 => "camt.054",
        }
    }
}

/// What the person who brings the file knows and the file may not say.
#[derive(Clone, Debug, Default)]
pub struct Hints {
    /// The account, for files that name none. A file that names another one is an error in each row.
    pub account_number: Option<String>,
    /// The encoding, when it is guessed wrong.
    pub encoding: Option<Encoding>,
    /// Headers whose words are not known, with what they mean.
    pub columns: Vec<(String, layout::Column)>,
}

/// One movement as the bank's statement has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatementLine {
    /// Where it stands in the file, from 1: the line of a text file, the row of a sheet, the line on which
    /// the entry begins in MT940 and camt.
    pub number: u64,
    /// The account that moved.
    pub account_number: String,
    /// The virtual account that the payer used, where an aggregator's export has it.
    pub virtual_account: Option<String>,
    /// Money in or out; a reversal has been turned round already.
    pub direction: Direction,
    /// At least 1 đồng, whichever way it went.
    pub amount: Vnd,
    /// When the bank booked it, and how precisely the file says so.
    pub booked: Booked,
    /// The day from which the money counts, if the file has one of its own.
    pub value_date: Option<BusinessDate>,
    /// The account's balance afterwards, if the file says.
    pub balance_after: Option<Vnd>,
    /// The bank's reference. Not unique: fees and reversals share it.
    pub bank_reference: Option<String>,
    /// The memo; wrapped rows and lines are joined.
    pub memo: String,
    /// A second text of the same movement, where the file has two.
    pub memo_full: Option<String>,
    /// Who paid or was paid, as the bank names them.
    pub counterparty_name: Option<String>,
    /// The other account.
    pub counterparty_account: Option<String>,
}

/// Bytes of a reference or an account that are kept.
const WORD_BYTES_MAX: usize = 64;
/// Bytes of a name that are kept.
const NAME_BYTES_MAX: usize = 256;
/// The largest movement that is believed, in đồng, as for callbacks: ten trillion.
const MOVEMENT_MAX: i64 = 10_000_000_000_000;

impl StatementLine {
    /// The line with its texts fit to be kept: no control characters, no text beyond its bound.
    ///
    /// # Errors
    /// [`RowRule::AmountOutOfRange`] for an amount that is not believed.
    pub(crate) fn checked(mut self) -> Result<Self, RowError> {
        if self.amount.get() > MOVEMENT_MAX {
            let found = self.amount.to_string();
            let rule = RowRule::AmountOutOfRange;
            return Err(RowError::new(self.number, rule, "amount", &found));
        }
        keep_plain(&mut self.memo, MEMO_BYTES_MAX);
        for (text, most) in [
            (&mut self.memo_full, MEMO_BYTES_MAX),
            (&mut self.bank_reference, WORD_BYTES_MAX),
            (&mut self.counterparty_account, WORD_BYTES_MAX),
            (&mut self.counterparty_name, NAME_BYTES_MAX),
        ] {
            if let Some(text) = text {
                keep_plain(text, most);
            }
            *text = text.take().filter(|text| !text.is_empty());
        }
        Ok(self)
    }

    /// The amount with its sign: money in is positive.
    #[must_use]
    pub const fn signed_amount(&self) -> Vnd {
        match self.direction {
            Direction::Credit => self.amount,
            Direction::Debit => self.amount.negated(),
        }
    }
}

fn keep_plain(text: &mut String, most: usize) {
    if text.chars().any(payment::text::is_forbidden) {
        *text = payment::text::for_display(text).trim().to_owned();
    }
    if text.len() > most {
        let end = (0..=most).rev().find(|at| text.is_char_boundary(*at));
        text.truncate(end.unwrap_or(0));
    }
}

/// One thing that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Item {
    /// A movement.
    Line(StatementLine),
    /// A row that breaks a rule.
    Error(RowError),
    /// One account's statement is complete; what came since the last one belongs to it.
    Statement(Statement),
}

/// What was read in all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Summary {
    /// How the file is written.
    pub format: Format,
    /// Which table layout it has, or which version of the standard.
    pub layout: &'static str,
    /// How its text is encoded.
    pub encoding: Encoding,
    /// Whether it has a place for the bank's reference.
    pub has_reference: bool,
    /// Whether it has a place for the balance after each movement.
    pub has_balance: bool,
    /// Movements.
    pub lines: u64,
    /// Rows that break a rule.
    pub errors: u64,
    /// Entries that are announced and not booked (camt `PDNG`, `INFO`): not money yet.
    pub pending: u64,
    /// Statements.
    pub statements: u64,
}

/// Where the items go. Answers whether to go on.
pub type Sink<'a> = dyn FnMut(Item) -> ControlFlow<()> + 'a;

/// What the file is, by its first bytes and words.
///
/// # Errors
/// [`Refusal`] for what is no statement that can be read: an old binary workbook, a PDF, nothing known.
pub fn detect(file: &[u8], hints: &Hints) -> Result<Format, Refusal> {
    if file.len() > FILE_BYTES_MAX {
        return Err(Refusal::FileTooLarge);
    }
    match file {
        [b'P', b'K', 3, 4, ..] => return Ok(Format::Xlsx),
        [0xD0, 0xCF, 0x11, 0xE0, ..] => return Err(Refusal::OldWorkbook),
        [b'%', b'P', b'D', b'F', ..] => return Err(Refusal::Pdf),
        _ => {}
    }
    let encoding = encoding::of(file, hints.encoding);
    let head = encoding::head(file, encoding);
    let text = head.trim_start();
    if text.is_empty() {
        return Err(Refusal::Empty);
    }
    if text.starts_with('<') {
        return camt::detect(text);
    }
    if mt940::looks_like(text) {
        return Ok(Format::Mt940);
    }
    Ok(Format::Csv)
}

/// Reads a whole file, item by item.
///
/// # Errors
/// [`Refusal`], when the file as a whole cannot be taken. Items that were given before it are not to be
/// used. [`Refusal::Cancelled`] when `sink` broke off.
pub fn read(file: &[u8], hints: &Hints, sink: &mut Sink<'_>) -> Result<Summary, Refusal> {
    match detect(file, hints)? {
        Format::Csv => csv::read(file, hints, sink),
        Format::Xlsx => xlsx::read(file, hints, sink),
        Format::Mt940 => mt940::read(file, hints, sink),
        Format::Camt053 | Format::Camt054 => camt::read(file, hints, sink),
    }
}

/// The digits and letters of an account number, as banks print it with blanks and dots.
pub(crate) fn account_number(text: &str) -> Option<String> {
    let mut number = String::new();
    for c in text.chars() {
        match c {
            '0'..='9' | 'A'..='Z' | 'a'..='z' => number.push(c.to_ascii_uppercase()),
            ' ' | '.' | '-' | '\u{a0}' | '\t' => {}
            _ => return None,
        }
    }
    let digits = number.bytes().filter(u8::is_ascii_digit).count();
    (number.len() <= 34 && digits >= 4 && digits * 2 > number.len()).then_some(number)
}
