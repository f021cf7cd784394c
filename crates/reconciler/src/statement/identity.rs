//! Telling the same line of a statement in two files from two lines that look alike.
//!
//! Banks' references are not unique, so the key is the account, the day, the reference, the amount with
//! its sign and the balance after it; where reference or balance is missing, the folded memo as well.
//! Lines that agree in all of it are counted: the second one is another line. Importing a file again, or
//! one that overlaps, finds the same keys and changes nothing.
//!
//! Keys are compared only within one [`Feed`]: a file with balances and one without would give one
//! movement two keys. Between feeds, movements are compared as between any two senders.

use super::{Format, StatementLine, Summary};
use crate::memo::fold;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// The kind of file that a line came in: lines of one kind have comparable keys.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Feed(String);

/// What the names of all feeds of statements begin with. No configured source can: a colon cannot stand
/// in a source's name.
pub const FEED_PREFIX: &str = "statement:";

impl Feed {
    /// The feed of a file: its layout, and whether it has references and balances. The same table as
    /// CSV and as XLSX is one feed.
    #[must_use]
    pub fn of(summary: &Summary) -> Self {
        let name = match summary.format {
            Format::Csv | Format::Xlsx => summary.layout,
            Format::Mt940 | Format::Camt053 | Format::Camt054 => summary.format.as_str(),
        };
        let reference = if summary.has_reference { ":r" } else { "" };
        let balance = if summary.has_balance { ":b" } else { "" };
        Self(format!("{FEED_PREFIX}{name}{reference}{balance}"))
    }

    /// A feed by its name, as it was stored.
    #[must_use]
    pub fn from_stored(name: &str) -> Option<Self> {
        name.starts_with(FEED_PREFIX).then(|| Self(name.to_owned()))
    }

    /// The name: that of the source of the credits it brings.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Which line it is, within its feed: the same in every file of the feed.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct LineId([u8; 16]);

impl LineId {
    /// The bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }

    /// From stored bytes.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }
}

/// Lower-case hexadecimal.
impl std::fmt::Display for LineId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// Gives the lines of one file their ids; to be asked once for each line, in the order of the file.
#[derive(Debug, Default)]
pub struct Identifier {
    seen: BTreeMap<[u8; 16], u32>,
}

impl Identifier {
    /// The id of the next line.
    pub fn identify(&mut self, line: &StatementLine) -> LineId {
        let mut text = String::with_capacity(160);
        let reference = line.bank_reference.as_deref().map(fold);
        // Writing to a String cannot fail.
        let _ = write!(
            text,
            "{}\n{}\n{}\n{}\n",
            line.account_number,
            line.booked.day().as_number(),
            reference.as_deref().unwrap_or_default(),
            line.signed_amount().get(),
        );
        match line.balance_after {
            Some(balance) => {
                let _ = writeln!(text, "{}", balance.get());
            }
            None => text.push('\n'),
        }
        if line.balance_after.is_none() || line.bank_reference.is_none() {
            text.push_str(&fold(&line.memo));
        }
        let key = first_half(Sha256::digest(text.as_bytes()).into());
        let occurrence = self.seen.entry(key).or_insert(0);
        *occurrence += 1;
        if *occurrence == 1 {
            return LineId(key);
        }
        let counted = [key.as_slice(), &occurrence.to_be_bytes()].concat();
        LineId(first_half(Sha256::digest(counted).into()))
    }
}

fn first_half(digest: [u8; 32]) -> [u8; 16] {
    let mut half = [0; 16];
    half.iter_mut()
        .zip(digest)
        .for_each(|(to, from)| *to = from);
    half
}
