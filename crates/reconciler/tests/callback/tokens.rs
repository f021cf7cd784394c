//! Tokens that a sender fetches from us before it calls.

use crate::samples::{SENT, SOURCE, secret};
use payment::Timestamp;
use reconciler::Secret;
use reconciler::callback::{
    AuthenticationError, Dialect, RawCallback, Source, TokenAnswer, TokenForm, token,
};
use serde_json::Value;

const FETCHERS: [Dialect; 3] = [Dialect::VietqrVn, Dialect::MbBalance, Dialect::SepayOauth2];

fn ask(
    dialect: Dialect,
    secrets: &[Secret],
    headers: &[(String, String)],
    body: &[u8],
) -> Result<TokenAnswer, AuthenticationError> {
    let raw = RawCallback {
        headers,
        body,
        received_at: Timestamp::from_seconds(SENT),
    };
    Source::new(SOURCE, dialect, secrets).grant(&raw).unwrap()
}

fn post(dialect: Dialect, secrets: &[Secret], token: &str, source: &str, at: i64) -> bool {
    let headers = [token::bearer_header(token)];
    let raw = RawCallback {
        headers: &headers,
        body: b"{}",
        received_at: Timestamp::from_seconds(at),
    };
    Source::new(source, dialect, secrets)
        .authenticate(&raw)
        .is_ok()
}

fn fetch(dialect: Dialect, secrets: &[Secret], own: &Secret) -> String {
    let form = dialect.token_form().unwrap();
    let request = form.request(own).unwrap();
    let headers: Vec<_> = request.header.into_iter().collect();
    let answer = ask(dialect, secrets, &headers, request.body.as_bytes()).unwrap();
    form.read_answer(answer.body.as_bytes()).unwrap()
}

#[test]
fn a_fetched_token_opens_its_source_for_five_minutes() {
    for dialect in FETCHERS {
        let own = secret(dialect, 0);
        let secrets = [own.clone()];
        let token = fetch(dialect, &secrets, &own);
        assert!(post(dialect, &secrets, &token, SOURCE, SENT));
        assert!(post(dialect, &secrets, &token, SOURCE, SENT + 299));
        assert!(!post(dialect, &secrets, &token, SOURCE, SENT + 300));
        assert!(!post(dialect, &secrets, &token, "another", SENT));
        assert!(!post(dialect, &[secret(dialect, 1)], &token, SOURCE, SENT));
    }
}

#[test]
fn a_token_ends_with_the_secret_that_it_was_fetched_with() {
    for dialect in FETCHERS {
        let (old, new) = (secret(dialect, 0), secret(dialect, 1));
        let during = [new.clone(), old.clone()];
        for own in [&old, &new] {
            let token = fetch(dialect, &during, own);
            assert!(post(dialect, &during, &token, SOURCE, SENT));
        }
        let of_old = fetch(dialect, &during, &old);
        assert!(!post(dialect, &[new], &of_old, SOURCE, SENT));
    }
}

#[test]
fn the_answer_has_the_form_that_each_sender_documents() {
    let answer = |dialect: Dialect| -> Value {
        let own = secret(dialect, 0);
        let request = dialect.token_form().unwrap().request(&own).unwrap();
        let headers: Vec<_> = request.header.into_iter().collect();
        let answer = ask(dialect, &[own], &headers, request.body.as_bytes()).unwrap();
        serde_json::from_str(&answer.body).unwrap()
    };
    let basic = answer(Dialect::VietqrVn);
    assert_eq!(basic["token_type"], "Bearer");
    assert_eq!(basic["expires_in"], 300);
    assert_eq!(basic.as_object().unwrap().len(), 3);
    let sepay = answer(Dialect::SepayOauth2);
    assert_eq!(sepay["data"]["expiredIn"], 300);
    assert!(sepay["data"]["refreshToken"].is_string());
    assert!(sepay["data"]["accessToken"].is_string());
}

#[test]
fn wrong_credentials_fetch_nothing() {
    let own = secret(Dialect::VietqrVn, 0);
    let basic = |credentials: &str| {
        let request = TokenForm::Basic.request(&Secret::new(credentials)).unwrap();
        vec![request.header.unwrap()]
    };
    let good = basic(own.expose());
    let cases = [
        vec![],
        vec![good[0].clone(), good[0].clone()],
        basic("don-vi-a:sai"),
        basic("khac:khoa-lab-7Qz2vN8xR4-a"),
        vec![("authorization".to_owned(), "Basic %%%".to_owned())],
        vec![("authorization".to_owned(), "Basic ".to_owned())],
        vec![(
            "authorization".to_owned(),
            format!("Bearer {}", own.expose()),
        )],
    ];
    for headers in &cases {
        let verdict = ask(
            Dialect::VietqrVn,
            std::slice::from_ref(&own),
            headers,
            b"{}",
        );
        assert!(verdict.is_err(), "{headers:?}");
    }
    assert!(ask(Dialect::VietqrVn, std::slice::from_ref(&own), &good, b"{}").is_ok());

    let own = secret(Dialect::SepayOauth2, 0);
    let bodies = [
        "",
        "{}",
        "[]",
        r#"{"clientId":"don-vi-a"}"#,
        r#"{"clientId":"don-vi-a","clientSecret":"sai"}"#,
        r#"{"clientId":"don-vi-a","clientSecret":["khoa-lab-7Qz2vN8xR4-a"]}"#,
        r#"{"clientId":"don-vi-a","clientSecret":"x","clientSecret":"khoa-lab-7Qz2vN8xR4-a"}"#,
        // The border between the two must not move.
        r#"{"clientId":"don-vi-a:khoa-lab-7Qz2vN8xR4-a","clientSecret":""}"#,
    ];
    for body in bodies {
        let secrets = std::slice::from_ref(&own);
        assert!(
            ask(Dialect::SepayOauth2, secrets, &[], body.as_bytes()).is_err(),
            "{body}"
        );
    }
}

#[test]
fn only_those_who_fetch_tokens_have_a_token_address() {
    for dialect in Dialect::ALL {
        assert_eq!(dialect.token_form().is_some(), FETCHERS.contains(&dialect));
    }
}
