//! Closing a day, sharing its money, passing it on.

use super::Watched;
use crate::support::bank::{sepay_notice, sign_sepay};
use crate::support::{ACCOUNT, SECRET, SOURCE};
use reqwest::Method;
use serde_json::json;

pub(super) async fn books(watched: &Watched<'_>) {
    let today = gateway::app::now().business_date();
    let yesterday = today.plus_days(-1);
    // The bank booked it yesterday, so yesterday has money.
    let request = watched
        .expect(
            201,
            Method::POST,
            "/v1/payment-requests",
            Some(json!({"lines": [{"item": "PHI-A"}]})),
        )
        .await;
    let memo = request["reference"].as_str().unwrap();
    let mut notice = sepay_notice(800, 20_000, memo);
    notice["transactionDate"] = json!(format!("{yesterday} 09:00:00"));
    let notice = notice.to_string();
    watched
        .callback(SOURCE, &sign_sepay(SECRET, notice.as_bytes()), &notice)
        .await;
    watched
        .gateway
        .until(request["id"].as_str().unwrap(), "paid")
        .await;

    let runs = "/v1/split-runs";
    let run = json!({"period": yesterday});
    watched
        .expect(409, Method::POST, runs, Some(run.clone()))
        .await;
    let dry = watched
        .expect(
            200,
            Method::POST,
            runs,
            Some(json!({"period": yesterday, "dry_run": true})),
        )
        .await;
    assert_eq!(dry["shares"][0]["collected"], 20_000, "{dry}");
    let close = json!({"period": yesterday, "explanations": {"other": "không có"}});
    watched
        .expect(
            409,
            Method::POST,
            "/v1/periods",
            Some(json!({"period": today})),
        )
        .await;
    watched
        .expect(201, Method::POST, "/v1/periods", Some(close.clone()))
        .await;
    watched
        .expect(200, Method::POST, "/v1/periods", Some(close))
        .await;
    watched
        .expect(
            422,
            Method::POST,
            "/v1/periods",
            Some(json!({"period": "2026-13"})),
        )
        .await;
    watched
        .expect(200, Method::GET, &format!("/v1/periods/{yesterday}"), None)
        .await;
    watched
        .expect(404, Method::GET, "/v1/periods/1999", None)
        .await;
    watched
        .expect(400, Method::GET, "/v1/periods?kind=week", None)
        .await;
    watched.expect(200, Method::GET, "/v1/periods", None).await;

    let posted = watched
        .expect(201, Method::POST, runs, Some(run.clone()))
        .await;
    watched.expect(200, Method::POST, runs, Some(run)).await;
    watched.expect(200, Method::GET, runs, None).await;
    watched
        .expect(400, Method::GET, "/v1/split-runs?limit=0", None)
        .await;
    let id = posted["id"].as_str().unwrap();
    watched
        .expect(200, Method::GET, &format!("{runs}/{id}"), None)
        .await;
    watched
        .expect(404, Method::GET, "/v1/split-runs/none", None)
        .await;

    let owed = watched
        .expect(
            200,
            Method::GET,
            "/v1/remittances/owed?recipient=budget",
            None,
        )
        .await;
    // The office of the tests is not autonomous: all of it is the budget's.
    assert_eq!(owed["data"][0]["outstanding"], 20_000);
    watched
        .expect(400, Method::GET, "/v1/remittances/owed?all=perhaps", None)
        .await;
    let orders = "/v1/remittances";
    let budget = json!({"recipient": "budget"});
    let order = watched
        .expect(201, Method::POST, orders, Some(budget.clone()))
        .await;
    watched
        .expect(409, Method::POST, orders, Some(budget))
        .await;
    watched
        .expect(
            422,
            Method::POST,
            orders,
            Some(json!({"recipient": "retained"})),
        )
        .await;
    watched.expect(200, Method::GET, orders, None).await;
    watched
        .expect(400, Method::GET, "/v1/remittances?cursor=!", None)
        .await;
    let payments = format!("{orders}/{}/payments", order["id"].as_str().unwrap());
    let payment = |amount: i64, account: &str| {
        Some(
            json!({"account_number": account, "bank_reference": "FT-OUT-1", "amount": amount, "value_date": today}),
        )
    };
    watched
        .expect(422, Method::POST, &payments, payment(5_000, "none"))
        .await;
    watched
        .expect(201, Method::POST, &payments, payment(5_000, ACCOUNT))
        .await;
    watched
        .expect(200, Method::POST, &payments, payment(5_000, ACCOUNT))
        .await;
    watched
        .expect(409, Method::POST, &payments, payment(6_000, ACCOUNT))
        .await;
    watched
        .expect(
            404,
            Method::POST,
            "/v1/remittances/none/payments",
            payment(1, ACCOUNT),
        )
        .await;
}
