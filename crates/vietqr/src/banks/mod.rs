//! The directory of NAPAS members: who has which BIN, under which names.
//!
//! The list ages several times a year, so it is data ([`Directory::parse`] reads an operator's own
//! file of the same columns), it says its date, and nothing fetches it.

mod csv;
mod directory;

pub use csv::DirectoryError;
pub use directory::{Bank, Change, ChangeKind, Directory, Kind, Lookup, Status};

use std::sync::LazyLock;

/// The date of the shipped directory, for screens that show bank names; the file says the same.
pub const DATA_DATE: &str = "2026-11-22";

/// The file as shipped; a test proves that every row can be read.
pub(crate) const SHIPPED: &str = include_str!("../../data/banks.csv");

static DIRECTORY: LazyLock<Directory> =
    LazyLock::new(|| Directory::parse(SHIPPED).unwrap_or_default());

/// The shipped directory.
///
/// ```
/// use vietqr::banks;
/// assert_eq!(banks::directory().date(), Some(banks::DATA_DATE));
/// let change = &banks::by_bin("970406").unwrap().changes[0];
/// assert_eq!((change.kind, change.name.as_str()), (banks::ChangeKind::RenamedFrom, "DongA Bank"));
/// ```
#[must_use]
pub fn directory() -> &'static Directory {
    &DIRECTORY
}

/// The bank with this BIN in the shipped directory.
///
/// ```
/// assert_eq!(vietqr::banks::by_bin("970436").unwrap().short_name, "Vietcombank");
/// assert!(vietqr::banks::by_bin("970499").is_none());
/// ```
#[must_use]
pub fn by_bin(bin: &str) -> Option<&'static Bank> {
    DIRECTORY.by_bin(bin)
}

/// Finds a bank by BIN, code, short name, former name, SWIFT code or full name, whatever the case and
/// with or without diacritics. A name that two banks go by is [`Lookup::Ambiguous`], never a guess.
///
/// ```
/// use vietqr::banks::{Lookup, find};
/// assert!(matches!(find("ngân hàng tmcp á châu"), Lookup::Found(bank) if bank.bin == "970416"));
/// assert!(matches!(find("dong a bank"), Lookup::Found(bank) if bank.short_name == "Vikki Bank"));
/// assert!(matches!(find("BVB"), Lookup::Ambiguous(banks) if banks.len() == 2));
/// assert!(matches!(find("no such bank"), Lookup::NotFound));
/// ```
#[must_use]
pub fn find(name: &str) -> Lookup<'static> {
    DIRECTORY.find(name)
}

/// All banks of the shipped directory, by ascending BIN.
#[must_use]
pub fn all() -> &'static [Bank] {
    DIRECTORY.banks()
}
