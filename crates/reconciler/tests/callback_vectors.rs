//! The callbacks of `tests/data`: what each sender's documentation promises, and our own contract.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // a test helper may fail loudly

use payment::Timestamp;
use reconciler::Secret;
use reconciler::callback::{
    AuthenticCallback, AuthenticationError, Dialect, Notice, RawCallback, sepay,
};
use reconciler::standard_webhooks::{self, Key};
use serde_json::{Value, json};

fn vectors(file: &str) -> Vec<Value> {
    let path = format!("{}/../../tests/data/{file}", env!("CARGO_MANIFEST_DIR"));
    let file: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    file["vectors"].as_array().unwrap().clone()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

/// Headers as an object or as a list of pairs, names in lower case.
fn headers(vector: &Value) -> Vec<(String, String)> {
    match &vector["request"]["headers"] {
        Value::Object(headers) => {
            let lower = |(name, value): (&String, &Value)| (name.to_lowercase(), text(value));
            headers.iter().map(lower).collect()
        }
        list => {
            let pairs = list.as_array().unwrap().iter();
            pairs.map(|pair| (text(&pair[0]), text(&pair[1]))).collect()
        }
    }
}

fn authenticate(
    dialect: Dialect,
    vector: &Value,
    secrets: &[Secret],
) -> Result<Result<Vec<Notice>, String>, AuthenticationError> {
    let (headers, body) = (headers(vector), text(&vector["request"]["body"]));
    let raw = RawCallback {
        headers: &headers,
        body: body.as_bytes(),
        received_at: Timestamp::from_seconds(vector["now"].as_i64().unwrap_or(0)),
    };
    let callback = dialect.authenticate(&raw, secrets)?;
    Ok(callback.read().map_err(|malformed| malformed.pointer))
}

#[test]
fn sepay_webhooks_are_authenticated_and_read_as_documented() {
    for vector in vectors("callbacks/sepay-webhook.json") {
        let id = &vector["id"];
        let dialect = match vector["mode"].as_str() {
            Some("apikey") => Dialect::SepayApiKey,
            _ => Dialect::SepayHmac,
        };
        let outcome = authenticate(dialect, &vector, &[Secret::new(text(&vector["secret"]))]);
        let expect = &vector["expect"];
        assert_eq!(outcome.is_ok(), expect["valid"].as_bool().unwrap(), "{id}");
        match outcome {
            Ok(notices) => {
                let notices = notices.unwrap();
                assert_eq!(notices.len(), 1, "{id}");
                check_sepay_event(&notices[0], &expect["event"], id);
            }
            Err(AuthenticationError::StaleTimestamp) => assert_eq!(expect["reason"], "timestamp"),
            Err(_) => assert_ne!(expect["reason"], "timestamp", "{id}"),
        }
    }
}

fn check_sepay_event(notice: &Notice, event: &Value, id: &Value) {
    let direction = match notice.direction {
        payment::Direction::Credit => "in",
        payment::Direction::Debit => "out",
    };
    let read = json!({
        "provider_id": notice.provider_event_id,
        "direction": direction,
        "amount": notice.amount,
        "account": notice.account_number,
        "bank_ref": notice.bank_reference,
        "memo": notice.memo,
    });
    for (name, expected) in event.as_object().into_iter().flatten() {
        if name == "time" {
            let booked = Timestamp::parse_rfc3339(expected.as_str().unwrap()).unwrap();
            assert_eq!(notice.booked_at, booked, "{id}");
        } else {
            assert_eq!(&read[name], expected, "{id} {name}");
        }
    }
}

#[test]
fn what_sepay_leaves_empty_is_unknown() {
    let all = vectors("callbacks/sepay-webhook.json");
    let secret = [Secret::new("spk_lab_7Qz2vN8xR4")];
    let read = |at: usize| {
        authenticate(Dialect::SepayHmac, &all[at], &secret)
            .unwrap()
            .unwrap()
    };
    let full = &read(0)[0];
    assert_eq!(full.balance_after.unwrap().get(), 19_077_000);
    assert_eq!(
        full.memo_full.as_deref(),
        Some("BankAPINotify HP T11 LOP 3A DHK3M9QX")
    );
    assert_eq!(full.memos().count(), 2);
    // An accumulated balance of 0, empty code, sub-account and description.
    let sparse = &read(2)[0];
    assert_eq!(sparse.balance_after, None);
    assert_eq!(
        (
            &sparse.provider_code,
            &sparse.virtual_account,
            &sparse.memo_full
        ),
        (&None, &None, &None)
    );
    assert_eq!(sparse.memos().collect::<Vec<_>>(), ["Nộp tiền"]);
}

#[test]
fn a_sepay_message_that_breaks_its_contract_names_the_member() {
    let good = text(&vectors("callbacks/sepay-webhook.json")[0]["request"]["body"]);
    let table: &[(&str, &str, &str)] = &[
        ("\"id\":92704", "\"id\":\"92704\"", "/id"),
        ("\"id\":92704", "\"id\":0", "/id"),
        ("\"id\":92704", "\"id\":null", "/id"),
        ("\"id\":92704,", "", "/id"),
        ("\"id\":92704", "\"id\":92704,\"id\":92705", "/id"),
        ("\"in\"", "\"IN\"", "/transferType"),
        ("\"in\"", "true", "/transferType"),
        ("2277000", "2277000.0", "/transferAmount"),
        ("2277000", "2.277e6", "/transferAmount"),
        ("2277000", "-2277000", "/transferAmount"),
        ("2277000", "0", "/transferAmount"),
        ("2277000", "9000000000000001", "/transferAmount"),
        ("2277000", "99999999999999999999", "/transferAmount"),
        ("19077000", "\"19077000\"", "/accumulated"),
        (
            "2025-11-03 14:02:37",
            "2025-11-03T14:02:37",
            "/transactionDate",
        ),
        (
            "2025-11-03 14:02:37",
            "2025-02-30 14:02:37",
            "/transactionDate",
        ),
        ("\"0000123499999\"", "123499999", "/accountNumber"),
        ("\"0000123499999\"", "\"\"", "/accountNumber"),
        (
            "\"HP T11 LOP 3A DHK3M9QX\",\"transferType\"",
            "[],\"transferType\"",
            "/content",
        ),
        (
            "HP T11 LOP 3A DHK3M9QX\",\"transferType\"",
            "\\u0000\",\"transferType\"",
            "/content",
        ),
    ];
    for (from, to, pointer) in table {
        let body = good.replacen(from, to, 1);
        assert_ne!(body, good, "{from} does not occur");
        let malformed = AuthenticCallback::from_store(Dialect::SepayHmac, body.as_bytes())
            .read()
            .unwrap_err();
        assert_eq!(malformed.pointer, *pointer, "{from} -> {to}: {malformed}");
    }
    let deep = good.replacen(
        "\"code\":null",
        &format!("\"code\":{}{}", "[".repeat(16), "]".repeat(16)),
        1,
    );
    assert!(
        AuthenticCallback::from_store(Dialect::SepayHmac, deep.as_bytes())
            .read()
            .is_err()
    );
}

#[test]
fn the_signer_of_the_simulator_makes_the_documented_headers() {
    let vector = &vectors("callbacks/sepay-webhook.json")[0];
    let secret = Secret::new(text(&vector["secret"]));
    let body = text(&vector["request"]["body"]);
    let sent = Timestamp::from_seconds(1_762_153_357);
    let mut signed = sepay::sign(&secret, sent, body.as_bytes())
        .unwrap()
        .to_vec();
    signed.sort();
    let mut documented = headers(vector);
    documented.retain(|(name, _)| name != "content-type");
    documented.sort();
    assert_eq!(signed, documented);
}

#[test]
fn our_own_dialect_keeps_its_contract() {
    for vector in vectors("callbacks/thungan.json") {
        let id = &vector["id"];
        let secrets: Vec<Secret> = vector["secrets"]
            .as_array()
            .unwrap()
            .iter()
            .map(|secret| Secret::new(text(secret)))
            .collect();
        let expect = &vector["expect"];
        match authenticate(Dialect::Thungan, &vector, &secrets) {
            Err(error) => {
                assert_eq!(expect["authentic"], false, "{id}: {error}");
                assert_eq!(expect["code"], error.code(), "{id}");
            }
            Ok(read) => {
                assert_eq!(expect["authentic"], true, "{id}");
                match read {
                    Err(pointer) => assert_eq!(expect["malformed"], pointer, "{id}"),
                    Ok(notices) => {
                        assert!(expect["malformed"].is_null(), "{id} should be malformed");
                        check_notice(&notices[0], &expect["notice"], id);
                    }
                }
            }
        }
    }
}

fn check_notice(notice: &Notice, expected: &Value, id: &Value) {
    let read = json!({
        "provider_event_id": notice.provider_event_id,
        "direction": notice.direction,
        "amount": notice.amount,
        "account_number": notice.account_number,
        "virtual_account": notice.virtual_account,
        "memo": notice.memo,
        "provider_code": notice.provider_code,
        "bank_reference": notice.bank_reference,
        "booked_at": notice.booked_at,
        "balance_after": notice.balance_after,
        "is_test": notice.is_test,
        "counterparty_name": notice.counterparty_name,
        "counterparty_account": notice.counterparty_account,
    });
    for (name, expected) in expected.as_object().into_iter().flatten() {
        assert_eq!(&read[name], expected, "{id} {name}");
    }
}

#[test]
fn standard_webhooks_of_the_official_library_verify_and_are_reproduced() {
    for vector in vectors("standard-webhooks.json") {
        let id = &vector["id"];
        let key = Key::parse(vector["secret"].as_str().unwrap()).unwrap();
        let header = |name| text(&vector["request"]["headers"][name]);
        let (message, sent) = (header("webhook-id"), header("webhook-timestamp"));
        let signatures = header("webhook-signature");
        let body = text(&vector["request"]["body"]);
        let now = Timestamp::from_seconds(vector["now"].as_i64().unwrap());
        let verdict = standard_webhooks::verify(
            std::slice::from_ref(&key),
            &message,
            &sent,
            &signatures,
            body.as_bytes(),
            now,
        );
        let valid = vector["expect"]["valid"].as_bool().unwrap();
        assert_eq!(verdict.is_ok(), valid, "{id}: {verdict:?}");
        let sent = Timestamp::from_seconds(sent.parse().unwrap());
        let ours = standard_webhooks::sign(&[key], &message, sent, body.as_bytes());
        assert_eq!(
            signatures.split(' ').any(|signature| signature == ours),
            valid,
            "{id}"
        );
    }
}
