//! Callbacks: what is authentic is kept before it is answered; what is not leaves no trace in the books.

use crate::support::bank::{now, sepay_notice, sign_sepay, sign_sepay_at};
use crate::support::{
    ACCOUNT, NEIGHBOUR_SOURCE, OWN_SECRET, OWN_SOURCE, SECRET, SOURCE, on_both_engines,
};
use reconciler::Secret;
use reqwest::StatusCode;
use serde_json::{Value, json};

on_both_engines! {
    async fn a_thousand_concurrent_copies_of_one_callback_book_one_entry_and_are_all_answered(gateway: &Gateway) {
        let request = gateway.ask_for(79_000).await;
        let body = sepay_notice(1, 79_000, request["reference"].as_str().unwrap()).to_string();
        let headers = sign_sepay(SECRET, body.as_bytes());
        let copies: Vec<_> = (0..32).map(|_| {
            let client = gateway.client.clone();
            let url = format!("{}/v1/callbacks/{SOURCE}", gateway.base_url);
            let (body, headers) = (body.clone(), headers.clone());
            tokio::spawn(async move {
                let mut good = 0;
                for _ in 0..32 {
                    let mut request = client.post(&url).header("content-type", "application/json").body(body.clone());
                    for (name, value) in &headers { request = request.header(name, value); }
                    let response = request.send().await.unwrap();
                    good += i32::from(response.status() == StatusCode::OK);
                    assert_eq!(response.json::<Value>().await.unwrap(), json!({"success": true}));
                }
                good
            })
        }).collect();
        let mut good = 0;
        for copy in copies { good += copy.await.unwrap(); }
        assert_eq!(good, 1024);
        let messages = gateway.settled().await;
        assert_eq!(messages.len(), 1);
        let trial = gateway.get("/v1/ledger/trial-balance").await;
        assert_eq!((&trial["as_of_journal_sequence"], &trial["total_debit"]), (&json!(1), &json!(79_000)));
        gateway.assert_books_hold();
    }

    async fn nothing_forged_altered_stripped_or_stale_is_accepted(gateway: &Gateway) {
        let request = gateway.ask_for(79_000).await;
        let body = sepay_notice(1, 79_000, request["reference"].as_str().unwrap()).to_string();
        let good = sign_sepay(SECRET, body.as_bytes());
        let altered = body.replace("79000", "79001");
        let stripped: Vec<_> = good.iter().filter(|(name, _)| !name.to_lowercase().contains("signature")).cloned().collect();
        let doubled: Vec<_> = good.iter().chain(&good).cloned().collect();
        type Case<'a> = (&'a str, Vec<(String, String)>, &'a str);
        let cases: [Case<'_>; 8] = [
            ("no headers", vec![], &body),
            ("no signature", stripped, &body),
            ("signature twice", doubled, &body),
            ("another secret", sign_sepay("guess", body.as_bytes()), &body),
            ("the neighbour's secret", sign_sepay("test-only-neighbour-secret", body.as_bytes()), &body),
            ("altered body", good.clone(), &altered),
            ("301 seconds old", sign_sepay_at(SECRET, body.as_bytes(), now().plus_seconds(-302)), &body),
            ("301 seconds ahead", sign_sepay_at(SECRET, body.as_bytes(), now().plus_seconds(303)), &body),
        ];
        for (name, headers, body) in cases {
            let refused = gateway.callback(SOURCE, &headers, body.as_bytes()).await;
            assert_eq!((refused.status.as_u16(), refused.code()), (401, "callback_not_authentic"), "{name}: {}", refused.text);
        }
        let unknown = gateway.callback("no-such-source", &good, body.as_bytes()).await;
        assert_eq!(unknown.status, StatusCode::NOT_FOUND);
        let other_door = gateway.callback(NEIGHBOUR_SOURCE, &good, body.as_bytes()).await;
        assert_eq!(other_door.status, StatusCode::UNAUTHORIZED);
        assert_eq!(gateway.get("/v1/callbacks").await["data"], json!([]));
        assert_eq!(gateway.get("/v1/ledger/trial-balance").await["accounts"], json!([]));
        assert_eq!(gateway.request(request["id"].as_str().unwrap()).await["status"], "open");
    }

    async fn the_secret_before_is_still_accepted_while_the_sender_changes(gateway: &Gateway) {
        let body = sepay_notice(7, 5_000, "x").to_string();
        let headers = sign_sepay("test-only-secret-before", body.as_bytes());
        assert_eq!(gateway.callback(SOURCE, &headers, body.as_bytes()).await.status, StatusCode::OK);
    }

    async fn a_callback_that_cannot_be_read_is_kept_and_refused_with_the_member(gateway: &Gateway) {
        let good = sepay_notice(1, 79_000, "x").to_string();
        let cases = [
            good.replace("\"transferAmount\":79000", "\"transferAmount\":\"79000\""),
            good.replace("\"transferAmount\":79000", "\"transferAmount\":79000.5"),
            good.replace("\"transferAmount\":79000", "\"transferAmount\":79000,\"transferAmount\":1"),
            good.replace("\"transferAmount\":79000", "\"transferAmount\":-1"),
            // More than any transfer: it must not use up the range of the account's balance.
            good.replace("\"transferAmount\":79000", "\"transferAmount\":10000000000001"),
            good.replace("\"in\"", "\"sideways\""),
            "not json".to_owned(),
        ];
        for body in &cases {
            let refused = gateway.callback(SOURCE, &sign_sepay(SECRET, body.as_bytes()), body.as_bytes()).await;
            assert_eq!((refused.status.as_u16(), refused.code()), (400, "malformed_callback"), "{body}: {}", refused.text);
        }
        let messages = gateway.settled().await;
        assert_eq!(messages.len(), cases.len());
        assert!(messages.iter().all(|message| message["outcome"] == "quarantined"));
        assert_eq!(gateway.get("/v1/ledger/trial-balance").await["accounts"], json!([]));
        gateway.assert_books_hold();
    }

    async fn a_callback_too_large_or_compressed_is_refused(gateway: &Gateway) {
        let large = "x".repeat(65 * 1024);
        let refused = gateway.callback(SOURCE, &sign_sepay(SECRET, large.as_bytes()), large.as_bytes()).await;
        assert_eq!(refused.status, StatusCode::PAYLOAD_TOO_LARGE);
        let body = sepay_notice(1, 79_000, "x").to_string();
        let mut headers = sign_sepay(SECRET, body.as_bytes());
        headers.push(("content-encoding".into(), "gzip".into()));
        let refused = gateway.callback(SOURCE, &headers, body.as_bytes()).await;
        assert_eq!(refused.status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
        assert_eq!(gateway.get("/v1/callbacks").await["data"], json!([]));
    }

    async fn the_same_id_with_another_body_is_a_recorded_conflict(gateway: &Gateway) {
        let request = gateway.ask_for(79_000).await;
        let reference = request["reference"].as_str().unwrap();
        gateway.hear(&sepay_notice(1, 79_000, reference).to_string()).await;
        gateway.settled().await;
        gateway.hear(&sepay_notice(1, 5_000_000, reference).to_string()).await;
        let messages = gateway.settled().await;
        assert_eq!(messages.iter().map(|m| m["outcome"].clone()).collect::<Vec<_>>(), ["settled", "conflict"]);
        assert_eq!(messages[0]["payment_id"], messages[1]["payment_id"]);
        let conflicts = gateway.get("/v1/callbacks?outcome=conflict").await;
        assert_eq!(conflicts["data"].as_array().unwrap().len(), 1);
        assert_eq!(gateway.get("/v1/ledger/trial-balance").await["total_debit"], 79_000);
        gateway.assert_books_hold();
    }

    async fn a_bank_that_builds_to_us_is_heard_in_our_own_dialect(gateway: &Gateway) {
        let request = gateway.ask_for(79_000).await;
        let body = json!({
            "notification_id": "N-1", "account_number": ACCOUNT, "credit_debit_indicator": "CRDT",
            "amount": 79_000, "currency": "VND", "booked_at": now(),
            "remittance_information": format!("Nop {}", request["reference"].as_str().unwrap()),
        }).to_string();
        let headers = reconciler::callback::thungan::sign(&Secret::new(OWN_SECRET), "msg_1", now(), body.as_bytes()).unwrap();
        let heard = gateway.callback(OWN_SOURCE, &headers, body.as_bytes()).await;
        assert_eq!(heard.status, StatusCode::OK, "{}", heard.text);
        gateway.until(request["id"].as_str().unwrap(), "paid").await;
        gateway.assert_books_hold();
    }
}
