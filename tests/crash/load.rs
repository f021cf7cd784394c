//! A portal that asks and a bank that reports, many at once, until the gateway is gone.

use crate::support::bank::{sepay_notice, sign_sepay};
use crate::support::{Gateway, SECRET, SOURCE, answer};
use crate::truth::{Body, Notice, RECEIPTED, Request, Shared};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use reqwest::{Client, StatusCode};
use serde_json::{Value, json};
use std::time::Duration;
use tokio::task::JoinSet;

const SENDERS: u64 = 8;
const ASKERS: u64 = 2;
/// How often a sender that was told to come back tries again at the end.
const RETRIES: u32 = 200;

/// The gateway is gone, or the answer did not arrive.
struct BrokenOff;

/// Where everything goes, and what is known about it.
#[derive(Clone)]
struct World {
    client: Client,
    base_url: String,
    key: String,
    truth: Shared,
}

/// Senders and askers under way.
pub struct Load(JoinSet<()>, Shared);

impl Load {
    pub fn start(gateway: &Gateway, truth: &Shared, seed: u64) -> Self {
        let world = World::of(gateway, truth);
        let mut tasks = JoinSet::new();
        for number in 0..SENDERS + ASKERS {
            let world = world.clone();
            let random = StdRng::seed_from_u64(seed ^ number);
            if number < ASKERS {
                tasks.spawn(world.ask_until_it_breaks_off(random));
            } else {
                tasks.spawn(world.report_until_it_breaks_off(random));
            }
        }
        Self(tasks, truth.clone())
    }

    /// Waits until everyone noticed that the gateway is gone; how much is without an answer.
    pub async fn ended(mut self) -> usize {
        while let Some(ended) = self.0.join_next().await {
            ended.unwrap();
        }
        self.1.lock().unwrap().unanswered()
    }
}

/// Does what real senders do: sends the same bytes, newly signed, until they are acknowledged. Answers
/// how many were left.
pub async fn send_what_was_not_answered(gateway: &Gateway, truth: &Shared) -> usize {
    let world = World::of(gateway, truth);
    let left = truth.lock().unwrap().clone();
    for _ in 0..RETRIES {
        let now = truth.lock().unwrap().clone();
        if now.unanswered() == 0 {
            break;
        }
        for (at, request) in now.requests.iter().enumerate() {
            if !request.acknowledged && world.put(at).await.is_err() {
                panic!("the gateway ended by itself:\n{}", gateway.log());
            }
        }
        for (at, notice) in now.notices.iter().enumerate() {
            for (writing, body) in notice.bodies.iter().enumerate() {
                if !body.acknowledged && world.send(at, writing).await.is_err() {
                    panic!("the gateway ended by itself:\n{}", gateway.log());
                }
            }
        }
    }
    left.unanswered()
}

impl World {
    fn of(gateway: &Gateway, truth: &Shared) -> Self {
        Self {
            client: gateway.client.clone(),
            base_url: gateway.base_url.clone(),
            key: gateway.key.clone(),
            truth: truth.clone(),
        }
    }

    async fn ask_until_it_breaks_off(self, mut random: StdRng) {
        loop {
            let at = self.choose_request(&mut random);
            if self.put(at).await.is_err() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(random.random_range(0..20))).await;
        }
    }

    async fn report_until_it_breaks_off(self, mut random: StdRng) {
        loop {
            let (notice, writing) = self.choose_writing(&mut random);
            if self.send(notice, writing).await.is_err() {
                return;
            }
        }
    }

    /// A new request, or now and then an earlier one again, answered or not.
    fn choose_request(&self, random: &mut StdRng) -> usize {
        let mut truth = self.truth.lock().unwrap();
        let count = truth.requests.len();
        if count > 0 && random.random_ratio(1, 5) {
            return random.random_range(0..count);
        }
        let (body, amount, account) = if random.random_ratio(1, 3) {
            (
                json!({"lines": [{"item": "CT-CHUKY"}]}),
                10_000,
                "collected:CT-CHUKY",
            )
        } else if random.random_ratio(1, 2) {
            let amount = random.random_range(2_000..500_000);
            let lines = json!({"lines": [{"item": RECEIPTED, "amount": amount}]});
            (lines, amount, "collected:PHI-TAI-CHO")
        } else {
            let amount = random.random_range(2_000..500_000);
            (json!({"amount": amount}), amount, "collected:UNSPECIFIED")
        };
        truth.requests.push(Request {
            external_id: format!("HS-{count}"),
            body,
            amount,
            account,
            acknowledged: false,
            known_as: None,
            promised: 0,
        });
        count
    }

    /// What a bank sends next: a payment of what is still due, a part of it, a repeat (the same bytes,
    /// or the same message written differently), or money that nobody can claim.
    fn choose_writing(&self, random: &mut StdRng) -> (usize, usize) {
        let mut truth = self.truth.lock().unwrap();
        let count = truth.notices.len();
        if count > 0 && random.random_ratio(1, 5) {
            let at = random.random_range(0..count);
            let notice = &mut truth.notices[at];
            if notice.bodies.len() == 1 && random.random_ratio(1, 4) {
                let message: Value = serde_json::from_str(&notice.bodies[0].text).unwrap();
                notice.bodies.push(Body {
                    text: serde_json::to_string_pretty(&message).unwrap(),
                    acknowledged: false,
                });
            }
            return (at, random.random_range(0..notice.bodies.len()));
        }
        let id = u64::try_from(count).unwrap() + 1;
        let due: Vec<usize> = (0..truth.requests.len())
            .rev()
            .filter(|at| {
                let request = &truth.requests[*at];
                request.known_as.is_some() && request.promised < request.amount
            })
            .take(20)
            .collect();
        let (request, amount, memo) = if due.is_empty() || random.random_ratio(1, 6) {
            let amount = random.random_range(1..300_000);
            (None, amount, format!("chuyen tien lan {id}"))
        } else {
            let at = due[random.random_range(0..due.len())];
            let request = &mut truth.requests[at];
            let rest = request.amount - request.promised;
            let amount = match random.random_range(0..10) {
                0..6 => rest,
                6..9 => random.random_range(1..=rest),
                _ => rest + random.random_range(1..5_000),
            };
            request.promised += amount;
            let (_, reference) = request.known_as.clone().unwrap();
            (Some(at), amount, mangled(&reference, id, random))
        };
        truth.notices.push(Notice {
            id,
            amount,
            request,
            bodies: vec![Body {
                text: sepay_notice(id, amount, &memo).to_string(),
                acknowledged: false,
            }],
        });
        (count, 0)
    }

    async fn put(&self, at: usize) -> Result<(), BrokenOff> {
        let (external_id, body) = {
            let truth = self.truth.lock().unwrap();
            let request = &truth.requests[at];
            (request.external_id.clone(), request.body.clone())
        };
        let url = format!("{}/v1/payment-requests/{external_id}", self.base_url);
        let sent = self
            .client
            .put(url)
            .bearer_auth(&self.key)
            .json(&body)
            .send()
            .await;
        let response = sent.map_err(|_| BrokenOff)?;
        let status = response.status();
        if status == StatusCode::SERVICE_UNAVAILABLE {
            come_back_later().await;
            return Ok(());
        }
        assert!(
            status.is_success(),
            "{external_id}: {}",
            answer(response).await.text
        );
        // The head of the answer is the promise, whether or not the rest arrives.
        self.truth.lock().unwrap().requests[at].acknowledged = true;
        let answered: Value = response.json().await.map_err(|_| BrokenOff)?;
        let text = |name: &str| answered[name].as_str().unwrap().to_owned();
        let known_as = (text("id"), text("reference"));
        let mut truth = self.truth.lock().unwrap();
        let before = truth.requests[at].known_as.replace(known_as.clone());
        assert!(
            before.is_none_or(|before| before == known_as),
            "{external_id} became another request: {answered}"
        );
        Ok(())
    }

    async fn send(&self, at: usize, writing: usize) -> Result<(), BrokenOff> {
        let body = self.truth.lock().unwrap().notices[at].bodies[writing]
            .text
            .clone();
        let mut request = self
            .client
            .post(format!("{}/v1/callbacks/{SOURCE}", self.base_url))
            .header("content-type", "application/json")
            .body(body.clone());
        for (name, value) in sign_sepay(SECRET, body.as_bytes()) {
            request = request.header(name, value);
        }
        let response = request.send().await.map_err(|_| BrokenOff)?;
        let status = response.status();
        if status == StatusCode::SERVICE_UNAVAILABLE {
            come_back_later().await;
            return Ok(());
        }
        assert!(
            status.is_success(),
            "{status} to {body}: {}",
            answer(response).await.text
        );
        {
            let mut truth = self.truth.lock().unwrap();
            truth.notices[at].bodies[writing].acknowledged = true;
            truth.acknowledgements += 1;
        }
        // Read to the end, so that the connection is used again.
        response.bytes().await.map_err(|_| BrokenOff)?;
        Ok(())
    }
}

async fn come_back_later() {
    tokio::time::sleep(Duration::from_millis(50)).await;
}

/// The reference in a memo as banks write it. What follows it begins with a symbol that no reference
/// has: else, once in tens of thousands, its end and the words after it make a second valid code, and
/// such a memo rightly waits for a person.
fn mangled(reference: &str, id: u64, random: &mut StdRng) -> String {
    match random.random_range(0..4) {
        0 => reference.to_owned(),
        1 => format!("MBVCB.{id}.{reference} 01 thanh toan.CT tu 0011"),
        2 => format!("{}-0GD {id}", reference.to_lowercase()),
        _ => format!("{} {} 0 nop phi", &reference[..3], &reference[3..]),
    }
}
