//! One receiver's lane: what waits for it here, how much it may get at once, and when it is left alone.
//!
//! A receiver starts with few places and earns more by answering; one that does not answer, or asks
//! for time, is left alone for a while and what waited for it goes back to the store, unattempted. So
//! a slow or dead receiver holds few places, and delays nobody else.

use std::collections::VecDeque;
use std::time::{Duration, Instant};
use store::delivery::DueDelivery;

/// Attempts under way at once to a receiver that we know nothing of.
const WINDOW_START: usize = 2;
/// … and to one that answers.
const WINDOW_MAX: usize = 32;
/// Failures in a row after which a receiver is left alone.
const FAILURES_MAX: u32 = 5;
/// How long it is left alone the first time; twice as long each time after.
const PAUSE: Duration = Duration::from_secs(15);
/// … and at most.
const PAUSE_MAX: Duration = Duration::from_secs(300);
/// How far a receiver that asks for time is followed for all its deliveries.
const ASKED_MAX: Duration = Duration::from_secs(3_600);

/// A claimed delivery and the end of the claim.
#[derive(Debug)]
pub(super) struct Held {
    pub(super) delivery: DueDelivery,
    pub(super) until: Instant,
}

/// How an attempt went, as far as the next ones are concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Experience {
    /// It was taken.
    Taken,
    /// It was not.
    Refused,
    /// It was not, and the receiver asks for some time.
    AskedForTime(Duration),
}

#[derive(Debug)]
pub(super) struct Lane {
    waiting: VecDeque<Held>,
    under_way: usize,
    window: usize,
    failures: u32,
    paused_until: Option<Instant>,
}

impl Default for Lane {
    fn default() -> Self {
        Self {
            waiting: VecDeque::new(),
            under_way: 0,
            window: WINDOW_START,
            failures: 0,
            paused_until: None,
        }
    }
}

impl Lane {
    pub(super) fn add(&mut self, held: Held) {
        self.waiting.push_back(held);
    }

    /// How much waits here.
    pub(super) fn len(&self) -> usize {
        self.waiting.len()
    }

    pub(super) fn is_paused(&self, now: Instant) -> bool {
        self.paused_until.is_some_and(|until| until > now)
    }

    /// How long it is still left alone.
    pub(super) fn pause_left(&self, now: Instant) -> Duration {
        self.paused_until
            .map_or(Duration::ZERO, |until| until.saturating_duration_since(now))
    }

    /// Nothing here is worth remembering.
    pub(super) fn is_forgettable(&self, now: Instant) -> bool {
        let unknown = self.failures == 0 && self.window == WINDOW_START;
        let idle = self.waiting.is_empty() && self.under_way == 0;
        idle && unknown && !self.is_paused(now)
    }

    /// Quiet for a while: what is known about it grows old.
    pub(super) fn age(&mut self) {
        if self.waiting.is_empty() && self.under_way == 0 && self.failures == 0 {
            self.window = (self.window / 2).max(WINDOW_START);
        }
    }

    /// The next delivery to attempt now, if it may have one.
    pub(super) fn start(&mut self, now: Instant) -> Option<Held> {
        if self.under_way >= self.window || self.is_paused(now) {
            return None;
        }
        let next = self.waiting.pop_front()?;
        self.under_way += 1;
        Some(next)
    }

    /// Notes how an attempt went. When the receiver is to be left alone, answers what waits here.
    pub(super) fn finish(&mut self, experience: Experience, now: Instant) -> Vec<Held> {
        self.under_way = self.under_way.saturating_sub(1);
        let pause = match experience {
            Experience::Taken => {
                self.failures = 0;
                self.paused_until = None;
                self.window = (self.window * 2).min(WINDOW_MAX);
                return Vec::new();
            }
            Experience::AskedForTime(time) => Some(time.min(ASKED_MAX)),
            Experience::Refused => None,
        };
        self.failures = self.failures.saturating_add(1);
        self.window = 1;
        let pause = pause.or_else(|| {
            let times = self.failures.checked_sub(FAILURES_MAX)?;
            Some(PAUSE.saturating_mul(1 << times.min(8)).min(PAUSE_MAX))
        });
        let Some(pause) = pause else {
            return Vec::new();
        };
        self.paused_until = Some(now + pause);
        self.waiting.drain(..).collect()
    }

    /// Takes out everything whose claim ends before an attempt could.
    pub(super) fn expired(&mut self, last_start: Instant) -> Vec<Held> {
        let (expired, kept) = self
            .waiting
            .drain(..)
            .partition(|held| held.until < last_start);
        self.waiting = kept;
        Vec::from_iter::<VecDeque<Held>>(expired)
    }

    /// Takes out everything.
    pub(super) fn drain(&mut self) -> Vec<Held> {
        self.waiting.drain(..).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use payment::{DeliveryId, EndpointId, EventId, TenantId, Timestamp};
    use store::event::Event;
    use uuid::Uuid;

    fn held(until: Instant) -> Held {
        Held {
            delivery: DueDelivery {
                tenant_id: TenantId::from_uuid(Uuid::nil()),
                id: DeliveryId::from_uuid(Uuid::nil()),
                endpoint_id: EndpointId::from_uuid(Uuid::nil()),
                url: String::new(),
                sealed_secret: Vec::new(),
                sealed_previous_secret: None,
                attempt: 1,
                event: Event {
                    sequence: 1,
                    id: EventId::from_uuid(Uuid::nil()),
                    event_type: String::new(),
                    occurred_at: Timestamp::from_seconds(0),
                    data: serde_json::from_str("{}").unwrap(),
                },
            },
            until,
        }
    }

    fn full(now: Instant) -> Lane {
        let mut lane = Lane::default();
        for _ in 0..200 {
            lane.add(held(now + Duration::from_secs(90)));
        }
        lane
    }

    fn start_all(lane: &mut Lane, now: Instant) -> usize {
        std::iter::from_fn(|| lane.start(now)).count()
    }

    #[test]
    fn a_receiver_that_answers_earns_more_places_and_one_that_does_not_keeps_few() {
        let now = Instant::now();
        let mut lane = full(now);
        assert_eq!(start_all(&mut lane, now), 2);
        for _ in 0..10 {
            lane.finish(Experience::Taken, now);
            start_all(&mut lane, now);
        }
        assert_eq!(lane.under_way, 32);
        lane.finish(Experience::Refused, now);
        assert_eq!(start_all(&mut lane, now), 0);
    }

    #[test]
    fn after_five_failures_in_a_row_it_is_left_alone_longer_and_longer_until_it_answers() {
        let mut now = Instant::now();
        let mut lane = full(now);
        for _ in 0..4 {
            lane.start(now);
            assert!(lane.finish(Experience::Refused, now).is_empty());
        }
        for seconds in [15, 30, 60, 120, 240, 300, 300] {
            lane.add(held(now));
            lane.start(now).unwrap();
            let given_back = lane.finish(Experience::Refused, now);
            assert!(lane.len() == 0 && given_back.len() < 200);
            assert_eq!(lane.pause_left(now), Duration::from_secs(seconds));
            lane.add(held(now));
            assert!(lane.start(now).is_none());
            now += Duration::from_secs(seconds);
            assert!(!lane.is_paused(now));
            lane.drain();
        }
        lane.add(held(now));
        lane.start(now).unwrap();
        lane.finish(Experience::Taken, now);
        lane.finish(Experience::Refused, now);
        assert!(!lane.is_paused(now));
    }

    #[test]
    fn who_asks_for_time_gets_it_at_once_but_not_for_ever() {
        let now = Instant::now();
        let mut lane = full(now);
        lane.start(now);
        let asked = Experience::AskedForTime(Duration::from_secs(120));
        assert_eq!(lane.finish(asked, now).len(), 199);
        assert_eq!(lane.pause_left(now), Duration::from_secs(120));
        let asked = Experience::AskedForTime(Duration::from_secs(1_000_000));
        lane.finish(asked, now);
        assert_eq!(lane.pause_left(now), ASKED_MAX);
    }

    #[test]
    fn a_claim_that_would_end_under_way_is_not_begun() {
        let now = Instant::now();
        let mut lane = Lane::default();
        lane.add(held(now + Duration::from_secs(10)));
        lane.add(held(now + Duration::from_secs(60)));
        assert_eq!(lane.expired(now + Duration::from_secs(31)).len(), 1);
        assert_eq!(lane.len(), 1);
    }
}
