//! Receipts: of a payment and of its neighbours, printed, cancelled, replaced.

use super::Watched;
use reqwest::Method;
use serde_json::json;

pub(super) async fn receipts(watched: &Watched<'_>) {
    let ask = json!({"lines": [{"item": "PHI-A"}], "payer": {"name": "Trần Thị Ví Dụ"}});
    let request = watched
        .expect(201, Method::POST, "/v1/payment-requests", Some(ask))
        .await;
    let id = request["id"].as_str().unwrap();
    watched.pay(id, json!({})).await;
    watched.gateway.until(id, "paid").await;

    let list = "/v1/receipts";
    let found = watched
        .expect(
            200,
            Method::GET,
            &format!("{list}?payment_request={id}"),
            None,
        )
        .await;
    let receipt = found["data"][0]["id"].as_str().unwrap().to_owned();
    watched
        .expect(200, Method::GET, &format!("{list}?limit=1"), None)
        .await;
    watched
        .expect(
            404,
            Method::GET,
            &format!("{list}?payment_request=none"),
            None,
        )
        .await;
    watched
        .expect(400, Method::GET, &format!("{list}?limit=0"), None)
        .await;
    watched
        .expect(200, Method::GET, "/v1/receipts/verification-key", None)
        .await;
    for (path, good) in [("", true), ("/xml", true), ("", false), ("/xml", false)] {
        let id = if good { receipt.as_str() } else { "none" };
        let status = if good { 200 } else { 404 };
        watched
            .expect(status, Method::GET, &format!("{list}/{id}{path}"), None)
            .await;
    }
    let reason = json!({"reason": "Sai tên người nộp"});
    let acts = [
        ("prints", json!({"paper": "a5"})),
        ("cancel", reason.clone()),
        ("replace", reason.clone()),
    ];
    for (act, body) in acts {
        watched
            .expect(404, Method::POST, &format!("{list}/none/{act}"), Some(body))
            .await;
    }
    for paper in ["a4", "a5"] {
        let prints = format!("{list}/{receipt}/prints");
        watched
            .expect(200, Method::POST, &prints, Some(json!({ "paper": paper })))
            .await;
    }
    let cancel = format!("{list}/{receipt}/cancel");
    watched
        .expect(200, Method::POST, &cancel, Some(reason.clone()))
        .await;
    let other = json!({"reason": "Lý do khác"});
    watched
        .expect(409, Method::POST, &cancel, Some(other))
        .await;
    let replace = format!("{list}/{receipt}/replace");
    let corrected = json!({"reason": "Sai tên người nộp", "payer_name": "Trần Văn Ví Dụ"});
    let new = watched
        .expect(201, Method::POST, &replace, Some(corrected))
        .await;
    assert_eq!(new["content"]["payer_name"], "Trần Văn Ví Dụ");
    watched
        .expect(409, Method::POST, &replace, Some(reason))
        .await;
}
