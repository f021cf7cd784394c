//! The books as others see them.

use crate::support::bank::sepay_notice;
use crate::support::{Gateway, on_both_engines};
use serde_json::json;
use store::Options;

on_both_engines! {
    async fn a_trial_balance_of_the_past_does_not_change_with_what_comes(gateway: &Gateway) {
        let first = gateway.ask_for(5_000).await;
        gateway.hear(&sepay_notice(9_100, 5_000, first["reference"].as_str().unwrap()).to_string()).await;
        gateway.settled().await;
        let then = gateway.get("/v1/ledger/trial-balance").await;
        let cut = then["as_of_journal_sequence"].as_i64().unwrap();
        gateway.hear(&sepay_notice(9_101, 700, "khong ma").to_string()).await;
        gateway.settled().await;
        let past = gateway.get(&format!("/v1/ledger/trial-balance?journal_sequence={cut}")).await;
        assert_eq!(past["accounts"], then["accounts"]);
        assert_eq!((&past["total_debit"], &past["balanced"]), (&json!(5_000), &json!(true)));
        let today = gateway.get("/v1/ledger/trial-balance").await;
        let days = gateway.get("/v1/ledger/trial-balance?as_of=2999-12-31").await;
        assert_eq!(days["accounts"], today["accounts"]);
        assert_eq!(gateway.get("/v1/ledger/trial-balance?as_of=2020-01-01").await["accounts"], json!([]));
    }

    async fn the_collections_list_adds_up_to_the_ledger_across_its_pages(gateway: &Gateway) {
        let request = gateway.ask(json!({"lines": [{"item": "CT-CHUKY"}, {"description": "=cmd()", "amount": 600}], "description": "=1+1;@A"})).await;
        let reference = request["reference"].as_str().unwrap();
        // More lines than one read of the store takes.
        for number in 0..1_100u64 {
            let memo = if number < 530 { reference } else { "khong co ma" };
            gateway.hear(&sepay_notice(number + 1, 20, memo).to_string()).await;
        }
        gateway.settled().await;
        let list = gateway.get("/v1/reports/collections").await;
        let lines = list["data"].as_array().unwrap();
        let mut total = 0;
        for (index, line) in lines.iter().enumerate() {
            total += line["amount"].as_i64().unwrap();
            assert_eq!(line["number"], json!(index + 1));
            assert_eq!(line["running_total"], json!(total));
        }
        assert_eq!((total, &list["total"]), (22_000, &json!(22_000)));
        assert_eq!(gateway.get("/v1/ledger/trial-balance").await["total_debit"], json!(total));
        let csv = gateway.client.get(format!("{}/v1/reports/collections?format=csv", gateway.base_url))
            .bearer_auth(&gateway.key).send().await.unwrap();
        assert!(csv.headers()["content-type"].to_str().unwrap().starts_with("text/csv"));
        let csv = csv.text().await.unwrap();
        assert!(csv.starts_with("\u{feff}STT,"));
        assert!(csv.contains(",'=1+1;'@A,"), "formulas are text");
        assert_eq!(csv.lines().count(), lines.len() + 2);
        assert!(csv.lines().last().unwrap().contains(",22000,22000,"));
        let semicolons = gateway.client.get(format!("{}/v1/reports/collections?format=csv&separator=semicolon", gateway.base_url))
            .bearer_auth(&gateway.key).send().await.unwrap().text().await.unwrap();
        assert!(semicolons.starts_with("\u{feff}STT;Ngày;"));
        assert!(semicolons.contains(";\"'=1+1;'@A\";"), "quoted where the separator is inside");
        assert_eq!(semicolons.lines().count(), csv.lines().count());
        assert!(semicolons.lines().last().unwrap().contains(";22000;22000;"));
        let elsewhere = gateway.get("/v1/reports/collections?from=2020-01-01&to=2020-12-31").await;
        assert_eq!((&elsewhere["count"], &elsewhere["total"]), (&json!(0), &json!(0)));
        for bad in ["from=x", "from=2026-02-02&to=2026-02-01", "format=pdf", "format=csv&separator=;", "to=2026-13-01"] {
            let refused = gateway.call(reqwest::Method::GET, &format!("/v1/reports/collections?{bad}"), None).await;
            assert_eq!(refused.status.as_u16(), 400, "{bad}");
        }
        gateway.assert_books_hold();
    }

    async fn an_accounts_postings_carry_its_running_balance(gateway: &Gateway) {
        for number in 1..=5u64 { gateway.hear(&sepay_notice(number, 100, "x").to_string()).await; }
        gateway.settled().await;
        let mut balances = Vec::new();
        let mut path = "/v1/ledger/accounts/suspense/postings?limit=2".to_owned();
        loop {
            let page = gateway.get(&path).await;
            balances.extend(page["data"].as_array().unwrap().iter().map(|p| p["balance_after"].as_i64().unwrap()));
            match page["next_cursor"].as_str() {
                Some(cursor) => path = format!("/v1/ledger/accounts/suspense/postings?limit=2&cursor={cursor}"),
                None => break,
            }
        }
        assert_eq!(balances, [-100, -200, -300, -400, -500]);
        for missing in ["bank:999", "nonsense", "collected:X"] {
            let refused = gateway.call(reqwest::Method::GET, &format!("/v1/ledger/accounts/{missing}/postings"), None).await;
            assert_eq!(refused.status.as_u16(), 404, "{missing}");
        }
    }
}

/// One changed byte on the disk, as a dying disk changes it.
#[tokio::test(flavor = "multi_thread")]
async fn a_byte_that_rots_on_disk_is_named_by_the_audit_with_exit_1() {
    let mut gateway = Gateway::on_sqlite().await;
    gateway
        .hear(&sepay_notice(1, 100, "ROTTENMEMO").to_string())
        .await;
    gateway.settled().await;
    assert_eq!(gateway.stop(), Some(0));
    gateway.assert_books_hold();
    let Options::Sqlite(path) = gateway.database.options() else {
        panic!("not SQLite")
    };
    let mut bytes = std::fs::read(path).unwrap();
    let places: Vec<usize> = bytes
        .windows(10)
        .enumerate()
        .filter(|(_, w)| *w == b"ROTTENMEMO")
        .map(|(at, _)| at)
        .collect();
    assert!(!places.is_empty());
    for place in places {
        bytes[place] = b'Q';
    }
    std::fs::write(path, bytes).unwrap();
    let (text, code) = gateway.audit();
    assert_eq!(code, Some(1), "{text}");
    assert!(
        text.contains("I5 callback") && text.contains("BROKEN"),
        "{text}"
    );
}

#[test]
fn an_audit_of_nothing_says_so_with_exit_3() {
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_thungan"))
        .args(["audit", "--data", "/nonexistent"])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(3));
    assert!(String::from_utf8_lossy(&output.stderr).contains("/nonexistent"));
}
