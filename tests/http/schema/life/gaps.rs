//! A hole in the balances: opened, narrowed, explained.

use super::Watched;
use crate::support::bank::{now, sepay_notice, sign_sepay};
use crate::support::{SECOND_ACCOUNT, SECRET, SOURCE};
use reqwest::Method;
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// A movement that the bank booked so many minutes ago.
async fn hear(watched: &Watched<'_>, id: u64, minutes: i64, amount: i64, balance: i64) {
    let mut notice = sepay_notice(id, amount, "khong co ma");
    notice["accountNumber"] = json!(SECOND_ACCOUNT);
    notice["accumulated"] = json!(balance);
    notice["transactionDate"] = json!(now().plus_seconds(-60 * minutes).vietnam_local());
    let body = notice.to_string();
    let signed = sign_sepay(SECRET, body.as_bytes());
    let answer = watched.callback(SOURCE, &signed, &body).await;
    assert_eq!(answer.status.as_u16(), 200);
}

/// The only gap, as soon as it has this version.
async fn gap(watched: &Watched<'_>, version: i64) -> Value {
    let began = Instant::now();
    loop {
        let listed = watched.get("/v1/balance-gaps?state=open").await.json;
        let of_account =
            |gap: &&Value| gap["account_number"] == SECOND_ACCOUNT && gap["version"] == version;
        if let Some(gap) = listed["data"].as_array().unwrap().iter().find(of_account) {
            return gap.clone();
        }
        assert!(began.elapsed() < Duration::from_secs(20), "{listed}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

pub(super) async fn gaps(watched: &Watched<'_>) {
    hear(watched, 9_801, 3, 1_000, 1_001_000).await;
    hear(watched, 9_802, 1, 5_000, 1_016_000).await;
    let opened = gap(watched, 1).await;
    assert_eq!(opened["missing"], 10_000);
    hear(watched, 9_803, 2, 4_000, 1_005_000).await;
    let narrower = gap(watched, 2).await;
    assert_eq!(narrower["missing"], 6_000);
    let path = format!("/v1/balance-gaps/{}", narrower["id"].as_str().unwrap());
    watched.expect(200, Method::GET, &path, None).await;
    watched
        .expect(404, Method::GET, "/v1/balance-gaps/gap_x", None)
        .await;
    watched
        .expect(400, Method::GET, "/v1/balance-gaps?state=half", None)
        .await;
    let why = json!({"reason": "Lãi tiền gửi, ngân hàng không báo"});
    let explain = format!("{path}/explain");
    let closed = watched
        .expect(200, Method::POST, &explain, Some(why.clone()))
        .await;
    assert_eq!(
        (&closed["state"], &closed["resolution"]),
        (&json!("closed"), &json!("explained"))
    );
    watched
        .expect(409, Method::POST, &explain, Some(why.clone()))
        .await;
    let unknown = format!("/v1/balance-gaps/gap_{}/explain", "0".repeat(32));
    watched.expect(404, Method::POST, &unknown, Some(why)).await;
    watched
        .expect(200, Method::GET, "/v1/balance-gaps?state=closed", None)
        .await;
}
