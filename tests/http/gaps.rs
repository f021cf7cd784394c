//! A callback that never arrives is noticed by the next one's balance, and found again.

use crate::support::bank::{Booked, momo_notice, sepay_notice, statement};
use crate::support::{ACCOUNT, Gateway, WALLET_SOURCE, on_both_engines};
use payment::Timestamp;
use reqwest::Method;
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// What a feed says of a movement, with the balance after it.
fn notice(id: u64, amount: i64, balance: i64, at: Timestamp, memo: &str) -> Value {
    let mut notice = sepay_notice(id, amount.abs(), memo);
    notice["accumulated"] = json!(balance);
    notice["transactionDate"] = json!(at.vietnam_local());
    notice["transferType"] = json!(if amount < 0 { "out" } else { "in" });
    notice
}

/// The gaps, once there are so many in this state.
async fn gaps(gateway: &Gateway, state: &str, count: usize) -> Vec<Value> {
    let began = Instant::now();
    loop {
        let listed = gateway
            .get(&format!("/v1/balance-gaps?state={state}"))
            .await;
        let found = listed["data"].as_array().unwrap().clone();
        if found.len() == count {
            return found;
        }
        assert!(began.elapsed() < Duration::from_secs(20), "{listed}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

fn minutes_ago(minutes: i64) -> Timestamp {
    // Whole seconds: that is all that a feed says.
    Timestamp::from_seconds(crate::support::bank::now().seconds() - minutes * 60)
}

on_both_engines! {
    async fn money_out_moves_the_balance_and_a_missing_callback_is_named_told_and_closes_when_it_comes(gateway: &Gateway) {
        let request = gateway.ask_for(79_000).await;
        let reference = request["reference"].as_str().unwrap();
        let all = [
            notice(1, 50_000, 1_050_000, minutes_ago(5), "khong ma"),
            notice(2, -11_000, 1_039_000, minutes_ago(4), "PHI SMS"),
            notice(3, 79_000, 1_118_000, minutes_ago(3), reference),
            notice(4, 20_000, 1_138_000, minutes_ago(2), "khong ma"),
        ];
        // The third is lost on its way; the second comes twice.
        for heard in [&all[0], &all[1], &all[1], &all[3]] {
            gateway.hear(&heard.to_string()).await;
        }
        let open = gaps(gateway, "open", 1).await;
        assert_eq!(open[0]["missing"], 79_000, "{open:?}");
        assert_eq!((&open[0]["balance_before"], &open[0]["balance_after"]), (&json!(1_039_000), &json!(1_118_000)));
        assert_eq!(open[0]["account_number"], ACCOUNT);
        let foreign = gateway.call_as(&gateway.neighbour_key, Method::GET, "/v1/balance-gaps", None).await;
        assert_eq!(foreign.json["data"], json!([]));
        let path = format!("/v1/balance-gaps/{}", open[0]["id"].as_str().unwrap());
        let foreign = gateway.call_as(&gateway.neighbour_key, Method::GET, &path, None).await;
        assert_eq!(foreign.status.as_u16(), 404);
        gateway.assert_books_hold();

        gateway.hear(&all[2].to_string()).await;
        gateway.until(request["id"].as_str().unwrap(), "paid").await;
        let closed = gaps(gateway, "closed", 1).await;
        assert_eq!(closed[0]["resolution"], "arrived");
        let events = gateway.get("/v1/events?limit=200").await;
        let types: Vec<&str> = events["data"].as_array().unwrap().iter()
            .map(|event| event["type"].as_str().unwrap())
            .filter(|name| name.starts_with("balance_gap.")).collect();
        assert_eq!(types, ["balance_gap.opened", "balance_gap.closed"]);
        gateway.assert_books_hold();
    }

    async fn a_wallets_payment_moves_no_bank_balance_and_hides_no_missing_callback(gateway: &Gateway) {
        gateway.hear(&notice(1, 50_000, 1_050_000, minutes_ago(1), "khong ma").to_string()).await;
        // Money at the wallet, of exactly the sum that the bank's feed will be missing.
        let wallet = gateway.callback(WALLET_SOURCE, &[], momo_notice(700, 79_000, "khong ma").as_bytes()).await;
        assert_eq!(wallet.status.as_u16(), 204);
        gateway.hear(&notice(3, 20_000, 1_149_000, minutes_ago(0), "khong ma").to_string()).await;
        let open = gaps(gateway, "open", 1).await;
        assert_eq!(open[0]["missing"], 79_000);
        // Another one after the hole is known.
        gateway.callback(WALLET_SOURCE, &[], momo_notice(701, 79_000, "khong ma").as_bytes()).await;
        gateway.settled().await;
        tokio::time::sleep(Duration::from_secs(2)).await;
        assert_eq!(gaps(gateway, "open", 1).await[0]["id"], open[0]["id"]);
        gateway.assert_books_hold();
    }

    async fn movements_that_overtake_each_other_open_nothing(gateway: &Gateway) {
        let all: Vec<Value> = (0i64..12).map(|index| {
            let at = Timestamp::from_seconds(minutes_ago(10).seconds() + index);
            notice(u64::try_from(100 + index).unwrap(), 1_000, 1_001_000 + index * 1_000, at, "khong ma")
        }).collect();
        for index in [2, 0, 1, 5, 3, 4, 11, 9, 10, 8, 6, 7] {
            gateway.hear(&all[index].to_string()).await;
        }
        gateway.settled().await;
        tokio::time::sleep(Duration::from_secs(3)).await;
        assert_eq!(gateway.get("/v1/balance-gaps").await["data"], json!([]));
        gateway.assert_books_hold();
    }

    async fn a_statement_fills_the_hole_with_the_payment_that_was_never_reported(gateway: &Gateway) {
        let request = gateway.ask_for(79_000).await;
        let reference = request["reference"].as_str().unwrap();
        gateway.hear(&notice(1, 50_000, 1_050_000, minutes_ago(5), "khong ma").to_string()).await;
        gateway.hear(&notice(3, 20_000, 1_149_000, minutes_ago(3), "khong ma").to_string()).await;
        let open = gaps(gateway, "open", 1).await;
        assert_eq!(open[0]["missing"], 79_000);
        let booked = |minutes, reference: &str, amount, balance, memo: &str| Booked {
            at: minutes_ago(minutes), reference: reference.to_owned(), amount, balance, memo: memo.to_owned(),
        };
        let file = statement(ACCOUNT, &[
            booked(5, "FT1", 50_000, 1_050_000, "khong ma"),
            booked(4, "FT2", 79_000, 1_129_000, reference),
            booked(3, "FT3", 20_000, 1_149_000, "khong ma"),
        ]);
        let sent = gateway.client.post(format!("{}/v1/statement-imports", gateway.base_url))
            .bearer_auth(&gateway.key).header("content-type", "text/csv").body(file).send().await.unwrap();
        assert!(sent.status().is_success(), "{}", sent.text().await.unwrap());
        gateway.until(request["id"].as_str().unwrap(), "paid").await;
        let closed = gaps(gateway, "closed", 1).await;
        assert!(["arrived", "statement"].contains(&closed[0]["resolution"].as_str().unwrap()));
        assert_eq!(gateway.get("/v1/payments?limit=200").await["data"].as_array().unwrap().len(), 3);
        gateway.assert_books_hold();
    }
}
