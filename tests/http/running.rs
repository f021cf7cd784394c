//! Starting, stopping, and the database going away.

use crate::support::bank::{sepay_notice, sign_sepay};
use crate::support::{Gateway, SECRET, SOURCE, on_both_engines};
use reqwest::{Method, StatusCode};
use serde_json::json;
use std::time::{Duration, Instant};
use store::testing::TestDatabase;

on_both_engines! {
    async fn health_is_told_without_a_key_and_every_answer_has_the_headers(gateway: &Gateway) {
        for path in ["/livez", "/readyz", "/openapi.yaml", "/nope", "/assets/app.css"] {
            let answer = crate::support::answer(gateway.client.get(format!("{}{path}", gateway.base_url)).send().await.unwrap()).await;
            assert_eq!(answer.status.as_u16(), if path == "/nope" { 404 } else { 200 }, "{path}");
            for header in ["request-id", "content-security-policy", "x-content-type-options", "referrer-policy"] {
                assert!(answer.headers.contains_key(header), "{path} {header}");
            }
        }
        let head = gateway.client.head(format!("{}/livez", gateway.base_url)).send().await.unwrap();
        assert_eq!((head.status().as_u16(), head.text().await.unwrap().as_str()), (200, ""));
        let wrong_method = gateway.call(Method::DELETE, "/v1/events", None).await;
        assert_eq!((wrong_method.status.as_u16(), wrong_method.code()), (405, "method_not_allowed"));
    }

    async fn a_path_that_is_not_plain_text_names_nothing(gateway: &Gateway) {
        for path in ["/v1/callbacks/%00", "/v1/payment-requests/%00", "/v1/payment-requests/%ff%fe", "/v1/payment-requests/a%0Ab", "/pay/%7f",
            "/v1/ledger/accounts/payer_credit:%00/postings", "/v1/payment-requests/%zz"] {
            for method in [Method::GET, Method::PUT, Method::POST] {
                let answer = gateway.call(method, path, Some(json!({"amount": 1}))).await;
                assert!(matches!(answer.status.as_u16(), 400 | 404), "{path}: {}", answer.text);
            }
        }
        assert_eq!(gateway.get("/v1/payment-requests").await["data"], json!([]));
    }

    async fn one_link_cannot_take_every_stream(gateway: &Gateway) {
        let request = gateway.ask_for(5_000).await;
        let url = format!("{}/events", request["checkout_url"].as_str().unwrap());
        let mut open = Vec::new();
        for _ in 0..20 {
            let stream = gateway.client.get(&url).send().await.unwrap();
            assert_eq!(stream.status(), StatusCode::OK);
            open.push(stream);
        }
        let refused = gateway.client.get(&url).send().await.unwrap();
        assert_eq!(refused.status(), StatusCode::SERVICE_UNAVAILABLE);
        let other = gateway.ask_for(5_000).await;
        let other = format!("{}/events", other["checkout_url"].as_str().unwrap());
        assert_eq!(gateway.client.get(other).send().await.unwrap().status(), StatusCode::OK);
    }

    async fn a_problem_speaks_the_callers_language(gateway: &Gateway) {
        for (languages, language, title) in [("en-GB,vi;q=0.5", "en", "Not found"), ("vi,en", "vi", "Không tìm thấy"), ("fr", "vi", "Không tìm thấy")] {
            let response = gateway.client.get(format!("{}/v1/payment-requests/x", gateway.base_url))
                .bearer_auth(&gateway.key).header("accept-language", languages).send().await.unwrap();
            let answer = crate::support::answer(response).await;
            assert_eq!((answer.headers["content-language"].to_str().unwrap(), answer.json["title"].as_str().unwrap()), (language, title));
        }
    }

    async fn secrets_and_names_are_not_in_the_log(gateway: &Gateway) {
        let request = gateway.ask(json!({"amount": 79_000, "payer": {"id": "CANARYID", "name": "CANARYNAME"}, "description": "CANARYTEXT"})).await;
        gateway.hear(&sepay_notice(1, 79_000, &format!("CANARYMEMO {}", request["reference"].as_str().unwrap())).to_string()).await;
        gateway.until(request["id"].as_str().unwrap(), "paid").await;
        gateway.client.get(request["checkout_url"].as_str().unwrap()).send().await.unwrap();
        let token = request["checkout_url"].as_str().unwrap().rsplit('/').next().unwrap().to_owned();
        let log = gateway.log();
        assert!(log.contains("handled"));
        for canary in ["CANARY", SECRET, gateway.key.as_str(), token.as_str(), "0011001234567", "5a5a5a"] {
            assert!(!log.contains(canary), "the log holds {canary}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_terminated_gateway_finishes_what_it_accepted_and_exits_0() {
    for database in [Some(TestDatabase::sqlite()), TestDatabase::postgres().await]
        .into_iter()
        .flatten()
    {
        let mut gateway = Gateway::start(database, None).await;
        let request = gateway.ask_for(1_000_000).await;
        let reference = request["reference"].as_str().unwrap().to_owned();
        // A stream that waits must not hold the shutdown up.
        let waiting = gateway
            .client
            .get(format!(
                "{}/events",
                request["checkout_url"].as_str().unwrap()
            ))
            .send()
            .await
            .unwrap();
        let senders: Vec<_> = (0..8u64)
            .map(|sender| {
                let client = gateway.client.clone();
                let url = format!("{}/v1/callbacks/{SOURCE}", gateway.base_url);
                let reference = reference.clone();
                tokio::spawn(async move {
                    let mut acknowledged = 0i64;
                    for number in 0..10_000u64 {
                        let body =
                            sepay_notice(sender * 100_000 + number + 1, 1, &reference).to_string();
                        let mut request = client
                            .post(&url)
                            .header("content-type", "application/json")
                            .body(body.clone());
                        for (name, value) in sign_sepay(SECRET, body.as_bytes()) {
                            request = request.header(name, value);
                        }
                        match request.send().await {
                            Ok(response) if response.status() == StatusCode::OK => {
                                acknowledged += 1
                            }
                            Ok(response) => {
                                assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE)
                            }
                            Err(_) => return acknowledged,
                        }
                    }
                    acknowledged
                })
            })
            .collect();
        tokio::time::sleep(Duration::from_millis(700)).await;
        let began = Instant::now();
        assert_eq!(gateway.stop(), Some(0), "{}", gateway.log());
        assert!(began.elapsed() < Duration::from_secs(30));
        drop(waiting);
        let mut acknowledged = 0;
        for sender in senders {
            acknowledged += sender.await.unwrap();
        }
        assert!(acknowledged > 10, "{acknowledged}");
        gateway.assert_books_hold();
        gateway.start_again().await;
        gateway.settled().await;
        let received = gateway.request(request["id"].as_str().unwrap()).await["amount_received"]
            .as_i64()
            .unwrap();
        // Each acknowledged đồng is booked; what broke off at the end may or may not be.
        assert!(
            (acknowledged..=acknowledged + 8).contains(&received),
            "{acknowledged} {received}"
        );
        gateway.assert_books_hold();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn while_the_database_is_away_nothing_is_acknowledged_and_afterwards_everything_works() {
    for database in [Some(TestDatabase::sqlite()), TestDatabase::postgres().await]
        .into_iter()
        .flatten()
    {
        let gateway = Gateway::start(database, None).await;
        let request = gateway.ask_for(79_000).await;
        let body = sepay_notice(1, 79_000, request["reference"].as_str().unwrap()).to_string();
        let outage = gateway.database.cut_off().await;
        let heard = gateway
            .callback(
                SOURCE,
                &sign_sepay(SECRET, body.as_bytes()),
                body.as_bytes(),
            )
            .await;
        assert_eq!(
            (heard.status.as_u16(), heard.code()),
            (503, "unavailable"),
            "{}",
            heard.text
        );
        assert!(heard.headers.contains_key("retry-after"));
        let asked = gateway
            .call(
                Method::POST,
                "/v1/payment-requests",
                Some(json!({"amount": 5_000})),
            )
            .await;
        assert_eq!(
            asked.status,
            StatusCode::SERVICE_UNAVAILABLE,
            "{}",
            asked.text
        );
        outage.end().await;
        // The sender tries again, as senders do.
        let mut heard = gateway
            .callback(
                SOURCE,
                &sign_sepay(SECRET, body.as_bytes()),
                body.as_bytes(),
            )
            .await;
        for _ in 0..50 {
            if heard.status == StatusCode::OK {
                break;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
            heard = gateway
                .callback(
                    SOURCE,
                    &sign_sepay(SECRET, body.as_bytes()),
                    body.as_bytes(),
                )
                .await;
        }
        assert_eq!(heard.status, StatusCode::OK, "{}", heard.text);
        gateway.until(request["id"].as_str().unwrap(), "paid").await;
        assert_eq!(
            gateway.get("/v1/payment-requests").await["data"]
                .as_array()
                .unwrap()
                .len(),
            1
        );
        gateway.assert_books_hold();
    }
}

#[test]
fn wrong_settings_are_named_with_exit_3() {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("config.toml");
    let key = format!("[security]\nmaster_key = \"{}\"\n", "5a".repeat(32));
    let tenant = "[[tenant]]\nslug = \"a\"\nmode = \"test\"\nname = \"A\"\n";
    let cases = [
        (String::new(), "master_key"),
        (
            "[security]\nmaster_key = \"short\"\n".to_owned(),
            "64 hexadecimal digits",
        ),
        (format!("{key}[server]\nlisten_on = 1\n"), "listen_on"),
        (format!("{key}{tenant}"), "bank account"),
        (
            format!(
                "{key}{tenant}[[tenant.account]]\nbank = \"no bank\"\nnumber = \"1\"\nname = \"A\"\n"
            ),
            "no bank",
        ),
        (
            format!("{key}[server]\nlisten = \"256.0.0.1:1\"\n"),
            "256.0.0.1:1",
        ),
    ];
    for (text, said) in cases {
        let database = folder.path().join("x.sqlite");
        std::fs::write(
            &config,
            format!(
                "{text}\n[database]\nurl = \"sqlite:{}\"\n",
                database.display()
            ),
        )
        .unwrap();
        let output = std::process::Command::new(env!("CARGO_BIN_EXE_thungan"))
            .args(["serve", "--config"])
            .arg(&config)
            .output()
            .unwrap();
        let error = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(3), "{text}: {error}");
        assert!(error.contains(said), "{text}: {error}");
    }
}

#[test]
fn the_environment_overrides_the_file_value_by_value() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("address");
    let database = folder.path().join("from-environment.sqlite");
    std::fs::write(&place, format!("sqlite:{}\n", database.display())).unwrap();
    let master_key = folder.path().join("master.key");
    std::fs::write(&master_key, "5a".repeat(32)).unwrap();
    let config = folder.path().join("config.toml");
    std::fs::write(
        &config,
        "[database]\nurl = \"sqlite:/nonexistent/x.sqlite\"\n",
    )
    .unwrap();
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_thungan"))
        .args(["migrate", "--config"])
        .arg(&config)
        .env("THUNGAN_DATABASE__URL_FILE", &place)
        .env("THUNGAN_SECURITY__MASTER_KEY_FILE", &master_key)
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    assert!(database.exists());
}
