//! The directory itself and how a name is looked up in it.

use super::csv::{self, DirectoryError};
use crate::memo;

/// A member of the network, or a brand of one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bank {
    /// The six digits of 38.01.00.
    pub bin: String,
    /// The short code of the public directories. Code systems differ: look up by [`Directory::find`].
    pub code: String,
    /// The name people use.
    pub short_name: String,
    /// The registered name, in Vietnamese.
    pub full_name_vi: String,
    /// The SWIFT code, when a source gives one.
    pub swift: Option<String>,
    /// What sort of member it is.
    pub kind: Kind,
    /// Whether the member's own app scans a VietQR and pays. A member without such an app still
    /// receives transfers, so never filter receivers by this.
    pub scan_to_pay: Option<bool>,
    /// Whether a hosted service can look up the name of an account there.
    pub account_lookup: Option<bool>,
    /// How sure the row is.
    pub status: Status,
    /// Other and former names and codes.
    pub aliases: Vec<String>,
    /// Which public lists the row was compared with.
    pub sources: Vec<String>,
    /// How many of them agree.
    pub agreement: u8,
    /// What an operator should know about the row.
    pub note: String,
    /// Renames, mergers and new owners that a source tells of.
    pub changes: Vec<Change>,
}

/// Something that happened to a bank.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// When: `2025`, `2025-02` or `2025-02-14`, as exact as the source was; `None` when no source that
    /// we found gives one.
    pub date: Option<String>,
    /// What.
    pub kind: ChangeKind,
    /// The former name, the bank that was merged in, or the new owner.
    pub name: String,
}

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ChangeKind {
    /// It had this name before, and is still found by it.
    RenamedFrom,
    /// It took in the bank of this name, which is found here now.
    MergedWith,
    /// It belongs to this bank since, under its own name and BIN.
    TakenOverBy,
}

/// What sort of member a row describes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A bank.
    Bank,
    /// A branch of a foreign bank.
    Branch,
    /// A digital brand of a bank, with a BIN of its own.
    Digital,
    /// A finance company.
    Finance,
    /// A wallet that receives through virtual accounts.
    Wallet,
    /// A prefix of cards, recognised when reading and never written.
    CardBin,
}

/// How sure a row is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Status {
    /// In use under this name.
    Active,
    /// In use; the former names are among the aliases.
    Renamed,
    /// The sources disagree; see the note.
    Conflict,
    /// Only one source.
    Unverified,
}

impl Bank {
    /// Whether the row is sure enough for a list that people pick from: at least two sources, and
    /// not merely a card prefix.
    #[must_use]
    pub fn is_listed(&self) -> bool {
        self.agreement >= 2 && self.kind != Kind::CardBin
    }

    fn is_called(&self, folded: &str) -> bool {
        let names = [&self.code, &self.short_name, &self.full_name_vi];
        let former = self
            .changes
            .iter()
            .filter(|change| change.kind != ChangeKind::TakenOverBy);
        names
            .into_iter()
            .chain(&self.swift)
            .chain(&self.aliases)
            .chain(former.map(|change| &change.name))
            .any(|name| fold(name) == folded)
    }
}

/// What a name led to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lookup<'a> {
    /// Exactly one bank.
    Found(&'a Bank),
    /// Several banks go by this name; the caller has to ask which.
    Ambiguous(Vec<&'a Bank>),
    /// None.
    NotFound,
}

impl<'a> Lookup<'a> {
    /// The bank, when there is exactly one.
    #[must_use]
    pub const fn found(&self) -> Option<&'a Bank> {
        match self {
            Self::Found(bank) => Some(bank),
            _ => None,
        }
    }
}

/// A directory of banks, sorted by BIN: the shipped one, or an operator's own.
///
/// ```
/// use vietqr::banks::Directory;
/// let own = "bin,code,short_name,full_name_vi,swift,kind,scan_to_pay,account_lookup,status,aliases,sources,agreement,note\n\
///     970415,ICB,VietinBank,Ngân hàng TMCP Công thương Việt Nam,ICBVVNVX,bank,1,1,active,CTG;VTB,own,2,\n";
/// let directory = Directory::parse(own)?;
/// assert_eq!(directory.find("ctg").found().unwrap().bin, "970415");
/// # Ok::<(), vietqr::banks::DirectoryError>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Directory {
    banks: Vec<Bank>,
    /// The BINs alone, as numbers, in the same order: a search touches a few cache lines instead of
    /// seven rows.
    bins: Vec<u32>,
    date: Option<String>,
}

impl Directory {
    /// Reads a directory file, in the columns of the shipped `banks.csv`.
    ///
    /// # Errors
    /// [`DirectoryError`] names the first line that cannot be read, or a BIN that stands twice.
    pub fn parse(text: &str) -> Result<Self, DirectoryError> {
        let (date, mut banks) = csv::read(text)?;
        banks.sort_by(|a, b| a.bin.cmp(&b.bin));
        let repeated = banks.windows(2).find_map(|pair| match pair {
            [a, b] if a.bin == b.bin => Some(a.bin.clone()),
            _ => None,
        });
        if let Some(bin) = repeated {
            let is_second = |(_, line): &(usize, &str)| line.starts_with(&bin);
            let line = text.lines().enumerate().filter(is_second).nth(1);
            return Err(DirectoryError {
                line: line.map_or(0, |(index, _)| index + 1),
                reason: format!("the BIN {bin} stands twice"),
            });
        }
        // The file was refused if one of them were not six digits, so none is lost here.
        let bins = banks.iter().filter_map(|bank| number(&bank.bin));
        Ok(Self {
            bins: bins.collect(),
            banks,
            date,
        })
    }

    /// The bank with this BIN.
    #[must_use]
    pub fn by_bin(&self, bin: &str) -> Option<&Bank> {
        let index = self.bins.binary_search(&number(bin)?);
        index.ok().and_then(|index| self.banks.get(index))
    }

    /// Finds a bank by BIN or by any of its names; see [`super::find`].
    #[must_use]
    pub fn find(&self, name: &str) -> Lookup<'_> {
        if let Some(bank) = self.by_bin(name.trim()) {
            return Lookup::Found(bank);
        }
        let folded = fold(name);
        if folded.is_empty() {
            return Lookup::NotFound;
        }
        // A card prefix carries the name of a bank that has another BIN for transfers.
        let mut called: Vec<&Bank> = self
            .banks
            .iter()
            .filter(|bank| bank.kind != Kind::CardBin && bank.is_called(&folded))
            .collect();
        match (called.pop(), called.is_empty()) {
            (None, _) => Lookup::NotFound,
            (Some(bank), true) => Lookup::Found(bank),
            (Some(bank), false) => {
                called.push(bank);
                Lookup::Ambiguous(called)
            }
        }
    }

    /// The date of the file, when its first line gives one: `# date: 2026-11-22`.
    #[must_use]
    pub fn date(&self) -> Option<&str> {
        self.date.as_deref()
    }

    /// All banks, by ascending BIN.
    #[must_use]
    pub fn banks(&self) -> &[Bank] {
        &self.banks
    }
}

/// The number that exactly six ASCII digits write. All have six, so numbers sort as texts do.
fn number(bin: &str) -> Option<u32> {
    let digits = <[u8; 6]>::try_from(bin.as_bytes()).ok()?;
    let is_number = digits.iter().all(u8::is_ascii_digit);
    is_number.then(|| {
        digits
            .iter()
            .fold(0, |number, digit| number * 10 + u32::from(digit - b'0'))
    })
}

/// Letters and digits only, without diacritics, in lower case: `Co-opBank` and `co op bank` meet.
fn fold(name: &str) -> String {
    let mut folded = memo::without_marks(name);
    folded.retain(char::is_alphanumeric);
    folded.to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::super::{SHIPPED, all, find};
    use super::*;

    #[test]
    fn every_row_of_the_shipped_directory_can_be_read() {
        assert_eq!(Directory::parse(SHIPPED).unwrap().banks().len(), 72);
    }

    #[test]
    fn every_bank_is_found_by_its_own_code_and_short_name() {
        for bank in all().iter().filter(|bank| bank.kind != Kind::CardBin) {
            for name in [&bank.bin, &bank.code, &bank.short_name] {
                assert_eq!(find(name).found(), Some(bank), "{name}");
                assert_eq!(find(&name.to_lowercase()).found(), Some(bank), "{name}");
            }
        }
    }

    #[test]
    fn case_diacritics_and_punctuation_do_not_matter() {
        for name in [
            "vietin bank",
            "VIETINBANK",
            "ngan hang tmcp cong thuong viet nam",
            "ctg",
        ] {
            assert_eq!(find(name).found().unwrap().bin, "970415", "{name}");
        }
        assert_eq!(find("CO OP BANK").found().unwrap().bin, "970446");
        assert_eq!(find(" Oceanbank ").found().unwrap().short_name, "MBV");
    }

    #[test]
    fn a_name_that_two_banks_go_by_is_not_guessed() {
        let Lookup::Ambiguous(banks) = find("bvb") else {
            panic!("BVB is two banks");
        };
        let bins: Vec<_> = banks.iter().map(|bank| bank.bin.as_str()).collect();
        assert_eq!(bins, ["970438", "970454"]);
        assert!(matches!(find("IBKOVNVX"), Lookup::Ambiguous(_)));
    }

    #[test]
    fn a_card_prefix_is_known_by_number_and_not_by_name() {
        assert_eq!(find("970459").found().unwrap().kind, Kind::CardBin);
        assert_eq!(find("CIBBVNVN").found().unwrap().bin, "422589");
        assert!(!find("970459").found().unwrap().is_listed());
    }

    #[test]
    fn the_file_says_the_date_that_the_screens_show() {
        let shipped = Directory::parse(SHIPPED).unwrap();
        assert_eq!(shipped.date(), Some(super::super::DATA_DATE));
        let too_late = |change: &Change| change.date.as_deref() > shipped.date();
        assert!(all().iter().all(|bank| !bank.changes.iter().any(too_late)));
    }

    #[test]
    fn a_bank_is_found_by_every_name_that_it_had() {
        for (name, bin) in [
            ("DongA Bank", "970406"),
            ("ĐÔNG Á BANK", "970406"),
            ("Ngân hàng Thương mại TNHH MTV Dầu Khí Toàn Cầu", "970408"),
            ("ocean bank", "970414"),
            ("CB Bank", "970444"),
            ("TrustBank", "970444"),
            ("LienVietPostBank", "970449"),
            ("ngan hang tmcp xang dau petrolimex", "970430"),
            ("Viet Capital Bank", "970454"),
            ("Habubank", "970443"),
            ("Ficombank", "970429"),
        ] {
            assert_eq!(
                find(name).found().map(|bank| bank.bin.as_str()),
                Some(bin),
                "{name}"
            );
        }
        // A new owner is another bank.
        assert_eq!(find("HDBank").found().unwrap().bin, "970437");
        let vikki = find("vikki bank").found().unwrap();
        assert_eq!(vikki.changes[0].date.as_deref(), Some("2025-02-14"));
    }

    #[test]
    fn every_renamed_bank_says_what_it_was_called() {
        for bank in all().iter().filter(|bank| bank.status == Status::Renamed) {
            let renamed = bank
                .changes
                .iter()
                .any(|change| change.kind == ChangeKind::RenamedFrom);
            assert!(renamed, "{}", bank.short_name);
        }
    }

    #[test]
    fn nothing_is_found_for_nothing() {
        assert_eq!(find(""), Lookup::NotFound);
        assert_eq!(find(" - "), Lookup::NotFound);
    }

    #[test]
    fn a_bin_that_stands_twice_is_refused_with_its_line() {
        let text = format!("{SHIPPED}970415,X,X,X,,bank,1,1,active,,s,1,\n");
        assert_eq!(Directory::parse(&text).unwrap_err().line, 75);
    }
}
