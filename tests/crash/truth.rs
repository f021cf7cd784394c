//! What was sent and what was acknowledged, what the gateway shows, and the comparison of the two.

use crate::support::{ACCOUNT, Gateway};
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// How long the gateway may take to settle what waits.
const SETTLE_MAX: Duration = Duration::from_secs(60);

/// One writing of a notice, as bytes.
#[derive(Clone, Debug)]
pub struct Body {
    pub text: String,
    pub acknowledged: bool,
}

/// A movement of money that the bank reports, in one or more writings.
#[derive(Clone, Debug)]
pub struct Notice {
    pub id: u64,
    pub amount: i64,
    /// The request whose reference stands in the memo; none: nobody can claim it.
    pub request: Option<usize>,
    pub bodies: Vec<Body>,
}

impl Notice {
    fn acknowledged(&self) -> bool {
        self.bodies.iter().any(|body| body.acknowledged)
    }
}

/// The item whose payments have receipts.
pub const RECEIPTED: &str = "PHI-TAI-CHO";

/// A request that the portal asked for.
#[derive(Clone, Debug)]
pub struct Request {
    pub external_id: String,
    pub body: Value,
    pub amount: i64,
    /// What it is credited to.
    pub account: &'static str,
    pub acknowledged: bool,
    /// Its id and reference, once an answer brought them.
    pub known_as: Option<(String, String)>,
    /// What senders were told to pay so far.
    pub promised: i64,
}

/// Everything that was sent, known from outside the gateway.
#[derive(Clone, Debug, Default)]
pub struct Truth {
    pub notices: Vec<Notice>,
    pub requests: Vec<Request>,
    /// Callbacks answered 2xx, repeats included.
    pub acknowledgements: u64,
}

pub type Shared = Arc<Mutex<Truth>>;

impl Truth {
    pub fn shared() -> Shared {
        Arc::default()
    }

    /// Callbacks and requests whose sender still waits for a 2xx.
    pub fn unanswered(&self) -> usize {
        let bodies = self.notices.iter().flat_map(|notice| &notice.bodies);
        bodies.filter(|body| !body.acknowledged).count()
            + self
                .requests
                .iter()
                .filter(|request| !request.acknowledged)
                .count()
    }
}

/// A row of `GET /v1/payments`.
#[derive(Clone, Debug)]
pub struct Payment {
    pub event: u64,
    pub amount: i64,
    pub request: Option<String>,
}

/// A row of `GET /v1/callbacks`.
#[derive(Clone, Debug)]
pub struct Callback {
    pub event: u64,
    pub outcome: String,
}

/// A row of `GET /v1/payment-requests`.
#[derive(Clone, Debug)]
pub struct SeenRequest {
    pub id: String,
    pub reference: String,
    pub received: i64,
    pub status: String,
}

/// What the gateway shows when nothing waits.
#[derive(Clone, Debug)]
pub struct Seen {
    pub payments: Vec<Payment>,
    pub callbacks: Vec<Callback>,
    /// By the portal's id.
    pub requests: BTreeMap<String, SeenRequest>,
    /// By account; debits are positive.
    pub trial: BTreeMap<String, i64>,
    /// The series, the number and the request of each receipt.
    pub receipts: Vec<(String, i64, String)>,
}

/// Every object of a list, page by page.
async fn all(gateway: &Gateway, list: &str) -> Vec<Value> {
    let mut found = Vec::new();
    let mut path = format!("{list}?limit=200");
    loop {
        let mut page = gateway.get(&path).await;
        let cursor = page["next_cursor"].as_str().map(str::to_owned);
        if let Value::Array(data) = page["data"].take() {
            found.extend(data);
        }
        match cursor {
            Some(cursor) => path = format!("{list}?limit=200&cursor={cursor}"),
            None => return found,
        }
    }
}

/// How many callbacks on the newest page wait for settlement now.
pub async fn waiting(gateway: &Gateway) -> usize {
    let page = gateway.get("/v1/callbacks?limit=200").await;
    let messages = page["data"].as_array().unwrap().iter();
    messages
        .filter(|message| message["outcome"] == "pending")
        .count()
}

fn text(value: &Value) -> String {
    value
        .as_str()
        .unwrap_or_else(|| panic!("not a text: {value}"))
        .to_owned()
}

impl Seen {
    /// Waits until everything stored is settled, then reads it all. Nobody may be sending meanwhile.
    pub async fn read(gateway: &Gateway) -> Self {
        let began = Instant::now();
        let callbacks = loop {
            let callbacks = all(gateway, "/v1/callbacks").await;
            if callbacks
                .iter()
                .all(|message| message["outcome"] != "pending")
            {
                break callbacks;
            }
            assert!(began.elapsed() < SETTLE_MAX, "callbacks still wait");
            tokio::time::sleep(Duration::from_millis(20)).await;
        };
        let trial = gateway.get("/v1/ledger/trial-balance").await;
        assert_eq!(trial["balanced"], true, "{trial}");
        Self {
            callbacks: callbacks
                .iter()
                .map(|row| Callback {
                    event: text(&row["provider_event_id"]).parse().unwrap(),
                    outcome: text(&row["outcome"]),
                })
                .collect(),
            receipts: all(gateway, "/v1/receipts")
                .await
                .iter()
                .map(|row| {
                    assert_eq!(row["status"], "issued", "nobody cancels one here");
                    (
                        text(&row["series"]),
                        row["number"].as_i64().unwrap(),
                        text(&row["payment_request_id"]),
                    )
                })
                .collect(),
            payments: all(gateway, "/v1/payments")
                .await
                .iter()
                .map(|row| Payment {
                    event: text(&row["bank_reference"])
                        .strip_prefix("FT")
                        .unwrap()
                        .parse()
                        .unwrap(),
                    amount: row["amount"].as_i64().unwrap(),
                    request: row["payment_request_id"].as_str().map(str::to_owned),
                })
                .collect(),
            requests: all(gateway, "/v1/payment-requests")
                .await
                .iter()
                .map(|row| {
                    let request = SeenRequest {
                        id: text(&row["id"]),
                        reference: text(&row["reference"]),
                        received: row["amount_received"].as_i64().unwrap(),
                        status: text(&row["status"]),
                    };
                    (text(&row["external_id"]), request)
                })
                .collect(),
            trial: trial["accounts"]
                .as_array()
                .unwrap()
                .iter()
                .map(|row| {
                    let (debit, credit) = (row["debit"].as_i64(), row["credit"].as_i64());
                    (text(&row["account_code"]), debit.unwrap() - credit.unwrap())
                })
                .collect(),
        }
    }
}

/// Everything in which `seen` differs from `truth`, one line each. What was sent and not answered may
/// be there once or not at all; when it is there, it counts like the rest.
pub fn compare(truth: &Truth, seen: &Seen) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut payments: BTreeMap<u64, Vec<&Payment>> = BTreeMap::new();
    for payment in &seen.payments {
        payments.entry(payment.event).or_default().push(payment);
    }
    let mut outcomes: BTreeMap<u64, Vec<&str>> = BTreeMap::new();
    for callback in &seen.callbacks {
        outcomes
            .entry(callback.event)
            .or_default()
            .push(&callback.outcome);
    }

    let mut received = vec![0i64; truth.requests.len()];
    let (mut total, mut suspense) = (0i64, 0i64);
    for notice in &truth.notices {
        let id = notice.id;
        let booked = payments.remove(&id).unwrap_or_default();
        let heard = outcomes.remove(&id).unwrap_or_default();
        compare_callbacks(notice, &heard, &mut wrong);
        match booked.as_slice() {
            [] if notice.acknowledged() => wrong.push(format!(
                "lost: movement {id} of {} đồng was acknowledged and is not in the books",
                notice.amount
            )),
            [] => continue,
            [payment] => compare_payment(truth, notice, payment, &mut wrong),
            more => wrong.push(format!("booked twice: movement {id}, {} times", more.len())),
        }
        total += notice.amount;
        match notice.request {
            Some(request) => received[request] += notice.amount,
            None => suspense += notice.amount,
        }
    }
    for id in payments.keys().chain(outcomes.keys()) {
        wrong.push(format!("movement {id}: nobody sent it"));
    }
    let sum: i64 = seen.payments.iter().map(|payment| payment.amount).sum();
    if sum != total {
        wrong.push(format!(
            "the payments are {sum} đồng in all, the distinct movements {total}"
        ));
    }

    let mut trial = BTreeMap::from([
        (format!("bank:{ACCOUNT}"), total),
        ("suspense".to_owned(), -suspense),
    ]);
    for (request, received) in truth.requests.iter().zip(received) {
        let surplus = (received - request.amount).max(0);
        *trial.entry(request.account.to_owned()).or_default() -= received - surplus;
        if let Some((_, reference)) = &request.known_as {
            *trial
                .entry(format!("payer_credit:{reference}"))
                .or_default() -= surplus;
        }
        compare_request(
            request,
            received,
            seen.requests.get(&request.external_id),
            &mut wrong,
        );
    }
    for external_id in seen.requests.keys() {
        if !truth
            .requests
            .iter()
            .any(|request| request.external_id == *external_id)
        {
            wrong.push(format!("request {external_id}: nobody asked for it"));
        }
    }
    compare_receipts(truth, seen, &mut wrong);
    // An account without money and one that does not exist say the same.
    trial.retain(|_, balance| *balance != 0);
    let mut shown = seen.trial.clone();
    shown.retain(|_, balance| *balance != 0);
    if shown != trial {
        wrong.push(format!("trial balance {shown:?}, in truth {trial:?}"));
    }
    wrong
}

/// Each request that is paid whole and has receipts has one; each series is numbered without a gap or a
/// repeat.
fn compare_receipts(truth: &Truth, seen: &Seen, wrong: &mut Vec<String>) {
    let mut series: BTreeMap<&str, Vec<i64>> = BTreeMap::new();
    let mut given: Vec<&str> = Vec::new();
    for (name, number, request) in &seen.receipts {
        series.entry(name).or_default().push(*number);
        given.push(request);
    }
    for (name, numbers) in &mut series {
        numbers.sort_unstable();
        if !numbers.iter().copied().eq((1..).take(numbers.len())) {
            wrong.push(format!("receipts {name}: numbered {numbers:?}"));
        }
    }
    let account = format!("collected:{RECEIPTED}");
    let mut due: Vec<&str> = truth
        .requests
        .iter()
        .filter(|request| request.account == account)
        .filter_map(|request| seen.requests.get(&request.external_id))
        .filter(|request| ["paid", "overpaid"].contains(&request.status.as_str()))
        .map(|request| request.id.as_str())
        .collect();
    given.sort_unstable();
    due.sort_unstable();
    if given != due {
        wrong.push(format!("receipts for {given:?}, due for {due:?}"));
    }
}

fn compare_callbacks(notice: &Notice, heard: &[&str], wrong: &mut Vec<String>) {
    let id = notice.id;
    let sent = notice.bodies.len();
    let acknowledged = notice
        .bodies
        .iter()
        .filter(|body| body.acknowledged)
        .count();
    if heard.len() < acknowledged {
        wrong.push(format!(
            "lost: callback {id}, {acknowledged} writings acknowledged and {} stored",
            heard.len()
        ));
    }
    if heard.len() > sent {
        wrong.push(format!(
            "callback {id}: {sent} writings sent and {} stored",
            heard.len()
        ));
    }
    let expected = if notice.request.is_some() {
        "settled"
    } else {
        "suspense"
    };
    let first = heard.iter().filter(|outcome| **outcome == expected).count();
    let repeats = heard
        .iter()
        .filter(|outcome| **outcome == "duplicate")
        .count();
    if !heard.is_empty() && (first != 1 || first + repeats != heard.len()) {
        wrong.push(format!(
            "callback {id}: outcomes {heard:?}, not one {expected} and else duplicates"
        ));
    }
}

fn compare_payment(truth: &Truth, notice: &Notice, payment: &Payment, wrong: &mut Vec<String>) {
    let id = notice.id;
    if payment.amount != notice.amount {
        wrong.push(format!(
            "movement {id}: amount {} booked, {} sent",
            payment.amount, notice.amount
        ));
    }
    let meant = notice.request.map(|request| {
        let (id, _) = truth.requests[request].known_as.as_ref().unwrap();
        id
    });
    if payment.request.as_ref() != meant {
        wrong.push(format!(
            "movement {id}: given to {:?}, meant for {meant:?}",
            payment.request
        ));
    }
}

fn compare_request(
    request: &Request,
    received: i64,
    seen: Option<&SeenRequest>,
    wrong: &mut Vec<String>,
) {
    let name = &request.external_id;
    let Some(seen) = seen else {
        if request.acknowledged {
            wrong.push(format!(
                "lost: request {name} was acknowledged and does not exist"
            ));
        }
        return;
    };
    if let Some((id, reference)) = &request.known_as
        && (id, reference) != (&seen.id, &seen.reference)
    {
        wrong.push(format!(
            "request {name}: was {id} {reference}, is {} {}",
            seen.id, seen.reference
        ));
    }
    if seen.received != received {
        wrong.push(format!(
            "request {name}: received {} shown, {received} in truth",
            seen.received
        ));
    }
    let status = match received {
        0 => "open",
        part if part < request.amount => "underpaid",
        whole if whole == request.amount => "paid",
        _ => "overpaid",
    };
    if seen.status != status {
        wrong.push(format!(
            "request {name}: {} shown, {status} in truth",
            seen.status
        ));
    }
}
