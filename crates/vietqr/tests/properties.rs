//! What holds for any input.

#![allow(clippy::unwrap_used, reason = "a helper of a test may fail the test")]

use money::Vnd;
use proptest::prelude::*;
use vietqr::{
    AcquirerBin, ConsumerAccount, Language, MerchantPresented, Order, Path, Payload, Transfer,
    decode,
};

/// Any transfer that can be written, with the values it was made of.
#[derive(Debug, Clone)]
struct Asked {
    account: String,
    amount: Option<i64>,
    purpose: String,
    name: String,
    one_time: bool,
}

fn asked() -> impl Strategy<Value = Asked> {
    let text = "([A-Za-z0-9.,/+-]{1,8}( [A-Za-z0-9.,/+-]{1,7}){0,2})?";
    let amount = prop::option::of(1_i64..500_000_000);
    ("[0-9A-Za-z]{1,19}", amount, text, text, any::<bool>()).prop_map(
        |(account, amount, purpose, name, one_time)| Asked {
            account,
            amount,
            purpose,
            name,
            one_time,
        },
    )
}

fn write(asked: &Asked) -> Payload {
    let bin = AcquirerBin::parse("970436").unwrap();
    let account = ConsumerAccount::parse(&asked.account).unwrap();
    let mut transfer = Transfer::to_account(bin, account)
        .purpose(&asked.purpose)
        .merchant_name(&asked.name);
    if let Some(dong) = asked.amount {
        transfer = transfer.amount(Vnd::new(dong).unwrap());
    }
    if asked.one_time {
        transfer = transfer.one_time();
    }
    transfer.encode().unwrap()
}

/// Strings that look like payloads, which random text hardly ever does.
fn almost_a_payload() -> impl Strategy<Value = String> {
    let object = ("[0-9]{2}", any::<String>()).prop_map(|(tag, value)| {
        let value: String = value.chars().take(99).collect();
        format!("{tag}{:02}{value}", value.chars().count())
    });
    let template = prop::collection::vec(object.clone(), 0..4).prop_map(|inside| {
        let inside: String = inside.concat().chars().take(99).collect();
        format!("38{:02}{inside}", inside.chars().count())
    });
    let part = prop_oneof![
        object,
        template,
        "[0-9]{0,12}",
        Just("0010A000000727".to_owned())
    ];
    prop::collection::vec(part, 0..12).prop_map(|parts| parts.concat())
}

proptest! {
    #[test]
    fn reading_never_panics(text in any::<String>()) {
        let decoded = decode(&text);
        for problem in decoded.problems() {
            prop_assert!(!problem.sentence(Language::Vietnamese).is_empty());
        }
        let _ = decoded.payable();
    }

    #[test]
    fn reading_what_looks_like_a_payload_never_panics(text in almost_a_payload()) {
        let decoded = decode(&text);
        let length = text.chars().count();
        for problem in decoded.problems() {
            prop_assert!(problem.span().end <= length, "{:?}", problem);
        }
        for object in decoded.objects() {
            prop_assert!(object.span.end <= length);
        }
    }

    #[test]
    fn reading_what_we_wrote_gives_the_same_transfer_back(asked in asked()) {
        let payload = write(&asked);
        let decoded = decode(payload.as_str());
        let transfer = decoded.payable().unwrap();
        prop_assert_eq!(transfer.bin.as_str(), "970436");
        prop_assert_eq!(&transfer.account, &asked.account);
        prop_assert_eq!(transfer.amount.map(Vnd::get), asked.amount);
        prop_assert_eq!(transfer.purpose.unwrap_or_default(), asked.purpose);
        prop_assert_eq!(decoded.field("59").unwrap_or_default(), &asked.name);
        prop_assert_eq!(transfer.one_time, asked.one_time);
    }

    #[test]
    fn a_payload_with_one_digit_changed_is_never_paid(
        asked in asked(), at in any::<prop::sample::Index>(), add in 1_u8..10,
    ) {
        let payload = write(&asked);
        let mut bytes = payload.as_str().as_bytes().to_vec();
        let digits: Vec<_> = (0..bytes.len()).filter(|i| bytes[*i].is_ascii_digit()).collect();
        let at = digits[at.index(digits.len())];
        bytes[at] = b'0' + (bytes[at] - b'0' + add) % 10;
        let decoded = decode(str::from_utf8(&bytes).unwrap());
        prop_assert!(!decoded.is_valid());
        prop_assert_eq!(decoded.payable(), None);
    }
}

proptest! {
    #[test]
    fn the_general_builder_writes_what_it_was_given_or_refuses(
        values in prop::collection::vec((prop::collection::vec(0_u8..100, 1..4), "\\PC{0,30}"), 0..8),
    ) {
        let mut code = MerchantPresented::new("VN", "704")
            .account_template(26, "A000000775", &[(1, "0102154778")])
            .merchant_category("5812")
            .merchant_name("A")
            .merchant_city("B");
        for (tags, value) in &values {
            let mut tags = tags.iter();
            let root = Path::root(*tags.next().unwrap());
            code = code.set(tags.fold(root, |path, tag| path.child(*tag)), value);
        }
        if let Ok(payload) = code.encode() {
            let decoded = decode(payload.as_str());
            prop_assert!(decoded.is_valid());
            prop_assert_eq!(decoded.reencode(Order::Canonical), Some(payload));
        }
    }
}

#[test]
fn reading_the_largest_input_takes_no_noticeable_time() {
    // Templates full of one-character objects: the most objects an input can have.
    let inside = "0101x".repeat(19);
    let text = format!("26{:02}{inside}", inside.len()).repeat(29);
    assert!(text.len() <= 2953);
    for _ in 0..100 {
        assert!(!decode(&text).is_valid());
    }
    assert_eq!(decode(&"0".repeat(2954)).problems()[0].issue(), "TOO_LARGE");
}
