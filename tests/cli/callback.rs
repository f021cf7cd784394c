//! `thungan callback verify`.

use crate::binary::{ENVIRONMENT, NO, Run, USAGE, command, data, pipe, run};
use serde_json::{Value, json};
use std::process::Stdio;

/// The options that describe a vector: headers, and the time of receipt as seconds in UTC.
fn options(vector: &Value, source: &str) -> Vec<String> {
    let mut options = vec!["callback", "verify", "--json", "--source", source]
        .into_iter()
        .map(str::to_owned)
        .collect::<Vec<_>>();
    let secrets = match &vector["secrets"] {
        Value::Array(secrets) => secrets.clone(),
        _ => vec![vector["secret"].clone()],
    };
    for secret in secrets {
        options.extend(["--secret".to_owned(), secret.as_str().unwrap().to_owned()]);
    }
    let headers: Vec<(String, String)> = match &vector["request"]["headers"] {
        Value::Object(headers) => {
            let pair = |(name, value): (&String, &Value)| {
                (name.clone(), value.as_str().unwrap().to_owned())
            };
            headers.iter().map(pair).collect()
        }
        pairs => serde_json::from_value(pairs.clone()).unwrap(),
    };
    for (name, value) in headers {
        options.extend(["--header".to_owned(), format!("{name}: {value}")]);
    }
    if let Some(now) = vector["now"].as_i64() {
        let at = payment::Timestamp::from_seconds(now).to_string();
        options.extend(["--at".to_owned(), at]);
    }
    options
}

fn verify(vector: &Value, source: &str) -> Run {
    let mut options = options(vector, source);
    options.push("-".to_owned());
    let body = vector["request"]["body"].as_str().unwrap();
    pipe(options.iter().map(String::as_str), body.as_bytes())
}

fn vectors(file: &str) -> Vec<Value> {
    data(file)["vectors"].as_array().unwrap().clone()
}

#[test]
fn the_vectors_of_sepay_are_judged_as_documented() {
    for vector in vectors("tests/data/callbacks/sepay-webhook.json") {
        let id = &vector["id"];
        let source = match vector["mode"].as_str() {
            Some("apikey") => "sepay_api_key",
            _ => "sepay_hmac",
        };
        let run = verify(&vector, source);
        let verdict = &run.json()[0];
        let expect = &vector["expect"];
        assert_eq!(verdict["authentic"], expect["valid"], "{id}");
        assert_eq!(run.code, i32::from(expect["valid"] == false), "{id}");
        if expect["valid"] == false {
            assert_eq!(verdict["answer"]["status"], 401, "{id}");
            assert_eq!(verdict["credits"], json!([]), "{id}");
            let stale = verdict["reason"] == "stale_timestamp";
            assert_eq!(stale, expect["reason"] == "timestamp", "{id}: {verdict}");
            continue;
        }
        assert_eq!(verdict["reason"], Value::Null, "{id}");
        assert_eq!(
            verdict["answer"],
            json!({"status": 200, "body": "{\"success\": true}"}),
            "{id}"
        );
        let event = &expect["event"];
        if let Some(amount) = event["amount"].as_i64() {
            let movement = &verdict["credits"][0];
            assert_eq!(movement["amount"], amount, "{id}");
            let direction = if event["direction"] == "in" {
                "credit"
            } else {
                "debit"
            };
            assert_eq!(movement["direction"], direction, "{id}");
        }
    }
}

#[test]
fn a_credit_is_shown_as_it_would_be_booked() {
    let vector = &vectors("tests/data/callbacks/sepay-webhook.json")[0];
    let verdict = &verify(vector, "sepay_hmac").json()[0];
    let expected = json!([{
        "bank_reference": "MBVCB.3278907687",
        "account": "0000123499999",
        "amount": 2_277_000,
        "direction": "credit",
        "memo": "HP T11 LOP 3A DHK3M9QX",
        "booked_at": "2025-11-03T07:02:37Z",
    }]);
    assert_eq!(verdict["credits"], expected);
    assert_eq!(verdict["test_ping"], false);
}

#[test]
fn the_vectors_of_our_own_contract_are_judged_as_written() {
    for vector in vectors("tests/data/callbacks/thungan.json") {
        let id = &vector["id"];
        let run = verify(&vector, "thungan");
        let verdict = &run.json()[0];
        let expect = &vector["expect"];
        assert_eq!(verdict["authentic"], expect["authentic"], "{id}");
        if let Some(pointer) = expect["malformed"].as_str() {
            assert_eq!(verdict["reason"], "malformed_callback", "{id}");
            let detail = verdict["detail"].as_str().unwrap();
            assert!(
                detail.starts_with(&format!("{pointer:?}")),
                "{id}: {detail}"
            );
            assert_eq!(
                (run.code, &verdict["answer"]["status"]),
                (NO, &json!(400)),
                "{id}"
            );
        } else if let Some(code) = expect["code"].as_str() {
            assert_eq!(verdict["reason"], code, "{id}");
            assert_eq!(
                (run.code, &verdict["answer"]["status"]),
                (NO, &json!(401)),
                "{id}"
            );
        } else {
            assert_eq!(
                (run.code, &verdict["answer"]["status"]),
                (0, &json!(200)),
                "{id}"
            );
            let is_test = expect["notice"]["is_test"] == true;
            assert_eq!(verdict["test_ping"], is_test, "{id}");
            assert_eq!(
                verdict["credits"].as_array().unwrap().len(),
                usize::from(!is_test),
                "{id}"
            );
        }
    }
}

#[test]
fn the_body_and_the_secret_may_come_from_where_nobody_sees_them() {
    let vector = &vectors("tests/data/callbacks/sepay-webhook.json")[0];
    let body = vector["request"]["body"].as_str().unwrap();
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), body).unwrap();
    let mut options = options(vector, "sepay_hmac");
    let at = options
        .iter()
        .position(|option| option == "--secret")
        .unwrap();
    options.splice(
        at..at + 2,
        ["--secret-env".to_owned(), "CLI_TEST_SECRET".to_owned()],
    );
    for body in [body.to_owned(), format!("@{}", file.path().display())] {
        let output = command()
            .args(&options)
            .arg(body)
            .env("CLI_TEST_SECRET", vector["secret"].as_str().unwrap())
            .stdin(Stdio::null())
            .output()
            .unwrap();
        assert!(output.status.success(), "{output:?}");
    }
    let unset = command().args(&options).arg(body).output().unwrap();
    assert_eq!(unset.status.code(), Some(ENVIRONMENT));
}

#[test]
fn a_line_break_behind_the_body_is_part_of_it() {
    let vector = &vectors("tests/data/callbacks/sepay-webhook.json")[0];
    let mut changed = vector.clone();
    let body = format!("{}\n", vector["request"]["body"].as_str().unwrap());
    changed["request"]["body"] = body.into();
    assert_eq!(
        verify(&changed, "sepay_hmac").json()[0]["reason"],
        "bad_signature"
    );
}

#[test]
fn a_body_larger_than_the_gateway_takes_is_refused_unread() {
    let options = [
        "callback",
        "verify",
        "--json",
        "--source",
        "sepay_api_key",
        "--secret",
        "k",
    ];
    let headers = ["--header", "Authorization: Apikey k", "-"];
    let body = vec![b' '; 1024 * 1024];
    // The rest stays unread, so writing it fails here; a file does not mind.
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), body).unwrap();
    let path = format!("@{}", file.path().display());
    let answer = run(options
        .into_iter()
        .chain(headers[..2].iter().copied())
        .chain([path.as_str()]));
    assert_eq!(answer.code, NO);
    assert_eq!(answer.json()[0]["answer"]["status"], 413);
}

#[test]
fn a_callback_that_is_not_described_is_wrong_usage() {
    for options in [
        &["--source", "sepay_hmac", "{}"][..],
        &["--source", "none", "--secret", "x", "{}"],
        &["--source", "sepay_hmac", "--secret", "x"],
        &[
            "--source",
            "sepay_hmac",
            "--secret",
            "x",
            "--header",
            "no colon",
            "{}",
        ],
        &[
            "--source",
            "sepay_hmac",
            "--secret",
            "x",
            "--at",
            "2025-11-03 14:02:37",
            "{}",
        ],
    ] {
        let answer = run(["callback", "verify"]
            .into_iter()
            .chain(options.iter().copied()));
        assert_eq!(answer.code, USAGE, "{options:?}: {}", answer.stderr);
    }
}
