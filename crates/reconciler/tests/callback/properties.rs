//! What holds for any bytes that an authentic sender could post.

use crate::samples::{ACCOUNT, polled, sample};
use proptest::prelude::*;
use reconciler::callback::{AuthenticCallback, Carrier, Dialect, Notice};
use reconciler::strict_json::{Limits, check_strict};

fn any_dialect() -> impl Strategy<Value = (Dialect, Vec<u8>)> {
    let sent = Dialect::ALL.map(|dialect| (dialect, sample(dialect).body));
    let polled = Dialect::POLLED.map(|dialect| (dialect, polled(dialect)));
    prop::sample::select([sent.to_vec(), polled.to_vec()].concat())
}

fn read(
    dialect: Dialect,
    body: &[u8],
) -> Result<Vec<Notice>, reconciler::callback::MalformedCallback> {
    AuthenticCallback::from_store(dialect, body)
        .booked_on(Some(ACCOUNT))
        .read()
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
        let _ = read(dialect, &body);
    }

    #[test]
    fn a_notice_read_from_a_damaged_body_is_still_within_the_contract(
        (dialect, body) in any_dialect(), at in any::<prop::sample::Index>(), byte in any::<u8>(),
    ) {
        let mut body = body;
        let at = at.index(body.len());
        body[at] = byte;
        for notice in read(dialect, &body).unwrap_or_default() {
            prop_assert!(notice.amount.is_positive());
            prop_assert!(!notice.account_number.is_empty() && !notice.provider_event_id.is_empty());
        }
    }

    #[test]
    fn every_cut_body_is_malformed((dialect, body) in any_dialect(), at in any::<prop::sample::Index>()) {
        // A query may be cut after what is read.
        if dialect.carrier() != Carrier::Query {
            let cut = &body[..at.index(body.len())];
            prop_assert!(read(dialect, cut).is_err());
        }
    }

    #[test]
    fn what_a_dialect_does_not_sign_never_authenticates(
        dialect in prop::sample::select(Dialect::ALL.to_vec()),
        body in any::<Vec<u8>>(),
        value in any::<String>(),
    ) {
        let mut forged = sample(dialect);
        forged.body = body;
        for header in &mut forged.headers {
            header.1.clone_from(&value);
        }
        prop_assert!(forged.authenticate().is_err());
    }
}
