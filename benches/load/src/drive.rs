//! A portal that asks, and a bank that reports: as fast as it is answered, or by the clock.

use crate::gateway::Gateway;
use crate::machine;
use anyhow::{Context, ensure};
use payment::Timestamp;
use reconciler::Secret;
use reconciler::callback::sepay;
use serde::Serialize;
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

/// Callbacks on the way at once in the open loop. Beyond it they queue here, and the queue is counted
/// in their latency.
const IN_FLIGHT_MAX: usize = 2048;
/// How often one message is sent again before the run is given up.
const ATTEMPTS_MAX: u32 = 20;
/// In the open loop, one of so many memos holds no reference.
const UNKNOWN_ONE_IN: u64 = 50;
/// How long the last payments may wait for settlement.
const SETTLE_MAX: Duration = Duration::from_secs(120);

/// Bounds of a loop.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Senders in the closed loop.
    pub connections: u64,
    /// No loop starts a new message after this.
    pub time: Duration,
}

/// Latency in microseconds.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Latency {
    /// Half were faster.
    pub p50: u64,
    /// One in a hundred was slower.
    pub p99: u64,
    /// The slowest.
    pub max: u64,
}

/// What a loop did.
#[derive(Debug)]
pub struct Done {
    /// How many were acknowledged.
    pub count: u64,
    /// From the first message to the last one's effect.
    pub took: Duration,
    /// Of the acknowledgements.
    pub latency: Latency,
}

impl Done {
    /// Per second.
    pub fn rate(&self) -> u64 {
        machine::rate(self.count, self.took)
    }
}

/// A request that waits for its payment.
struct Asked {
    reference: String,
    amount: i64,
}

/// The sender, and what it knows.
pub struct Bank {
    wire: Arc<Wire>,
    limits: Limits,
    waiting: Vec<Asked>,
    requests: u64,
    acknowledged: u64,
    paid: i64,
    unclaimed: i64,
}

struct Wire {
    client: reqwest::Client,
    base_url: String,
    callback_url: String,
    key: String,
    secret: Secret,
    account: String,
    sent_again: AtomicU64,
}

impl Bank {
    /// A bank that reports to `gateway`.
    pub fn new(gateway: &Gateway, limits: Limits) -> anyhow::Result<Self> {
        Ok(Self {
            wire: Arc::new(Wire {
                client: reqwest::Client::builder()
                    .no_proxy()
                    .timeout(Duration::from_secs(30))
                    .build()?,
                base_url: gateway.base_url.clone(),
                callback_url: format!("{}/v1/callbacks/{}", gateway.base_url, gateway.source),
                key: gateway.key.clone(),
                secret: Secret::new(gateway.secret.clone()),
                account: gateway.account.clone(),
                sent_again: AtomicU64::new(0),
            }),
            limits,
            waiting: Vec::new(),
            requests: 0,
            acknowledged: 0,
            paid: 0,
            unclaimed: 0,
        })
    }

    /// Movements that the gateway acknowledged.
    pub const fn acknowledged(&self) -> u64 {
        self.acknowledged
    }

    /// Requests that the gateway acknowledged.
    pub const fn requests(&self) -> u64 {
        self.requests
    }

    /// Messages that had to be sent more than once.
    pub fn sent_again(&self) -> u64 {
        self.wire.sent_again.load(Ordering::Relaxed)
    }

    /// Makes `count` requests.
    pub async fn ask(&mut self, count: u64) -> anyhow::Result<Done> {
        let first = self.requests;
        let (took, answers) = self
            .closed(count, move |wire, number| async move {
                wire.ask(first + number).await
            })
            .await?;
        let mut latencies = Vec::with_capacity(answers.len());
        for (latency, asked) in answers {
            latencies.push(latency);
            self.waiting.push(asked);
        }
        ensure!(
            u64::try_from(latencies.len())? == count,
            "only {} of {count} requests could be made within {:?}",
            latencies.len(),
            self.limits.time
        );
        self.requests += count;
        Ok(Done {
            count,
            took,
            latency: latency(latencies),
        })
    }

    /// Pays every request that waits, as fast as acknowledgements come, and waits until the last
    /// payment is in the ledger: only that counts as settled.
    pub async fn closed_loop(&mut self) -> anyhow::Result<Done> {
        let waiting = Arc::new(std::mem::take(&mut self.waiting));
        let first = self.acknowledged;
        let count = u64::try_from(waiting.len())?;
        let began = Instant::now();
        let (_, answers) = self
            .closed(count, move |wire, number| {
                let waiting = waiting.clone();
                async move {
                    let asked = waiting
                        .get(usize::try_from(number)?)
                        .context("no such request")?;
                    wire.report(first + number + 1, asked.amount, &asked.reference)
                        .await?;
                    Ok(asked.amount)
                }
            })
            .await?;
        let count = u64::try_from(answers.len())?;
        self.acknowledged += count;
        self.paid += answers.iter().map(|(_, amount)| amount).sum::<i64>();
        self.until_settled().await?;
        let took = began.elapsed();
        let latencies = answers.into_iter().map(|(latency, _)| latency).collect();
        Ok(Done {
            count,
            took,
            latency: latency(latencies),
        })
    }

    /// Pays every request that waits, one each `1/rate` seconds whether or not the ones before were
    /// answered. Latency runs from the moment a message was due: a stall of the gateway or of this
    /// program delays everyone behind it, and that is counted (no coordinated omission).
    pub async fn open_loop(&mut self, rate: u64) -> anyhow::Result<Done> {
        let waiting = std::mem::take(&mut self.waiting);
        let count = u64::try_from(waiting.len())?;
        let first = self.acknowledged;
        let wire = self.wire.clone();
        let runtime = tokio::runtime::Handle::current();
        let (results, mut arrived) = tokio::sync::mpsc::unbounded_channel();
        let places = Arc::new(Semaphore::new(IN_FLIGHT_MAX));
        let began = Instant::now();
        // A thread of its own: the runtime's timer is coarser than the interval between two messages.
        let clock = std::thread::spawn(move || {
            for (number, asked) in (0u64..).zip(waiting) {
                let due = began + Duration::from_nanos(number * 1_000_000_000 / rate);
                std::thread::sleep(due.saturating_duration_since(Instant::now()));
                let (wire, results, places) = (wire.clone(), results.clone(), places.clone());
                runtime.spawn(async move {
                    // The semaphore is never closed.
                    let _place = places.acquire().await;
                    let unknown = number % UNKNOWN_ONE_IN == 0;
                    let memo = if unknown {
                        "chuyen tien"
                    } else {
                        asked.reference.as_str()
                    };
                    let sent = wire.report(first + number + 1, asked.amount, memo).await;
                    let latency = due.elapsed();
                    // The receiver waits for all of us.
                    let _ = results.send(sent.map(|()| (latency, asked.amount, unknown)));
                });
            }
        });
        let mut latencies = Vec::new();
        while let Some(result) = arrived.recv().await {
            let (latency, amount, unknown) = result?;
            latencies.push(latency);
            if unknown {
                self.unclaimed += amount;
            } else {
                self.paid += amount;
            }
        }
        ensure!(clock.join().is_ok(), "the clock's thread failed");
        ensure!(
            u64::try_from(latencies.len())? == count,
            "some messages were lost on this side"
        );
        self.acknowledged += count;
        self.until_settled().await?;
        Ok(Done {
            count,
            took: began.elapsed(),
            latency: latency(latencies),
        })
    }

    /// Runs `work` for `0..count`, on as many connections as allowed, each starting the next when its
    /// last one is done.
    async fn closed<T, F, W>(
        &self,
        count: u64,
        work: W,
    ) -> anyhow::Result<(Duration, Vec<(Duration, T)>)>
    where
        T: Send + 'static,
        F: Future<Output = anyhow::Result<T>> + Send,
        W: Fn(Arc<Wire>, u64) -> F + Clone + Send + 'static,
    {
        let next = Arc::new(AtomicU64::new(0));
        let began = Instant::now();
        let mut senders = JoinSet::new();
        for _ in 0..self.limits.connections {
            let (wire, next, work, time) = (
                self.wire.clone(),
                next.clone(),
                work.clone(),
                self.limits.time,
            );
            senders.spawn(async move {
                let mut done = Vec::new();
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= count || began.elapsed() > time {
                        return anyhow::Ok(done);
                    }
                    let sent = Instant::now();
                    let output = work(wire.clone(), number).await?;
                    done.push((sent.elapsed(), output));
                }
            });
        }
        let mut all = Vec::new();
        while let Some(done) = senders.join_next().await {
            all.extend(done??);
        }
        Ok((began.elapsed(), all))
    }

    /// The journal's last number: one entry per payment.
    pub async fn journal_sequence(&self) -> anyhow::Result<u64> {
        let trial = self.trial_balance().await?;
        trial["as_of_journal_sequence"]
            .as_u64()
            .context("no journal sequence")
    }

    async fn until_settled(&self) -> anyhow::Result<()> {
        let began = Instant::now();
        while self.journal_sequence().await? < self.acknowledged {
            ensure!(
                began.elapsed() < SETTLE_MAX,
                "acknowledged payments are still not settled after {SETTLE_MAX:?}"
            );
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        Ok(())
    }

    /// `GET /v1/ledger/trial-balance`.
    pub async fn trial_balance(&self) -> anyhow::Result<Value> {
        let url = format!("{}/v1/ledger/trial-balance", self.wire.base_url);
        let response = self
            .wire
            .client
            .get(url)
            .bearer_auth(&self.wire.key)
            .send()
            .await?;
        Ok(response.error_for_status()?.json().await?)
    }

    /// In what the trial balance differs from what was sent.
    pub fn compare(&self, trial: &Value) -> Vec<String> {
        let balance = |code: &str| {
            let rows = trial["accounts"].as_array().into_iter().flatten();
            rows.filter(|row| row["account_code"] == code)
                .map(|row| {
                    row["debit"].as_i64().unwrap_or_default()
                        - row["credit"].as_i64().unwrap_or_default()
                })
                .sum::<i64>()
        };
        let mut wrong = Vec::new();
        for (what, shown, sent) in [
            (
                "received",
                balance(&format!("bank:{}", self.wire.account)),
                self.paid + self.unclaimed,
            ),
            ("settled", -balance("collected:UNSPECIFIED"), self.paid),
            ("in suspense", -balance("suspense"), self.unclaimed),
        ] {
            if shown != sent {
                wrong.push(format!("{what}: {shown} đồng in the books, {sent} sent"));
            }
        }
        if trial["balanced"] != true {
            wrong.push("the trial balance is not zero".to_owned());
        }
        if trial["as_of_journal_sequence"].as_u64() != Some(self.acknowledged) {
            wrong.push(format!(
                "{} journal entries, {} payments acknowledged",
                trial["as_of_journal_sequence"], self.acknowledged
            ));
        }
        wrong
    }
}

impl Wire {
    async fn ask(&self, number: u64) -> anyhow::Result<Asked> {
        let amount = 10_000 + i64::try_from(number % 1_000)? * 500;
        let url = format!("{}/v1/payment-requests/LOAD-{number}", self.base_url);
        let body = json!({"amount": amount, "description": "Phí chứng thực"});
        let answered = self
            .until_acknowledged(|| self.client.put(&url).bearer_auth(&self.key).json(&body))
            .await?;
        let made: Value = answered.json().await?;
        let reference = made["reference"].as_str().context("no reference")?;
        Ok(Asked {
            reference: reference.to_owned(),
            amount,
        })
    }

    async fn report(&self, id: u64, amount: i64, memo: &str) -> anyhow::Result<()> {
        let now = now();
        let body = json!({
            "id": id, "gateway": "Vietcombank", "transactionDate": now.vietnam_local(),
            "accountNumber": self.account, "code": null, "transferType": "in",
            // After the reference a symbol that no reference has: else, once in tens of thousands, its end
            // and the words after it make a second valid code, and such a memo waits for a person.
            "content": format!("MBVCB.{id}.{memo} 01 thanh toan.CT tu 0011 toi {}", self.account),
            "transferAmount": amount, "accumulated": 0, "subAccount": null,
            "referenceCode": format!("FT{id}"), "description": format!("BankAPINotify {memo}")
        })
        .to_string();
        let answered = self
            .until_acknowledged(|| {
                // Signed at each attempt: an old signature would be refused as stale.
                let signature = sepay::sign(&self.secret, self::now(), body.as_bytes());
                let request = self
                    .client
                    .post(&self.callback_url)
                    .header("content-type", "application/json")
                    .body(body.clone());
                signature
                    .into_iter()
                    .flatten()
                    .fold(request, |request, (name, value)| {
                        request.header(name, value)
                    })
            })
            .await?;
        // Read to the end, so that the connection is used again.
        answered.bytes().await?;
        Ok(())
    }

    /// Sends until it is answered 2xx, as a real sender does. Any other refusal than "come back" ends
    /// the run.
    async fn until_acknowledged(
        &self,
        request: impl Fn() -> reqwest::RequestBuilder,
    ) -> anyhow::Result<reqwest::Response> {
        for _ in 0..ATTEMPTS_MAX {
            match request().send().await {
                Ok(response) if response.status().is_success() => return Ok(response),
                Ok(response) if response.status().as_u16() == 503 => {}
                Ok(response) => {
                    anyhow::bail!("{}: {}", response.status(), response.text().await?)
                }
                Err(error) if error.is_connect() || error.is_request() => {}
                Err(error) => return Err(error.into()),
            }
            self.sent_again.fetch_add(1, Ordering::Relaxed);
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        anyhow::bail!("not acknowledged after {ATTEMPTS_MAX} attempts")
    }
}

fn now() -> Timestamp {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    Timestamp::from_micros(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
}

fn latency(mut all: Vec<Duration>) -> Latency {
    all.sort_unstable();
    let at = |percent: usize| {
        let index = (all.len() * percent / 100).min(all.len().saturating_sub(1));
        let latency = all.get(index).copied().unwrap_or_default();
        u64::try_from(latency.as_micros()).unwrap_or(u64::MAX)
    };
    Latency {
        p50: at(50),
        p99: at(99),
        max: at(100),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_values_that_were_measured() {
        let all = (1..=1_000).rev().map(Duration::from_micros).collect();
        let latency = latency(all);
        assert_eq!((latency.p50, latency.p99, latency.max), (501, 991, 1_000));
        let none = super::latency(Vec::new());
        assert_eq!((none.p50, none.max), (0, 0));
    }
}
