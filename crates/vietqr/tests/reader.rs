//! Rules of the reader that no collected payload shows, one small payload each.

#![allow(clippy::unwrap_used, reason = "a helper of a test may fail the test")]

use money::Vnd;
use vietqr::{Decoded, Language, Severity, decode};

const ACCOUNT: &str = "38560010A0000007270126000697041501121133666688880208QRIBFTTA";

/// A payload of these objects, between 00 and a right check.
fn sealed(objects: &[&str]) -> String {
    let mut text = String::from("000201");
    text.extend(objects.iter().copied());
    text.push_str("6304");
    let check = vietqr::crc::digits(vietqr::crc::checksum(&text));
    text.extend(check);
    text
}

/// An object with its length in characters.
fn object(tag: &str, value: &str) -> String {
    format!("{tag}{:02}{value}", value.chars().count())
}

fn read(objects: &[&str]) -> Decoded {
    decode(&sealed(objects))
}

fn issues(decoded: &Decoded) -> Vec<String> {
    decoded
        .problems()
        .iter()
        .map(|problem| problem.issue())
        .collect()
}

/// What is said of a transfer with `extra` objects; the plain transfer has no issue.
fn with(extra: &[&str]) -> Vec<String> {
    let objects = [
        &["010212", ACCOUNT, "5303704", "540579000", "5802VN"],
        extra,
    ]
    .concat();
    issues(&read(&objects))
}

#[test]
fn a_plain_transfer_has_no_issue() {
    assert!(with(&[]).is_empty());
}

#[test]
fn our_identifier_in_lower_case_is_understood_and_reported() {
    let account = ACCOUNT.replace("A000", "a000");
    let decoded = read(&["010211", &account, "5303704", "5802VN"]);
    assert_eq!(issues(&decoded), ["STRICT:BAD_VALUE:38.00"]);
    assert_eq!(decoded.payable().unwrap().account, "113366668888");
}

#[test]
fn an_account_under_another_id_is_understood_and_reported() {
    let account = ACCOUNT.replacen("38", "39", 1);
    let decoded = read(&["010211", &account, "5303704", "5802VN"]);
    assert_eq!(issues(&decoded), ["WARN:VIETQR_OUTSIDE_38"]);
    assert_eq!(decoded.payable().unwrap().account, "113366668888");
}

#[test]
fn a_second_account_that_is_broken_still_refuses_the_code() {
    let broken = object("39", "0010A00000072701991");
    let decoded = read(&["010211", ACCOUNT, &broken, "5303704", "5802VN"]);
    assert!(issues(&decoded).contains(&"NESTED_MALFORMED:39".to_owned()));
    assert_eq!(decoded.payable(), None);
}

#[test]
fn a_beneficiary_needs_its_bank_and_its_account() {
    let account = |inside: &str| {
        let beneficiary = object("01", inside);
        object("38", &format!("0010A000000727{beneficiary}0208QRIBFTTA"))
    };
    let said = |inside: &str| issues(&read(&["010211", &account(inside), "5303704", "5802VN"]));
    assert_eq!(said("0006970415"), ["MISSING:38.01.01"]);
    assert_eq!(said("0101123"), ["NESTED_MALFORMED:38.01"]);
    assert_eq!(said("01011"), ["MISSING:38.01.00"]);
    assert_eq!(said("0006970415010212021x"), ["NESTED_MALFORMED:38.01"]);
    assert!(said("0006970415010212").is_empty());
    assert_eq!(said("00069704150102120201x"), ["STRICT:UNKNOWN:38.01.02"]);
    assert_eq!(said("000697041501031-2"), ["BAD_VALUE:38.01.01"]);
    assert_eq!(said("000697041501011000697041"), ["NESTED_MALFORMED:38.01"]);
    assert_eq!(said("0006970415010120006970436"), ["DUPLICATE:38.01.00"]);
    let none = object("38", "0010A0000007270208QRIBFTTA");
    assert_eq!(
        issues(&read(&["010211", &none, "5303704", "5802VN"])),
        ["MISSING:38.01"]
    );
}

#[test]
fn a_withdrawal_code_is_reported_when_reusable_and_never_payable() {
    let account = ACCOUNT
        .replace("3856", "3854")
        .replace("0208QRIBFTTA", "0206QRCASH");
    let decoded = read(&[
        "010211", &account, "52046011", "5303704", "5802VN", "5901A", "6001B",
    ]);
    assert_eq!(issues(&decoded), ["WARN:QRCASH_STATIC"]);
    assert!(decoded.is_valid());
    assert_eq!(decoded.payable(), None);
}

#[test]
fn an_amount_with_zeros_in_front_is_read_and_reported() {
    let decoded = read(&["010212", ACCOUNT, "5303704", "5406079000", "5802VN"]);
    assert_eq!(issues(&decoded), ["WARN:LEADING_ZEROS:54"]);
    assert_eq!(decoded.payable().unwrap().amount, Vnd::new(79_000).ok());
}

#[test]
fn zero_decimals_are_read_and_reported() {
    let decoded = read(&["010212", ACCOUNT, "5303704", "540879000.00", "5802VN"]);
    assert_eq!(issues(&decoded), ["STRICT:BAD_VALUE:54"]);
    assert_eq!(decoded.payable().unwrap().amount, Vnd::new(79_000).ok());
}

#[test]
fn another_currency_is_never_taken_for_dong() {
    let decoded = read(&["010212", ACCOUNT, "5303840", "540579000", "5802VN"]);
    assert!(decoded.is_valid());
    assert_eq!(decoded.payable(), None);
}

#[test]
fn fees_must_agree_and_be_in_range() {
    assert_eq!(with(&["56045000"]), ["BAD_VALUE:55/56/57"]);
    assert_eq!(with(&["550201", "57015"]), ["BAD_VALUE:55/56/57"]);
    assert_eq!(with(&["550202", "56010"]), ["BAD_VALUE:56"]);
    assert_eq!(with(&["550203"]), ["BAD_VALUE:55/56/57"]);
    assert_eq!(with(&["550203", "5703100"]), ["BAD_VALUE:57"]);
    assert_eq!(with(&["550203", "57060.0005"]), ["TOO_LONG:57"]);
    assert_eq!(with(&["550204"]), ["BAD_VALUE:55"]);
    assert!(with(&["550201"]).is_empty());
}

#[test]
fn texts_over_their_limit_are_strict_findings() {
    let twenty_six = "x".repeat(26);
    for (tag, path) in [("59", "59"), ("60", "60"), ("61", "61")] {
        assert_eq!(
            with(&[&object(tag, &twenty_six)]),
            [format!("STRICT:TOO_LONG:{path}")]
        );
    }
    for tag in ["01", "07", "08", "10"] {
        let additional = object("62", &object(tag, &twenty_six));
        assert_eq!(with(&[&additional]), [format!("STRICT:TOO_LONG:62.{tag}")]);
    }
    let language = object("64", &format!("0002vi{}", object("01", &twenty_six)));
    assert_eq!(with(&[&language]), ["STRICT:TOO_LONG:64.01"]);
}

#[test]
fn a_request_for_consumer_data_is_reported_once() {
    assert_eq!(with(&["62050901X"]), ["STRICT:BAD_VALUE:62.09"]);
    assert_eq!(with(&["62080904AMEA"]), ["STRICT:TOO_LONG:62.09"]);
}

#[test]
fn a_control_character_in_a_memo_is_a_charset_finding() {
    assert_eq!(with(&["62070803a\u{7}b"]), ["CHARSET:62.08"]);
    assert_eq!(with(&["62070803a\u{202E}b"]), ["CHARSET:62.08"]);
}

#[test]
fn decomposed_text_is_reported_beside_its_characters() {
    // "Hà" with a combining grave accent: three characters.
    assert_eq!(
        with(&["62070803Ha\u{300}"]),
        ["CHARSET:62.08", "NOT_NFC:62.08"]
    );
}

#[test]
fn objects_reserved_by_emvco_are_kept_and_reported() {
    for reserved in ["6502ab", "62061202ab", "64180002vi0102ab0302ab"] {
        assert_eq!(with(&[reserved]), ["WARN:RFU_PRESENT"], "{reserved}");
    }
}

#[test]
fn an_opaque_template_of_another_party_is_a_strict_finding() {
    assert_eq!(with(&["80020x"]), ["STRICT:NOT_TEMPLATE:80"]);
    assert_eq!(with(&["80050101x"]), ["STRICT:NOT_TEMPLATE:80"]);
    assert_eq!(with(&["62065002ab"]), ["STRICT:NOT_TEMPLATE:62.50"]);
    assert_eq!(with(&["620950050101x"]), ["STRICT:NOT_TEMPLATE:62.50"]);
}

#[test]
fn a_payload_over_512_characters_is_reported() {
    let guid = "0004TEST";
    let long: Vec<String> = (80..85)
        .map(|tag| {
            object(
                &tag.to_string(),
                &format!("{guid}{}", object("01", &"x".repeat(87))),
            )
        })
        .collect();
    let long: Vec<&str> = long.iter().map(String::as_str).collect();
    assert_eq!(with(&long), ["WARN:PAYLOAD_OVER_512"]);
}

#[test]
fn utf16_counted_lengths_are_explained_as_such() {
    // "Cam on 🙏" is 8 characters and 9 UTF-16 units.
    let decoded = read(&[
        "010212",
        ACCOUNT,
        "5303704",
        "540579000",
        "5802VN",
        "62130809Cam on 🙏",
    ]);
    assert_eq!(issues(&decoded), ["UTF16_LENGTH:62"]);
    assert_eq!(decoded.fields().count(), 0);
}

#[test]
fn byte_counting_that_hides_the_check_exactly_is_explained_too() {
    // Eight extra bytes swallow `6304` and the check, so that the walk itself succeeds.
    let memo = "Lệ phí đ";
    let extra = memo.len() - memo.chars().count();
    let filler = "ê".repeat(8 - extra);
    let memo = format!("{memo}{filler}");
    assert_eq!(memo.len() - memo.chars().count(), 8);
    let inner = format!("08{:02}{memo}", memo.len());
    let outer = format!("62{:02}{inner}", inner.len());
    let decoded = read(&["010212", ACCOUNT, "5303704", "540579000", "5802VN", &outer]);
    assert_eq!(issues(&decoded), ["BYTE_LENGTH:62"]);
}

#[test]
fn the_check_must_be_there_once_and_last_with_four_characters() {
    let good = sealed(&["010211", ACCOUNT, "5303704", "5802VN"]);
    let twice = format!("{good}6304FFFF");
    assert_eq!(issues(&decode(&twice)), ["CRC_NOT_LAST", "DUPLICATE:63"]);
    let short = format!("{}6303ABC", &good[..good.len() - 8]);
    assert_eq!(issues(&decode(&short)), ["BAD_VALUE:63"]);
    let five = format!("{}6305ABCDE", &good[..good.len() - 8]);
    assert_eq!(issues(&decode(&five)), ["BAD_VALUE:63"]);
    assert_eq!(issues(&decode(&good[..good.len() - 8])), ["CRC_MISSING"]);
}

#[test]
fn white_space_is_trimmed_and_nothing_else_is() {
    let good = sealed(&["010211", ACCOUNT, "5303704", "5802VN"]);
    let decoded = decode(&format!("\t {good}\r\n"));
    assert_eq!(issues(&decoded), ["WARN:TRAILING_WHITESPACE"]);
    assert_eq!(decoded.text(), good);
    assert_eq!(decoded.objects().next().unwrap().span.start, 2);
    assert_eq!(
        issues(&decode(&format!("\u{FEFF}{good}"))),
        ["TAG_NOT_NUMERIC"]
    );
    assert_eq!(issues(&decode(&format!("{good}\u{A0}"))), ["TRAILING_DATA"]);
    assert_eq!(issues(&decode(" \n")), ["EMPTY"]);
}

#[test]
fn a_position_counts_characters_from_the_start_of_the_input() {
    let payload = format!(" 000201{}5X01a", object("59", "Phở"));
    let decoded = decode(&payload);
    let problem = decoded
        .problems()
        .iter()
        .find(|problem| problem.is_error())
        .unwrap();
    assert_eq!(problem.issue(), "TAG_NOT_NUMERIC");
    assert_eq!(problem.span().start, 14);
    assert_eq!(
        problem.sentence(Language::English),
        "At character 14 an object must begin with two digits."
    );
}

#[test]
fn a_memo_that_asks_the_payer_is_no_memo() {
    let decoded = read(&["010211", ACCOUNT, "5303704", "5802VN", "62070803***"]);
    assert!(decoded.is_valid());
    assert_eq!(decoded.payable().unwrap().purpose, None);
    assert_eq!(decoded.field("62.08"), Some("***"));
}

#[test]
fn sentences_name_the_object_the_rule_and_the_value() {
    let decoded = read(&["010212", ACCOUNT, "5303704", "540879000.50", "5802VN"]);
    let problem = &decoded.problems()[0];
    assert_eq!(problem.severity(), Severity::Error);
    assert_eq!(
        problem.sentence(Language::English),
        r#"54 (amount) must be a whole number of đồng; it is "79000.50"."#
    );
    assert_eq!(
        problem.sentence(Language::Vietnamese),
        r#"54 (số tiền) phải là số đồng nguyên, không có phần lẻ; giá trị đọc được là "79000.50"."#
    );
}

#[test]
fn a_sentence_shows_hidden_characters_of_a_foreign_value() {
    let decoded = read(&[
        "010212",
        ACCOUNT,
        "5303704",
        "54041\u{202E}\u{7}2",
        "5802VN",
    ]);
    let sentence = decoded.problems()[0].sentence(Language::English);
    assert!(sentence.contains(r"1\u{202e}\u{7}2"), "{sentence}");
}

#[test]
fn letters_that_only_look_like_ours_never_pay_anybody() {
    // Cyrillic А, full-width digits, a Greek Ο, a zero-width space.
    for (from, to) in [
        ("A000000727", "\u{410}000000727"),
        ("970415", "97\u{FF10}415"),
        ("113366668888", "11336666888\u{FF18}"),
        ("QRIBFTTA", "QRIBFTT\u{391}"),
        ("113366668888", "11336666\u{200B}8888"),
        ("970415", "97\u{41E}415"),
    ] {
        // Every length is right for what stands there.
        let number = if from == "113366668888" {
            to
        } else {
            "113366668888"
        };
        let bin = if from == "970415" { to } else { "970415" };
        let guid = if from == "A000000727" {
            to
        } else {
            "A000000727"
        };
        let service = if from == "QRIBFTTA" { to } else { "QRIBFTTA" };
        let inner = format!("{}{}", object("00", bin), object("01", number));
        let whole = format!(
            "{}{}{}",
            object("00", guid),
            object("01", &inner),
            object("02", service)
        );
        let decoded = read(&["010211", &object("38", &whole), "5303704", "5802VN"]);
        assert_eq!(decoded.payable(), None, "{from} as {to:?}");
        if from != "A000000727" {
            assert!(!decoded.is_valid(), "{from} as {to:?}");
        }
    }
}

#[test]
fn a_bank_and_an_account_in_each_other_s_place_are_not_payable() {
    let inner = format!("{}{}", object("00", "113366668888"), object("01", "970415"));
    let account = object(
        "38",
        &format!("0010A000000727{}0208QRIBFTTA", object("01", &inner)),
    );
    let decoded = read(&["010211", &account, "5303704", "5802VN"]);
    assert_eq!(issues(&decoded), ["BAD_VALUE:38.01.00"]);
    assert_eq!(decoded.payable(), None);
}
