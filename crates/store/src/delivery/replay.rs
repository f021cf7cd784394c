//! Sending again what was delivered or given up, with the same event ids.

use crate::writer::{Batch, Job};
use crate::{StoreError, TenantScope, Writer};
use payment::{DeliveryId, EndpointId, Timestamp};
use uuid::Uuid;

/// Deliveries that one call sends again at most.
const REPLAY_MAX: i64 = 10_000;

/// What became of a wish to deliver once more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Replayed {
    /// It goes out.
    Queued,
    /// It waits for its next attempt anyway.
    Waiting,
    /// Its endpoint is switched off.
    EndpointOff,
    /// No such delivery.
    Missing,
}

struct ReplayOne {
    scope: TenantScope,
    id: DeliveryId,
    now: Timestamp,
}

impl Job for ReplayOne {
    type Output = Replayed;

    fn tenant(&self) -> Option<Uuid> {
        // Under the tenant's lock, so that nobody switches the endpoint off in between.
        Some(self.scope.id())
    }

    async fn apply(&self, batch: &mut Batch) -> Result<Replayed, StoreError> {
        let found = fetch_optional!(
            batch.tx().await?,
            (String, Option<i64>),
            sql!("delivery/find"),
            self.scope.id(),
            self.id.uuid()
        )?;
        match found {
            None => return Ok(Replayed::Missing),
            Some((status, _)) if status == "pending" => return Ok(Replayed::Waiting),
            Some((_, Some(_))) => return Ok(Replayed::EndpointOff),
            Some(_) => {}
        }
        execute!(
            batch.tx().await?,
            sql!("delivery/replay"),
            self.scope.id(),
            self.id.uuid(),
            self.now.micros()
        )?;
        batch.announce_deliveries();
        Ok(Replayed::Queued)
    }
}

/// Which deliveries to send again.
#[derive(Clone, Debug)]
pub struct ReplayMany {
    /// Whose.
    pub scope: TenantScope,
    /// Made at or after this time, to the millisecond.
    pub since: Timestamp,
    /// Made before this time.
    pub until: Option<Timestamp>,
    /// Only those at this status, `dead` or `delivered`.
    pub status: Option<&'static str>,
    /// Only those to this endpoint.
    pub endpoint: Option<EndpointId>,
    /// The time now.
    pub now: Timestamp,
}

/// How many go out again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReplayedMany {
    /// So many.
    pub queued: usize,
    /// Where to go on, when there may be more: the time at which the last of them was made.
    pub next_since: Option<Timestamp>,
}

/// The first id of a millisecond: ids of deliveries begin with the time at which they were made.
fn first_id_at(time: Timestamp) -> Uuid {
    let millis = u128::try_from(time.micros().max(0) / 1_000).unwrap_or(0);
    Uuid::from_u128(millis << 80)
}

/// The millisecond that an id begins with.
fn made_at(id: Uuid) -> Timestamp {
    let millis = i64::try_from(id.as_u128() >> 80).unwrap_or(i64::MAX);
    Timestamp::from_micros(millis.saturating_mul(1_000))
}

impl Job for ReplayMany {
    type Output = ReplayedMany;

    fn tenant(&self) -> Option<Uuid> {
        Some(self.scope.id())
    }

    async fn apply(&self, batch: &mut Batch) -> Result<ReplayedMany, StoreError> {
        let queued = fetch_all!(
            batch.tx().await?,
            (Uuid,),
            sql!("delivery/replay_many"),
            self.scope.id(),
            first_id_at(self.since),
            self.until.map_or(Uuid::max(), first_id_at),
            self.status.unwrap_or(""),
            self.endpoint.map_or(Uuid::nil(), EndpointId::uuid),
            Uuid::nil(),
            REPLAY_MAX,
            self.now.micros()
        )?;
        let last = queued.iter().map(|(id,)| *id).max();
        if last.is_some() {
            batch.announce_deliveries();
        }
        let full = i64::try_from(queued.len()).is_ok_and(|queued| queued >= REPLAY_MAX);
        Ok(ReplayedMany {
            queued: queued.len(),
            next_since: last.filter(|_| full).map(made_at),
        })
    }
}

impl Writer {
    /// Sends a delivered or dead delivery once more, with the same event id.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn replay_delivery(
        &self,
        scope: &TenantScope,
        id: DeliveryId,
        now: Timestamp,
    ) -> Result<Replayed, StoreError> {
        let scope = scope.clone();
        self.submit(ReplayOne { scope, id, now }).await
    }

    /// Sends a range of deliveries once more, the oldest first, with the same event ids. Those to
    /// endpoints that are off are left out.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn replay_deliveries(&self, range: ReplayMany) -> Result<ReplayedMany, StoreError> {
        self.submit(range).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_made_in_a_millisecond_lies_between_its_bounds() {
        // RFC 9562, appendix A.6: 017F22E2-79B0-7CC3-98C4-DC0C0C07398F is of 2022-02-22T19:22:22.000Z.
        let id: Uuid = "017f22e2-79b0-7cc3-98c4-dc0c0c07398f".parse().unwrap();
        let at = Timestamp::parse_rfc3339("2022-02-22T19:22:22Z").unwrap();
        assert!(first_id_at(at) <= id);
        assert_eq!(made_at(id), at);
        let later = Timestamp::from_micros(at.micros() + 1_000);
        assert!(id < first_id_at(later));
    }
}
