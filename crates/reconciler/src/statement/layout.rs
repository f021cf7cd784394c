//! Which column is which, found by the words of the header and never by position.
//!
//! Banks change their layouts without notice, so nothing here is code: [`WORDS`] says which words name
//! which column, [`LAYOUTS`] which words together name a bank's layout. A file whose words are known
//! and whose layout is not is read all the same, as [`GENERIC`]; words that are not known can be told
//! with the file ([`super::Hints::columns`]).

use crate::memo::fold;
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// What a column holds.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Column {
    /// The account that moved.
    Account,
    /// The virtual account that the payer used.
    VirtualAccount,
    /// When the bank booked it.
    Booked,
    /// The date with the document number below it, in one cell.
    BookedOverDocument,
    /// From which day the money counts.
    Value,
    /// The bank's reference.
    Reference,
    /// The bank's document number: the reference where there is no other.
    Document,
    /// The row's number; some banks put the reference here.
    Serial,
    /// Money out.
    Debit,
    /// Money in.
    Credit,
    /// The amount, its direction elsewhere.
    Amount,
    /// `+` or `-`, in or out, C or D.
    Sign,
    /// The balance afterwards.
    Balance,
    /// The memo.
    Memo,
    /// A second text of the same movement.
    MemoFull,
    /// Who paid or was paid.
    CounterpartyName,
    /// The other account.
    CounterpartyAccount,
    /// The bank's fee, in a column beside debit and credit.
    Fee,
    /// The tax on the fee.
    Vat,
    /// The currency.
    Currency,
    /// Known, and of no use here.
    Other,
}

impl Column {
    /// The names that a person may give, with what they mean.
    const NAMES: [(&'static str, Self); 15] = [
        ("account", Self::Account),
        ("virtual_account", Self::VirtualAccount),
        ("booked_at", Self::Booked),
        ("value_date", Self::Value),
        ("bank_reference", Self::Reference),
        ("debit", Self::Debit),
        ("credit", Self::Credit),
        ("amount", Self::Amount),
        ("direction", Self::Sign),
        ("balance_after", Self::Balance),
        ("memo", Self::Memo),
        ("counterparty_name", Self::CounterpartyName),
        ("counterparty_account", Self::CounterpartyAccount),
        ("fee", Self::Fee),
        ("ignored", Self::Other),
    ];

    /// Reads the name that a person gives.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::NAMES
            .into_iter()
            .find(|(known, _)| *known == name)
            .map(|(_, column)| column)
    }

    /// The header to show in an error.
    pub(crate) const fn field(self) -> &'static str {
        match self {
            Self::Account => "account",
            Self::VirtualAccount => "virtual_account",
            Self::Booked | Self::BookedOverDocument => "booked_at",
            Self::Value => "value_date",
            Self::Reference | Self::Document | Self::Serial => "bank_reference",
            Self::Debit => "debit",
            Self::Credit => "credit",
            Self::Amount => "amount",
            Self::Sign => "direction",
            Self::Balance => "balance_after",
            Self::Memo | Self::MemoFull => "memo",
            Self::CounterpartyName => "counterparty_name",
            Self::CounterpartyAccount => "counterparty_account",
            Self::Fee => "fee",
            Self::Vat => "vat",
            Self::Currency => "currency",
            Self::Other => "ignored",
        }
    }
}

/// The words that name a column, with or without accents, in any case; of a header in two languages
/// one half is enough.
#[rustfmt::skip]
const WORDS: &[(Column, &[&str])] = &[
    (Column::Account, &[
        "Số tài khoản", "Tài khoản giao dịch", "Số tài khoản ngân hàng", "Account No", "Account number", "Tài khoản",
        "accountNumber", "account_number", "accountNo", "bank_sub_acc_id", "bankAccount", "subAccId",
    ]),
    (Column::VirtualAccount, &["Tài khoản ảo", "Tài khoản định danh", "subAccount", "va", "virtualAccount", "virtualAccountNumber", "Virtual account"]),
    (Column::Booked, &[
        "Ngày GD", "Ngày giao dịch", "Transaction date", "Ngày giờ giao dịch", "Transaction Date Time", "Ngày giờ", "Ngày/Value date",
        "Ngày hạch toán", "Ngày", "TNX Date", "Tran Date", "Posting date", "Date", "Booking date", "Thời gian", "Thời gian giao dịch",
        "Ngày ghi sổ", "Ngày thực hiện", "transactionDate", "transaction_date", "when", "transactionDateTime", "postingDate", "tranDate",
        "Ngày chứng từ", "Ngày phát sinh",
    ]),
    (Column::Value, &["Ngày hiệu lực", "Ngày giá trị", "Value date", "Effect Date", "Effective date", "EffDate", "valueDate"]),
    (Column::Other, &["Ngày KH thực hiện", "Requesting date", "gateway", "code", "Loại GD", "Tran", "Loại giao dịch", "Chi nhánh", "Giao dịch viên", "Teller", "Branch"]),
    (Column::Reference, &[
        "Số giao dịch", "Transaction number", "Số bút toán", "Reference number", "Số tham chiếu", "Mã giao dịch", "Reference", "Mã tham chiếu",
        "Cheque No./ Reference", "Số séc/số ref", "Transaction ID", "referenceCode", "reference_code", "tid", "refNo", "referenceNumber", "Ref No",
    ]),
    (Column::Document, &["Số CT", "Doc No", "Số chứng từ", "Seq.No.", "Seq No", "Document number"]),
    // Not the English "No": without its accent, "Nợ" is the same word.
    (Column::Serial, &["STT", "Số thứ tự"]),
    (Column::Debit, &[
        "Nợ", "Debit", "Số tiền ghi nợ", "Ghi nợ", "Phát sinh nợ", "Debit Amount", "Số tiền rút", "Withdrawal", "Số tiền nợ", "Tiền ra", "Chi",
        "debitAmount", "PS nợ", "Rút ra",
    ]),
    (Column::Credit, &[
        "Có", "Credit", "Số tiền ghi có", "Ghi có", "Phát sinh có", "Credit Amount", "Số tiền gửi", "Deposit", "Số tiền có", "Tiền vào", "Thu",
        "creditAmount", "PS có", "Gửi vào",
    ]),
    (Column::Amount, &["So Tien Giao dich", "Số tiền", "Amount", "Giá trị giao dịch", "transferAmount", "Transaction amount", "Số tiền GD"]),
    (Column::Sign, &["+/-", "Dấu", "Thu/Chi", "CD", "transferType", "transfer_type", "transType", "Ghi nợ/ghi có", "Debit/Credit", "Nợ/Có", "C/D", "D/C"]),
    (Column::Balance, &[
        "Số dư", "Balance", "Running balance", "Số dư sau giao dịch", "Số dư cuối", "accumulated", "cusum_balance", "runningBalance", "availableBalance",
        "Số dư lũy kế", "Số dư khả dụng",
    ]),
    (Column::Memo, &[
        "Diễn giải", "Description", "Mô tả", "Mô tả giao dịch", "Transaction description", "Nội dung", "Nội dung chi tiết", "Transactions in detail",
        "Nội dung giao dịch", "Remarks", "Remark", "Details", "Nội dung thanh toán", "Chi tiết giao dịch", "content", "Chi tiết",
    ]),
    (Column::CounterpartyAccount, &[
        "Tài khoản đối ứng", "Số tài khoản đối ứng", "Corresponsive account", "Tài khoản đích", "Remitter's account number", "corresponsiveAccount",
        "counterAccountNumber", "benAccountNo", "Số TK đối ứng",
    ]),
    (Column::CounterpartyName, &[
        "Tên tài khoản đối ứng", "Corresponsive name", "Đơn vị thụ hưởng/Đơn vị chuyển", "Remitter's account name", "corresponsiveName",
        "counterAccountName", "benAccountName", "Tên đối ứng", "Người chuyển", "Tên người chuyển",
    ]),
    (Column::Other, &["Ngân hàng đối tác", "Remitter's bank", "bankName", "corresponsiveBankName", "counterAccountBankName"]),
    (Column::Fee, &["Phí/Lãi", "Phí", "Fee", "Fee/Interest"]),
    (Column::Vat, &["Thuế VAT", "VAT", "Thuế"]),
    (Column::Currency, &["Loại tiền", "Currency", "Tiền tệ", "Mã tiền tệ", "Loại tiền tệ", "CCY"]),
];

/// A known layout: a name, and header words that together stand in no other.
#[derive(Debug)]
pub struct Layout {
    /// The name in the API; part of what tells one line from another, so it never changes.
    pub name: &'static str,
    /// All of these stand in the header.
    words: &'static [&'static str],
    /// The sender writes 0 when it does not know the balance.
    pub zero_balance_is_unknown: bool,
}

const fn layout(name: &'static str, words: &'static [&'static str]) -> Layout {
    Layout {
        name,
        words,
        zero_balance_is_unknown: false,
    }
}

/// The layouts, the more particular ones first.
#[rustfmt::skip]
pub const LAYOUTS: &[Layout] = &[
    Layout { name: "sepay", words: &["transferAmount", "referenceCode", "transactionDate"], zero_balance_is_unknown: true },
    Layout { name: "casso", words: &["cusum_balance", "tid", "when"], zero_balance_is_unknown: true },
    layout("payos", &["transactionDateTime", "counterAccountName", "amount"]),
    layout("mb-app", &["postingDate", "creditAmount", "debitAmount", "refNo"]),
    layout("techcombank", &["Ngày KH thực hiện", "Số bút toán", "Phí/Lãi", "Thuế VAT"]),
    layout("mb", &["Số bút toán", "Phát sinh nợ", "Phát sinh có", "Đơn vị thụ hưởng/Đơn vị chuyển"]),
    layout("seq-no", &["Seq.No.", "Effect Date", "Withdrawal", "Deposit"]),
    layout("vietcombank-pdf", &["TNX Date", "Doc No"]),
    layout("vietcombank", &["Ngày giao dịch", "So Tien Giao dich"]),
    layout("bidv-b", &["Số tham chiếu", "Phát sinh Nợ", "Phát sinh Có"]),
    layout("bidv-a", &["Ngày hiệu lực", "Ghi nợ", "Ghi có", "Mô tả"]),
    layout("vietinbank", &["Ngày giờ", "Mô tả", "Nợ", "Có"]),
    layout("vietinbank-company", &["Tài khoản đối ứng", "Tên tài khoản đối ứng", "Nợ", "Có"]),
];

/// Known columns in no known order.
pub const GENERIC: Layout = layout("generic", &[]);

static BY_WORD: LazyLock<BTreeMap<String, Column>> = LazyLock::new(|| {
    let mut known = BTreeMap::new();
    for (column, words) in WORDS {
        for word in *words {
            known.entry(key(word)).or_insert(*column);
        }
    }
    known
});

/// Letters and digits; a header of signs alone (`+/-`) as it is.
fn key(word: &str) -> String {
    let folded = fold(word);
    if folded.is_empty() {
        word.split_whitespace().collect()
    } else {
        folded
    }
}

/// The halves of a header in two languages, and the lines of a cell.
fn parts(header: &str) -> impl Iterator<Item = &str> {
    header.split(['/', '\n', '\r', '|', '(', ')'])
}

/// Words of one cell that are looked at: a header is short.
const HEADER_BYTES_MAX: usize = 120;

/// What this header cell names.
#[must_use]
pub fn column(header: &str, told: &BTreeMap<String, Column>) -> Option<Column> {
    let header = header.trim();
    if header.is_empty() || header.len() > HEADER_BYTES_MAX {
        return None;
    }
    let whole = key(header);
    if let Some(column) = told.get(&whole).or_else(|| BY_WORD.get(&whole)) {
        return Some(*column);
    }
    let named: Vec<Column> = parts(header)
        .filter_map(|part| BY_WORD.get(&key(part)).copied())
        .collect();
    if named.contains(&Column::Booked)
        && (named.contains(&Column::Document) || named.contains(&Column::Reference))
    {
        return Some(Column::BookedOverDocument);
    }
    named.first().copied()
}

/// The words that a person told, ready to be looked up.
#[must_use]
pub fn told(columns: &[(String, Column)]) -> BTreeMap<String, Column> {
    columns
        .iter()
        .map(|(header, column)| (key(header), *column))
        .collect()
}

/// The layout with these header cells.
#[must_use]
pub fn of<'a>(headers: impl Iterator<Item = &'a str>) -> &'static Layout {
    let mut present: Vec<String> = Vec::new();
    for header in headers {
        present.push(key(header));
        present.extend(parts(header).map(key));
    }
    LAYOUTS
        .iter()
        .find(|layout| layout.words.iter().all(|word| present.contains(&key(word))))
        .unwrap_or(&GENERIC)
}

/// How many cells of this text, taken as a table, are words of a header. Tells the encodings apart.
#[must_use]
pub fn header_words_in(text: &str) -> usize {
    text.lines()
        .take(60)
        .flat_map(|line| line.split([',', ';', '\t', '|', '"', ':']))
        .filter(|cell| {
            !cell.is_ascii() && cell.len() <= HEADER_BYTES_MAX && BY_WORD.contains_key(&key(cell))
        })
        .count()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(header: &str) -> Option<Column> {
        column(header, &BTreeMap::new())
    }

    #[test]
    fn the_headers_of_the_banks_are_recognised_in_both_languages_and_without_accents() {
        for (header, expected) in [
            ("Ngày giao dịch/ Transaction date", Column::Booked),
            ("Ngày giờ giao dịch / Transaction Date Time", Column::Booked),
            ("NGÀY HẠCH TOÁN", Column::Booked),
            ("Ngay Hach toan", Column::Booked),
            ("Ngày/Value date", Column::Booked),
            ("Ngày hiệu lực / Effect Date", Column::Value),
            ("Ngày KH thực hiện/Requesting date", Column::Other),
            ("Số bút toán/Reference number", Column::Reference),
            ("Số séc/số ref / Cheque No./ Reference", Column::Reference),
            ("Số CT / Seq.No.", Column::Document),
            (
                "Ngày GD / TNX Date\nSố CT / Doc No",
                Column::BookedOverDocument,
            ),
            ("Nợ/Debit", Column::Debit),
            ("Phát sinh nợ / Withdrawal", Column::Debit),
            ("Số tiền rút", Column::Debit),
            ("Có/Credit", Column::Credit),
            ("Số tiền gửi", Column::Credit),
            ("Phát sinh có / Credit Amount", Column::Credit),
            ("Số dư/Running balance", Column::Balance),
            ("Nội dung chi tiết/ Transactions in detail", Column::Memo),
            ("Dien Giai", Column::Memo),
            (
                "Số tài khoản đối ứng/ Corresponsive account",
                Column::CounterpartyAccount,
            ),
            (
                "Tài khoản đích/Remitter's account number",
                Column::CounterpartyAccount,
            ),
            ("Đơn vị thụ hưởng/Đơn vị chuyển", Column::CounterpartyName),
            ("Ngân hàng đối tác/Remitter's bank", Column::Other),
            ("Phí/Lãi", Column::Fee),
            ("+/-", Column::Sign),
            ("Số\u{a0}dư", Column::Balance),
        ] {
            assert_eq!(named(header), Some(expected), "{header}");
        }
        assert_eq!(named("Ghi chú của kế toán"), None);
        assert_eq!(named(""), None);
    }

    #[test]
    fn decomposed_headers_are_the_same_words() {
        use unicode_normalization::UnicodeNormalization;
        let decomposed: String = "Số tiền ghi có".nfd().collect();
        assert_eq!(named(&decomposed), Some(Column::Credit));
    }

    #[test]
    fn each_layout_is_found_by_its_own_words_and_not_by_those_of_an_earlier_one() {
        for layout in LAYOUTS {
            let found = of(layout.words.iter().copied());
            assert_eq!(found.name, layout.name);
            for word in layout.words {
                assert!(named(word).is_some(), "{}: {word}", layout.name);
            }
        }
    }

    #[test]
    fn a_word_that_a_person_told_goes_first() {
        let told = told(&[("Số tiền gửi".to_owned(), Column::Debit)]);
        assert_eq!(column("SỐ TIỀN GỬI", &told), Some(Column::Debit));
    }
}
