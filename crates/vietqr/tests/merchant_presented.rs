//! The general builder: any code, and no code that breaks a rule.

#![allow(clippy::unwrap_used, reason = "a helper of a test may fail the test")]

use serde_json::Value;
use vietqr::{AcquirerBin, ConsumerAccount, MerchantPresented, Order, Path, Rule, Service, decode};

fn vectors() -> Vec<Value> {
    serde_json::from_str(include_str!("data/vectors.json")).unwrap()
}

fn path(dotted: &str) -> Path {
    Path::parse(dotted).unwrap()
}

/// A merchant code with everything that EMVCo makes mandatory.
fn merchant() -> MerchantPresented {
    let bin = AcquirerBin::parse("970415").unwrap();
    let account = ConsumerAccount::parse("113366668888").unwrap();
    MerchantPresented::new("VN", "704")
        .vietqr(bin, account, Service::Merchant)
        .merchant_category("5812")
        .merchant_name("QUAN AN")
        .merchant_city("HANOI")
}

fn refusal(code: &MerchantPresented) -> (String, Rule) {
    let error = code.encode().unwrap_err();
    (error.path().to_string(), error.rule().unwrap())
}

#[test]
fn the_fields_of_every_clean_canonical_payload_build_it_again() {
    let mut built = 0;
    for vector in vectors() {
        let issues = vector["issues"].as_array().unwrap();
        let harmless = |issue: &Value| {
            matches!(
                issue.as_str().unwrap(),
                "WARN:STATIC_WITH_AMOUNT" | "WARN:DYNAMIC_NO_AMOUNT"
            )
        };
        if vector["canonical"] != true || !issues.iter().all(harmless) {
            continue;
        }
        let fields = vector["fields"].as_object().unwrap();
        let mut code = MerchantPresented::new("", "")
            .without(path("01"))
            .allow_beyond_instant_limit();
        for (dotted, value) in fields.iter().filter(|(dotted, _)| *dotted != "63") {
            code = code.set(path(dotted), value.as_str().unwrap());
        }
        let payload = code.encode();
        assert_eq!(
            payload.unwrap().as_str(),
            vector["payload"],
            "{}",
            vector["id"]
        );
        built += 1;
    }
    assert!(built > 30, "{built} were built");
}

#[test]
fn every_valid_payload_survives_reading_editing_and_writing() {
    for vector in vectors().iter().filter(|vector| vector["valid"] == true) {
        let decoded = decode(vector["payload"].as_str().unwrap());
        for order in [Order::Canonical, Order::Preserved] {
            let code = MerchantPresented::from_decoded(&decoded, order).unwrap();
            let again = code.encode().unwrap();
            assert_eq!(
                Some(&again),
                decoded.reencode(order).as_ref(),
                "{}",
                vector["id"]
            );
            // An edit there and back leaves everything else alone.
            let edited = code
                .postal_code("10000")
                .without(path("61"))
                .encode()
                .unwrap();
            if decoded.field("61").is_none() {
                assert_eq!(edited, again, "{}", vector["id"]);
            }
        }
    }
}

#[test]
fn an_invalid_payload_is_not_edited() {
    let broken = decode("00020101021138");
    assert_eq!(
        MerchantPresented::from_decoded(&broken, Order::Canonical),
        None
    );
}

#[test]
fn a_new_value_of_a_kept_order_goes_into_its_template() {
    let shuffled = "00020101021262110807tien le38560010A0000007270126000697041501121133666688880208QRIBFTTA5303704540460005802VN63046893";
    let payload = MerchantPresented::from_decoded(&decode(shuffled), Order::Preserved)
        .unwrap()
        .bill_number("HD1")
        .merchant_name("A")
        .encode()
        .unwrap();
    assert!(
        payload
            .as_str()
            .starts_with("00020101021262180807tien le0103HD138"),
        "{payload}"
    );
    assert!(payload.as_str().contains("5802VN5901A6304"), "{payload}");
}

#[test]
fn every_object_of_the_specification_can_be_written() {
    let payload = merchant()
        .one_time()
        .account(2, "4403847000746908")
        .account_template(26, "A000000775", &[(1, "0102154778")])
        .amount("79000")
        .fixed_fee("5000")
        .postal_code("10000")
        .bill_number("HD-1")
        .mobile_number("***")
        .store_label("Cửa hàng 1")
        .loyalty_number("L")
        .reference_label("R")
        .customer_label("C")
        .terminal_label("T")
        .purpose("an trua")
        .consumer_data_request("ME")
        .merchant_channel("100")
        .alternate_language("vi", "Quán Ăn", Some("Hà Nội"))
        .unreserved_template(99, "vn.example", &[(1, "ô")])
        .encode()
        .unwrap();
    let decoded = decode(payload.as_str());
    assert!(decoded.problems().is_empty(), "{:?}", decoded.problems());
    assert_eq!(decoded.field("62.03"), Some("Cua hang 1"));
    assert_eq!(decoded.field("64.01"), Some("Quán Ăn"));
    assert_eq!(decoded.field("99.01"), Some("ô"));

    let payload = merchant()
        .merchant_tax_id("0100100100")
        .additional_template(50, "TEST", &[(1, "ABC")])
        .percentage_fee("02.50")
        .encode()
        .unwrap();
    assert_eq!(decode(payload.as_str()).field("62.50.01"), Some("ABC"));
    let payload = merchant().fixed_fee("1").prompt_for_tip().encode().unwrap();
    assert_eq!(decode(payload.as_str()).field("55"), Some("01"));
}

#[test]
fn decomposed_text_is_composed_before_it_is_counted() {
    let payload = merchant()
        .alternate_language("vi", "Qua\u{301}n", None)
        .encode()
        .unwrap();
    assert_eq!(decode(payload.as_str()).field("64.01"), Some("Quán"));
}

#[test]
fn a_value_against_its_rule_is_refused_by_name() {
    let at = |dotted: &str, rule: Rule| (dotted.to_owned(), rule);
    let cases = [
        (
            merchant().set(path("00"), "02"),
            at("00", Rule::OneOf("01")),
        ),
        (
            merchant().set(path("01"), "13"),
            at("01", Rule::OneOf("11, 12")),
        ),
        (
            merchant().set(path("63"), "ABCD"),
            at("63", Rule::Automatic),
        ),
        (
            merchant().merchant_category("58A2"),
            at("52", Rule::Digits(4)),
        ),
        (merchant().without(path("52")), at("52", Rule::Required)),
        (
            merchant().without(path("38")),
            at("26", Rule::AccountRequired),
        ),
        (merchant().without(path("58")), at("58", Rule::Required)),
        (
            merchant().without(path("38.02")),
            at("38.02", Rule::Required),
        ),
        (merchant().set(path("53"), "VND"), at("53", Rule::Digits(3))),
        (
            merchant().set(path("58"), "vn"),
            at("58", Rule::CountryCode),
        ),
        (merchant().amount("1,000"), at("54", Rule::AmountFormat)),
        (merchant().amount("0"), at("54", Rule::AmountPositive)),
        (merchant().amount("1.5"), at("54", Rule::AmountWhole)),
        (merchant().amount("1.00"), at("54", Rule::AmountDecimals)),
        (merchant().amount("01"), at("54", Rule::NoLeadingZeros)),
        (
            merchant().amount("10000000000000"),
            at("54", Rule::MaxLength(13)),
        ),
        (merchant().set(path("55"), "02"), at("55", Rule::FeesAgree)),
        (merchant().percentage_fee("100"), at("57", Rule::Percentage)),
        (
            merchant().merchant_name(&"x".repeat(26)),
            at("59", Rule::MaxLength(25)),
        ),
        (merchant().merchant_name(""), at("59", Rule::NotEmpty)),
        (
            merchant().merchant_city("北京"),
            at(
                "60",
                Rule::Character {
                    character: '北',
                    position: 0,
                },
            ),
        ),
        (
            merchant().consumer_data_request("X"),
            at("62.09", Rule::ConsumerDataLetters),
        ),
        (
            merchant().set(path("62.12"), "x"),
            at("62.12", Rule::Reserved),
        ),
        (merchant().set(path("65"), "x"), at("65", Rule::Reserved)),
        (merchant().set(path("62"), "x"), at("62", Rule::Template)),
        (
            merchant().set(path("38"), "x"),
            at("38", Rule::PlainOrTemplate),
        ),
        (merchant().set(path("80"), "046"), at("80", Rule::Template)),
        (
            merchant().set(path("80"), "0001x"),
            at("80", Rule::PlainOrTemplate),
        ),
        (
            merchant().set(path("39.00"), "A000000727"),
            at("38", Rule::OneVietQr),
        ),
        (
            merchant().set(path("38.01.02"), "x"),
            at("38.01.02", Rule::Undefined),
        ),
        (
            merchant().set(path("38.01.00"), "970499"),
            at("38.01.00", Rule::KnownBin),
        ),
        (
            merchant().set(path("64.00"), "vi"),
            at("64.01", Rule::Required),
        ),
    ];
    for (code, expected) in cases {
        assert_eq!(refusal(&code), expected);
    }
    let long = "x".repeat(86);
    let long = (80..86).fold(merchant(), |code, tag| {
        code.unreserved_template(tag, "T", &[(1, long.as_str())])
    });
    assert_eq!(refusal(&long), ("00".to_owned(), Rule::PayloadLength));
}

#[test]
fn an_unknown_bank_needs_an_explicit_word() {
    let code = merchant()
        .set(path("38.01.00"), "970499")
        .allow_unknown_bin();
    assert!(code.encode().is_ok());
}

/// A code for an instant transfer.
fn transfer() -> MerchantPresented {
    merchant().set(path("38.02"), "QRIBFTTA")
}

#[test]
fn a_transfer_keeps_its_limit_and_carries_no_fee() {
    let above = transfer().amount("500000000");
    assert_eq!(refusal(&above), ("54".to_owned(), Rule::InstantLimit));
    assert!(above.allow_beyond_instant_limit().encode().is_ok());
    assert!(merchant().amount("500000000").encode().is_ok());
    let fee = transfer().fixed_fee("5000");
    assert_eq!(refusal(&fee), ("55".to_owned(), Rule::MerchantCodesOnly));
}

#[test]
fn a_long_memo_needs_an_explicit_word() {
    let long = transfer().purpose(&"x".repeat(28));
    assert_eq!(refusal(&long), ("62.08".to_owned(), Rule::MaxLength(25)));
    assert!(long.extended_purpose().encode().is_ok());
    let too_long = transfer().purpose(&"x".repeat(96)).extended_purpose();
    assert_eq!(refusal(&too_long), ("62".to_owned(), Rule::MaxLength(99)));
}
