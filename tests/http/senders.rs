//! Every sender is heard in its own form; what proves nobody is kept apart and can be judged again.

use crate::support::bank::{sepay_notice, sign_sepay, vnpay_query};
use crate::support::{ACCOUNT, FAR_SOURCE, Gateway, QUERY_SOURCE, SECRET, SOURCE, on_both_engines};
use reconciler::callback::Dialect;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use store::testing::TestDatabase;

/// A secret of the form that the dialect wants.
fn secret(dialect: Dialect) -> &'static str {
    if dialect == Dialect::Thungan {
        return "whsec_dGVzdC1vbmx5LXNlbmRlcnMtc2VjcmV0LTAwMDAwMDE=";
    }
    let pair = "don-vi-mau:test-only-password";
    if dialect.is_usable(&reconciler::Secret::new("spk_test_only")) {
        "spk_test_only"
    } else {
        pair
    }
}

fn name(dialect: Dialect) -> String {
    format!("each-{}", dialect.as_str())
}

/// Changes the settings and starts again.
async fn change(gateway: &mut Gateway, change: impl FnOnce(String) -> String) {
    gateway.stop();
    let text = std::fs::read_to_string(gateway.config()).unwrap();
    std::fs::write(gateway.config(), change(text)).unwrap();
    gateway.start_again().await;
}

/// Gives the first tenant a source of each dialect.
async fn with_every_sender(gateway: &mut Gateway) {
    let sources: String = Dialect::ALL
        .into_iter()
        .map(|dialect| {
            let account = if dialect.needs_account() {
                format!("account = \"{ACCOUNT}\"\n")
            } else {
                String::new()
            };
            format!(
                "[[tenant.source]]\nname = \"{}\"\ndialect = \"{}\"\nsecret = \"{}\"\n{account}",
                name(dialect),
                dialect.as_str(),
                secret(dialect)
            )
        })
        .collect();
    change(gateway, |text| {
        let at = text.rfind("[[tenant]]").unwrap();
        format!("{}{sources}{}", &text[..at], &text[at..])
    })
    .await;
}

async fn every_sender(database: TestDatabase) {
    let mut gateway = Gateway::start(database, None).await;
    with_every_sender(&mut gateway).await;
    for dialect in Dialect::ALL {
        let request = gateway.ask_for(79_000).await;
        let id = request["id"].as_str().unwrap();
        let transfer = async |faults: &[&str]| -> Vec<Value> {
            let order = json!({
                "qr_payload": request["qr"]["payload"], "source": name(dialect), "faults": faults
            });
            let path = "/v1/simulator/transfers";
            let sent = gateway.call(Method::POST, path, Some(order)).await;
            assert_eq!(
                sent.status,
                StatusCode::CREATED,
                "{dialect:?}: {}",
                sent.text
            );
            sent.json["callbacks"].as_array().unwrap().clone()
        };
        // Someone who does not have the secret changes nothing.
        transfer(&["forge"]).await;
        gateway.settled().await;
        assert_eq!(gateway.request(id).await["status"], "open", "{dialect:?}");
        // The real one comes three times.
        let sent = transfer(&["duplicate"]).await;
        assert_eq!(sent.len(), 3, "{dialect:?}: {sent:?}");
        let paid = gateway.until(id, "paid").await;
        assert_eq!(paid["amount_received"], 79_000, "{dialect:?}");
    }
    gateway.settled().await;
    let count = Dialect::ALL.len();
    let payments = gateway.get("/v1/payments?limit=200").await;
    assert_eq!(payments["data"].as_array().unwrap().len(), count);
    let received = i64::try_from(count).unwrap() * 79_000;
    let trial = gateway.get("/v1/ledger/trial-balance").await;
    assert_eq!(trial["total_debit"], received);
    gateway.assert_books_hold();
}

#[tokio::test(flavor = "multi_thread")]
async fn every_sender_is_heard_in_its_form_settles_once_and_cannot_be_forged_on_sqlite() {
    every_sender(TestDatabase::sqlite()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_sender_is_heard_in_its_form_settles_once_and_cannot_be_forged_on_postgres() {
    if let Some(database) = TestDatabase::postgres().await {
        every_sender(database).await;
    }
}

async fn mended_key(database: TestDatabase) {
    let mut gateway = Gateway::start(database, None).await;
    let request = gateway.ask_for(79_000).await;
    let (id, reference) = (
        request["id"].as_str().unwrap(),
        request["reference"].as_str().unwrap(),
    );
    // The sender changed its secret and nobody told us.
    let body = sepay_notice(1, 79_000, reference).to_string();
    let headers = sign_sepay("the-new-secret", body.as_bytes());
    for _ in 0..3 {
        let refused = gateway.callback(SOURCE, &headers, body.as_bytes()).await;
        assert_eq!(refused.status, StatusCode::UNAUTHORIZED);
    }
    let kept = gateway.get("/v1/quarantine").await["data"].clone();
    assert_eq!(
        kept.as_array().unwrap().len(),
        1,
        "the same bytes are kept once: {kept}"
    );
    assert_eq!(
        (&kept[0]["state"], &kept[0]["reason"]),
        (&json!("not_authentic"), &json!("bad_signature"))
    );
    let path = format!("/v1/quarantine/{}/rerun", kept[0]["id"].as_str().unwrap());
    let still = gateway.call(Method::POST, &path, None).await;
    assert_eq!(
        (still.status, still.code()),
        (StatusCode::CONFLICT, "wrong_state")
    );
    let foreign = gateway
        .call_as(&gateway.neighbour_key, Method::POST, &path, None)
        .await;
    assert_eq!(foreign.status, StatusCode::NOT_FOUND);
    assert_eq!(gateway.request(id).await["status"], "open");

    change(&mut gateway, |text| text.replace(SECRET, "the-new-secret")).await;
    // Two people press the button, and the sender comes once more.
    let (first, second) = tokio::join!(
        gateway.call(Method::POST, &path, None),
        gateway.call(Method::POST, &path, None)
    );
    let mut statuses = [first.status.as_u16(), second.status.as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [202, 404]);
    let headers = sign_sepay("the-new-secret", body.as_bytes());
    let again = gateway.callback(SOURCE, &headers, body.as_bytes()).await;
    assert_eq!(again.status, StatusCode::OK);
    let paid = gateway.until(id, "paid").await;
    assert_eq!(paid["amount_received"], 79_000);
    assert_eq!(gateway.settled().await.len(), 1);
    assert_eq!(gateway.get("/v1/quarantine").await["data"], json!([]));
    gateway.assert_books_hold();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_wrong_key_refused_settles_once_after_the_key_is_mended_on_sqlite() {
    mended_key(TestDatabase::sqlite()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_wrong_key_refused_settles_once_after_the_key_is_mended_on_postgres() {
    if let Some(database) = TestDatabase::postgres().await {
        mended_key(database).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_source_with_networks_hears_only_them_behind_the_named_proxy_only() {
    let mut gateway = Gateway::on_sqlite().await;
    let body = sepay_notice(1, 5_000, "x").to_string();
    let from = |address: &str| {
        let mut headers = sign_sepay(SECRET, body.as_bytes());
        headers.push(("x-forwarded-for".to_owned(), address.to_owned()));
        headers
    };
    let inside = from("203.0.113.7");
    let hear = async |gateway: &Gateway, headers: &[(String, String)]| {
        let answer = gateway.callback(FAR_SOURCE, headers, body.as_bytes()).await;
        answer.status.as_u16()
    };
    // Without a named proxy the header is a claim of the caller's.
    assert_eq!(hear(&gateway, &inside).await, 403);
    change(&mut gateway, |text| {
        text.replace(
            "[server]\n",
            "[server]\ntrusted_proxies = [\"127.0.0.1\"]\n",
        )
    })
    .await;
    assert_eq!(hear(&gateway, &from("198.51.100.9")).await, 403);
    assert_eq!(
        hear(&gateway, &from("203.0.113.7, 198.51.100.9")).await,
        403
    );
    assert_eq!(gateway.get("/v1/callbacks").await["data"], json!([]));
    assert_eq!(hear(&gateway, &inside).await, 200);
    assert_eq!(gateway.settled().await.len(), 1);
}

on_both_engines! {
    async fn no_changed_query_is_taken_and_none_leaves_a_trace_in_the_books(gateway: &Gateway) {
        let request = gateway.ask_for(79_000).await;
        let query = vnpay_query("700100", 79_000, request["reference"].as_str().unwrap());
        let hear = async |query: &str| {
            let url = format!("{}/v1/callbacks/{QUERY_SOURCE}?{query}", gateway.base_url);
            let answer = gateway.client.get(url).send().await.unwrap();
            assert_eq!(answer.status(), StatusCode::OK);
            answer.json::<Value>().await.unwrap()["RspCode"].as_str().unwrap().to_owned()
        };
        let mut tried = 0;
        for at in 0..query.len() {
            let mut changed = query.clone().into_bytes();
            // Digits become other digits, letters other letters: it stays a query.
            changed[at] = match changed[at] {
                byte @ b'0'..=b'8' => byte + 1,
                b'9' => b'0',
                byte @ (b'a'..=b'y' | b'A'..=b'Y') => byte + 1,
                _ => continue,
            };
            let changed = String::from_utf8(changed).unwrap();
            tried += 1;
            assert_eq!(hear(&changed).await, "97", "{changed}");
        }
        assert!(tried > 200, "{tried}");
        assert_eq!(gateway.get("/v1/callbacks").await["data"], json!([]));
        assert_eq!(gateway.get("/v1/ledger/trial-balance").await["accounts"], json!([]));
        // At most thirty a minute are kept, whatever comes.
        let kept = gateway.get("/v1/quarantine?limit=200").await["data"].as_array().unwrap().len();
        assert!((1..=60).contains(&kept), "{kept}");
        assert_eq!(hear(&query).await, "00");
        gateway.until(request["id"].as_str().unwrap(), "paid").await;
        gateway.assert_books_hold();
    }
}
