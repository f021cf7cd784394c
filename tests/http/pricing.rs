//! The fee schedule over HTTP: imported with versions, priced by the server, kept by the request.

use crate::support::{Gateway, on_both_engines};
use payment::Timestamp;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

const SCHEDULE: &str = include_str!("../data/fees/schedule.csv");

async fn import(gateway: &Gateway, body: Value) -> crate::support::Answer {
    gateway
        .call(Method::POST, "/v1/fee-schedule/imports", Some(body))
        .await
}

async fn quote(gateway: &Gateway, body: Value) -> crate::support::Answer {
    gateway
        .call(Method::POST, "/v1/price-quotes", Some(body))
        .await
}

/// The day so many days after today, in Vietnam.
fn day(after: i32) -> String {
    let now = gateway::app::now();
    let today: Timestamp = now;
    today.business_date().plus_days(after).to_string()
}

on_both_engines! {
    async fn the_same_file_twice_changes_nothing_and_a_changed_price_begins_on_its_day(gateway: &Gateway) {
        let first = import(gateway, json!({"csv": SCHEDULE})).await;
        assert_eq!(first.status, StatusCode::CREATED, "{}", first.text);
        assert_eq!((first.json["rows"].as_i64(), first.json["added"].as_i64()), (Some(102), Some(102)));
        let again = import(gateway, json!({"csv": SCHEDULE})).await;
        assert_eq!((again.status, again.json["unchanged"].as_i64()), (StatusCode::OK, Some(102)));
        let dearer = SCHEDULE.replacen(",10000,50,50,", ",12000,50,50,", 1);
        let tomorrow = day(1);
        let changed = import(gateway, json!({"csv": dearer, "effective_from": tomorrow})).await;
        assert_eq!(changed.status, StatusCode::CREATED);
        assert_eq!(changed.json["changes"], json!([{"change": "changed", "item": "CT-CHUKY", "version": 2,
            "starts_on": tomorrow, "ends_on": null}]));
        let ask = |on: String| json!({"lines": [{"item": "CT-CHUKY", "quantity": 2}], "priced_on": on});
        assert_eq!(quote(gateway, ask(day(0))).await.json["amount"], 20_000);
        assert_eq!(quote(gateway, ask(day(1))).await.json["amount"], 24_000);
        let past = import(gateway, json!({"csv": SCHEDULE, "effective_from": day(-1)})).await;
        assert_eq!((past.status.as_u16(), past.pointers()), (422, vec!["/effective_from"]));
        let item = gateway.get("/v1/fee-items/CT-CHUKY").await;
        assert_eq!((&item["unit_price"], &item["version"]), (&json!(10_000), &json!(1)));
        assert_eq!(item["versions"].as_array().unwrap().len(), 2);
        gateway.assert_books_hold();
    }

    async fn a_request_is_priced_by_the_server_and_keeps_the_version_it_was_priced_with(gateway: &Gateway) {
        import(gateway, json!({"csv": SCHEDULE})).await;
        let request = gateway.ask(json!({"lines": [
            {"item": "CT-BANSAO", "quantity": 250, "copies": 2},
            {"item": "THA-DANSU", "base_amount": 5_000_000_000i64 / 100},
            {"item": "DB-OTO10", "months": 6, "days": 12},
            {"item": "LLTP-PHIEUTHEM", "quantity": 3},
        ]})).await;
        let amounts: Vec<i64> = request["lines"].as_array().unwrap().iter().map(|l| l["amount"].as_i64().unwrap()).collect();
        assert_eq!(amounts, [400_000, 1_500_000, 832_000, 5_000]);
        assert_eq!(request["lines"][0]["pricing"]["version"], 1);
        assert_eq!(request["lines"][0]["pricing"]["kind"], "phi");
        let dearer = SCHEDULE.replacen("200000}", "100000}", 1);
        assert_eq!(import(gateway, json!({"csv": dearer})).await.status, StatusCode::CREATED);
        let stored = gateway.request(request["id"].as_str().unwrap()).await;
        assert_eq!(stored["lines"], request["lines"]);
        let now = quote(gateway, json!({"lines": [{"item": "CT-BANSAO", "quantity": 250, "copies": 2}]})).await;
        assert_eq!(now.json["amount"], 200_000);
        assert_eq!(now.json["lines"][0]["pricing"]["version"], 2);
    }

    async fn an_amount_is_taken_only_for_an_item_that_allows_it(gateway: &Gateway) {
        import(gateway, json!({"csv": SCHEDULE})).await;
        let refused = quote(gateway, json!({"lines": [
            {"item": "CT-HOPDONG", "amount": 1},
            {"item": "THA-DANSU", "quantity": 1},
            {"item": "CT-HOPDONG", "relief": {"code": "NCT"}},
            {"item": "CT-BANSAO", "quantity": "1.5"},
            {"amount": 5, "months": 1},
        ]})).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(refused.pointers(), ["/lines/0/amount", "/lines/1/quantity", "/lines/2/relief", "/lines/3/quantity", "/lines/4"]);
        let other = "code,name_vi,kind,explicit_amount,amount_vnd\nKHAC,Khoản khác,khoan_thu,yes,5000\n";
        assert_eq!(import(gateway, json!({"csv": other})).await.status, StatusCode::CREATED);
        let given = quote(gateway, json!({"lines": [{"item": "KHAC", "amount": 1234}, {"item": "KHAC"}]})).await;
        assert_eq!(given.json["amount"], 6_234);
    }

    async fn a_price_of_nothing_is_paid_at_once_without_a_code(gateway: &Gateway) {
        import(gateway, json!({"csv": SCHEDULE})).await;
        // Filed online, the enterprise registration is free since 2019.
        let free = gateway.ask(json!({"lines": [{"item": "DKDN-CAP"}], "filed": "online"})).await;
        assert_eq!((&free["status"], &free["amount"], &free["qr"]), (&json!("paid"), &json!(0), &json!(null)));
        assert_eq!(free["lines"][0]["pricing"]["list_amount"], 50_000);
        let counter = gateway.ask(json!({"lines": [{"item": "DKDN-CAP"}]})).await;
        assert_eq!((&counter["status"], &counter["amount"]), (&json!("open"), &json!(50_000)));
        gateway.assert_books_hold();
    }

    async fn a_file_with_a_wrong_cell_imports_nothing(gateway: &Gateway) {
        let broken = SCHEDULE.replacen(",10000,50,50,", ",10000,50,51,", 1);
        let refused = import(gateway, json!({"csv": broken})).await;
        assert_eq!((refused.status.as_u16(), refused.pointers()), (422, vec!["/csv"]));
        assert!(refused.text.contains("100"), "{}", refused.text);
        assert_eq!(gateway.call(Method::GET, "/v1/fee-items/CT-BANSAO", None).await.status, StatusCode::NOT_FOUND);
        let neighbour = gateway.call_as(&gateway.neighbour_key, Method::POST, "/v1/fee-schedule/imports", Some(json!({"csv": SCHEDULE}))).await;
        assert_eq!(neighbour.status, StatusCode::CREATED);
        assert_eq!(gateway.call(Method::GET, "/v1/fee-items/CT-BANSAO", None).await.status, StatusCode::NOT_FOUND);
    }
}
