//! What holds for any bytes that an authentic sender could post.

use proptest::prelude::*;
use reconciler::callback::{AuthenticCallback, Dialect};
use reconciler::strict_json::{Limits, check_strict};

const SEPAY: &str = r#"{"id":92704,"gateway":"Vietcombank","transactionDate":"2025-11-03 14:02:37","accountNumber":"0000123499999","code":null,"content":"QH234567895V","transferType":"in","transferAmount":2277000,"accumulated":19077000,"subAccount":null,"referenceCode":"FT1","description":"x"}"#;
const THUNGAN: &str = r#"{"notification_id":"N1","account_number":"0000123499999","credit_debit_indicator":"CRDT","amount":79000,"currency":"VND","booked_at":"2025-11-03T14:02:37+07:00","remittance_information":"QH234567895V","balance_after":1,"test":false}"#;

fn any_dialect() -> impl Strategy<Value = (Dialect, &'static str)> {
    prop::sample::select(vec![
        (Dialect::SepayHmac, SEPAY),
        (Dialect::SepayApiKey, SEPAY),
        (Dialect::Thungan, THUNGAN),
    ])
}

/// Pieces that JSON is made of, so that random texts get past the first byte.
fn any_json_like() -> impl Strategy<Value = String> {
    let pieces = [
        "{",
        "}",
        "[",
        "]",
        ",",
        ":",
        "\"a\"",
        "\"b\"",
        "\"\\u0000\"",
        "1",
        "-0",
        "1.5",
        "1e9",
        "null",
        "true",
        " ",
        "99999999999999999999",
        "\"",
        "\\",
    ];
    prop::collection::vec(prop::sample::select(pieces.to_vec()), 0..20)
        .prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn strict_json_is_always_json(text in any_json_like()) {
        if check_strict(text.as_bytes(), Limits::default()).is_ok() {
            prop_assert!(serde_json::from_str::<serde_json::Value>(&text).is_ok());
        }
    }

    #[test]
    fn any_bytes_are_read_or_refused_but_never_panic((dialect, _) in any_dialect(), body in any::<Vec<u8>>()) {
        let _ = AuthenticCallback::from_store(dialect, &body).read();
    }

    #[test]
    fn a_notice_read_from_a_damaged_body_is_still_within_the_contract(
        (dialect, body) in any_dialect(), at in any::<prop::sample::Index>(), byte in any::<u8>(),
    ) {
        let mut body = body.as_bytes().to_vec();
        let at = at.index(body.len());
        body[at] = byte;
        for notice in AuthenticCallback::from_store(dialect, &body).read().unwrap_or_default() {
            prop_assert!(notice.amount.is_positive());
            prop_assert!(!notice.account_number.is_empty() && !notice.provider_event_id.is_empty());
        }
    }

    #[test]
    fn every_cut_body_is_malformed((dialect, body) in any_dialect(), at in any::<prop::sample::Index>()) {
        let cut = &body.as_bytes()[..at.index(body.len())];
        prop_assert!(AuthenticCallback::from_store(dialect, cut).read().is_err());
    }
}
