//! The drills: a life, a backup, a disaster, a restore, and business as before; the same for a move to
//! another database.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "test code"
)]

#[path = "../support/mod.rs"]
#[allow(
    unused_macros,
    unused_imports,
    reason = "each test binary uses its part"
)]
mod support;

mod backup;
mod killed;
mod moving;

use reqwest::Method;
use serde_json::{Value, json};
use std::path::Path;
use store::Options;
use store::testing::TestDatabase;
use support::bank::{sepay_notice, sign_sepay};
use support::{Gateway, SECRET, SOURCE};

/// A fresh database on each engine that there is.
async fn databases() -> Vec<TestDatabase> {
    [Some(TestDatabase::sqlite()), TestDatabase::postgres().await]
        .into_iter()
        .flatten()
        .collect()
}

/// A pair for each way from one engine to one engine.
async fn ways() -> Vec<(TestDatabase, TestDatabase)> {
    let mut ways = Vec::new();
    for from in 0..databases().await.len() {
        for to in 0..databases().await.len() {
            let (mut first, mut second) = (databases().await, databases().await);
            ways.push((first.swap_remove(from), second.swap_remove(to)));
        }
    }
    ways
}

/// Requests and money, and what a bad copy would lose: a request that is half paid, money that nobody
/// claims, and a callback that was not understood.
async fn life(gateway: &Gateway) -> (Value, String) {
    let paid = gateway
        .ask(json!({"amount": 79_000, "payer": {"id": "CANARYID", "name": "Trần Thị Ví Dụ"}, "metadata": {"note": "tab\t\\N"}}))
        .await;
    let notice = sepay_notice(1, 79_000, paid["reference"].as_str().unwrap()).to_string();
    gateway.hear(&notice).await;
    let half = gateway.ask_for(50_000).await;
    let part = sepay_notice(2, 20_000, half["reference"].as_str().unwrap());
    gateway.hear(&part.to_string()).await;
    gateway
        .hear(&sepay_notice(3, 12_345, "khong ro ai tra").to_string())
        .await;
    gateway.until(paid["id"].as_str().unwrap(), "paid").await;
    gateway.settled().await;
    gateway.assert_books_hold();
    (half, notice)
}

/// Everything that a caller can see of the books.
async fn books(gateway: &Gateway) -> Vec<Value> {
    let mut seen = Vec::new();
    for path in [
        "/v1/payment-requests?limit=200",
        "/v1/payments?limit=200",
        "/v1/callbacks?limit=200",
        "/v1/events?limit=200",
        "/v1/ledger/trial-balance",
    ] {
        seen.push(without_address(gateway.get(path).await));
    }
    seen
}

/// Links begin with the address of the process, which changes at every start.
fn without_address(mut value: Value) -> Value {
    match &mut value {
        Value::Object(members) => {
            members.retain(|name, _| !name.ends_with("_url"));
            members
                .values_mut()
                .for_each(|member| *member = without_address(member.take()));
        }
        Value::Array(items) => items
            .iter_mut()
            .for_each(|item| *item = without_address(item.take())),
        Value::String(text) if text.contains("http://") => *text = String::new(),
        _ => {}
    }
    value
}

/// The copy takes payments: the half-paid request is completed, and what was heard before is known.
async fn goes_on(gateway: &Gateway, half: &Value, heard: &str) {
    let before = gateway.get("/v1/payments?limit=200").await["data"]
        .as_array()
        .unwrap()
        .len();
    let headers = sign_sepay(SECRET, heard.as_bytes());
    gateway.callback(SOURCE, &headers, heard.as_bytes()).await;
    let rest = sepay_notice(4, 30_000, half["reference"].as_str().unwrap());
    gateway.hear(&rest.to_string()).await;
    gateway.until(half["id"].as_str().unwrap(), "paid").await;
    gateway.settled().await;
    let after = gateway.get("/v1/payments?limit=200").await["data"]
        .as_array()
        .unwrap()
        .len();
    assert_eq!(after, before + 1, "the repeat is no payment");
    let asked = gateway
        .call(
            Method::POST,
            "/v1/payment-requests",
            Some(json!({"amount": 1_000})),
        )
        .await;
    assert_eq!(asked.status.as_u16(), 201, "{}", asked.text);
    gateway.assert_books_hold();
}

/// Disaster: the data is gone.
fn destroy(database: &TestDatabase) {
    if let Options::Sqlite(path) = database.options() {
        for ending in ["", "-wal", "-shm"] {
            let _ = std::fs::remove_file(format!("{}{ending}", path.display()));
        }
    }
}

fn path_text(path: &Path) -> &str {
    path.to_str().unwrap()
}
