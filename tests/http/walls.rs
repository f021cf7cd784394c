//! Tenants cannot see or touch each other: a foreign object answers like a missing one.

use crate::support::on_both_engines;
use reqwest::Method;
use serde_json::json;

on_both_engines! {
    async fn a_neighbours_key_sees_nothing_of_the_office(gateway: &Gateway) {
        let request = gateway.ask(json!({"amount": 79_000, "external_id": "CANARY-HS", "payer": {"name": "CANARY PAYER"}})).await;
        let body = json!({"qr_payload": request["qr"]["payload"]});
        gateway.call(Method::POST, "/v1/simulator/transfers", Some(body)).await;
        let id = request["id"].as_str().unwrap();
        gateway.until(id, "paid").await;
        gateway.call(Method::POST, "/v1/webhook-endpoints", Some(json!({"url": "http://127.0.0.1:9/CANARY"}))).await;
        let endpoint = gateway.get("/v1/webhook-endpoints").await["data"][0]["id"].as_str().unwrap().to_owned();
        gateway.ask_for(5_000).await;
        let delivery = gateway.get("/v1/webhook-deliveries").await["data"][0]["id"].as_str().unwrap().to_owned();

        let objects = [
            (Method::GET, format!("/v1/payment-requests/{id}")),
            (Method::GET, "/v1/payment-requests/CANARY-HS".to_owned()),
            (Method::POST, format!("/v1/payment-requests/{id}/cancel")),
            (Method::GET, format!("/v1/payment-requests/{id}/qr.png")),
            (Method::GET, format!("/v1/payment-requests/{id}/qr.svg")),
            (Method::GET, format!("/v1/payment-requests/{id}/events")),
            (Method::GET, format!("/v1/payments?payment_request={id}")),
            (Method::GET, "/v1/ledger/accounts/bank:0011001234567/postings".to_owned()),
            (Method::DELETE, format!("/v1/webhook-endpoints/{endpoint}")),
            (Method::GET, format!("/v1/webhook-endpoints/{endpoint}")),
            (Method::PATCH, format!("/v1/webhook-endpoints/{endpoint}")),
            (Method::POST, format!("/v1/webhook-endpoints/{endpoint}/rotate-secret")),
            (Method::POST, format!("/v1/webhook-endpoints/{endpoint}/test")),
            (Method::GET, format!("/v1/webhook-deliveries/{delivery}")),
            (Method::POST, format!("/v1/webhook-deliveries/{delivery}/replay")),
            (Method::POST, "/v1/webhook-deliveries/replay".to_owned()),
        ];
        for (method, path) in objects {
            let body = match path.rsplit('/').next().unwrap() {
                "rotate-secret" => Some(json!({"overlap_hours": 1})),
                "replay" if !path.contains(&delivery) => Some(json!({"since": "2026-01-01T00:00:00Z", "endpoint_id": endpoint})),
                _ if method == Method::PATCH => Some(json!({"enabled": false})),
                _ => None,
            };
            let refused = gateway.call_as(&gateway.neighbour_key, method.clone(), &path, body).await;
            assert_eq!((refused.status.as_u16(), refused.code()), (404, "not_found"), "{method} {path}");
            assert!(!refused.text.contains("CANARY"), "{path}");
        }
        for path in ["/v1/payment-requests", "/v1/payments", "/v1/callbacks", "/v1/events", "/v1/webhook-endpoints",
            "/v1/webhook-deliveries", &format!("/v1/webhook-deliveries?endpoint_id={endpoint}"), "/v1/ledger/trial-balance", "/v1/reports/collections",
            "/v1/reports/collections?format=csv", "/v1/payee-accounts", "/v1/fee-items"] {
            let own = gateway.call_as(&gateway.neighbour_key, Method::GET, path, None).await;
            assert_eq!(own.status.as_u16(), 200, "{path}");
            for canary in ["CANARY", "0011001234567", "79000", request["reference"].as_str().unwrap(), "CT-CHUKY"] {
                assert!(!own.text.contains(canary), "{path} shows {canary}");
            }
        }
        // The same own id at the neighbour is another request.
        let theirs = gateway.call_as(&gateway.neighbour_key, Method::PUT, "/v1/payment-requests/CANARY-HS", Some(json!({"amount": 1_000}))).await;
        assert_eq!(theirs.status.as_u16(), 201);
        assert!(theirs.json["reference"].as_str().unwrap().starts_with("QT"));
    }

    async fn money_for_the_offices_reference_through_the_neighbours_source_pays_nothing(gateway: &Gateway) {
        let request = gateway.ask_for(79_000).await;
        let body = json!({
            "id": 1, "gateway": "Vietcombank", "transactionDate": "2026-11-22 09:00:00",
            "accountNumber": "0011001234567", "code": null, "content": request["reference"],
            "transferType": "in", "transferAmount": 79_000, "accumulated": 0, "subAccount": null,
            "referenceCode": "FT1", "description": "",
        }).to_string();
        let headers = crate::support::bank::sign_sepay("test-only-neighbour-secret", body.as_bytes());
        let heard = gateway.callback(crate::support::NEIGHBOUR_SOURCE, &headers, body.as_bytes()).await;
        assert_eq!(heard.status.as_u16(), 200);
        tokio::time::sleep(std::time::Duration::from_millis(300)).await;
        assert_eq!(gateway.request(request["id"].as_str().unwrap()).await["status"], "open");
        let theirs = gateway.call_as(&gateway.neighbour_key, Method::GET, "/v1/payments", None).await;
        assert_eq!(theirs.json["data"][0]["outcome"], "suspense");
        assert_eq!(gateway.get("/v1/payments").await["data"], json!([]));
        gateway.assert_books_hold();
    }
}
