//! Receipts for phí and lệ phí (biên lai): what stands on one, and how they are numbered.
//!
//! A receipt has a form code, a series and a number of at most seven digits that begins with 1 on the first
//! use in a year and is given out without a gap (Nghị định 123/2020 art. 32.2, Thông tư 303/2016 art. 4.4).
//! Form and series are an office's settings, because the tax authority registers them with it. Phí and lệ
//! phí stand on receipts of their own.

use money::Vnd;
use payment::request::{ItemCode, Line};
use payment::{BusinessDate, FeeKind, ReceiptId};
use serde::{Deserialize, Serialize};

/// The last number of a series: seven digits.
pub const NUMBER_MAX: i64 = 9_999_999;

/// The kinds of fees that have receipts. Prices and what is collected for others have invoices or other
/// papers.
pub const KINDS: [FeeKind; 2] = [FeeKind::Phi, FeeKind::LePhi];

/// Where the last two digits of the year stand in a series.
const YEAR: &str = "{yy}";

/// Who signs the receipts of a book.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SignerKind {
    /// Nobody: the receipt says "chưa ký số".
    #[default]
    None,
    /// A key of this installation, for trying; no signature in the sense of the law.
    Test,
}

impl SignerKind {
    /// The text in the settings and the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Test => "test",
        }
    }

    /// Reads the text form.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::None, Self::Test]
            .into_iter()
            .find(|kind| kind.as_str() == text)
    }
}

/// Why a book of receipts is refused.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BookError {
    /// No kind that has receipts.
    #[error("the kind must be phi or le_phi")]
    Kind,
    /// The form code.
    #[error("the form code must be 1 to 20 of A-Z, 0-9 and '-'")]
    FormCode,
    /// The series.
    #[error("the series must be 1 to 20 of A-Z, 0-9, '-' and once {{yy}} for the year")]
    Series,
}

/// What the receipts of one kind are numbered under.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Book {
    kind: FeeKind,
    form_code: String,
    series: String,
    signer: SignerKind,
}

impl Book {
    /// A book such as `01BLP0-001` with the series `BI-{yy}E`.
    ///
    /// # Errors
    /// [`BookError`] names what is wrong.
    pub fn try_new(
        kind: FeeKind,
        form_code: &str,
        series: &str,
        signer: SignerKind,
    ) -> Result<Self, BookError> {
        if !KINDS.contains(&kind) {
            return Err(BookError::Kind);
        }
        if !is_code(form_code) {
            return Err(BookError::FormCode);
        }
        let around = series.split_once(YEAR);
        let reads = around.is_some_and(|(before, after)| is_code(&format!("{before}00{after}")));
        if !reads {
            return Err(BookError::Series);
        }
        Ok(Self {
            kind,
            form_code: form_code.to_owned(),
            series: series.to_owned(),
            signer,
        })
    }

    /// The kind of fee.
    #[must_use]
    pub const fn kind(&self) -> FeeKind {
        self.kind
    }

    /// Ký hiệu mẫu.
    #[must_use]
    pub fn form_code(&self) -> &str {
        &self.form_code
    }

    /// The series as it was set, with the place of the year in it.
    #[must_use]
    pub fn series(&self) -> &str {
        &self.series
    }

    /// Who signs.
    #[must_use]
    pub const fn signer(&self) -> SignerKind {
        self.signer
    }

    /// Ký hiệu of the receipts of a year.
    #[must_use]
    pub fn series_of(&self, year: i16) -> String {
        let digits = format!("{:02}", year.rem_euclid(100));
        self.series.replacen(YEAR, &digits, 1)
    }
}

/// A short code that needs no escaping anywhere.
fn is_code(text: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'-';
    (1..=20).contains(&text.len()) && text.bytes().all(allowed)
}

/// Who collects, as it stood when the receipt was issued.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Collector {
    /// The name.
    pub name: String,
    /// The tax code.
    pub tax_code: Option<String>,
    /// The address.
    pub address: Option<String>,
}

/// One line.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReceiptLine {
    /// The item.
    pub item: ItemCode,
    /// What it is called.
    pub name: String,
    /// How much.
    pub amount: Vnd,
}

/// How it was paid.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Means {
    /// By bank transfer.
    Transfer,
    /// Nothing was due.
    NothingDue,
}

/// How a receipt is called by another.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Replaced {
    /// Its id.
    pub id: ReceiptId,
    /// Ký hiệu mẫu.
    pub form_code: String,
    /// Ký hiệu.
    pub series: String,
    /// Its number.
    pub number: i64,
    /// Its day.
    pub issued_on: BusinessDate,
}

/// What stands on a receipt beside its number. It is kept whole, because names and addresses change.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Content {
    /// Who collects.
    pub collector: Collector,
    /// The payer's name.
    pub payer_name: Option<String>,
    /// The payment reference of the request.
    pub reference: String,
    /// The portal's own id of the request: the dossier.
    pub external_id: Option<String>,
    /// How it was paid.
    pub means: Means,
    /// What was paid for.
    pub lines: Vec<ReceiptLine>,
    /// The receipt that this one replaces.
    pub replaces: Option<Replaced>,
}

/// The lines of a request that belong on a receipt of this kind. What the fee schedule did not price has no
/// kind, and no receipt.
#[must_use]
pub fn lines_of(kind: FeeKind, lines: &[Line]) -> Vec<ReceiptLine> {
    lines
        .iter()
        .filter(|line| {
            line.pricing
                .as_ref()
                .is_some_and(|pricing| pricing.kind == kind)
        })
        .map(|line| ReceiptLine {
            item: line.item.clone(),
            name: line
                .description
                .clone()
                .unwrap_or_else(|| line.item.as_str().to_owned()),
            amount: line.amount,
        })
        .collect()
}

/// A number as it is written: seven digits.
#[must_use]
pub fn number_text(number: i64) -> String {
    format!("{number:07}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use payment::Measure;
    use payment::request::Pricing;

    fn book(form: &str, series: &str) -> Result<Book, BookError> {
        Book::try_new(FeeKind::Phi, form, series, SignerKind::None)
    }

    #[test]
    fn a_series_carries_its_year_once() {
        let found = book("01BLP0-001", "BI-{yy}E").unwrap();
        assert_eq!(found.series_of(2026), "BI-26E");
        assert_eq!(found.series_of(2105), "BI-05E");
        for series in [
            "BI-26E",
            "BI-{yy}{yy}",
            "{yy",
            "BI {yy}",
            "bi-{yy}",
            "",
            "Đ-{yy}",
        ] {
            assert_eq!(
                book("01BLP0-001", series),
                Err(BookError::Series),
                "{series}"
            );
        }
        for form in ["", "01blp", "01/BLP", &"0".repeat(21)] {
            assert_eq!(book(form, "BI-{yy}E"), Err(BookError::FormCode), "{form}");
        }
        let price = Book::try_new(
            FeeKind::GiaDichVu,
            "01BLP0-001",
            "BI-{yy}E",
            SignerKind::None,
        );
        assert_eq!(price, Err(BookError::Kind));
    }

    #[test]
    fn each_kind_takes_its_own_lines_and_an_unpriced_line_none() {
        let line = |item: &str, amount: i64, kind: Option<FeeKind>| Line {
            item: ItemCode::parse(item).unwrap(),
            description: Some(format!("Tên {item}")),
            amount: Vnd::new(amount).unwrap(),
            pricing: kind.map(|kind| {
                Box::new(Pricing {
                    version: 1,
                    kind,
                    priced_on: BusinessDate::parse("2026-11-22").unwrap(),
                    unit: None,
                    measure: Measure::default(),
                    list_amount: None,
                    reduction: None,
                })
            }),
        };
        let lines = [
            line("A", 10, Some(FeeKind::Phi)),
            line("B", 20, Some(FeeKind::LePhi)),
            line("C", 30, Some(FeeKind::ThuHo)),
            line("D", 40, None),
            line("E", 0, Some(FeeKind::Phi)),
        ];
        let named = |kind| -> Vec<(String, i64)> {
            let found = lines_of(kind, &lines).into_iter();
            found.map(|line| (line.name, line.amount.get())).collect()
        };
        assert_eq!(
            named(FeeKind::Phi),
            [("Tên A".to_owned(), 10), ("Tên E".to_owned(), 0)]
        );
        assert_eq!(named(FeeKind::LePhi), [("Tên B".to_owned(), 20)]);
    }
}
