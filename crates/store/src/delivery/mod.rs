//! Deliveries of events to the portals' endpoints.
//!
//! A delivery is claimed by moving its next attempt into the future (a lease), so no transaction is
//! open while the outside world is called; a process that dies in between loses only the lease.

mod replay;
mod send;

pub use replay::{ReplayMany, Replayed, ReplayedMany};
pub(crate) use send::ENDPOINT_OFF;
pub use send::{Attempted, Claim, DueDelivery, FAILING_SECONDS_MAX, NextStep, Useless};

use crate::event::{Event, EventRow};
use crate::{Store, StoreError, TenantScope};
use payment::{DeliveryId, EndpointId, EventId, Timestamp};
use serde::Serialize;
use uuid::Uuid;

/// Attempts of one delivery that are shown, the newest first.
const ATTEMPTS_SHOWN: i64 = 50;

/// A delivery as the API lists it.
#[derive(Clone, Debug, Serialize)]
pub struct Delivery {
    /// Its id.
    pub id: DeliveryId,
    /// The event's id.
    pub event_id: EventId,
    /// The event's type.
    pub event_type: String,
    /// What the event is about: a request's or a payment's id.
    pub subject: String,
    /// To which endpoint.
    pub endpoint_id: EndpointId,
    /// `pending`, `delivered` or `dead`.
    pub status: String,
    /// How often it was tried.
    pub attempts: i64,
    /// When it is tried next, while it is pending.
    pub next_attempt_at: Option<Timestamp>,
    /// The receiver's last HTTP status.
    pub last_response_status: Option<i64>,
    /// What went wrong last.
    pub last_error: Option<String>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When the receiver took it.
    pub delivered_at: Option<Timestamp>,
}

#[derive(sqlx::FromRow)]
struct DeliveryRow {
    delivery_id: Uuid,
    event_id: Uuid,
    event_type: String,
    subject: String,
    endpoint_id: Uuid,
    status: String,
    attempts: i64,
    next_attempt_at: i64,
    last_response_status: Option<i64>,
    last_error: Option<String>,
    created_at: i64,
    delivered_at: Option<i64>,
}

impl From<DeliveryRow> for Delivery {
    fn from(row: DeliveryRow) -> Self {
        Self {
            id: DeliveryId::from_uuid(row.delivery_id),
            event_id: EventId::from_uuid(row.event_id),
            event_type: row.event_type,
            subject: row.subject,
            endpoint_id: EndpointId::from_uuid(row.endpoint_id),
            next_attempt_at: (row.status == "pending")
                .then(|| Timestamp::from_micros(row.next_attempt_at)),
            status: row.status,
            attempts: row.attempts,
            last_response_status: row.last_response_status,
            last_error: row.last_error,
            created_at: Timestamp::from_micros(row.created_at),
            delivered_at: row.delivered_at.map(Timestamp::from_micros),
        }
    }
}

/// A delivery with everything that is known of it.
#[derive(Debug)]
pub struct DeliveryDetail {
    /// As in the list.
    pub delivery: Delivery,
    /// The address.
    pub url: String,
    /// What is delivered.
    pub event: Event,
    /// The last attempts, the newest first.
    pub attempts: Vec<Attempt>,
}

/// One attempt.
#[derive(Clone, Debug, Serialize)]
pub struct Attempt {
    /// Which, from 1.
    pub attempt: i64,
    /// When it began.
    pub started_at: Timestamp,
    /// How long it took, in microseconds.
    pub duration_micros: i64,
    /// The receiver's HTTP status, when it answered.
    pub response_status: Option<i64>,
    /// The first bytes of its answer, as text.
    pub response_text: Option<String>,
    /// What went wrong, when it did not answer.
    pub error: Option<String>,
}

#[derive(sqlx::FromRow)]
struct DetailRow {
    #[sqlx(flatten)]
    delivery: DeliveryRow,
    url: String,
    sequence: i64,
    occurred_at: i64,
    data: String,
}

#[derive(sqlx::FromRow)]
struct AttemptRow {
    attempt: i64,
    started_at: i64,
    duration_micros: i64,
    response_status: Option<i64>,
    error: Option<String>,
    response_text: Option<String>,
}

impl Store {
    /// The deliveries, newest first, before delivery `before` when given; only those at `status` and
    /// to `endpoint` when given.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn deliveries(
        &self,
        scope: &TenantScope,
        status: Option<&str>,
        endpoint: Option<EndpointId>,
        before: Option<DeliveryId>,
        limit: i64,
    ) -> Result<Vec<Delivery>, StoreError> {
        let mut tx = self.read().await?;
        let before = before.map_or(Uuid::max(), DeliveryId::uuid);
        let rows = fetch_all!(
            &mut tx,
            DeliveryRow,
            sql!("delivery/list"),
            scope.id(),
            before,
            status.unwrap_or(""),
            endpoint.map_or(Uuid::nil(), EndpointId::uuid),
            Uuid::nil(),
            limit
        )?;
        Ok(rows.into_iter().map(Delivery::from).collect())
    }

    /// One delivery with its event and its last attempts.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn delivery(
        &self,
        scope: &TenantScope,
        id: DeliveryId,
    ) -> Result<Option<DeliveryDetail>, StoreError> {
        let mut tx = self.read().await?;
        let found = fetch_optional!(
            &mut tx,
            DetailRow,
            sql!("delivery/one"),
            scope.id(),
            id.uuid()
        )?;
        let Some(row) = found else {
            return Ok(None);
        };
        let attempts = fetch_all!(
            &mut tx,
            AttemptRow,
            sql!("delivery/attempts"),
            scope.id(),
            id.uuid(),
            ATTEMPTS_SHOWN
        )?;
        let event = EventRow {
            sequence: row.sequence,
            event_id: row.delivery.event_id,
            event_type: row.delivery.event_type.clone(),
            occurred_at: row.occurred_at,
            data: row.data,
        };
        let attempts = attempts.into_iter().map(|attempt| Attempt {
            attempt: attempt.attempt,
            started_at: Timestamp::from_micros(attempt.started_at),
            duration_micros: attempt.duration_micros,
            response_status: attempt.response_status,
            response_text: attempt.response_text,
            error: attempt.error,
        });
        Ok(Some(DeliveryDetail {
            url: row.url,
            event: event.try_into()?,
            attempts: attempts.collect(),
            delivery: row.delivery.into(),
        }))
    }
}
