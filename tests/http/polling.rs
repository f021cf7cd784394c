//! What a sender never pushed is found in its list, and what it pushed too is one movement.

use crate::support::bank::sepay_notice;
use crate::support::{ACCOUNT, Gateway};
use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};
use payment::Timestamp;
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use store::testing::TestDatabase;

/// The sender's list, as it answers over HTTP.
#[derive(Clone, Default)]
struct Listed {
    rows: Arc<Mutex<Vec<Value>>>,
    calls: Arc<Mutex<Vec<String>>>,
}

impl Listed {
    fn serve(&self) -> String {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/list", listener.local_addr().unwrap());
        let data = web::Data::new(self.clone());
        let server = HttpServer::new(move || {
            App::new()
                .app_data(data.clone())
                .route("/list", web::get().to(answer))
        });
        let server = server.workers(1).disable_signals().listen(listener);
        tokio::spawn(server.unwrap().run());
        url
    }

    fn calls(&self) -> usize {
        self.calls.lock().unwrap().len()
    }
}

async fn answer(listed: web::Data<Listed>, request: HttpRequest) -> HttpResponse {
    let token = request.headers().get("authorization");
    if token.is_none_or(|token| token != "Bearer test-only-list-token") {
        return HttpResponse::Unauthorized().finish();
    }
    let mut calls = listed.calls.lock().unwrap();
    calls.push(request.query_string().to_owned());
    if calls.len() == 1 {
        // It is busy at first.
        return HttpResponse::TooManyRequests()
            .insert_header(("retry-after", "1"))
            .finish();
    }
    let mut rows = listed.rows.lock().unwrap().clone();
    rows.reverse();
    HttpResponse::Ok().json(json!({
        "status": 200, "error": null, "messages": {"success": true}, "transactions": rows
    }))
}

/// The same movement as the sender's list words it.
fn row(notice: &Value) -> Value {
    let amount = format!("{}.00", notice["transferAmount"]);
    let (amount_in, amount_out) = if notice["transferType"] == "in" {
        (amount.as_str(), "0.00")
    } else {
        ("0.00", amount.as_str())
    };
    json!({
        "id": notice["id"].to_string(), "bank_brand_name": "Vietcombank",
        "account_number": notice["accountNumber"], "transaction_date": notice["transactionDate"],
        "amount_in": amount_in, "amount_out": amount_out,
        "accumulated": format!("{}.00", notice["accumulated"]),
        "transaction_content": notice["content"], "reference_number": notice["referenceCode"],
        "code": null, "sub_account": null, "bank_account_id": "19"
    })
}

fn moved(id: u64, amount: i64, balance: i64, minutes_ago: i64, memo: &str) -> Value {
    let at = crate::support::bank::now().seconds() - minutes_ago * 60;
    let mut notice = sepay_notice(id, amount.abs(), memo);
    notice["transactionDate"] = json!(Timestamp::from_seconds(at).vietnam_local());
    notice["accumulated"] = json!(balance);
    notice["transferType"] = json!(if amount < 0 { "out" } else { "in" });
    notice
}

async fn polled(database: TestDatabase) {
    let listed = Listed::default();
    let url = listed.serve();
    let mut gateway = Gateway::start(database, None).await;
    let first = gateway.ask_for(50_000).await;
    let second = gateway.ask_for(79_000).await;
    let third = gateway.ask_for(30_000).await;
    let text = |request: &Value, member: &str| request[member].as_str().unwrap().to_owned();
    let pushed = moved(1, 50_000, 1_050_000, 9, &text(&first, "reference"));
    gateway.hear(&pushed.to_string()).await;
    let lost = moved(2, 79_000, 1_129_000, 8, &text(&second, "reference"));
    let fee = moved(3, -11_000, 1_118_000, 7, "PHI SMS");
    *listed.rows.lock().unwrap() = vec![row(&pushed), row(&lost), row(&fee)];

    gateway.stop();
    let settings = std::fs::read_to_string(gateway.config()).unwrap();
    let poll = format!(
        "previous_secret = \"test-only-secret-before\"\n[tenant.source.poll]\nlist = \"sepay_list\"\n\
         token = \"test-only-list-token\"\nurl = \"{url}\"\naccount = \"{ACCOUNT}\"\nevery_seconds = 3600\n"
    );
    let settings = settings.replace("previous_secret = \"test-only-secret-before\"\n", &poll);
    std::fs::write(gateway.config(), settings).unwrap();
    gateway.start_again().await;
    gateway.until(&text(&second, "id"), "paid").await;
    gateway.settled().await;
    let payments = async || -> usize {
        let listed = gateway.get("/v1/payments?limit=200").await;
        listed["data"].as_array().unwrap().len()
    };
    assert_eq!(
        payments().await,
        2,
        "what was pushed and listed is one movement"
    );
    assert_eq!(
        listed.calls(),
        2,
        "a list that is busy is asked again when it said"
    );
    let query = listed.calls.lock().unwrap()[1].clone();
    assert!(
        query.contains(&format!("account_number={ACCOUNT}")),
        "{query}"
    );
    assert!(query.contains("transaction_date_min=20"), "{query}");
    // The callback comes after all.
    gateway.hear(&lost.to_string()).await;
    gateway.settled().await;
    assert_eq!(payments().await, 2);

    // A hole in the balances calls for the list long before its hour.
    let missed = moved(4, 30_000, 1_148_000, 5, &text(&third, "reference"));
    let after = moved(5, 2_000, 1_150_000, 4, "khong ma");
    listed
        .rows
        .lock()
        .unwrap()
        .extend([row(&missed), row(&after)]);
    gateway.hear(&after.to_string()).await;
    gateway.until(&text(&third, "id"), "paid").await;
    gateway.settled().await;
    let began = Instant::now();
    loop {
        let gaps = gateway.get("/v1/balance-gaps").await;
        let states: Vec<&str> = gaps["data"]
            .as_array()
            .unwrap()
            .iter()
            .map(|gap| gap["state"].as_str().unwrap())
            .collect();
        if states == ["closed"] {
            break;
        }
        assert!(began.elapsed() < Duration::from_secs(20), "{gaps}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert_eq!(payments().await, 4);
    gateway.assert_books_hold();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_movement_that_was_never_pushed_is_found_in_the_list_once_on_sqlite() {
    polled(TestDatabase::sqlite()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_movement_that_was_never_pushed_is_found_in_the_list_once_on_postgres() {
    if let Some(database) = TestDatabase::postgres().await {
        polled(database).await;
    }
}
