//! Webhook deliveries per second: how fast events of about 1 kB reach one receiver and are recorded.
//!
//! Requests are made, and each event is delivered as it happens. Then all of them are sent once more
//! with one call of the replay operation, and the time runs from that call until the store says that
//! the last is delivered. The receiver counts ids and checks one signature in a hundred.

use crate::gateway::Gateway;
use crate::machine;
use anyhow::{Context, ensure};
use payment::Timestamp;
use reconciler::standard_webhooks::{self, Key};
use serde::Serialize;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

/// Requests under way at once while the events are made.
const MAKERS: u64 = 64;
/// How long either part may take.
const PATIENCE: Duration = Duration::from_secs(300);
/// One signature in so many is checked: the rest would measure the receiver.
const CHECKED: u64 = 100;
/// Makes the body of an event about 1 kB.
const PADDING: usize = 560;

/// What was measured.
#[derive(Debug, Serialize)]
pub struct Deliveries {
    /// Events that were delivered in the measured part.
    pub count: u64,
    /// Bytes of their bodies on average.
    pub body_bytes: u64,
    /// From the call until the store says that the last is delivered.
    pub took_ms: u64,
    /// The figure.
    pub per_second: u64,
    /// The gateway's processor time for each.
    pub cpu_us_each: u64,
    /// Whether every id came, and every signature that was looked at was good.
    pub whole: bool,
}

impl fmt::Display for Deliveries {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.whole {
            writeln!(f, "VOID: an event is missing, or a signature was wrong")?;
        }
        writeln!(
            f,
            "{} webhooks of {} bytes in {} ms: {} per second, {} µs of the gateway's processor time each",
            self.count, self.body_bytes, self.took_ms, self.per_second, self.cpu_us_each
        )
    }
}

/// What the receiver has seen.
#[derive(Default)]
struct Seen {
    ids: Mutex<HashMap<String, u64>>,
    messages: AtomicU64,
    bytes: AtomicU64,
    wrong: AtomicBool,
    key: Mutex<Option<Key>>,
}

/// Makes `count` events and has them delivered.
pub async fn measure(gateway: &Gateway, count: u64) -> anyhow::Result<Deliveries> {
    let seen = Arc::new(Seen::default());
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://{}/hooks", listener.local_addr()?);
    tokio::spawn(receive(listener, seen.clone()));
    let client = reqwest::Client::builder()
        .no_proxy()
        .timeout(Duration::from_secs(30))
        .build()?;
    let api = Api {
        client,
        base_url: gateway.base_url.clone(),
        key: gateway.key.clone(),
    };
    let made = api
        .post("/v1/webhook-endpoints", json!({"url": url}))
        .await?;
    let secret = made["secret"].as_str().context("no secret")?;
    *seen.key.lock().unwrap_or_else(PoisonError::into_inner) = Some(Key::parse(secret)?);

    let mut makers = JoinSet::new();
    for maker in 0..MAKERS {
        let api = api.clone();
        makers.spawn(async move {
            for number in (maker..count).step_by(usize::try_from(MAKERS)?) {
                let body =
                    json!({"amount": 10_000 + number, "metadata": {"note": "x".repeat(PADDING)}});
                api.post("/v1/payment-requests", body).await?;
            }
            anyhow::Ok(())
        });
    }
    while let Some(done) = makers.join_next().await {
        done??;
    }
    api.until_delivered().await?;
    let ids = |times: u64| {
        let ids = seen.ids.lock().unwrap_or_else(PoisonError::into_inner);
        let enough = ids.values().filter(|&&seen| seen >= times).count();
        u64::try_from(enough).unwrap_or(u64::MAX)
    };
    ensure!(ids(1) == count, "{} of {count} events came", ids(1));

    let (messages, bytes) = (
        seen.messages.load(Ordering::SeqCst),
        seen.bytes.load(Ordering::SeqCst),
    );
    let cpu_before = gateway.cpu()?;
    let began = Instant::now();
    let mut since = Some(json!("2020-01-01T00:00:00Z"));
    let mut queued = 0;
    while let Some(from) = since {
        let range = json!({"since": from, "status": "delivered"});
        let replayed = api.post("/v1/webhook-deliveries/replay", range).await?;
        queued += replayed["queued"].as_u64().unwrap_or(0);
        since =
            Some(replayed["next_since"].clone()).filter(|next| !next.is_null() && queued < count);
    }
    api.until_delivered().await?;
    let took = began.elapsed();
    let cpu = gateway.cpu()?.saturating_sub(cpu_before);
    let messages = seen.messages.load(Ordering::SeqCst) - messages;
    let bytes = seen.bytes.load(Ordering::SeqCst) - bytes;
    Ok(Deliveries {
        count: messages,
        body_bytes: bytes.checked_div(messages).unwrap_or(0),
        took_ms: machine::millis(took),
        per_second: machine::rate(messages, took),
        cpu_us_each: machine::per(cpu, messages),
        whole: ids(2) == count && !seen.wrong.load(Ordering::SeqCst),
    })
}

#[derive(Clone)]
struct Api {
    client: reqwest::Client,
    base_url: String,
    key: String,
}

impl Api {
    async fn post(&self, path: &str, body: Value) -> anyhow::Result<Value> {
        let sent = self
            .client
            .post(format!("{}{path}", self.base_url))
            .bearer_auth(&self.key)
            .json(&body)
            .send()
            .await?;
        let status = sent.status();
        let text = sent.text().await?;
        ensure!(status.is_success(), "{path}: {status} {text}");
        Ok(serde_json::from_str(&text)?)
    }

    /// Waits until no delivery waits any more.
    async fn until_delivered(&self) -> anyhow::Result<()> {
        let began = Instant::now();
        let url = format!(
            "{}/v1/webhook-deliveries?status=pending&limit=1",
            self.base_url
        );
        loop {
            let page: Value = self
                .client
                .get(&url)
                .bearer_auth(&self.key)
                .send()
                .await?
                .error_for_status()?
                .json()
                .await?;
            if page["data"] == json!([]) {
                return Ok(());
            }
            ensure!(began.elapsed() < PATIENCE, "deliveries still wait");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

async fn receive(listener: TcpListener, seen: Arc<Seen>) {
    while let Ok((stream, _)) = listener.accept().await {
        let seen = seen.clone();
        // Whoever breaks off is counted by what is missing.
        tokio::spawn(async move {
            let _ = serve(stream, &seen).await;
        });
    }
}

/// As much of HTTP/1.1 as our own gateway speaks: heads with a length, on a connection that stays.
async fn serve(mut stream: TcpStream, seen: &Seen) -> anyhow::Result<()> {
    stream.set_nodelay(true)?;
    let mut buffer = Vec::with_capacity(8 * 1024);
    loop {
        let end = loop {
            if let Some(end) = buffer.windows(4).position(|four| four == b"\r\n\r\n") {
                break end + 4;
            }
            if stream.read_buf(&mut buffer).await? == 0 {
                return Ok(());
            }
        };
        let head = String::from_utf8_lossy(buffer.get(..end).unwrap_or_default()).into_owned();
        let header = |wanted: &str| {
            head.lines().find_map(|line| {
                let (name, value) = line.split_once(':')?;
                name.eq_ignore_ascii_case(wanted).then(|| value.trim())
            })
        };
        let length: usize = header("content-length").context("no length")?.parse()?;
        while buffer.len() < end + length {
            ensure!(stream.read_buf(&mut buffer).await? > 0, "broke off");
        }
        let body = buffer.get(end..end + length).unwrap_or_default();
        let id = header("webhook-id").context("no id")?.to_owned();
        let number = seen.messages.fetch_add(1, Ordering::SeqCst);
        if number.is_multiple_of(CHECKED) {
            let timestamp = header("webhook-timestamp").unwrap_or_default();
            let signature = header("webhook-signature").unwrap_or_default();
            let key = seen
                .key
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .clone();
            let keys: Vec<Key> = key.into_iter().collect();
            let good = standard_webhooks::verify(&keys, &id, timestamp, signature, body, now());
            seen.wrong.fetch_or(good.is_err(), Ordering::SeqCst);
        }
        seen.bytes
            .fetch_add(u64::try_from(length)?, Ordering::SeqCst);
        *seen
            .ids
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .entry(id)
            .or_default() += 1;
        buffer.drain(..end + length);
        stream.write_all(b"HTTP/1.1 204 No Content\r\n\r\n").await?;
    }
}

fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    Timestamp::from_micros(since.map_or(0, |since| {
        i64::try_from(since.as_micros()).unwrap_or(i64::MAX)
    }))
}
