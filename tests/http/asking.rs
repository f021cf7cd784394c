//! Asking for money.

use crate::support::{Gateway, answer, on_both_engines};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

async fn put(gateway: &Gateway, id: &str, body: Value) -> crate::support::Answer {
    gateway
        .call(
            Method::PUT,
            &format!("/v1/payment-requests/{id}"),
            Some(body),
        )
        .await
}

on_both_engines! {
    async fn a_request_answers_with_everything_that_a_portal_needs(gateway: &Gateway) {
        let body = json!({
            "lines": [{"item": "CT-CHUKY", "quantity": 2}, {"description": "Bản sao", "amount": 4000}],
            "description": "Phí chứng thực", "flow": "QC", "payee_account": "2110009999999",
            "expires_at": "2099-01-01T00:00:00+07:00".replace("2099", "2027"),
            "payer": {"id": "079", "name": "Trần Thị Ví Dụ"}, "metadata": {"dossier": "H29", "n": 1.5},
        });
        let created = put(gateway, "H29.12-251103-0007%2F1", body.clone()).await;
        assert_eq!(created.status, StatusCode::CREATED, "{}", created.text);
        let request = &created.json;
        assert_eq!(request["external_id"], "H29.12-251103-0007/1");
        assert_eq!(request["amount"], 24_000);
        assert_eq!(request["status"], "open");
        assert_eq!(request["currency"], "VND");
        assert_eq!(request["payee_account"]["bank_name"], "BIDV");
        assert_eq!(request["lines"][0]["description"], "Phí chứng thực chữ ký");
        assert_eq!(request["metadata"], json!({"dossier": "H29", "n": 1.5}));
        assert_eq!(request["livemode"], false);
        let reference = request["reference"].as_str().unwrap();
        assert!(payment::Reference::parse(reference).is_ok() && reference.starts_with("QC"), "{reference}");
        let memo = request["memo"].as_str().unwrap();
        assert!(memo.starts_with(reference) && memo.len() <= 25 && memo.is_ascii(), "{memo}");

        let payable = vietqr::decode(request["qr"]["payload"].as_str().unwrap()).payable().unwrap();
        assert_eq!(payable.bin.as_str(), "970418");
        assert_eq!(payable.account, "2110009999999");
        assert_eq!(payable.amount.unwrap().get(), 24_000);
        assert_eq!(payable.purpose.as_deref(), Some(memo));
        assert!(payable.one_time);

        let again = put(gateway, "H29.12-251103-0007%2F1", body).await;
        assert_eq!((again.status, &again.json), (StatusCode::OK, request));
        let by_id = gateway.request(request["id"].as_str().unwrap()).await;
        assert_eq!(&by_id, request);
        assert_eq!(&gateway.request("H29.12-251103-0007%2F1").await, request);
    }

    async fn the_portals_id_with_another_body_is_refused_and_changes_nothing(gateway: &Gateway) {
        let first = put(gateway, "HS-1", json!({"amount": 5000})).await;
        let other = put(gateway, "HS-1", json!({"amount": 5001})).await;
        assert_eq!((other.status.as_u16(), other.code()), (409, "payment_request_differs"));
        let posted = gateway.call(Method::POST, "/v1/payment-requests", Some(json!({"external_id": "HS-1", "amount": 7}))).await;
        assert_eq!(posted.status, StatusCode::CONFLICT);
        assert_eq!(gateway.request("HS-1").await, first.json);
        let list = gateway.get("/v1/payment-requests").await;
        assert_eq!(list["data"].as_array().unwrap().len(), 1);
    }

    async fn racers_on_one_id_make_one_request(gateway: &Gateway) {
        let racers: Vec<_> = (0..32).map(|_| {
            let request = gateway.client
                .put(format!("{}/v1/payment-requests/HS-RACE", gateway.base_url))
                .bearer_auth(&gateway.key).json(&json!({"amount": 5000}));
            tokio::spawn(async move { answer(request.send().await.unwrap()).await })
        }).collect();
        let mut created = 0;
        let mut ids = std::collections::BTreeSet::new();
        for racer in racers {
            let answer = racer.await.unwrap();
            assert!(answer.status.is_success(), "{}", answer.text);
            created += i32::from(answer.status == StatusCode::CREATED);
            ids.insert(answer.json["id"].as_str().unwrap().to_owned());
        }
        assert_eq!((created, ids.len()), (1, 1));
        gateway.assert_books_hold();
    }

    async fn an_idempotency_key_replays_and_refuses_another_body(gateway: &Gateway) {
        let post = async |key: &str, body: &Value| {
            let request = gateway.client.post(format!("{}/v1/payment-requests", gateway.base_url))
                .bearer_auth(&gateway.key).header("idempotency-key", key).json(body);
            answer(request.send().await.unwrap()).await
        };
        let first = post("k-1", &json!({"amount": 5000})).await;
        assert_eq!((first.status, first.headers.get("idempotency-replayed")), (StatusCode::CREATED, None));
        let replay = post("k-1", &json!({"amount": 5000})).await;
        assert_eq!((replay.status, &replay.json["id"]), (StatusCode::CREATED, &first.json["id"]));
        assert_eq!(replay.headers["idempotency-replayed"], "true");
        let other = post("k-1", &json!({"amount": 5001})).await;
        assert_eq!((other.status.as_u16(), other.code()), (422, "idempotency_key_reused"));
        let new = post("k-2", &json!({"amount": 5000})).await;
        assert_ne!(new.json["id"], first.json["id"]);
        assert_eq!(post("two words", &json!({"amount": 1})).await.status, StatusCode::BAD_REQUEST);
        // A key that named an object made before is used up as well.
        let named = json!({"amount": 5000, "external_id": "HS-KEY"});
        assert_eq!(post("k-3", &named).await.status, StatusCode::CREATED);
        assert_eq!(post("k-4", &named).await.status, StatusCode::OK);
        assert_eq!(post("k-4", &json!({"amount": 1})).await.code(), "idempotency_key_reused");
    }

    async fn a_repeat_after_the_expiry_answers_the_same_and_a_new_request_in_the_past_is_refused(gateway: &Gateway) {
        let soon = crate::support::bank::now().plus_seconds(1);
        let body = json!({"amount": 5000, "expires_at": soon});
        let post = async |key: &str| {
            let request = gateway.client.post(format!("{}/v1/payment-requests", gateway.base_url))
                .bearer_auth(&gateway.key).header("idempotency-key", key).json(&body);
            answer(request.send().await.unwrap()).await
        };
        let by_id = put(gateway, "HS-SOON", body.clone()).await;
        let by_key = post("soon").await;
        assert_eq!((by_id.status, by_key.status), (StatusCode::CREATED, StatusCode::CREATED));
        gateway.until("HS-SOON", "expired").await;
        gateway.until(by_key.json["id"].as_str().unwrap(), "expired").await;
        assert_eq!(put(gateway, "HS-SOON", body.clone()).await.status, StatusCode::OK);
        assert_eq!(post("soon").await.json["id"], by_key.json["id"]);
        assert_eq!(post("another key").await.status, StatusCode::BAD_REQUEST);
        for refused in [post("another-key").await, put(gateway, "HS-NEW", body.clone()).await] {
            assert_eq!((refused.status.as_u16(), refused.pointers()), (422, vec!["/expires_at"]), "{}", refused.text);
        }
    }

    async fn everything_wrong_with_a_body_is_named_at_once_and_leaves_no_trace(gateway: &Gateway) {
        let cases: [(Value, &[&str]); 15] = [
            (json!({}), &["/amount"]),
            (json!({"amount": 0}), &["/amount"]),
            (json!({"amount": -5, "flow": "CH", "payee_account": "1", "expires_at": "2020-01-01T00:00:00Z"}),
                &["/amount", "/flow", "/payee_account", "/expires_at"]),
            (json!({"amount": 500_000_000}), &["/amount"]),
            (json!({"amount": i64::MAX}), &["/amount"]),
            (json!({"amount": 5, "currency": "USD"}), &["/currency"]),
            (json!({"amount": 5, "lines": [{"amount": 4}]}), &["/amount"]),
            (json!({"lines": []}), &["/lines"]),
            (json!({"lines": [{"item": "x y", "amount": 4}, {"amount": -1}, {"item": "NONE"}]}),
                &["/lines/0/item", "/lines/1/amount", "/lines/2/amount"]),
            (json!({"lines": [{"item": "CT-CHUKY", "amount": 4, "quantity": 1}]}), &["/lines/0/quantity"]),
            (json!({"amount": 5, "description": "a\u{202e}b"}), &["/description"]),
            (json!({"amount": 5, "payer": {"name": "x".repeat(151)}}), &["/payer/name"]),
            (json!({"amount": 5, "external_id": "preq_1"}), &["/external_id"]),
            (json!({"amount": 5, "metadata": {"x": "y".repeat(9000)}}), &["/metadata"]),
            (json!({"amount": 5, "expires_at": "2090-01-01T00:00:00Z"}), &["/expires_at"]),
        ];
        for (body, pointers) in cases {
            let refused = gateway.call(Method::POST, "/v1/payment-requests", Some(body.clone())).await;
            assert_eq!((refused.status.as_u16(), refused.code()), (422, "validation_failed"), "{body}: {}", refused.text);
            assert_eq!(refused.pointers(), pointers, "{body}");
            assert_eq!(refused.headers["content-type"], "application/problem+json");
            assert!(refused.json["request_id"].as_str().unwrap().starts_with("req_"));
        }
        assert_eq!(gateway.get("/v1/payment-requests").await["data"], json!([]));
        assert_eq!(gateway.get("/v1/events").await["data"], json!([]));
    }

    async fn a_body_that_is_not_strict_json_is_refused_with_its_place(gateway: &Gateway) {
        let deep = format!("{{\"amount\":5,\"metadata\":{}1{}}}", "{\"a\":".repeat(20), "}".repeat(20));
        let cases: [(&str, u16, &str); 10] = [
            ("{\"amount\":5,\"amount\":6}", 400, "/amount"),
            ("{\"amount\":5,\"metadata\":{\"a\":1,\"a\":2}}", 400, "/metadata/a"),
            ("{\"amount\":5", 400, ""),
            ("", 400, ""),
            ("{\"amount\":5} x", 400, ""),
            (&deep, 400, ""),
            ("{\"amount\":\"5\"}", 422, "/amount"),
            ("{\"amount\":5.0}", 422, "/amount"),
            ("{\"amount\":5,\"colour\":\"red\"}", 422, "/colour"),
            ("[]", 422, ""),
        ];
        for (body, status, pointer) in cases {
            let request = gateway.client.post(format!("{}/v1/payment-requests", gateway.base_url))
                .bearer_auth(&gateway.key).header("content-type", "application/json").body(body.to_owned());
            let refused = answer(request.send().await.unwrap()).await;
            assert_eq!(refused.status.as_u16(), status, "{body}: {}", refused.text);
            if !pointer.is_empty() { assert_eq!(refused.pointers(), [pointer], "{body}"); }
        }
    }

    async fn a_body_too_large_or_of_another_type_is_refused(gateway: &Gateway) {
        let send = async |content_type: &str, encoding: Option<&str>, body: Vec<u8>| {
            let mut request = gateway.client.post(format!("{}/v1/payment-requests", gateway.base_url))
                .bearer_auth(&gateway.key).header("content-type", content_type).body(body);
            if let Some(encoding) = encoding { request = request.header("content-encoding", encoding); }
            let answer = answer(request.send().await.unwrap()).await;
            (answer.status.as_u16(), answer.code().to_owned())
        };
        assert_eq!(send("application/json", None, vec![b' '; 300_000]).await, (413, "body_too_large".into()));
        assert_eq!(send("text/plain", None, b"{}".to_vec()).await, (415, "unsupported_media_type".into()));
        assert_eq!(send("application/json", Some("gzip"), b"{}".to_vec()).await, (415, "unsupported_media_type".into()));
    }

    async fn without_a_live_key_nothing_is_told(gateway: &Gateway) {
        let wrong = gateway.key.replace("tn_test_", "tn_live_");
        let mut mistyped = gateway.key.clone();
        mistyped.pop();
        for key in ["", "x", &wrong, &mistyped, "tn_test_00000000000000000000000000000000000000000000000000"] {
            let refused = gateway.call_as(key, Method::GET, "/v1/payment-requests", None).await;
            assert_eq!((refused.status.as_u16(), refused.code()), (401, "unauthenticated"), "{key}");
            assert_eq!(refused.headers["www-authenticate"], "Bearer");
        }
    }

    async fn a_list_goes_on_where_it_stopped_while_new_requests_come(gateway: &Gateway) {
        for amount in 1..=7 { gateway.ask_for(amount * 1000).await; }
        let mut seen = Vec::new();
        let mut cursor = String::new();
        loop {
            let page = gateway.get(&format!("/v1/payment-requests?limit=3&cursor={cursor}").replace("&cursor=", if cursor.is_empty() { "" } else { "&cursor=" })).await;
            seen.extend(page["data"].as_array().unwrap().iter().map(|r| r["amount"].as_i64().unwrap()));
            gateway.ask_for(99_000).await;
            match page["next_cursor"].as_str() { Some(next) => cursor = next.to_owned(), None => break }
        }
        assert_eq!(seen, [7000, 6000, 5000, 4000, 3000, 2000, 1000]);
        for bad in ["limit=0", "limit=201", "limit=x", "cursor=%25", "status=unknown"] {
            let refused = gateway.call(Method::GET, &format!("/v1/payment-requests?{bad}"), None).await;
            assert_eq!((refused.status.as_u16(), refused.code()), (400, "invalid_parameter"), "{bad}");
        }
    }

    async fn the_picture_is_the_payload(gateway: &Gateway) {
        let request = gateway.ask_for(79_000).await;
        let id = request["id"].as_str().unwrap();
        let own = format!("{}/v1/payment-requests/{id}/qr.png", gateway.base_url);
        for url in [own.as_str(), request["qr"]["png_url"].as_str().unwrap()] {
            let response = gateway.client.get(url).bearer_auth(&gateway.key).send().await.unwrap();
            assert_eq!(response.headers()["content-type"], "image/png");
            assert_eq!(response.headers()["cross-origin-resource-policy"], "cross-origin");
            assert_eq!(read_qr(&response.bytes().await.unwrap()), request["qr"]["payload"].as_str().unwrap());
        }
        let svg = gateway.client.get(request["qr"]["svg_url"].as_str().unwrap()).send().await.unwrap();
        assert_eq!(svg.headers()["content-type"], "image/svg+xml");
        assert!(svg.text().await.unwrap().starts_with("<svg"));
    }

    async fn a_cancelled_request_stays_cancelled_and_one_with_money_cannot_be(gateway: &Gateway) {
        let request = gateway.ask_for(5000).await;
        let path = format!("/v1/payment-requests/{}/cancel", request["id"].as_str().unwrap());
        for _ in 0..2 {
            let cancelled = gateway.call(Method::POST, &path, None).await;
            assert_eq!((cancelled.status.as_u16(), &cancelled.json["status"]), (200, &json!("cancelled")));
        }
        let paid = gateway.ask_for(5000).await;
        let id = paid["id"].as_str().unwrap();
        gateway.call(Method::POST, "/v1/simulator/transfers", Some(json!({"qr_payload": paid["qr"]["payload"]}))).await;
        gateway.until(id, "paid").await;
        let refused = gateway.call(Method::POST, &format!("/v1/payment-requests/{id}/cancel"), None).await;
        assert_eq!((refused.status.as_u16(), refused.code()), (409, "wrong_state"));
        // Neither a code nor a picture asks for money that is not wanted any more.
        for id in [id, request["id"].as_str().unwrap()] {
            assert_eq!(gateway.request(id).await["qr"], Value::Null);
            let picture = gateway.call(Method::GET, &format!("/v1/payment-requests/{id}/qr.png"), None).await;
            assert_eq!(picture.code(), "wrong_state");
        }
        let missing = gateway.call(Method::POST, "/v1/payment-requests/none/cancel", None).await;
        assert_eq!(missing.status, StatusCode::NOT_FOUND);
    }

    async fn a_request_for_nothing_is_paid_at_once_without_a_code(gateway: &Gateway) {
        let request = gateway.ask(json!({"lines": [{"description": "Miễn phí", "amount": 0}]})).await;
        assert_eq!((&request["status"], &request["qr"]), (&json!("paid"), &Value::Null));
        gateway.assert_books_hold();
    }
}

/// Reads a one-bit PNG with a decoder that is not ours.
pub(crate) fn read_qr(png_bytes: &[u8]) -> String {
    let mut decoder = png::Decoder::new(std::io::Cursor::new(png_bytes));
    decoder.set_transformations(png::Transformations::EXPAND);
    let mut reader = decoder.read_info().unwrap();
    let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
    let frame = reader.next_frame(&mut pixels).unwrap();
    let (width, height) = (frame.width as usize, frame.height as usize);
    let mut image =
        rqrr::PreparedImage::prepare_from_greyscale(width, height, |x, y| pixels[y * width + x]);
    let (_, text) = image.detect_grids()[0].decode().unwrap();
    text
}
