//! Webhooks, the feed and the live stream.

use crate::support::portal::{Arrived, Portal};
use crate::support::{Gateway, WEBHOOK_SECRET, on_both_engines};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use std::time::Duration;
use store::testing::TestDatabase;

/// Verifies with the official library, which is not ours.
pub fn verified(arrived: &Arrived, secret: &str) -> bool {
    let webhook = standardwebhooks::Webhook::new(secret).unwrap();
    let mut headers = http::HeaderMap::new();
    for name in ["webhook-id", "webhook-timestamp", "webhook-signature"] {
        headers.insert(name, arrived.header(name).parse().unwrap());
    }
    webhook.verify(&arrived.body, &headers).is_ok()
}

async fn pay(gateway: &Gateway, request: &Value) {
    let body = json!({"qr_payload": request["qr"]["payload"]});
    gateway
        .call(Method::POST, "/v1/simulator/transfers", Some(body))
        .await;
    gateway.until(request["id"].as_str().unwrap(), "paid").await;
}

/// Each engine with a portal of its own.
async fn with_portal(test: impl AsyncFn(&Gateway, &Portal)) {
    let portal = Portal::listen();
    let gateway = Gateway::start(TestDatabase::sqlite(), Some(&portal.url)).await;
    test(&gateway, &portal).await;
    if let Some(database) = TestDatabase::postgres().await {
        let portal = Portal::listen();
        let gateway = Gateway::start(database, Some(&portal.url)).await;
        test(&gateway, &portal).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_change_arrives_once_signed_so_that_the_official_library_agrees() {
    with_portal(async |gateway, portal| {
        let request = gateway.ask_for(79_000).await;
        pay(gateway, &request).await;
        let arrived = portal.until(2).await;
        tokio::time::sleep(Duration::from_millis(300)).await;
        assert_eq!(portal.arrived().len(), 2);
        let mut types: Vec<_> = arrived
            .iter()
            .map(|a| a.json()["type"].as_str().unwrap().to_owned())
            .collect();
        types.sort();
        assert_eq!(types, ["payment_request.created", "payment_request.paid"]);
        for one in &arrived {
            assert!(verified(one, WEBHOOK_SECRET));
            assert!(!verified(
                one,
                "whsec_b3RoZXItc2VjcmV0LW90aGVyLXNlY3JldC0wMDAwMDA="
            ));
            assert_eq!(one.header("content-type"), "application/json");
            assert_eq!(one.json()["data"]["payment_request_id"], request["id"]);
        }
        let feed = gateway.get("/v1/events").await;
        for event in feed["data"].as_array().unwrap() {
            assert!(
                arrived
                    .iter()
                    .any(|one| one.header("webhook-id") == event["id"].as_str().unwrap())
            );
        }
        let deliveries = gateway.get("/v1/webhook-deliveries?status=delivered").await;
        assert_eq!(deliveries["data"].as_array().unwrap().len(), 2);
        gateway.assert_books_hold();
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_delivery_is_tried_again_with_the_same_id_and_a_new_signature() {
    with_portal(async |gateway, portal| {
        portal.answer_with(500);
        gateway.ask_for(79_000).await;
        portal.until(1).await;
        portal.answer_with(204);
        // The second attempt follows after 5 s ± 20 %.
        let arrived = portal.until(2).await;
        assert_eq!(
            arrived[0].header("webhook-id"),
            arrived[1].header("webhook-id")
        );
        assert_eq!(arrived[0].body, arrived[1].body);
        assert_ne!(
            arrived[0].header("webhook-timestamp"),
            arrived[1].header("webhook-timestamp")
        );
        assert!(verified(&arrived[1], WEBHOOK_SECRET));
        let mut delivery = gateway.get("/v1/webhook-deliveries").await["data"][0].clone();
        for _ in 0..200 {
            if delivery["status"] == "delivered" {
                break;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
            delivery = gateway.get("/v1/webhook-deliveries").await["data"][0].clone();
        }
        assert_eq!(
            (&delivery["status"], &delivery["attempts"]),
            (&json!("delivered"), &json!(2))
        );

        let path = format!(
            "/v1/webhook-deliveries/{}/replay",
            delivery["id"].as_str().unwrap()
        );
        assert_eq!(
            gateway.call(Method::POST, &path, None).await.status,
            StatusCode::ACCEPTED
        );
        assert_eq!(
            portal.until(3).await[2].header("webhook-id"),
            arrived[0].header("webhook-id")
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receiver_that_is_gone_is_switched_off_and_hears_nothing_more() {
    with_portal(async |gateway, portal| {
        portal.answer_with(410);
        gateway.ask_for(79_000).await;
        portal.until(1).await;
        let mut endpoint = Value::Null;
        for _ in 0..200 {
            endpoint = gateway.get("/v1/webhook-endpoints").await["data"][0].clone();
            if endpoint["disabled_at"].is_string() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        assert!(
            endpoint["disabled_reason"]
                .as_str()
                .unwrap()
                .contains("410"),
            "{endpoint}"
        );
        gateway.ask_for(79_000).await;
        tokio::time::sleep(Duration::from_millis(1500)).await;
        assert_eq!(portal.arrived().len(), 1);
        assert_eq!(
            gateway.get("/v1/webhook-deliveries?status=dead").await["data"]
                .as_array()
                .unwrap()
                .len(),
            1
        );
    })
    .await;
}

on_both_engines! {
    async fn an_endpoint_is_made_over_the_api_with_a_secret_shown_once(gateway: &Gateway) {
        let portal = Portal::listen();
        let made = gateway.call(Method::POST, "/v1/webhook-endpoints", Some(json!({"url": portal.url}))).await;
        assert_eq!(made.status, StatusCode::CREATED, "{}", made.text);
        let secret = made.json["secret"].as_str().unwrap();
        gateway.ask_for(5_000).await;
        let arrived = portal.until(1).await;
        assert!(verified(&arrived[0], secret));
        let listed = gateway.get("/v1/webhook-endpoints").await;
        assert!(!listed.to_string().contains(secret));
        let again = gateway.call(Method::POST, "/v1/webhook-endpoints", Some(json!({"url": portal.url}))).await;
        assert_eq!((again.status.as_u16(), again.code()), (409, "already_exists"));
        let path = format!("/v1/webhook-endpoints/{}", made.json["id"].as_str().unwrap());
        assert_eq!(gateway.call(Method::DELETE, &path, None).await.status, StatusCode::NO_CONTENT);
        gateway.ask_for(5_000).await;
        tokio::time::sleep(Duration::from_millis(500)).await;
        assert_eq!(portal.arrived().len(), 1);
        for bad in ["ftp://x/", "http://u:p@127.0.0.1/", "nonsense"] {
            let refused = gateway.call(Method::POST, "/v1/webhook-endpoints", Some(json!({"url": bad}))).await;
            assert_eq!((refused.status.as_u16(), refused.pointers()), (422, vec!["/url"]), "{bad}");
        }
    }

    async fn what_waited_for_a_deleted_endpoint_is_dead_and_can_be_sent_when_it_is_back(gateway: &Gateway) {
        let portal = Portal::listen();
        portal.answer_with(503);
        let made = gateway.call(Method::POST, "/v1/webhook-endpoints", Some(json!({"url": portal.url}))).await;
        gateway.ask_for(5_000).await;
        portal.until(1).await;
        let waiting = gateway.get("/v1/webhook-deliveries").await["data"][0]["id"].as_str().unwrap().to_owned();
        let replay = format!("/v1/webhook-deliveries/{waiting}/replay");
        let refused = gateway.call(Method::POST, &replay, None).await;
        assert_eq!((refused.status.as_u16(), refused.code()), (409, "wrong_state"));
        let path = format!("/v1/webhook-endpoints/{}", made.json["id"].as_str().unwrap());
        gateway.call(Method::DELETE, &path, None).await;
        assert_eq!(gateway.get("/v1/webhook-deliveries").await["data"][0]["status"], "dead");
        assert_eq!(gateway.call(Method::POST, &replay, None).await.code(), "wrong_state");
        portal.answer_with(204);
        let again = gateway.call(Method::POST, "/v1/webhook-endpoints", Some(json!({"url": portal.url}))).await;
        assert_eq!(again.status, StatusCode::CREATED);
        assert_eq!(gateway.call(Method::POST, &replay, None).await.status, StatusCode::ACCEPTED);
        let arrived = portal.until(2).await;
        assert_eq!(arrived[0].header("webhook-id"), arrived[1].header("webhook-id"));
        gateway.assert_books_hold();
    }

    async fn the_feed_goes_on_from_its_cursor_and_misses_nothing(gateway: &Gateway) {
        for _ in 0..5 { gateway.ask_for(5_000).await; }
        let mut sequences = Vec::new();
        let mut after = "0".to_owned();
        loop {
            let page = gateway.get(&format!("/v1/events?after={after}&limit=2")).await;
            sequences.extend(page["data"].as_array().unwrap().iter().map(|e| e["sequence"].as_i64().unwrap()));
            after = page["next_cursor"].as_str().unwrap().to_owned();
            if page["has_more"] == false { break; }
        }
        assert_eq!(sequences, [1, 2, 3, 4, 5]);
        let empty = gateway.get(&format!("/v1/events?after={after}")).await;
        assert_eq!((&empty["data"], &empty["next_cursor"]), (&json!([]), &json!("5")));
        let refused = gateway.call(Method::GET, "/v1/events?after=x", None).await;
        assert_eq!(refused.status, StatusCode::BAD_REQUEST);
    }

    async fn the_stream_tells_the_state_at_once_and_the_change_when_it_comes(gateway: &Gateway) {
        let request = gateway.ask_for(79_000).await;
        let id = request["id"].as_str().unwrap();
        let own = format!("{}/v1/payment-requests/{id}/events", gateway.base_url);
        let public = format!("{}/events", request["checkout_url"].as_str().unwrap());
        for url in [own, public] {
            let mut response = gateway.client.get(&url).bearer_auth(&gateway.key).send().await.unwrap();
            assert_eq!(response.headers()["content-type"], "text/event-stream");
            let first = String::from_utf8(response.chunk().await.unwrap().unwrap().to_vec()).unwrap();
            assert!(first.starts_with("id: ") && first.contains("event: status"), "{first}");
            if first.contains("\"status\":\"open\"") {
                pay(gateway, &request).await;
                let next = tokio::time::timeout(Duration::from_secs(10), response.chunk()).await.unwrap();
                let next = String::from_utf8(next.unwrap().unwrap().to_vec()).unwrap();
                assert!(next.contains("\"status\":\"paid\"") && next.contains("\"version\":2"), "{next}");
            } else {
                assert!(first.contains("\"status\":\"paid\""), "{first}");
            }
        }
        let unknown = gateway.client.get(format!("{}/pay/{}/events", gateway.base_url, "0".repeat(32))).send().await.unwrap();
        assert_eq!(unknown.status(), StatusCode::NOT_FOUND);
    }
}
