//! What can be wrong with a statement file: with the whole of it, or with one row.

use super::{CELLS_MAX, FILE_BYTES_MAX, ROWS_MAX, STATEMENTS_MAX};

macro_rules! worded {
    ($(#[$meta:meta])* $name:ident { $($(#[$doc:meta])* $variant:ident = $code:literal, $vi:literal, $en:literal;)* }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
        #[non_exhaustive]
        pub enum $name { $($(#[$doc])* $variant,)* }

        impl $name {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// A stable code for programs.
            #[must_use]
            pub const fn code(self) -> &'static str {
                match self { $(Self::$variant => $code,)* }
            }

            /// The sentence in Vietnamese.
            #[must_use]
            pub const fn vietnamese(self) -> &'static str {
                match self { $(Self::$variant => $vi,)* }
            }

            /// The sentence in English.
            #[must_use]
            pub const fn english(self) -> &'static str {
                match self { $(Self::$variant => $en,)* }
            }

            /// Reads the code back.
            #[must_use]
            pub fn parse(code: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|known| known.code() == code)
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.english())
            }
        }
    };
}

worded! {
    /// Why a file is not taken at all. Nothing of it is booked.
    Refusal {
        /// More than [`FILE_BYTES_MAX`].
        FileTooLarge = "file_too_large", "Tệp lớn hơn 48 MiB.", "The file is larger than 48 MiB.";
        /// No text, no rows.
        Empty = "empty", "Tệp trống.", "The file is empty.";
        /// An `.xls` of before 2007.
        OldWorkbook = "old_workbook", "Đây là tệp Excel đời cũ (.xls). Hãy mở và lưu lại dạng .xlsx hoặc .csv.", "This is an old Excel workbook (.xls). Open it and save it as .xlsx or .csv.";
        /// A PDF.
        Pdf = "pdf", "Đây là tệp PDF. Hãy tải sao kê dạng Excel hoặc CSV từ ngân hàng.", "This is a PDF. Download the statement as Excel or CSV from the bank.";
        /// No header row with a date and an amount.
        NoHeader = "no_header", "Không tìm thấy dòng tiêu đề có cột ngày và cột số tiền của sao kê.", "No header row with a date column and an amount column was found.";
        /// No account in the file and none given.
        NoAccount = "no_account", "Tệp không ghi số tài khoản. Hãy cho biết số tài khoản.", "The file names no account. Say which account it is of.";
        /// The file is of another account than the one that was given.
        OtherAccount = "other_account", "Tệp là sao kê của tài khoản khác.", "The file is the statement of another account.";
        /// More than [`ROWS_MAX`].
        TooManyRows = "too_many_rows", "Tệp có hơn 250.000 dòng. Hãy chia thành nhiều tệp.", "The file has more than 250,000 rows. Split it.";
        /// A row with more than [`CELLS_MAX`] cells.
        TooManyCells = "too_many_cells", "Có dòng hơn 64 ô.", "A row has more than 64 cells.";
        /// A cell or element beyond the limit.
        CellTooLong = "cell_too_long", "Có ô dài hơn 8 KiB.", "A cell is longer than 8 KiB.";
        /// More than [`STATEMENTS_MAX`].
        TooManyStatements = "too_many_statements", "Tệp có hơn 1.000 sao kê.", "The file holds more than 1,000 statements.";
        /// A broken zip, or one without a sheet.
        BrokenWorkbook = "broken_workbook", "Tệp Excel hỏng hoặc không có trang tính.", "The workbook is damaged or has no sheet.";
        /// Too many parts, too large when unpacked, or packed beyond belief.
        CompressionBomb = "compression_bomb", "Tệp nén bung ra quá lớn.", "The file unpacks to too much.";
        /// XML that is not well formed.
        BrokenXml = "broken_xml", "XML không hợp lệ.", "The XML is not well formed.";
        /// A document type or an entity of its own.
        XmlDoctype = "xml_doctype", "XML có khai báo DOCTYPE hoặc thực thể riêng, không được nhận.", "The XML declares a document type or entities, which is refused.";
        /// Elements in elements in elements.
        XmlTooDeep = "xml_too_deep", "XML lồng quá sâu.", "The XML is nested too deep.";
        /// XML, but neither camt.053 nor camt.054.
        OtherXml = "other_xml", "Đây không phải camt.053 hay camt.054.", "This is neither camt.053 nor camt.054.";
        /// MT940 with a tag out of its place.
        BrokenMt940 = "broken_mt940", "Tệp MT940 sai cấu trúc.", "The MT940 tags are not in order.";
        /// The running balance says that the two amount columns are the other way round.
        ColumnsSwapped = "columns_swapped", "Số dư cho thấy hai cột ghi nợ và ghi có bị đảo.", "The running balance shows that the debit and credit columns are swapped.";
        /// The receiver of the items broke off.
        Cancelled = "cancelled", "Đã dừng.", "Stopped.";
    }
}

impl std::error::Error for Refusal {}

worded! {
    /// The rule that a row breaks.
    RowRule {
        /// The date cell is no date.
        NotADate = "not_a_date", "ngày không đọc được", "the date cannot be read";
        /// There are amounts and no date.
        NoDate = "no_date", "có số tiền nhưng không có ngày", "there is an amount and no date";
        /// An amount cell is no amount.
        NotAnAmount = "not_an_amount", "số tiền không đọc được", "the amount cannot be read";
        /// An amount has a part of a đồng.
        FractionOfDong = "fraction_of_dong", "số tiền có phần lẻ của đồng", "the amount has a fraction of a đồng";
        /// An amount is beyond the range.
        AmountOutOfRange = "amount_out_of_range", "số tiền quá lớn", "the amount is out of range";
        /// A date and no amount.
        NoAmount = "no_amount", "có ngày nhưng không có số tiền", "there is a date and no amount";
        /// Both debit and credit.
        BothSides = "both_sides", "vừa ghi nợ vừa ghi có", "both debit and credit are filled";
        /// The sign column is neither + nor −, in nor out.
        NotADirection = "not_a_direction", "dấu hoặc chiều của giao dịch không đọc được", "the sign or direction cannot be read";
        /// The balance cell is no amount.
        NotABalance = "not_a_balance", "số dư không đọc được", "the balance cannot be read";
        /// The row's account is not the one that was given.
        OtherAccount = "other_account", "số tài khoản khác với tài khoản đã chọn", "the account is not the one that was given";
        /// The row's account cannot be read.
        NotAnAccount = "not_an_account", "số tài khoản không đọc được", "the account number cannot be read";
        /// Another currency.
        OtherCurrency = "other_currency", "không phải tiền đồng", "the currency is not VND";
        /// A text holds what no text may.
        BadText = "bad_text", "văn bản có ký tự không được phép hoặc quá dài", "the text holds forbidden characters or is too long";
        /// The parts of a batched entry do not add up to it.
        PartsDiffer = "parts_differ", "các phần của bút toán không cộng đúng bằng bút toán", "the parts of the entry do not add up to it";
        /// MT940 or camt: the entry breaks its format.
        BrokenEntry = "broken_entry", "bút toán sai cấu trúc", "the entry breaks its format";
    }
}

/// One row that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowError {
    /// Where, from 1, as in [`super::StatementLine::number`].
    pub number: u64,
    /// What it breaks.
    pub rule: RowRule,
    /// The header of the column, or the tag; empty when the whole row is meant.
    pub field: &'static str,
    /// The beginning of what stands there, safe to show.
    pub found: String,
}

impl RowError {
    /// Characters of the cell that are shown.
    const FOUND_MAX: usize = 40;

    pub(crate) fn new(number: u64, rule: RowRule, field: &'static str, found: &str) -> Self {
        let found = payment::text::for_display(found);
        Self {
            number,
            rule,
            field,
            found: found.chars().take(Self::FOUND_MAX).collect(),
        }
    }
}

// The sentences name these numbers; whoever changes one meets the other.
const _: () = assert!(FILE_BYTES_MAX == 48 * 1024 * 1024);
const _: () = assert!(ROWS_MAX == 250_000 && CELLS_MAX == 64 && STATEMENTS_MAX == 1_000);
