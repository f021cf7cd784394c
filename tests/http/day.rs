//! A scripted day: a thousand transfers at a bank that knows the truth, with everything that goes wrong
//! on the way to us, an outage that lasts longer than the sender tries, and then the bank's statement.
//! The books equal the bank to the đồng, and each oddity is listed once.

use crate::support::bank::{Booked, now, sign_sepay, statement};
use crate::support::{ACCOUNT, Gateway, OWN_SECRET, OWN_SOURCE, SECRET, SOURCE, answer};
use bank_simulator::{Bank, BookedTransfer, Channel, Fault, Target, TransferOrder};
use futures_util::stream::{self, StreamExt};
use money::Vnd;
use payment::BusinessDate;
use reconciler::Secret;
use reconciler::callback::Dialect;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

/// What happens to a transfer on its way to us.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Way {
    /// The callback comes, its memo as banks hand it on.
    Plain,
    /// No callback is ever sent.
    Dropped,
    /// The callback comes three times.
    Repeated,
    /// Others overtake it.
    Overtaken,
    /// A second channel reports it too.
    TwoChannels,
    /// The payer writes no reference.
    Unnamed,
    /// The payer pays twice.
    Twice,
    /// The callback is sent while nobody listens, and given up.
    Outage,
}

impl Way {
    const fn faults(self) -> &'static [Fault] {
        match self {
            Self::Plain => &[Fault::Mangle],
            Self::Dropped => &[Fault::Mangle, Fault::Drop],
            Self::Repeated => &[Fault::Duplicate],
            Self::Overtaken => &[Fault::Reorder],
            Self::Twice => &[Fault::Twice],
            Self::TwoChannels | Self::Unnamed | Self::Outage => &[],
        }
    }
}

/// How many transfers go which way: 1,000 in all.
const WAYS: [(Way, usize); 8] = [
    (Way::Plain, 600),
    (Way::Dropped, 60),
    (Way::Repeated, 60),
    (Way::Overtaken, 60),
    (Way::TwoChannels, 60),
    (Way::Unnamed, 60),
    (Way::Twice, 10),
    (Way::Outage, 80),
];
/// Calls that are under way at once.
const AT_ONCE: usize = 16;
/// What the account held in the morning.
const OPENING: i64 = 5_000_000;

/// A transfer as we planned it and as the bank booked it.
struct Done {
    way: Way,
    request: Option<String>,
    amount: i64,
    transfers: Vec<BookedTransfer>,
}

fn amount(index: usize) -> i64 {
    // Many equal amounts, as fees are.
    [50_000, 79_000, 20_000, 150_000][index % 4]
}

async fn pay(gateway: &Gateway, bank: &Bank, index: usize, way: Way) -> Done {
    let amount = amount(index);
    let (request, memo) = if way == Way::Unnamed {
        (None, format!("khach vang lai so {index} gui tien"))
    } else {
        let request = gateway.ask_for(amount).await;
        let reference = request["reference"].as_str().unwrap();
        let memo = format!("{reference} Phi chung thuc");
        (Some(request["id"].as_str().unwrap().to_owned()), memo)
    };
    let order = TransferOrder {
        target: Target::Account {
            account_number: ACCOUNT.to_owned(),
        },
        amount: Some(Vnd::new(amount).unwrap()),
        memo: Some(memo),
        faults: way.faults().to_vec(),
    };
    transfer(gateway, bank, index, order, way, request, amount).await
}

async fn transfer(
    gateway: &Gateway,
    bank: &Bank,
    index: usize,
    order: TransferOrder,
    way: Way,
    request: Option<String>,
    amount: i64,
) -> Done {
    let channel = Channel {
        url: format!("{}/v1/callbacks/{SOURCE}", gateway.base_url),
        dialect: Dialect::SepayHmac,
        secret: Secret::new(SECRET),
    };
    let seed = u64::try_from(index).unwrap();
    let receipt = bank.transfer(order, &channel, now(), seed).await.unwrap();
    if way == Way::TwoChannels {
        for transfer in &receipt.transfers {
            tell_by_own_channel(gateway, transfer).await;
        }
    }
    Done {
        way,
        request,
        amount,
        transfers: receipt.transfers,
    }
}

async fn tell_by_own_channel(gateway: &Gateway, transfer: &BookedTransfer) {
    let body = json!({
        "notification_id": format!("own-{}", transfer.event_id), "account_number": ACCOUNT,
        "credit_debit_indicator": "CRDT", "amount": transfer.amount, "currency": "VND",
        "booked_at": transfer.booked_at, "remittance_information": transfer.memo,
        "bank_reference": transfer.bank_reference, "balance_after": transfer.balance_after,
    })
    .to_string();
    let secret = Secret::new(OWN_SECRET);
    let id = format!("msg_{}", transfer.event_id);
    let headers =
        reconciler::callback::thungan::sign(&secret, &id, now(), body.as_bytes()).unwrap();
    let answer = gateway
        .callback(OWN_SOURCE, &headers, body.as_bytes())
        .await;
    assert!(answer.status.is_success(), "{}", answer.text);
}

/// The callback that the sender gave up, or never sent, from its list at night.
async fn tell_late(gateway: &Gateway, transfer: &BookedTransfer) {
    let body = json!({
        "id": transfer.event_id.parse::<i64>().unwrap(), "gateway": "Vietcombank",
        "transactionDate": transfer.booked_at.vietnam_local(), "accountNumber": ACCOUNT,
        "code": null, "content": transfer.memo, "transferType": "in",
        "transferAmount": transfer.amount, "accumulated": transfer.balance_after, "subAccount": null,
        "referenceCode": transfer.bank_reference, "description": ""
    })
    .to_string();
    let headers = sign_sepay(SECRET, body.as_bytes());
    let answer = gateway.callback(SOURCE, &headers, body.as_bytes()).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
}

async fn pay_all(
    gateway: &Gateway,
    bank: &Bank,
    ways: impl Iterator<Item = (usize, Way)>,
) -> Vec<Done> {
    stream::iter(ways)
        .map(|(index, way)| pay(gateway, bank, index, way))
        .buffer_unordered(AT_ONCE)
        .collect()
        .await
}

async fn post(gateway: &Gateway, path: &str, file: String) -> Value {
    let request = gateway
        .client
        .post(format!("{}{path}", gateway.base_url))
        .bearer_auth(&gateway.key)
        .body(file);
    let answer = answer(request.send().await.unwrap()).await;
    assert!(answer.status.is_success(), "{}", answer.text);
    answer.json
}

async fn imported(gateway: &Gateway, file: String) -> Value {
    let taken = post(gateway, "/v1/statement-imports?file_name=sao-ke.csv", file).await;
    let path = format!("/v1/statement-imports/{}", taken["id"].as_str().unwrap());
    let began = Instant::now();
    loop {
        let import = gateway.get(&path).await;
        if import["status"] == "done" {
            return import;
        }
        assert!(began.elapsed() < Duration::from_secs(90), "{import}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// Waits until nothing waits to be settled: the newest are settled last.
async fn quiet(gateway: &Gateway) {
    let began = Instant::now();
    loop {
        let newest = gateway.get("/v1/callbacks?limit=200").await;
        let newest = newest["data"].as_array().unwrap();
        if newest.iter().all(|message| message["outcome"] != "pending") {
            return;
        }
        assert!(began.elapsed() < Duration::from_secs(60));
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// What the ledger says that the bank account holds, less what was held there before.
async fn ledger(gateway: &Gateway) -> i64 {
    let trial = gateway.get("/v1/ledger/trial-balance").await;
    let rows = trial["accounts"].as_array().unwrap();
    let row = rows
        .iter()
        .find(|row| row["account_code"] == format!("bank:{ACCOUNT}"));
    row.unwrap()["debit"].as_i64().unwrap()
}

/// Every item of these days, as list, bank reference, and whether it is answered.
async fn lists(
    gateway: &Gateway,
    days: &BTreeSet<BusinessDate>,
) -> (Vec<Value>, Vec<(String, String, bool)>) {
    let (mut found, mut items) = (Vec::new(), Vec::new());
    for day in days {
        let path = format!("/v1/reconciliations/{ACCOUNT}/{day}");
        let day = gateway.get(&path).await;
        for (list, of_list) in day["lists"].as_object().unwrap() {
            for item in of_list.as_array().unwrap() {
                items.push((
                    list.clone(),
                    item["bank_reference"]
                        .as_str()
                        .unwrap_or_default()
                        .to_owned(),
                    !item["resolution"].is_null(),
                ));
            }
        }
        found.push(day);
    }
    (found, items)
}

async fn a_day(mut gateway: Gateway) {
    let client = reqwest::Client::builder()
        .no_proxy()
        .timeout(Duration::from_secs(30))
        .build()
        .unwrap();
    let bank = Bank::new(client);
    bank.open_account(ACCOUNT, Vnd::new(OPENING).unwrap())
        .unwrap();
    // Shuffled in one fixed way, so that the ways are mixed: 389 and 910 have no common divisor.
    let ways: Vec<Way> = WAYS
        .into_iter()
        .filter(|(way, _)| *way != Way::Outage)
        .flat_map(|(way, count)| std::iter::repeat_n(way, count))
        .collect();
    let count = ways.len();
    let mixed: Vec<(usize, Way)> = (0..count).map(|n| (n, ways[n * 389 % count])).collect();
    let (morning, afternoon) = mixed.split_at(count / 2);
    let mut done = pay_all(&gateway, &bank, morning.iter().copied()).await;

    // The requests stand; then the power is gone, and the sender gives up before it is back: the address
    // that it knows has nobody behind it any more.
    let mut orders = Vec::new();
    for index in 2_000..2_080 {
        let request = gateway.ask_for(amount(index)).await;
        let reference = request["reference"].as_str().unwrap();
        let order = TransferOrder {
            target: Target::Account {
                account_number: ACCOUNT.to_owned(),
            },
            amount: Some(Vnd::new(amount(index)).unwrap()),
            memo: Some(format!("{reference} Phi chung thuc")),
            faults: Vec::new(),
        };
        orders.push((index, order, request["id"].as_str().unwrap().to_owned()));
    }
    tokio::time::sleep(Duration::from_millis(2_500)).await;
    gateway.kill();
    for (index, order, request) in orders {
        let of = amount(index);
        let way = Way::Outage;
        done.push(transfer(&gateway, &bank, index, order, way, Some(request), of).await);
    }
    gateway.start_again().await;
    done.extend(pay_all(&gateway, &bank, afternoon.iter().copied()).await);
    tokio::time::sleep(Duration::from_millis(2_500)).await;
    quiet(&gateway).await;

    let truth = bank.truth();
    assert_eq!(truth.len(), 1_000);
    let lost: i64 = references(&done, &[Way::Dropped, Way::Outage])
        .values()
        .sum();
    assert!(lost > 0);
    assert_eq!(
        ledger(&gateway).await + OPENING + lost,
        bank.balance(ACCOUNT).get()
    );

    // The statement, in the bank's frames, with a fee.
    let mut lines: Vec<Booked> = truth
        .iter()
        .map(|transfer| Booked {
            at: transfer.booked_at,
            reference: transfer.bank_reference.clone(),
            amount: transfer.amount.get(),
            balance: transfer.balance_after.get(),
            memo: format!("CT DEN {} {}", transfer.event_id, transfer.memo),
        })
        .collect();
    let last = lines.last().unwrap().clone();
    lines.push(Booked {
        reference: "PHI-2026".to_owned(),
        amount: -11_000,
        balance: last.balance - 11_000,
        memo: "Phi quan ly tai khoan".to_owned(),
        ..last
    });
    let file = statement(ACCOUNT, &lines);
    let import = imported(&gateway, file.clone()).await;
    assert_eq!(
        (&import["reported"], &import["booked"], &import["held"]),
        (&json!(860), &json!(140), &json!(0)),
        "{import}"
    );
    assert_eq!(
        ledger(&gateway).await + OPENING,
        bank.balance(ACCOUNT).get()
    );
    // Everybody who paid has paid, and as much as the bank has.
    for paid in &done {
        let Some(id) = &paid.request else { continue };
        let request = gateway.request(id).await;
        let times = i64::try_from(paid.transfers.len()).unwrap();
        assert_eq!(request["amount_received"], paid.amount * times, "{request}");
        let status = if times == 1 { "paid" } else { "overpaid" };
        assert_eq!(request["status"], status, "{:?}: {request}", paid.way);
    }

    // Each oddity once, on its list, and nothing else.
    let days: BTreeSet<BusinessDate> = truth
        .iter()
        .map(|transfer| transfer.booked_at.business_date())
        .collect();
    let expected = |late: bool| {
        let mut expected: Vec<(String, String, bool)> = Vec::new();
        let mut add = |list: &str, ways: &[Way], answered: bool| {
            let references = references(&done, ways).into_keys();
            expected.extend(references.map(|it| (list.to_owned(), it, answered)));
        };
        if !late {
            add("statement_only", &[Way::Dropped, Way::Outage], true);
        }
        add("twice", &[Way::TwoChannels], true);
        add("unidentified", &[Way::Unnamed], false);
        expected.push(("statement_only".to_owned(), "PHI-2026".to_owned(), false));
        expected.sort();
        expected
    };
    let (found, mut items) = lists(&gateway, &days).await;
    items.sort();
    assert_eq!(items, expected(false));
    for day in &found {
        assert_eq!(
            (&day["status"], &day["bank"]["difference"]),
            (&json!("open"), &json!(0)),
            "{day}"
        );
        let books = &day["books"];
        assert_eq!(books["received"], day["bank"]["credit_sum"], "{books}");
        let parts = ["allocated", "in_suspense", "set_aside"].map(|it| books[it].as_i64().unwrap());
        assert_eq!(books["received"], parts.iter().sum::<i64>(), "{books}");
    }

    // The same file again, and the callbacks that come after all: nothing moves.
    let before = gateway.get("/v1/ledger/trial-balance").await;
    let again = imported(&gateway, file).await;
    assert_eq!(again["id"], import["id"]);
    let late = done
        .iter()
        .filter(|paid| [Way::Dropped, Way::Outage].contains(&paid.way))
        .flat_map(|paid| &paid.transfers);
    stream::iter(late)
        .map(|transfer| tell_late(&gateway, transfer))
        .buffer_unordered(AT_ONCE)
        .collect::<Vec<()>>()
        .await;
    quiet(&gateway).await;
    assert_eq!(gateway.get("/v1/ledger/trial-balance").await, before);
    let (found, mut items) = lists(&gateway, &days).await;
    items.sort();
    assert_eq!(items, expected(true));

    // A person answers what is left, and the day agrees.
    for day in &found {
        let path = format!(
            "/v1/reconciliations/{ACCOUNT}/{}/explanations",
            day["business_date"].as_str().unwrap()
        );
        let open = day["lists"].as_object().unwrap().values().flat_map(|list| {
            let items = list.as_array().unwrap().iter();
            items.filter(|item| item["resolution"].is_null())
        });
        for item in open {
            let said = json!({"item": item["key"], "reason": "đã kiểm tra với ngân hàng"});
            let answer = gateway.call(Method::POST, &path, Some(said)).await;
            assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
        }
    }
    let (found, _) = lists(&gateway, &days).await;
    for day in found {
        assert_eq!(
            (&day["status"], &day["status_vi"]),
            (&json!("matched"), &json!("khớp")),
            "{day}"
        );
    }
    gateway.assert_books_hold();
}

/// The bank's references of transfers that went these ways, with their amounts.
fn references(done: &[Done], ways: &[Way]) -> BTreeMap<String, i64> {
    done.iter()
        .filter(|paid| ways.contains(&paid.way))
        .flat_map(|paid| &paid.transfers)
        .map(|transfer| (transfer.bank_reference.clone(), transfer.amount.get()))
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_scripted_day_equals_the_bank_and_lists_each_oddity_once_on_sqlite() {
    a_day(Gateway::on_sqlite().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_scripted_day_equals_the_bank_and_lists_each_oddity_once_on_postgres() {
    if let Some(gateway) = Gateway::on_postgres().await {
        a_day(gateway).await;
    }
}
