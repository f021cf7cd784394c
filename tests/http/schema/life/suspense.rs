//! Money that nobody claims: what waits, and every decision about it.

use super::Watched;
use crate::support::SECRET;
use crate::support::SOURCE;
use crate::support::bank::{sepay_notice, sign_sepay};
use reqwest::Method;
use serde_json::{Value, json};

/// A payment that waits, by what its memo holds.
async fn unclaimed(watched: &Watched<'_>, id: u64, amount: i64, memo: &str) -> String {
    let body = sepay_notice(id, amount, memo).to_string();
    let signed = sign_sepay(SECRET, body.as_bytes());
    let answer = watched.callback(SOURCE, &signed, &body).await;
    assert_eq!(answer.status.as_u16(), 200);
    watched.gateway.settled().await;
    let listed = watched.get("/v1/payments?limit=1").await.json;
    listed["data"][0]["id"].as_str().unwrap().to_owned()
}

pub(super) async fn suspense(watched: &Watched<'_>) {
    let ask = async |body: Value| {
        let request = watched
            .expect(201, Method::POST, "/v1/payment-requests", Some(body))
            .await;
        let text = |member: &str| request[member].as_str().unwrap().to_owned();
        (text("id"), text("reference"))
    };
    let (first, reference) = ask(json!({"amount": 60_000})).await;
    let (second, _) = ask(json!({"amount": 40_000})).await;
    let (cancelled, _) = ask(json!({"amount": 1_000})).await;
    let path = format!("/v1/payment-requests/{cancelled}/cancel");
    watched.expect(200, Method::POST, &path, None).await;
    let why = json!({"reason": "Người nộp gọi điện"});
    let give = |parts: &[(&str, i64)]| {
        let parts: Vec<Value> = parts
            .iter()
            .map(|(id, amount)| json!({"payment_request_id": id, "amount": amount}))
            .collect();
        json!({"allocations": parts, "reason": "Biên lai số 12"})
    };
    let post = async |status: u16, path: String, body: &Value| {
        watched
            .expect(status, Method::POST, &path, Some(body.clone()))
            .await
    };

    // One symbol is wrong: it waits with a suggestion, and is split over two requests.
    let damaged = reference.replacen(&reference[5..6], "O", 1);
    let payment = unclaimed(watched, 7_001, 100_000, &damaged).await;
    let own = format!("/v1/suspense/{payment}");
    let seen = watched.get(&own).await;
    let etag = seen.headers["etag"].to_str().unwrap().to_owned();
    assert_eq!(
        (&seen.json["reason"], etag.as_str()),
        (&json!("no_reference"), "\"1\"")
    );
    assert_eq!(
        seen.json["suggestions"][0]["payment_request_id"],
        json!(first)
    );
    assert_eq!(seen.json["suggestions"][0]["repair"]["kind"], "wrong");
    let allocate = format!("{own}/allocate");
    for wrong in [
        give(&[]),
        give(&[("preq_x", 1)]),
        give(&[(&first, 0)]),
        give(&[(&first, 1), (&first, 1)]),
        give(&[(&cancelled, 1)]),
        json!({"allocations": [{"payment_request_id": first, "amount": 1}], "reason": " "}),
    ] {
        let refused = watched
            .call(Method::POST, &allocate, Some(wrong.clone()))
            .await;
        assert_eq!(refused.status.as_u16(), 422, "{wrong}: {}", refused.text);
    }
    post(409, allocate.clone(), &give(&[(&first, 100_001)])).await;
    let split = give(&[(&first, 60_000), (&second, 40_000)]);
    let keyed = async |etag: &str, body: &Value| {
        let answer = watched.send(Method::POST, &allocate, |request| {
            request
                .bearer_auth(&watched.gateway.key)
                .header("idempotency-key", "split-1")
                .header("if-match", etag)
                .json(body)
        });
        let answer = answer.await;
        let replayed = answer.headers.contains_key("idempotency-replayed");
        (answer.status.as_u16(), replayed)
    };
    assert_eq!(keyed("\"7\"", &split).await, (412, false));
    assert_eq!(keyed("7", &split).await, (412, false));
    assert_eq!(keyed(&etag, &split).await, (200, false));
    assert_eq!(keyed(&etag, &split).await, (200, true));
    assert_eq!(keyed(&etag, &give(&[(&first, 1)])).await, (422, false));
    for id in [&first, &second] {
        watched.gateway.until(id, "paid").await;
    }
    let again = post(409, allocate, &give(&[(&first, 1)])).await;
    assert_eq!(again["code"], "wrong_state");

    // Taken back, both wait again; then it is no payment, goes back, and is taken back each time.
    let undo = format!("/v1/payments/{payment}/undo");
    let undone = post(200, undo.clone(), &why).await;
    assert_eq!(undone["act"]["kind"], "undone");
    watched.gateway.until(&first, "open").await;
    let named = json!({"act_id": undone["act"]["id"], "reason": "Nhầm"});
    post(409, undo.clone(), &named).await;
    post(422, undo.clone(), &json!({"act_id": "x", "reason": "Nhầm"})).await;
    for decision in ["not-a-payment", "refund-out"] {
        let acted = post(200, format!("{own}/{decision}"), &why).await;
        assert_eq!(acted["payment"]["amount_in_suspense"], 0);
        post(409, format!("{own}/{decision}"), &why).await;
        let act = json!({"act_id": acted["act"]["id"], "reason": "Nhầm"});
        post(200, undo.clone(), &act).await;
    }

    // The same movement under two ids: one is released, another confirmed.
    let release = |id: &str| format!("/v1/suspense/{id}/release");
    post(
        409,
        release(&payment),
        &json!({"as": "duplicate", "reason": "Nhầm"}),
    )
    .await;
    for (number, decision) in [(7_100, "new_money"), (7_200, "duplicate")] {
        let mut notice = sepay_notice(number, 5_000, &format!("hai lan {number}"));
        for id in [number, number + 1] {
            notice["id"] = json!(id);
            notice["referenceCode"] = json!(format!("FT{number}"));
            let body = notice.to_string();
            let signed = sign_sepay(SECRET, body.as_bytes());
            watched.callback(SOURCE, &signed, &body).await;
            watched.gateway.settled().await;
        }
        let listed = watched
            .get("/v1/suspense?reason=possible_duplicate")
            .await
            .json;
        let waits = listed["data"][0]["payment_id"].as_str().unwrap();
        post(
            200,
            release(waits),
            &json!({"as": decision, "reason": "Đã đối chiếu"}),
        )
        .await;
    }

    let nobody = format!("pay_{}", "0".repeat(32));
    watched
        .expect(404, Method::GET, &format!("/v1/suspense/{nobody}"), None)
        .await;
    for (path, body) in [
        (
            format!("/v1/suspense/{nobody}/allocate"),
            give(&[(&first, 1)]),
        ),
        (format!("/v1/suspense/{nobody}/not-a-payment"), why.clone()),
        (format!("/v1/suspense/{nobody}/refund-out"), why.clone()),
        (release(&nobody), json!({"as": "duplicate", "reason": "x"})),
        (format!("/v1/payments/{nobody}/undo"), why.clone()),
    ] {
        post(404, path.clone(), &body).await;
        // The two headers are read by every act.
        let path = path.replace(&nobody, &payment);
        let stale = watched.send(Method::POST, &path, |request| {
            let request = request.bearer_auth(&watched.gateway.key);
            request.header("if-match", "\"99\"").json(&body)
        });
        assert_eq!(stale.await.status.as_u16(), 412, "{path}");
    }
    watched
        .expect(400, Method::GET, "/v1/suspense?reason=x", None)
        .await;
}

/// One code for several requests, and identifiers of payers.
pub(super) async fn naming(watched: &Watched<'_>) {
    let ask = async |amount: i64| {
        let body = json!({"amount": amount, "payer": {"id": "HS-7"}});
        let made = watched.expect(201, Method::POST, "/v1/payment-requests", Some(body));
        made.await["id"].as_str().unwrap().to_owned()
    };
    let (first, second) = (ask(30_000).await, ask(20_000).await);
    let body = json!({"payment_requests": [first, second], "description": "Học phí hai con"});
    let keyed = async |key: &str, body: &Value| {
        watched
            .send(Method::POST, "/v1/baskets", |request| {
                let request = request.bearer_auth(&watched.gateway.key);
                request.header("idempotency-key", key).json(body)
            })
            .await
    };
    let made = keyed("basket-1", &body).await;
    assert_eq!(made.status.as_u16(), 201);
    let again = keyed("basket-1", &body).await;
    assert!(again.headers.contains_key("idempotency-replayed"));
    assert_eq!(again.json["id"], made.json["id"]);
    let other = json!({"payment_requests": [second, first]});
    assert_eq!(
        keyed("basket-1", &other).await.code(),
        "idempotency_key_reused"
    );
    assert_eq!(keyed("two words", &body).await.status.as_u16(), 400);
    for wrong in [json!([first]), json!([first, first]), json!([first, "x"])] {
        let body = json!({"payment_requests": wrong});
        watched
            .expect(422, Method::POST, "/v1/baskets", Some(body))
            .await;
    }
    let own = format!("/v1/baskets/{}", made.json["id"].as_str().unwrap());
    let wanted = vietqr::decode(made.json["qr_payload"].as_str().unwrap());
    let wanted = wanted.payable().unwrap().amount.unwrap().get();
    assert_eq!(wanted, 50_000);
    let reference = made.json["reference"].as_str().unwrap();
    unclaimed(watched, 7_300, 50_000, reference).await;
    for id in [&first, &second] {
        watched.gateway.until(id, "paid").await;
    }
    let paid = watched.expect(200, Method::GET, &own, None).await;
    assert_eq!(
        (&paid["qr_payload"], &paid["amount_remaining"]),
        (&Value::Null, &json!(0))
    );
    watched
        .expect(200, Method::GET, "/v1/baskets?limit=1", None)
        .await;
    watched
        .expect(400, Method::GET, "/v1/baskets?limit=0", None)
        .await;
    watched
        .expect(404, Method::GET, "/v1/baskets/none", None)
        .await;

    let path = "/v1/payer-identifiers";
    let code = |payer: &str| json!({"kind": "payer_code", "value": "HS-00007", "payer_id": payer});
    let post = async |status: u16, body: Value| {
        watched.expect(status, Method::POST, path, Some(body)).await
    };
    let registered = post(201, code("HS-7")).await;
    assert_eq!(registered["value"], "HS00007");
    post(200, code("HS-7")).await;
    post(409, code("HS-8")).await;
    for wrong in [
        json!({"kind": "exact_reference", "value": "HS-00007", "payer_id": "x"}),
        json!({"kind": "payer_code", "value": "HS", "payer_id": "x"}),
        json!({"kind": "payer_code", "value": "HS-00007"}),
        json!({"kind": "payer_code", "value": "HS-00008", "payment_request_id": format!("preq_{}", "0".repeat(32))}),
    ] {
        post(422, wrong).await;
    }
    let third = ask(15_000).await;
    unclaimed(watched, 7_301, 15_000, "nop hoc phi hs/00007").await;
    watched.gateway.until(&third, "paid").await;
    let own = format!("{path}/{}", registered["id"].as_str().unwrap());
    for _ in 0..2 {
        watched.expect(204, Method::DELETE, &own, None).await;
    }
    watched
        .expect(404, Method::DELETE, &format!("{path}/none"), None)
        .await;
    watched
        .expect(200, Method::GET, &format!("{path}?payer_id=HS-7"), None)
        .await;
    watched
        .expect(400, Method::GET, &format!("{path}?limit=0"), None)
        .await;
}
