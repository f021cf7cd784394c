//! The worker that delivers events.
//!
//! One task claims what is due (committed), hands it to the lanes of its receivers, starts attempts
//! where a lane allows it, and has them recorded, many in one statement. No transaction is open while
//! the outside world is called; a process that dies loses only leases, and the events go out again with
//! the same ids.

use super::lane::{Experience, Held, Lane};
use super::schedule::Answer;
use super::send;
use crate::app::App;
use payment::EndpointId;
use std::collections::HashMap;
use std::time::{Duration, Instant};
use store::StoreError;
use store::delivery::{Attempted, Claim, DueDelivery, NextStep, Useless};
use store::endpoint::OffReason;
use tokio::task::JoinSet;

/// Attempts under way at once, over all receivers.
const AT_ONCE: usize = 256;
/// Deliveries claimed at once.
const CLAIM: i64 = 256;
/// Deliveries of one receiver claimed at once.
const CLAIM_PER_ENDPOINT: i64 = 128;
/// A receiver for which so many wait here is left out of the next claim.
const LANE_FULL: usize = 64;
/// Deliveries that this process holds at most: waiting, under way, or not recorded yet.
const HELD_MAX: usize = 2_048;
/// Attempts recorded at once.
const RECORD: usize = 256;
/// How long a claim holds.
const LEASE: Duration = Duration::from_secs(90);
/// An attempt is begun only when its claim holds for so long; longer than any attempt.
const LEASE_LEFT: Duration = Duration::from_secs(35);
/// How often to look when nothing is announced.
const TICK: Duration = Duration::from_secs(1);

/// Runs until the shutdown, then until the attempts under way are recorded.
///
/// # Errors
/// When the HTTP client cannot be made.
pub async fn run(app: App, timeout: Duration) -> Result<(), reqwest::Error> {
    let client = send::client(app.allow_private_networks, timeout)?;
    Worker {
        client,
        app,
        lanes: HashMap::new(),
        under_way: 0,
        held: 0,
        finished: Vec::new(),
        recording: false,
        claiming: false,
        due: true,
        tasks: JoinSet::new(),
    }
    .run()
    .await;
    Ok(())
}

struct Worker {
    app: App,
    client: reqwest::Client,
    lanes: HashMap<EndpointId, Lane>,
    under_way: usize,
    held: usize,
    finished: Vec<Attempted>,
    recording: bool,
    claiming: bool,
    /// Something may be due that is not claimed.
    due: bool,
    tasks: JoinSet<Step>,
}

/// What a task of the worker comes back with.
enum Step {
    Claimed(Result<Vec<DueDelivery>, StoreError>, Instant),
    Attempted(Box<Attempted>, Answer),
    Recorded(usize),
    PutBack,
}

impl Worker {
    async fn run(mut self) {
        let mut tick = tokio::time::interval(TICK);
        tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            self.start();
            self.record();
            self.claim();
            tokio::select! {
                biased;
                () = self.app.shutdown.cancelled() => break,
                Some(step) = self.tasks.join_next() => self.take(step),
                () = self.app.writer.wait_for_deliveries() => self.due = true,
                _ = tick.tick() => {
                    self.due = true;
                    self.tidy();
                }
            }
            // Whatever else has come back already.
            while let Some(step) = self.tasks.try_join_next() {
                self.take(step);
            }
        }
        let waiting: Vec<Held> = self.lanes.values_mut().flat_map(Lane::drain).collect();
        self.put_back(waiting, Duration::ZERO);
        while let Some(step) = self.tasks.join_next().await {
            self.take(step);
            self.record();
        }
    }

    /// Starts what the lanes allow.
    fn start(&mut self) {
        let now = Instant::now();
        for lane in self.lanes.values_mut() {
            while self.under_way < AT_ONCE {
                let Some(held) = lane.start(now) else {
                    break;
                };
                self.under_way += 1;
                // There is room for more of its own, which claims have left out until now.
                self.due |= lane.len() + 1 == LANE_FULL;
                let (app, client) = (self.app.clone(), self.client.clone());
                self.tasks.spawn(async move {
                    let (attempted, answer) = send::attempt(&app, &client, held.delivery).await;
                    Step::Attempted(Box::new(attempted), answer)
                });
            }
        }
    }

    /// Claims what is due, when there is room for it.
    fn claim(&mut self) {
        let room = HELD_MAX.saturating_sub(self.held);
        let limit = i64::try_from(room).unwrap_or(0).min(CLAIM);
        if !self.due || self.claiming || limit < CLAIM / 4 || self.app.shutdown.is_cancelled() {
            return;
        }
        let clock = Instant::now();
        let without = self
            .lanes
            .iter()
            .filter(|(_, lane)| lane.len() >= LANE_FULL || lane.is_paused(clock))
            .map(|(endpoint, _)| *endpoint)
            .collect();
        let now = self.app.now();
        let lease = i64::try_from(LEASE.as_secs()).unwrap_or(i64::MAX);
        let claim = Claim {
            now,
            lease_until: now.plus_seconds(lease),
            per_endpoint: CLAIM_PER_ENDPOINT,
            limit,
            without,
        };
        self.due = false;
        self.claiming = true;
        let writer = self.app.writer.clone();
        self.tasks.spawn(async move {
            let claimed = writer.claim_deliveries(claim).await;
            if claimed.is_err() {
                // The database is away: do not ask again at once.
                tokio::time::sleep(TICK).await;
            }
            Step::Claimed(claimed, clock + LEASE)
        });
    }

    /// Has finished attempts recorded, while no others are being recorded.
    fn record(&mut self) {
        if self.recording || self.finished.is_empty() {
            return;
        }
        self.recording = true;
        let rest = self.finished.split_off(self.finished.len().min(RECORD));
        let attempts = std::mem::replace(&mut self.finished, rest);
        let app = self.app.clone();
        self.tasks.spawn(async move {
            let count = attempts.len();
            match app.writer.record_attempts(attempts).await {
                Ok(useless) => give_up(&app, useless).await,
                // The leases end and they are tried again, with the same event ids.
                Err(error) => tracing::warn!(error = ?error, "attempts could not be recorded"),
            }
            Step::Recorded(count)
        });
    }

    fn take(&mut self, step: Result<Step, tokio::task::JoinError>) {
        match step {
            Ok(Step::Claimed(claimed, until)) => {
                self.claiming = false;
                self.claimed(claimed, until);
            }
            Ok(Step::Attempted(attempted, answer)) => self.attempted(*attempted, answer),
            Ok(Step::Recorded(count)) => {
                self.recording = false;
                self.held = self.held.saturating_sub(count);
            }
            Ok(Step::PutBack) => {}
            // A task that panicked is a defect; its delivery goes out again when the lease ends.
            Err(error) => tracing::error!(%error, "a delivery task failed"),
        }
    }

    fn claimed(&mut self, claimed: Result<Vec<DueDelivery>, StoreError>, until: Instant) {
        match claimed {
            Ok(claimed) => {
                // As long as claims find something, there may be more.
                self.due |= !claimed.is_empty();
                self.held += claimed.len();
                for delivery in claimed {
                    let lane = self.lanes.entry(delivery.endpoint_id).or_default();
                    lane.add(Held { delivery, until });
                }
            }
            Err(error) => {
                if !self.app.shutdown.is_cancelled() {
                    tracing::warn!(error = ?error, "deliveries could not be claimed");
                }
            }
        }
    }

    fn attempted(&mut self, attempted: Attempted, answer: Answer) {
        self.under_way = self.under_way.saturating_sub(1);
        if let NextStep::GiveUp | NextStep::DisableEndpoint = attempted.next {
            tracing::warn!(delivery = %attempted.delivery_id, endpoint = %attempted.endpoint_id,
                "a delivery was given up");
        }
        let experience = match (attempted.next, answer) {
            (NextStep::Done, _) => Experience::Taken,
            (_, Answer::Status(429 | 503, Some(seconds))) if seconds > 0 => {
                Experience::AskedForTime(Duration::from_secs(seconds.unsigned_abs()))
            }
            _ => Experience::Refused,
        };
        let now = Instant::now();
        let lane = self.lanes.entry(attempted.endpoint_id).or_default();
        let given_back = lane.finish(experience, now);
        let pause = lane.pause_left(now);
        self.finished.push(attempted);
        self.put_back(given_back, pause);
    }

    /// Gives deliveries back to the store, unattempted, for `pause`.
    fn put_back(&mut self, held: Vec<Held>, pause: Duration) {
        if held.is_empty() {
            return;
        }
        self.held = self.held.saturating_sub(held.len());
        let deliveries: Vec<DueDelivery> = held.into_iter().map(|held| held.delivery).collect();
        let seconds = i64::try_from(pause.as_secs()).unwrap_or(i64::MAX);
        let later = self.app.now().plus_seconds(seconds);
        let writer = self.app.writer.clone();
        self.tasks.spawn(async move {
            if let Err(error) = writer.put_back_deliveries(&deliveries, later).await {
                // They are due again when their leases end.
                tracing::warn!(error = ?error, "deliveries could not be put back");
            }
            Step::PutBack
        });
    }

    /// Once in a while: gives back what has waited too long, and forgets receivers that are quiet.
    fn tidy(&mut self) {
        let now = Instant::now();
        let last_start = now + LEASE_LEFT;
        let mut expired = Vec::new();
        for lane in self.lanes.values_mut() {
            expired.extend(lane.expired(last_start));
            lane.age();
        }
        self.lanes.retain(|_, lane| !lane.is_forgettable(now));
        self.put_back(expired, Duration::ZERO);
    }
}

/// Switches off the endpoints that attempts showed to be of no use.
async fn give_up(app: &App, useless: Vec<Useless>) {
    for one in useless {
        let reason = one
            .failing_since
            .map_or(OffReason::Gone, OffReason::Failing);
        tracing::warn!(endpoint = %one.endpoint_id, reason = reason.as_str(), "an endpoint is switched off");
        let given_up = app
            .writer
            .give_up_endpoint(one.tenant_id, one.endpoint_id, reason, app.now())
            .await;
        if let Err(error) = given_up {
            tracing::warn!(error = ?error, "an endpoint could not be switched off");
        }
    }
}
