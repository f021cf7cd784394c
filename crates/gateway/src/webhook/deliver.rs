//! The worker that delivers events.
//!
//! Claim what is due (committed), sign, send with no transaction open, record the attempt. A receiver
//! that is slow holds only its own few places; a process that dies loses only a lease, and the event
//! goes out again with the same id.

use super::address::{PublicResolver, check_url};
use super::schedule::{Answer, next_step};
use crate::app::App;
use payment::{EndpointId, Timestamp};
use reconciler::standard_webhooks::{self, Key};
use reqwest::header::{CONTENT_TYPE, RETRY_AFTER, USER_AGENT};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use store::delivery::{Attempted, DueDelivery, NextStep};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Attempts under way at once, over all endpoints.
const AT_ONCE: usize = 64;
/// Attempts under way at once to one endpoint, so that a slow one does not take every place.
const AT_ONCE_PER_ENDPOINT: usize = 8;
/// Deliveries claimed at once.
const CLAIM: i64 = 32;
/// How long a claim holds; longer than any attempt.
const LEASE_SECONDS: i64 = 90;
/// How long a delivery waits for a place at its endpoint.
const PATIENCE: Duration = Duration::from_millis(500);
/// How often to look when nothing is announced.
const TICK: Duration = Duration::from_secs(1);
/// How long to wait for a connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// Runs until the shutdown, then until the attempts under way are recorded.
///
/// # Errors
/// When the HTTP client cannot be made.
pub async fn run(app: App, timeout: Duration) -> Result<(), reqwest::Error> {
    let worker = Arc::new(Worker {
        client: client(app.allow_private_networks, timeout)?,
        places: Arc::new(Semaphore::new(AT_ONCE)),
        per_endpoint: Mutex::new(HashMap::new()),
        app,
    });
    loop {
        let claimed = worker.round().await;
        if worker.app.shutdown.is_cancelled() {
            break;
        }
        if claimed < CLAIM {
            tokio::select! {
                () = worker.app.writer.wait_for_deliveries() => {}
                () = tokio::time::sleep(TICK) => {}
                () = worker.app.shutdown.cancelled() => break,
            }
        }
    }
    // All places free again: nothing is under way.
    let _ = worker
        .places
        .acquire_many(u32::try_from(AT_ONCE).unwrap_or(1))
        .await;
    Ok(())
}

/// A client that follows nothing, trusts no environment, and without `allow_private` cannot reach a
/// private address whatever a name resolves to.
fn client(allow_private: bool, timeout: Duration) -> Result<reqwest::Client, reqwest::Error> {
    let builder = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .connect_timeout(CONNECT_TIMEOUT)
        .timeout(timeout);
    let builder = if allow_private {
        builder
    } else {
        builder.dns_resolver(Arc::new(PublicResolver))
    };
    builder.build()
}

struct Worker {
    app: App,
    client: reqwest::Client,
    places: Arc<Semaphore>,
    per_endpoint: Mutex<HashMap<EndpointId, Arc<Semaphore>>>,
}

impl Worker {
    /// Claims what is due and starts it. Answers how many were claimed.
    async fn round(self: &Arc<Self>) -> i64 {
        let now = self.app.now();
        let free = i64::try_from(self.places.available_permits())
            .unwrap_or(0)
            .min(CLAIM);
        if free == 0 {
            // Someone finishes within a timeout; do not claim what cannot be sent.
            tokio::time::sleep(Duration::from_millis(50)).await;
            return 0;
        }
        let due = match self
            .app
            .writer
            .claim_deliveries(now, now.plus_seconds(LEASE_SECONDS), free)
            .await
        {
            Ok(due) => due,
            Err(error) => {
                if !self.app.shutdown.is_cancelled() {
                    tracing::warn!(error = ?error, "deliveries could not be claimed");
                    tokio::time::sleep(TICK).await;
                }
                return 0;
            }
        };
        let claimed = i64::try_from(due.len()).unwrap_or(CLAIM);
        for delivery in due {
            let Ok(place) = self.places.clone().acquire_owned().await else {
                return claimed;
            };
            let worker = self.clone();
            tokio::spawn(async move { worker.attempt(delivery, place).await });
        }
        claimed
    }

    async fn attempt(&self, delivery: DueDelivery, _place: OwnedSemaphorePermit) {
        let own = self.endpoint_places(delivery.endpoint_id);
        // A quick endpoint frees a place at once; a slow one gives this one back after a moment.
        let own_place = tokio::time::timeout(PATIENCE, own.acquire()).await;
        let Ok(Ok(_own_place)) = own_place else {
            // The endpoint is busy with others: let this one wait a moment, unattempted.
            self.put_back(&delivery).await;
            return;
        };
        let started_at = self.app.now();
        let clock = Instant::now();
        let (answer, error) = self.send(&delivery, started_at).await;
        let duration_micros = i64::try_from(clock.elapsed().as_micros()).unwrap_or(i64::MAX);
        let jitter = rand::random::<u16>() % 401;
        let next = next_step(delivery.attempt, answer, self.app.now(), jitter);
        if let NextStep::GiveUp | NextStep::DisableEndpoint = next {
            tracing::warn!(delivery = %delivery.id, endpoint = %delivery.endpoint_id, "a delivery was given up");
        }
        self.record(Attempted {
            tenant_id: delivery.tenant_id,
            delivery_id: delivery.id,
            endpoint_id: delivery.endpoint_id,
            attempt: delivery.attempt,
            started_at,
            duration_micros,
            response_status: match answer {
                Answer::Status(status, _) => Some(status),
                Answer::Nothing => None,
            },
            error,
            next,
        })
        .await;
    }

    async fn send(&self, delivery: &DueDelivery, now: Timestamp) -> (Answer, Option<String>) {
        let unsendable = |why: &str| (Answer::Nothing, Some(why.to_owned()));
        // Again at every attempt: the setting may have changed since the address was registered.
        let Ok(url) = check_url(&delivery.url, self.app.allow_private_networks) else {
            return unsendable("the address is not allowed");
        };
        let purpose = crate::provision::endpoint_purpose(&delivery.url);
        let key = self.app.sealer.open(&purpose, &delivery.sealed_secret).ok();
        let Some(key) = key.and_then(|secret| Key::parse(&secret).ok()) else {
            tracing::error!(endpoint = %delivery.endpoint_id, "the endpoint's secret cannot be opened");
            return unsendable("the endpoint's secret cannot be opened");
        };
        let Ok(body) = delivery.event.webhook_body() else {
            return unsendable("the event cannot be written");
        };
        let id = delivery.event.id.to_string();
        let signature = standard_webhooks::sign(&[key], &id, now, body.as_bytes());
        let sent = self
            .client
            .post(url)
            .header(CONTENT_TYPE, "application/json")
            .header(USER_AGENT, concat!("ThuNgan/", env!("CARGO_PKG_VERSION")))
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
                (
                    Answer::Status(response.status().as_u16(), retry_after),
                    None,
                )
            }
            Err(error) => (Answer::Nothing, Some(describe(&error))),
        }
    }

    async fn record(&self, attempted: Attempted) {
        if let Err(error) = self.app.writer.record_attempt(attempted).await {
            // The lease ends and it is tried again, with the same event id.
            tracing::warn!(error = ?error, "an attempt could not be recorded");
        }
    }

    async fn put_back(&self, delivery: &DueDelivery) {
        let later = self.app.now().plus_seconds(1);
        if let Err(error) = self.app.writer.put_back_delivery(delivery, later).await {
            tracing::warn!(error = ?error, "a delivery could not be put back");
        }
    }

    fn endpoint_places(&self, endpoint: EndpointId) -> Arc<Semaphore> {
        let mut known = self
            .per_endpoint
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        // Idle endpoints are forgotten, so that the map stays as small as what is under way.
        known.retain(|_, places| Arc::strong_count(places) > 1);
        known
            .entry(endpoint)
            .or_insert_with(|| Arc::new(Semaphore::new(AT_ONCE_PER_ENDPOINT)))
            .clone()
    }
}

/// What went wrong, without the address: it may hold a token of the receiver's.
fn describe(error: &reqwest::Error) -> String {
    if error.is_timeout() {
        "no answer in time".to_owned()
    } else if error.is_connect() {
        "no connection".to_owned()
    } else {
        "the answer broke off".to_owned()
    }
}
