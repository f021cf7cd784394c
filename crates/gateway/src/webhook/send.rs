//! One attempt: sign, send, and read a bounded part of the answer.

use super::address::{PublicResolver, check_url};
use super::schedule::{Answer, next_step};
use crate::app::App;
use payment::Timestamp;
use reconciler::standard_webhooks::{self, Key};
use reqwest::header::{CONTENT_TYPE, RETRY_AFTER, USER_AGENT};
use std::sync::Arc;
use std::time::{Duration, Instant};
use store::delivery::{Attempted, DueDelivery};

/// How long to wait for a connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// How much of an answer is read at most.
const ANSWER_BYTES_MAX: usize = 64 * 1024;
/// How long the body of an answer may take once its head is there: the head decides.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(1);
/// How much of an answer is kept.
const ANSWER_KEPT: usize = 1024;

/// What we call ourselves.
pub const AGENT: &str = concat!("ThuNgan/", env!("CARGO_PKG_VERSION"));

/// A client that follows nothing, trusts no environment, and without `allow_private` cannot reach a
/// private address whatever a name resolves to.
pub(super) fn client(
    allow_private: bool,
    timeout: Duration,
) -> Result<reqwest::Client, reqwest::Error> {
    let builder = builder(timeout);
    let builder = if allow_private {
        builder
    } else {
        builder.dns_resolver(Arc::new(PublicResolver::default()))
    };
    builder.build()
}

fn builder(timeout: Duration) -> reqwest::ClientBuilder {
    reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .connect_timeout(CONNECT_TIMEOUT)
        .pool_idle_timeout(Duration::from_secs(30))
        .timeout(timeout)
}

/// How an attempt went.
#[derive(Debug)]
struct Sent {
    answer: Answer,
    text: Option<String>,
    error: Option<String>,
}

impl Sent {
    fn not(why: &str) -> Self {
        Self {
            answer: Answer::Nothing,
            text: None,
            error: Some(why.to_owned()),
        }
    }
}

/// Attempts a delivery. Answers what to record, and how the receiver took it.
pub(super) async fn attempt(
    app: &App,
    client: &reqwest::Client,
    delivery: DueDelivery,
) -> (Attempted, Answer) {
    let started_at = app.now();
    let clock = Instant::now();
    let sent = send(app, client, &delivery, started_at).await;
    let duration_micros = i64::try_from(clock.elapsed().as_micros()).unwrap_or(i64::MAX);
    let jitter = rand::random::<u16>() % 401;
    let attempted = Attempted {
        tenant_id: delivery.tenant_id,
        delivery_id: delivery.id,
        endpoint_id: delivery.endpoint_id,
        attempt: delivery.attempt,
        started_at,
        duration_micros,
        response_status: match sent.answer {
            Answer::Status(status, _) => Some(status),
            Answer::Nothing => None,
        },
        response_text: sent.text,
        error: sent.error,
        next: next_step(delivery.attempt, sent.answer, app.now(), jitter),
    };
    (attempted, sent.answer)
}

/// The keys that sign now: the present one, and the one before while it may still be in use.
fn keys(app: &App, delivery: &DueDelivery, now: Timestamp) -> Option<Vec<Key>> {
    let purpose = crate::provision::endpoint_purpose(&delivery.url);
    let open = |sealed: &[u8]| Key::parse(&app.sealer.open(&purpose, sealed).ok()?).ok();
    let mut keys = vec![open(&delivery.sealed_secret)?];
    if let Some((sealed, until)) = &delivery.sealed_previous_secret
        && now < *until
    {
        keys.push(open(sealed)?);
    }
    Some(keys)
}

async fn send(app: &App, client: &reqwest::Client, delivery: &DueDelivery, now: Timestamp) -> Sent {
    // Again at every attempt: the setting may have changed since the address was registered.
    let Ok(url) = check_url(&delivery.url, app.allow_private_networks) else {
        return Sent::not("the address is not allowed");
    };
    let Some(keys) = keys(app, delivery, now) else {
        tracing::error!(endpoint = %delivery.endpoint_id, "the endpoint's secret cannot be opened");
        return Sent::not("the endpoint's secret cannot be opened");
    };
    let Ok(body) = delivery.event.webhook_body() else {
        return Sent::not("the event cannot be written");
    };
    let id = delivery.event.id.to_string();
    let signature = standard_webhooks::sign(&keys, &id, now, body.as_bytes());
    let sent = client
        .post(url)
        .header(CONTENT_TYPE, "application/json")
        .header(USER_AGENT, AGENT)
        .header(standard_webhooks::ID_HEADER, id)
        .header(
            standard_webhooks::TIMESTAMP_HEADER,
            now.seconds().to_string(),
        )
        .header(standard_webhooks::SIGNATURE_HEADER, signature)
        .body(body)
        .send()
        .await;
    match sent {
        Ok(response) => {
            let retry_after = response
                .headers()
                .get(RETRY_AFTER)
                .and_then(|value| value.to_str().ok()?.trim().parse().ok());
            Sent {
                answer: Answer::Status(response.status().as_u16(), retry_after),
                text: beginning(response).await,
                error: None,
            }
        }
        Err(error) => Sent::not(describe(&error)),
    }
}

/// The beginning of an answer as text, for whoever looks for the reason of a failure. However much the
/// receiver sends, and however slowly, it changes nothing about its status.
async fn beginning(mut response: reqwest::Response) -> Option<String> {
    let mut bytes = Vec::new();
    let mut read = 0;
    let reading = async {
        while let Ok(Some(chunk)) = response.chunk().await {
            read += chunk.len();
            let room = ANSWER_KEPT.saturating_sub(bytes.len()).min(chunk.len());
            bytes.extend_from_slice(chunk.get(..room).unwrap_or_default());
            if read > ANSWER_BYTES_MAX {
                // The connection is closed with the response.
                break;
            }
        }
    };
    // What came until then is kept.
    let _ = tokio::time::timeout(ANSWER_TIMEOUT, reading).await;
    let text: String = String::from_utf8_lossy(&bytes)
        .chars()
        .filter(|c| *c == '\n' || *c == '\t' || !c.is_control())
        .collect();
    (!text.is_empty()).then_some(text)
}

/// What went wrong, without the address: it may hold a token of the receiver's.
fn describe(error: &reqwest::Error) -> &'static str {
    if error.is_timeout() {
        "no answer in time"
    } else if error.is_connect() {
        "no connection"
    } else {
        "the answer broke off"
    }
}

#[cfg(test)]
mod tests {
    use super::super::address::Lookup;
    use super::*;
    use std::net::SocketAddr;
    use std::sync::atomic::{AtomicUsize, Ordering};

    /// A name that points to a public address when it is first asked for, and to the trap ever after.
    fn changing(trap: SocketAddr, asked: Arc<AtomicUsize>) -> Lookup {
        Arc::new(move |_| {
            let asked = asked.clone();
            Box::pin(async move {
                // 203.0.113.0/24 is for documentation; here it stands for "not allowed either".
                Ok(match asked.fetch_add(1, Ordering::SeqCst) {
                    0 => vec![SocketAddr::from(([203, 0, 113, 9], 0))],
                    _ => vec![trap],
                })
            })
        })
    }

    #[tokio::test]
    async fn a_name_that_comes_to_point_to_this_machine_leads_to_no_connection() {
        crate::startup::install_crypto();
        let trap = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = trap.local_addr().unwrap();
        let asked = Arc::new(AtomicUsize::new(0));
        let resolver = PublicResolver::with(changing(address, asked.clone()));
        let client = builder(Duration::from_secs(2))
            .dns_resolver(Arc::new(resolver))
            .build()
            .unwrap();
        for _ in 0..3 {
            let url = format!("http://hooks.example.vn:{}/", address.port());
            assert!(client.post(url).send().await.unwrap_err().is_connect());
        }
        assert_eq!(asked.load(Ordering::SeqCst), 3);
        let came = tokio::time::timeout(Duration::from_millis(200), trap.accept()).await;
        assert!(came.is_err(), "the trap was connected to");
        // The same client without the guard does get there: the trap works.
        let open = builder(Duration::from_secs(2))
            .resolve("hooks.example.vn", address)
            .build()
            .unwrap();
        let url = format!("http://hooks.example.vn:{}/", address.port());
        let (_, came) = tokio::join!(open.post(url).send(), async {
            drop(trap.accept().await.unwrap());
            true
        });
        assert!(came);
    }
}
