//! Statement files of each layout and standard, with what a person reads in them.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::type_complexity,
    reason = "helpers of tests"
)]

use money::Vnd;
use payment::Direction;
use proptest::prelude::*;
use reconciler::statement::{
    Encoding, Feed, Format, Hints, Identifier, Item, Precision, Refusal, RowError, RowRule,
    Statement, StatementLine, Summary, TotalsCheck, layout::Column, read,
};
use std::io::Write as _;
use std::ops::ControlFlow;

#[derive(Debug)]
struct Taken {
    summary: Summary,
    lines: Vec<StatementLine>,
    errors: Vec<RowError>,
    statements: Vec<Statement>,
}

fn take_with(file: &[u8], hints: &Hints) -> Result<Taken, Refusal> {
    let (mut lines, mut errors, mut statements) = (vec![], vec![], vec![]);
    let summary = read(file, hints, &mut |item| {
        match item {
            Item::Line(line) => lines.push(line),
            Item::Error(error) => errors.push(error),
            Item::Statement(statement) => statements.push(statement),
        }
        ControlFlow::Continue(())
    })?;
    assert_eq!(summary.lines, lines.len() as u64);
    assert_eq!(summary.errors, errors.len() as u64);
    assert_eq!(summary.statements, statements.len() as u64);
    Ok(Taken {
        summary,
        lines,
        errors,
        statements,
    })
}

fn take(file: &[u8]) -> Taken {
    take_with(file, &Hints::default()).unwrap()
}

fn data(name: &str) -> Vec<u8> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/data/statements");
    std::fs::read(format!("{folder}/{name}")).unwrap()
}

fn dong(amount: i64) -> Vnd {
    Vnd::new(amount).unwrap()
}

/// (number, day or moment in Vietnam, signed amount, balance, reference, memo)
type Row<'a> = (u64, &'a str, i64, Option<i64>, Option<&'a str>, &'a str);

fn rows(taken: &Taken) -> Vec<(u64, String, i64, Option<i64>, Option<&str>, &str)> {
    taken
        .lines
        .iter()
        .map(|line| {
            let local = line.booked.at.vietnam_local();
            let when = match line.booked.precision {
                Precision::Day => local[..10].to_owned(),
                Precision::Second => local,
            };
            (
                line.number,
                when,
                line.signed_amount().get(),
                line.balance_after.map(Vnd::get),
                line.bank_reference.as_deref(),
                line.memo.as_str(),
            )
        })
        .collect()
}

fn assert_rows(taken: &Taken, expected: &[Row<'_>]) {
    let expected: Vec<_> = expected
        .iter()
        .map(|(n, at, amount, balance, reference, memo)| {
            (*n, (*at).to_owned(), *amount, *balance, *reference, *memo)
        })
        .collect();
    assert_eq!(rows(taken), expected);
}

#[test]
fn vietcombank_with_its_sign_in_a_column_without_a_header() {
    let taken = take(&data("vietcombank.csv"));
    assert_eq!(
        (taken.summary.format, taken.summary.layout),
        (Format::Csv, "vietcombank")
    );
    assert_rows(
        &taken,
        &[
            (
                6,
                "2025-11-01",
                79_000,
                None,
                Some("5209 - 33719"),
                "MBVCB.3278907687.QH234567895V nop phi.CT tu 0011",
            ),
            (
                7,
                "2025-11-01",
                1_500_000,
                None,
                Some("5209 - 33720"),
                "Nguyen Van A chuyen tien",
            ),
            (
                8,
                "2025-11-03",
                -11_000,
                None,
                Some("5211 - 00012"),
                "Phi quan ly tai khoan",
            ),
        ],
    );
    assert!(
        taken
            .lines
            .iter()
            .all(|line| line.account_number == "0011001234567")
    );
    assert_eq!(taken.errors, []);
    let [statement] = &taken.statements[..] else {
        panic!()
    };
    let (from, to) = statement.days().unwrap();
    assert_eq!(
        (from.to_string().as_str(), to.to_string().as_str()),
        ("2025-11-01", "2025-11-03")
    );
    assert_eq!(statement.check(), TotalsCheck::Unknown);
}

#[test]
fn techcombank_newest_first_with_negative_debits_and_fees_beside_them() {
    let taken = take(&data("techcombank.csv"));
    assert_eq!(taken.summary.layout, "techcombank");
    assert_rows(
        &taken,
        &[
            (
                14,
                "2025-11-03",
                -5_500,
                Some(1_143_500),
                Some("FT25307111222\\BNK"),
                "Phi dich vu",
            ),
            (
                15,
                "2025-11-03",
                -200_000,
                Some(1_149_000),
                Some("FT25307000333"),
                "Rut tien",
            ),
            (
                16,
                "2025-11-03",
                79_000,
                Some(1_349_000),
                Some("FT25307000222"),
                "QH234567895V nop phi",
            ),
            (
                17,
                "2025-11-01",
                270_000,
                Some(1_270_000),
                Some("FT25305000111"),
                "Thanh toan",
            ),
        ],
    );
    assert_eq!(
        taken.lines[2].counterparty_name.as_deref(),
        Some("NGUYEN VAN A")
    );
    assert_eq!(
        taken.lines[2].counterparty_account.as_deref(),
        Some("0381000123456")
    );
    let statement = &taken.statements[0];
    assert_eq!(
        (statement.opening, statement.closing),
        (Some(dong(1_000_000)), Some(dong(1_143_500)))
    );
    assert_eq!(statement.check(), TotalsCheck::Holds);
    assert!(statement.is_complete());
}

#[test]
fn bidv_with_opening_and_closing_balances_around_the_table() {
    let taken = take(&data("bidv-b.csv"));
    assert_eq!(taken.summary.layout, "bidv-b");
    assert_rows(
        &taken,
        &[
            (
                4,
                "2025-11-03",
                79_000,
                Some(10_079_000),
                Some("TF-001"),
                "QH234567895V nop phi",
            ),
            (
                5,
                "2025-11-03",
                -1_079_000,
                Some(9_000_000),
                Some("TF-002"),
                "Chuyen tien",
            ),
        ],
    );
    let statement = &taken.statements[0];
    assert_eq!(statement.opening, Some(dong(10_000_000)));
    assert_eq!(statement.closing, Some(dong(9_000_000)));
    assert!(statement.is_complete());
}

#[test]
fn rows_that_cannot_be_read_are_errors_with_their_lines_and_the_others_are_still_read() {
    let taken = take(&data("seq-no.csv"));
    assert_eq!(taken.summary.layout, "seq-no");
    assert_rows(
        &taken,
        &[
            (
                3,
                "2025-11-03",
                79_000,
                Some(1_079_000),
                Some("0200970405110314"),
                "QH2345 67895V nop phi chung thuc cua ong Tran Van Vi Du",
            ),
            (
                7,
                "2025-11-04",
                -1_100,
                Some(1_077_900),
                Some("2"),
                "Thu phi",
            ),
        ],
    );
    assert_eq!(taken.lines[0].value_date.unwrap().to_string(), "2025-11-04");
    let errors: Vec<_> = taken
        .errors
        .iter()
        .map(|error| (error.number, error.rule, error.found.as_str()))
        .collect();
    assert_eq!(
        errors,
        [
            (8, RowRule::NotADate, "32/11/2025"),
            (9, RowRule::NotAnAmount, "1,00,0"),
            (10, RowRule::NoAmount, ""),
        ]
    );
    let statement = &taken.statements[0];
    assert_eq!(statement.errors, 3);
    assert!(!statement.is_complete());
}

#[test]
fn exports_of_aggregators_are_their_members_as_columns() {
    let taken = take(&data("sepay.csv"));
    assert_eq!(taken.summary.layout, "sepay");
    assert_rows(
        &taken,
        &[
            (
                2,
                "2025-11-03 14:02:37",
                79_000,
                Some(1_079_000),
                Some("FT25307111"),
                "QH234567895V nop phi",
            ),
            // Zero means that the bank does not say.
            (
                3,
                "2025-11-03 14:05:00",
                50_000,
                None,
                Some("FT25307112"),
                "chuyen khoan",
            ),
            (
                4,
                "2025-11-03 15:00:00",
                -20_000,
                Some(1_109_000),
                Some("FT25307113"),
                "rut tien",
            ),
        ],
    );
    assert_eq!(
        taken.lines[0].memo_full.as_deref(),
        Some("BankAPINotify QH234567895V nop phi")
    );
    let taken = take(&data("casso.csv"));
    assert_eq!(taken.summary.layout, "casso");
    assert_rows(
        &taken,
        &[
            (
                2,
                "2025-11-03 14:02:37",
                79_000,
                Some(1_079_000),
                Some("FT1"),
                "QH234567895V nop phi",
            ),
            (
                3,
                "2025-11-03 15:00:00",
                -20_000,
                Some(1_059_000),
                Some("FT2"),
                "rut tien",
            ),
        ],
    );
    assert!(taken.statements[0].is_complete());
}

#[test]
fn mt940_over_two_messages_is_one_statement() {
    let taken = take(&data("mt940.txt"));
    assert_eq!(taken.summary.format, Format::Mt940);
    assert_rows(
        &taken,
        &[
            (
                6,
                "2025-11-03",
                79_000,
                None,
                Some("FT25307111222"),
                "0200970405110314023720257XXX.QH234567895V NOP PHI CHUNG THUC CUA  ONG TRAN VAN VI DU",
            ),
            (
                10,
                "2025-11-04",
                -11_000,
                None,
                Some("5211.00012"),
                "PHI QUAN LY TAI KHOAN",
            ),
            // A credit taken back.
            (
                19,
                "2025-11-03",
                -68_000,
                None,
                Some("FT25307111333"),
                "HOAN TRA",
            ),
        ],
    );
    assert_eq!(taken.lines[1].value_date.unwrap().to_string(), "2025-11-03");
    let [statement] = &taken.statements[..] else {
        panic!()
    };
    assert_eq!(
        (statement.opening, statement.closing),
        (Some(dong(1_000_000)), Some(dong(1_000_000)))
    );
    assert!(statement.is_complete());
}

#[test]
fn camt_053_gives_the_transactions_of_a_batch_and_leaves_out_what_is_not_booked() {
    let taken = take(&data("camt053.xml"));
    assert_eq!(taken.summary.format, Format::Camt053);
    assert_eq!(taken.summary.pending, 1);
    assert_rows(
        &taken,
        &[
            (
                11,
                "2025-11-03 14:02:37",
                79_000,
                None,
                Some("FT25307111222"),
                "QH234567895V nop phi & le phi",
            ),
            (21, "2025-11-03", 60_000, None, Some("B-1"), "dong 1"),
            (21, "2025-11-03", 40_000, None, Some("B-2"), "dong 2"),
            (29, "2025-11-03", -11_000, None, None, "Phi quan ly"),
        ],
    );
    assert_eq!(
        taken.lines[0].counterparty_name.as_deref(),
        Some("TRẦN THỊ VÍ DỤ")
    );
    assert_eq!(
        taken.lines[0].counterparty_account.as_deref(),
        Some("0381000123456")
    );
    let statement = &taken.statements[0];
    let (from, to) = statement.days().unwrap();
    assert_eq!(
        (from.to_string().as_str(), to.to_string().as_str()),
        ("2025-11-03", "2025-11-03")
    );
    assert!(statement.is_complete());
}

#[test]
fn camt_054_reads_and_another_currency_is_an_error_of_its_entry() {
    let taken = take(&data("camt054.xml"));
    assert_eq!(taken.summary.format, Format::Camt054);
    assert_rows(
        &taken,
        &[(
            2,
            "2025-11-03",
            79_000,
            None,
            Some("FT1"),
            "QH234567895V <nop> phi",
        )],
    );
    assert_eq!(taken.errors[0].rule, RowRule::OtherCurrency);
}

#[test]
fn the_parts_of_a_batch_that_do_not_add_up_are_an_error_and_not_money() {
    let text = String::from_utf8(data("camt053.xml")).unwrap();
    let taken = take(
        text.replace(
            "<Amt Ccy=\"VND\">60000</Amt>",
            "<Amt Ccy=\"VND\">60001</Amt>",
        )
        .as_bytes(),
    );
    assert_eq!(taken.errors[0].rule, RowRule::PartsDiffer);
    assert_eq!(taken.errors[0].number, 21);
    assert_eq!(taken.lines.len(), 2);
}

#[test]
fn each_encoding_of_a_file_gives_the_same_lines_with_the_same_ids() {
    let text = String::from_utf8(data("bidv-b.csv")).unwrap();
    let ids = |file: &[u8]| {
        let taken = take(file);
        let mut identifier = Identifier::default();
        let ids: Vec<_> = taken
            .lines
            .iter()
            .map(|line| identifier.identify(line))
            .collect();
        (
            Feed::of(&taken.summary),
            ids,
            taken.lines,
            taken.summary.encoding,
        )
    };
    let (feed, expected, lines, encoding) = ids(text.as_bytes());
    assert_eq!(encoding, Encoding::Utf8);
    let mut utf16 = vec![0xFF, 0xFE];
    utf16.extend(text.encode_utf16().flat_map(u16::to_le_bytes));
    // "Ngày" in TCVN3, and so on: the header and title words of this file.
    let tcvn3: Vec<u8> = text.chars().map(tcvn3).collect();
    for (file, told) in [(utf16, Encoding::Utf16Le), (tcvn3, Encoding::Tcvn3)] {
        let (same_feed, same, same_lines, encoding) = ids(&file);
        assert_eq!(encoding, told);
        assert_eq!(
            (same_feed, same, same_lines),
            (feed.clone(), expected.clone(), lines.clone())
        );
    }
}

/// The letters that stand in the file, by TCVN 5712:1993.
fn tcvn3(c: char) -> u8 {
    match c {
        'ố' => 0xE8,
        'à' => 0xB5,
        'ả' => 0xB6,
        'ư' => 0xAD,
        'đ' => 0xAE,
        'ầ' => 0xC7,
        'ỳ' => 0xFA,
        'ộ' => 0xE9,
        'ô' => 0xAB,
        'ợ' => 0xEE,
        'ó' => 0xE3,
        'ế' => 0xD5,
        'á' => 0xB8,
        'ã' => 0xB7,
        'ị' => 0xDE,
        'ệ' => 0xD6,
        'ê' => 0xAA,
        'ú' => 0xF3,
        'ỗ' => 0xE7,
        'ơ' => 0xAC,
        'ạ' => 0xB9,
        'ứ' => 0xF8,
        'ấ' => 0xCA,
        'â' => 0xA9,
        'ờ' => 0xEA,
        'ọ' => 0xE4,
        'ì' => 0xD7,
        'í' => 0xDD,
        _ if c.is_ascii() => u8::try_from(u32::from(c)).unwrap(),
        _ => panic!("{c}"),
    }
}

#[test]
fn the_same_line_twice_in_a_file_is_two_lines_and_twice_imported_is_one() {
    let text = "accountNumber,transactionDate,transferType,transferAmount,content,referenceCode\n\
        0011001234567,2025-11-03 08:00:00,in,50000,nop tien,\n\
        0011001234567,2025-11-03 08:00:00,in,50000,nop tien,\n";
    let ids = || {
        let mut identifier = Identifier::default();
        take(text.as_bytes())
            .lines
            .iter()
            .map(|line| identifier.identify(line))
            .collect::<Vec<_>>()
    };
    let first = ids();
    assert_ne!(first[0], first[1]);
    assert_eq!(first, ids());
}

#[test]
fn swapped_columns_are_noticed_by_the_running_balance() {
    let text = String::from_utf8(data("bidv-b.csv"))
        .unwrap()
        .replace("Phát sinh Nợ;Phát sinh Có", "Phát sinh Có;Phát sinh Nợ");
    let more = "3;04/11/2025;TF-003;Nop;;5.000;9.005.000\n4;04/11/2025;TF-004;Nop;;5.000;9.010.000\n;;;Cộng";
    assert_eq!(
        take_with(
            text.replacen(";;;Cộng", more, 1).as_bytes(),
            &Hints::default()
        )
        .unwrap_err(),
        Refusal::ColumnsSwapped
    );
}

#[test]
fn a_missing_row_breaks_the_running_balance_and_the_sum() {
    let text = String::from_utf8(data("bidv-b.csv")).unwrap();
    let without: String = text
        .lines()
        .filter(|line| !line.contains("TF-001"))
        .map(|line| line.to_owned() + "\n")
        .collect();
    let taken = take(without.as_bytes());
    assert_eq!(
        taken.statements[0].check(),
        TotalsCheck::Differs(dong(79_000))
    );
    assert!(!taken.statements[0].is_complete());
}

#[test]
fn the_account_can_be_told_and_must_agree() {
    let table = "Ngày giao dịch;Ghi có;Nội dung\n03/11/2025;79.000;nop phi\n";
    assert_eq!(
        take_with(table.as_bytes(), &Hints::default()).unwrap_err(),
        Refusal::NoAccount
    );
    let hints = Hints {
        account_number: Some("0011001234567".into()),
        ..Hints::default()
    };
    assert_eq!(
        take_with(table.as_bytes(), &hints).unwrap().lines[0].account_number,
        "0011001234567"
    );
    assert_eq!(
        take_with(&data("bidv-b.csv"), &hints).unwrap_err(),
        Refusal::OtherAccount
    );
    assert_eq!(
        take_with(&data("techcombank.csv"), &hints).unwrap_err(),
        Refusal::OtherAccount
    );
    let other = Hints {
        account_number: Some("0000123490000".into()),
        ..Hints::default()
    };
    assert!(
        take_with(&data("sepay.csv"), &other)
            .unwrap()
            .errors
            .iter()
            .all(|error| error.rule == RowRule::OtherAccount)
    );
}

#[test]
fn a_header_that_is_not_known_can_be_told() {
    let table = "Hôm nào;Bao nhiêu;Nội dung\n03/11/2025;79.000;nop phi\n";
    let mut hints = Hints {
        account_number: Some("0011001234567".into()),
        ..Hints::default()
    };
    assert_eq!(
        take_with(table.as_bytes(), &hints).unwrap_err(),
        Refusal::NoHeader
    );
    hints.columns = vec![
        ("hôm nào".into(), Column::Booked),
        ("Bao nhiêu".into(), Column::Credit),
    ];
    let taken = take_with(table.as_bytes(), &hints).unwrap();
    assert_eq!(taken.lines[0].amount, dong(79_000));
    assert_eq!(taken.lines[0].direction, Direction::Credit);
}

#[test]
fn what_is_no_statement_is_refused_with_a_reason() {
    for (file, refusal) in [
        (&b""[..], Refusal::Empty),
        (b"   \n\n", Refusal::Empty),
        (b"%PDF-1.7 ...", Refusal::Pdf),
        (
            &[0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1],
            Refusal::OldWorkbook,
        ),
        (b"PK\x03\x04 not a zip", Refusal::BrokenWorkbook),
        (b"hello, world\n", Refusal::NoHeader),
        (b"<html><body>login</body></html>", Refusal::OtherXml),
        (
            b"<!DOCTYPE a [<!ENTITY b \"c\">]><Document>BkToCstmrStmt</Document>",
            Refusal::XmlDoctype,
        ),
    ] {
        assert_eq!(
            take_with(file, &Hints::default()).unwrap_err(),
            refusal,
            "{file:?}"
        );
    }
}

#[test]
fn entities_depth_and_endless_text_in_camt_are_refused() {
    let text = String::from_utf8(data("camt053.xml")).unwrap();
    let refused = |text: String| take_with(text.as_bytes(), &Hints::default()).unwrap_err();
    assert_eq!(
        refused(text.replace("nop phi", "&lol;")),
        Refusal::XmlDoctype
    );
    // Behind the part that is looked at first.
    let late = text.replace(
        "<Sts><Cd>BOOK",
        &format!("{}<!DOCTYPE a><Sts><Cd>BOOK", "<!-- -->".repeat(20_000)),
    );
    assert_eq!(refused(late), Refusal::XmlDoctype);
    assert_eq!(
        refused(text.replace("<NtryDtls>", &"<a>".repeat(64))),
        Refusal::XmlTooDeep
    );
    assert_eq!(
        refused(text.replace("nop phi", &"x".repeat(10_000))),
        Refusal::CellTooLong
    );
    assert_eq!(
        refused(text.replace("nop phi", &"x".repeat(3_000_000))),
        Refusal::CellTooLong
    );
    assert_eq!(refused(text.replace("</Document>", "")), Refusal::BrokenXml);
    assert_eq!(
        refused(text.replace("</Ntry>", "</Oops>")),
        Refusal::BrokenXml
    );
}

#[test]
fn a_quote_that_is_never_closed_and_too_many_rows_are_refused() {
    let mut open = String::from(
        "Số tài khoản: 0011001234567\nNgày giao dịch,Ghi có,Nội dung\n03/11/2025,1000,\"",
    );
    open.push_str(&"x,y\n".repeat(200_000));
    assert_eq!(
        take_with(open.as_bytes(), &Hints::default()).unwrap_err(),
        Refusal::CellTooLong
    );
    let mut many = String::from("Số tài khoản: 0011001234567\nNgày giao dịch,Ghi có,Nội dung\n");
    many.push_str(&"03/11/2025,1000,a\n".repeat(250_001));
    assert_eq!(
        take_with(many.as_bytes(), &Hints::default()).unwrap_err(),
        Refusal::TooManyRows
    );
    let wide = format!(
        "Số tài khoản: 0011001234567\nNgày giao dịch,Ghi có,Nội dung\n03/11/2025,1000,a{}\n",
        ",x".repeat(100)
    );
    assert_eq!(
        take_with(wide.as_bytes(), &Hints::default()).unwrap_err(),
        Refusal::TooManyCells
    );
}

// Workbooks.

const RELATIONS: &str = r#"<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" Target="worksheets/sheet1.xml"/><Relationship Id="r2" Target="/xl/worksheets/sheet2.xml"/></Relationships>"#;
const WORKBOOK: &str = r#"<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="Bìa" sheetId="1" r:id="r1"/><sheet name="Sao kê" sheetId="2" r:id="r2"/></sheets></workbook>"#;
const STYLES: &str = r#"<styleSheet><numFmts count="1"><numFmt numFmtId="170" formatCode="dd/mm/yyyy\ hh:mm:ss"/></numFmts><cellXfs count="3"><xf numFmtId="0"/><xf numFmtId="170"/><xf numFmtId="3"/></cellXfs></styleSheet>"#;
const COVER: &str = r#"<worksheet><sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>Trang bìa</t></is></c></row></sheetData></worksheet>"#;
const STRINGS: &str = "<sst uniqueCount=\"999999999999\"><si><t>Số tài khoản: 21510001234567</t></si><si><t>Ngày GD</t></si><si><t>Số tham chiếu</t></si><si><r><t>Mô tả</t></r><r><t xml:space=\"preserve\"> giao dịch</t></r><rPh><t>xx</t></rPh></si><si><t>Phát sinh Nợ</t></si><si><t>Phát sinh Có</t></si><si><t>Số dư</t></si><si><t>QH234567895V nop &lt;phi&gt;</t></si></sst>";
const SHEET: &str = r#"<worksheet><sheetData>
<row r="1"><c r="A1" t="s"><v>0</v></c></row>
<row r="4"><c r="A4" t="s"><v>1</v></c><c r="B4" t="s"><v>2</v></c><c r="C4" t="s"><v>3</v></c><c r="E4" t="s"><v>4</v></c><c r="F4" t="s"><v>5</v></c><c r="G4" t="s"><v>6</v></c></row>
<row r="5"><c r="A5" s="1"><v>45964.585150463</v></c><c r="B5" t="str"><v>TF-001</v></c><c r="C5" t="s"><v>7</v></c><c r="F5" s="2"><v>79000</v></c><c r="G5"><v>10079000</v></c></row>
<row r="6"><c r="A6" t="inlineStr"><is><t>03/11/2025</t></is></c><c r="B6" t="str"><v>TF-002</v></c><c r="E6" t="str"><v>1.079.000</v></c><c r="G6"><v>9000000</v></c></row>
<row r="7"><c r="A7" s="1"><v>45964</v></c><c r="B7" t="str"><v>TF-003</v></c><c r="F7"><v>150.125</v></c><c r="G7"><v>9000150</v></c></row>
</sheetData></worksheet>"#;

fn workbook(parts: &[(&str, &str)]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default()
        .compression_method(zip::CompressionMethod::Deflated);
    for (name, text) in parts {
        writer.start_file(*name, options).unwrap();
        writer.write_all(text.as_bytes()).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

fn ordinary<'a>(sheet: &'a str, strings: &'a str) -> [(&'a str, &'a str); 6] {
    [
        ("xl/workbook.xml", WORKBOOK),
        ("xl/_rels/workbook.xml.rels", RELATIONS),
        ("xl/styles.xml", STYLES),
        ("xl/sharedStrings.xml", strings),
        ("xl/worksheets/sheet1.xml", COVER),
        ("xl/worksheets/sheet2.xml", sheet),
    ]
}

#[test]
fn a_workbook_gives_the_same_feed_as_its_csv_with_dates_numbers_and_rich_text_read() {
    let taken = take(&workbook(&ordinary(SHEET, STRINGS)));
    assert_eq!(
        (taken.summary.format, taken.summary.layout),
        (Format::Xlsx, "bidv-b")
    );
    assert_eq!(Feed::of(&taken.summary).as_str(), "statement:bidv-b:r:b");
    assert_eq!(
        Feed::of(&take(&data("bidv-b.csv")).summary).as_str(),
        "statement:bidv-b:r:b"
    );
    assert_rows(
        &taken,
        &[
            (
                5,
                "2025-11-03 14:02:37",
                79_000,
                Some(10_079_000),
                Some("TF-001"),
                "QH234567895V nop <phi>",
            ),
            (
                6,
                "2025-11-03",
                -1_079_000,
                Some(9_000_000),
                Some("TF-002"),
                "",
            ),
        ],
    );
    // A number cell of 150.125 is no 150,125 đồng.
    assert_eq!(
        taken
            .errors
            .iter()
            .map(|e| (e.number, e.rule))
            .collect::<Vec<_>>(),
        [(7, RowRule::FractionOfDong)]
    );
}

#[test]
fn bombs_in_workbooks_are_refused() {
    let refused = |file: &[u8]| take_with(file, &Hints::default()).unwrap_err();
    let zeros = "0".repeat(20 * 1024 * 1024);
    assert_eq!(
        refused(&workbook(&ordinary(&zeros, STRINGS))),
        Refusal::CompressionBomb
    );
    let many: Vec<(String, &str)> = (0..300).map(|n| (format!("xl/{n}.xml"), "")).collect();
    let many: Vec<(&str, &str)> = many
        .iter()
        .map(|(name, text)| (name.as_str(), *text))
        .collect();
    assert_eq!(refused(&workbook(&many)), Refusal::CompressionBomb);
    let entity = SHEET.replace("<worksheet>", "<!DOCTYPE w [<!ENTITY a \"b\">]><worksheet>");
    assert_eq!(
        refused(&workbook(&ordinary(&entity, STRINGS))),
        Refusal::XmlDoctype
    );
    let deep = SHEET.replace("<sheetData>", &"<x>".repeat(40));
    assert_eq!(
        refused(&workbook(&ordinary(&deep, STRINGS))),
        Refusal::XmlTooDeep
    );
    let far = SHEET.replace("r=\"A5\"", "r=\"ZZZZZZZZ5\"");
    assert_eq!(
        refused(&workbook(&ordinary(&far, STRINGS))),
        Refusal::BrokenWorkbook
    );
    assert_eq!(
        refused(&workbook(&[("xl/workbook.xml", WORKBOOK)])),
        Refusal::BrokenWorkbook
    );
    // A part that says it is small and unpacks to more.
    let mut lying = workbook(&ordinary(SHEET, STRINGS));
    let size = u32::try_from(SHEET.len()).unwrap().to_le_bytes();
    while let Some(at) = lying.windows(4).position(|four| four == size) {
        lying[at..at + 4].copy_from_slice(&7u32.to_le_bytes());
    }
    assert!(take_with(&lying, &Hints::default()).is_err());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_damage_to_a_file_makes_the_reader_panic(
        which in 0usize..9, cuts in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..12), length in any::<prop::sample::Index>()
    ) {
        let mut file = match which {
            0 => data("vietcombank.csv"), 1 => data("techcombank.csv"), 2 => data("bidv-b.csv"), 3 => data("seq-no.csv"),
            4 => data("sepay.csv"), 5 => data("mt940.txt"), 6 => data("camt053.xml"), 7 => data("camt054.xml"),
            _ => workbook(&ordinary(SHEET, STRINGS)),
        };
        for (at, byte) in cuts {
            let at = at.index(file.len());
            file[at] = byte;
        }
        file.truncate(length.index(file.len()).max(file.len() / 2));
        if let Ok(taken) = take_with(&file, &Hints::default()) {
            for line in &taken.lines {
                prop_assert!(line.amount.is_positive());
            }
        }
    }

    #[test]
    fn no_bytes_make_the_reader_panic(file in prop::collection::vec(any::<u8>(), 0..2_000)) {
        let _ = take_with(&file, &Hints { account_number: Some("0011001234567".into()), ..Hints::default() });
    }

    #[test]
    fn whatever_is_written_into_a_table_is_read_back_and_adds_up(
        amounts in prop::collection::vec((1i64..90_000_000, any::<bool>()), 1..40), descending: bool
    ) {
        let mut balance = 5_000_000_000i64;
        let mut rows = Vec::new();
        for (index, (amount, credit)) in amounts.iter().enumerate() {
            balance += if *credit { *amount } else { -*amount };
            let (debit, has) = if *credit { (String::new(), amount.to_string()) } else { (amount.to_string(), String::new()) };
            rows.push(format!("{:02}/11/2025;R{index};{debit};{has};{balance};memo {index}\n", 1 + index / 4));
        }
        if descending {
            rows.reverse();
        }
        let text = format!("Số tài khoản: 0011001234567\nNgày giao dịch;Số tham chiếu;Ghi nợ;Ghi có;Số dư;Nội dung\n{}", rows.concat());
        let taken = take(text.as_bytes());
        prop_assert_eq!(taken.lines.len(), amounts.len());
        prop_assert_eq!(&taken.errors, &vec![]);
        prop_assert_eq!(taken.statements[0].breaks, 0);
        let sum: i64 = taken.lines.iter().map(|line| line.signed_amount().get()).sum();
        prop_assert_eq!(sum, balance - 5_000_000_000);
        if sum != 0 {
            prop_assert_eq!(taken.statements[0].check(), TotalsCheck::Holds);
            prop_assert_eq!(taken.statements[0].opening, Some(dong(5_000_000_000)));
        }
    }
}
