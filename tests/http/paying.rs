//! The whole life of a payment, and every state that money can be in.

use crate::asking::read_qr;
use crate::support::bank::sepay_notice;
use crate::support::{Gateway, on_both_engines};
use reqwest::Method;
use serde_json::{Value, json};

async fn simulate(gateway: &Gateway, request: &Value, order: Value) -> Value {
    let mut body = json!({"qr_payload": request["qr"]["payload"]});
    for (name, value) in order.as_object().unwrap() {
        body[name] = value.clone();
    }
    let answer = gateway
        .call(Method::POST, "/v1/simulator/transfers", Some(body))
        .await;
    assert_eq!(answer.status.as_u16(), 201, "{}", answer.text);
    answer.json
}

fn balances(trial: &Value) -> Vec<(String, i64)> {
    trial["accounts"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| {
            (
                row["account_code"].as_str().unwrap().to_owned(),
                row["debit"].as_i64().unwrap() - row["credit"].as_i64().unwrap(),
            )
        })
        .collect()
}

/// The templates of real memo shapes that hold one reference which must be found.
fn memo_templates() -> Vec<(String, String)> {
    let file = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../tests/data/bank-memos/examples.json"
    );
    let examples: Value = serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
    examples["examples"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|example| example["expected"].as_str().unwrap().starts_with("found"))
        .filter_map(|example| {
            Some((
                example["id"].as_str()?.to_owned(),
                example["template"].as_str()?.to_owned(),
            ))
        })
        .collect()
}

/// Puts a reference where the sample's code stands.
fn fill(template: &str, reference: &str) -> String {
    let split = |at: usize| format!("{} {}", &reference[..at], &reference[at..]);
    template
        .replace("{C:lower}", &reference.to_lowercase())
        .replace("{C:split=1}", &split(1))
        .replace("{C:split=3}", &split(3))
        .replace("{C}", reference)
}

on_both_engines! {
    async fn the_whole_life_of_a_payment_over_http(gateway: &Gateway) {
        let request = gateway.ask(json!({"lines": [{"item": "CT-CHUKY"}], "description": "Chứng thực"})).await;
        let id = request["id"].as_str().unwrap();
        // The payer scans the picture, not the JSON.
        let png = gateway.client.get(request["qr"]["png_url"].as_str().unwrap()).send().await.unwrap().bytes().await.unwrap();
        let scanned = read_qr(&png);
        let receipt = gateway.call(Method::POST, "/v1/simulator/transfers", Some(json!({"qr_payload": scanned, "faults": ["mangle"]}))).await;
        assert_eq!(receipt.json["callbacks"][0]["status"], 200, "{}", receipt.text);
        let paid = gateway.until(id, "paid").await;
        assert_eq!((&paid["amount_received"], &paid["amount_remaining"], &paid["late"]), (&json!(10_000), &json!(0), &json!(false)));
        assert!(paid["paid_at"].is_string());

        let payments = gateway.get(&format!("/v1/payments?payment_request={id}")).await;
        assert_eq!(payments["data"][0]["match"]["rule"], "exact_reference");
        assert_eq!(payments["data"][0]["match"]["found"], json!([request["reference"]]));
        let trial = gateway.get("/v1/ledger/trial-balance").await;
        assert_eq!(balances(&trial), [("bank:0011001234567".into(), 10_000), ("collected:CT-CHUKY".into(), -10_000)]);
        assert_eq!(trial["balanced"], true);
        let postings = gateway.get("/v1/ledger/accounts/collected:CT-CHUKY/postings").await;
        assert_eq!(postings["data"][0]["payment_request_id"], json!(id));
        let events = gateway.get("/v1/events").await;
        let types: Vec<_> = events["data"].as_array().unwrap().iter().map(|e| e["type"].as_str().unwrap()).collect();
        assert_eq!(types, ["payment_request.created", "payment_request.paid"]);
        let page = gateway.client.get(request["checkout_url"].as_str().unwrap()).send().await.unwrap().text().await.unwrap();
        assert!(page.contains("Đã thanh toán"));
        let list = gateway.get("/v1/reports/collections").await;
        assert_eq!((&list["total"], &list["data"][0]["running_total"]), (&json!(10_000), &json!(10_000)));
        gateway.assert_books_hold();
    }

    async fn fifty_real_memo_shapes_each_find_their_request(gateway: &Gateway) {
        let templates = memo_templates();
        assert!(templates.len() >= 46, "{}", templates.len());
        let mut wanted = Vec::new();
        // Every shape once, and the first ones again with the reference in lower case.
        for (number, (id, template)) in templates.iter().chain(templates.iter().take(10)).enumerate() {
            let amount = 10_000 + i64::try_from(number).unwrap();
            let request = gateway.ask_for(amount).await;
            let mut reference = request["reference"].as_str().unwrap().to_owned();
            if number >= templates.len() { reference = reference.to_lowercase(); }
            let memo = fill(template, &reference);
            gateway.hear(&sepay_notice(1_000 + number as u64, amount, &memo).to_string()).await;
            wanted.push((id.clone(), memo, request["id"].as_str().unwrap().to_owned()));
        }
        assert!(wanted.len() >= 50);
        gateway.settled().await;
        for (example, memo, id) in wanted {
            let request = gateway.request(&id).await;
            assert_eq!(request["status"], "paid", "{example}: {memo}");
        }
        gateway.assert_books_hold();
    }

    async fn short_over_twice_late_and_unknown_are_states_with_their_amounts_in_the_ledger(gateway: &Gateway) {
        let short = gateway.ask_for(50_000).await;
        let id = short["id"].as_str().unwrap();
        simulate(gateway, &short, json!({"faults": ["short"]})).await;
        let part = gateway.until(id, "underpaid").await;
        assert_eq!(part["amount_remaining"], 1_000);
        // The picture now asks for what is missing.
        let png = gateway.client.get(part["qr"]["png_url"].as_str().unwrap()).send().await.unwrap().bytes().await.unwrap();
        assert_eq!(vietqr::decode(&read_qr(&png)).payable().unwrap().amount.unwrap().get(), 1_000);
        simulate(gateway, &short, json!({"amount": 1_000})).await;
        gateway.until(id, "paid").await;

        let over = gateway.ask_for(50_000).await;
        simulate(gateway, &over, json!({"faults": ["over"]})).await;
        let over = gateway.until(over["id"].as_str().unwrap(), "overpaid").await;
        assert_eq!(over["amount_received"], 51_000);

        let twice = gateway.ask_for(20_000).await;
        simulate(gateway, &twice, json!({"faults": ["twice"]})).await;
        gateway.settled().await;
        let twice = gateway.until(twice["id"].as_str().unwrap(), "overpaid").await;
        assert_eq!(twice["amount_received"], 40_000);

        let expiry = crate::support::bank::now().plus_seconds(1);
        let late = gateway.ask(json!({"amount": 30_000, "expires_at": expiry})).await;
        let late_id = late["id"].as_str().unwrap();
        gateway.until(late_id, "expired").await;
        simulate(gateway, &late, json!({})).await;
        assert_eq!(gateway.until(late_id, "paid").await["late"], true);

        gateway.hear(&sepay_notice(77, 12_345, "Nguyen Van Mau 3A nop tien thang 11").to_string()).await;
        gateway.settled().await;
        let waiting = gateway.get("/v1/payments?outcome=suspense").await;
        assert_eq!(waiting["data"].as_array().unwrap().len(), 1);
        assert_eq!((&waiting["data"][0]["amount"], &waiting["data"][0]["suspense_reason"]), (&json!(12_345), &json!("no_reference")));

        let trial = gateway.get("/v1/ledger/trial-balance").await;
        assert_eq!(balances(&trial), [
            ("bank:0011001234567".into(), 50_000 + 51_000 + 40_000 + 30_000 + 12_345),
            ("collected:UNSPECIFIED".into(), -150_000),
            (format!("payer_credit:{}", over["reference"].as_str().unwrap()), -1_000),
            (format!("payer_credit:{}", twice["reference"].as_str().unwrap()), -20_000),
            ("suspense".into(), -12_345),
        ].into_iter().collect::<std::collections::BTreeMap<_, _>>().into_iter().collect::<Vec<_>>());
        let types: std::collections::BTreeSet<String> = gateway.get("/v1/events?limit=200").await["data"].as_array().unwrap()
            .iter().map(|event| event["type"].as_str().unwrap().to_owned()).collect();
        for wanted in ["payment_request.underpaid", "payment_request.overpaid", "payment_request.expired",
            "payment_request.paid_late", "payment.unmatched"] {
            assert!(types.contains(wanted), "{wanted}");
        }
        gateway.assert_books_hold();
    }

    async fn the_simulated_banks_faults_never_credit_what_did_not_move(gateway: &Gateway) {
        for (fault, status) in [("duplicate", "paid"), ("forge", "open"), ("drop", "open"), ("stale", "open"),
            ("conflict", "paid"), ("delay", "paid"), ("reorder", "paid")] {
            let request = gateway.ask_for(10_000).await;
            simulate(gateway, &request, json!({"faults": [fault]})).await;
            let id = request["id"].as_str().unwrap();
            if status == "open" {
                tokio::time::sleep(std::time::Duration::from_millis(300)).await;
                assert_eq!(gateway.request(id).await["status"], "open", "{fault}");
            } else {
                let paid = gateway.until(id, status).await;
                assert_eq!(paid["amount_received"], 10_000, "{fault}");
            }
        }
        gateway.settled().await;
        assert_eq!(gateway.get("/v1/ledger/trial-balance").await["total_debit"], 40_000);
        gateway.assert_books_hold();
    }

    async fn the_simulator_refuses_what_no_bank_could_pay(gateway: &Gateway) {
        let cases: [(Value, u16); 7] = [
            (json!({}), 422),
            (json!({"qr_payload": "x"}), 422),
            (json!({"account_number": "1", "qr_payload": "x"}), 422),
            (json!({"account_number": "123456"}), 422),
            (json!({"account_number": "123456", "amount": 0}), 422),
            (json!({"account_number": "123456", "amount": 5, "faults": ["explode"]}), 422),
            (json!({"account_number": "123456", "amount": 5, "source": "sepay-neighbour"}), 422),
        ];
        for (body, status) in cases {
            let refused = gateway.call(Method::POST, "/v1/simulator/transfers", Some(body.clone())).await;
            assert_eq!(refused.status.as_u16(), status, "{body}: {}", refused.text);
        }
    }
}
