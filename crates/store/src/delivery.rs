//! Deliveries of events to the portals' endpoints.
//!
//! A delivery is claimed by moving its next attempt into the future (a lease), so no transaction is
//! open while the outside world is called; a process that dies in between loses only the lease.

use crate::event::{Event, EventRow};
use crate::writer::{Batch, Job};
use crate::{Store, StoreError, TenantScope, Writer};
use payment::{DeliveryId, EndpointId, EventId, TenantId, Timestamp};
use serde::Serialize;
use uuid::Uuid;

/// What is said of a delivery that waited when its endpoint was switched off.
pub(crate) const ENDPOINT_OFF: &str = "the endpoint was switched off";

/// A delivery that is due, claimed by this process until its lease ends.
#[derive(Debug)]
pub struct DueDelivery {
    /// Whose.
    pub tenant_id: TenantId,
    /// Its id.
    pub id: DeliveryId,
    /// To which endpoint.
    pub endpoint_id: EndpointId,
    /// At which address.
    pub url: String,
    /// The endpoint's secret, sealed.
    pub sealed_secret: Vec<u8>,
    /// Whether the tenant is a test tenant.
    pub is_test: bool,
    /// Which attempt this is, from 1.
    pub attempt: i64,
    /// What is delivered.
    pub event: Event,
}

#[derive(sqlx::FromRow)]
struct DueRow {
    tenant_id: Uuid,
    delivery_id: Uuid,
    endpoint_id: Uuid,
    url: String,
    sealed_secret: Vec<u8>,
    mode: String,
    attempts: i64,
    #[sqlx(flatten)]
    event: EventRow,
}

/// How one attempt ended.
#[derive(Clone, Debug)]
pub struct Attempted {
    /// Whose.
    pub tenant_id: TenantId,
    /// Which delivery.
    pub delivery_id: DeliveryId,
    /// Which endpoint.
    pub endpoint_id: EndpointId,
    /// Which attempt, from 1.
    pub attempt: i64,
    /// When it began.
    pub started_at: Timestamp,
    /// How long it took, in microseconds.
    pub duration_micros: i64,
    /// The receiver's HTTP status, when it answered.
    pub response_status: Option<u16>,
    /// What went wrong, when it did not answer.
    pub error: Option<String>,
    /// What follows.
    pub next: NextStep,
}

/// What follows an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NextStep {
    /// Delivered.
    Done,
    /// Try again at this time.
    RetryAt(Timestamp),
    /// Given up: listed as dead, can be replayed.
    GiveUp,
    /// The receiver said 410 Gone: given up, and the endpoint is switched off.
    DisableEndpoint,
}

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

struct Claim {
    now: Timestamp,
    lease_until: Timestamp,
    limit: i64,
}

impl Job for Claim {
    type Output = Vec<DueDelivery>;

    fn tenant(&self) -> Option<Uuid> {
        None
    }

    async fn apply(&self, batch: &mut Batch) -> Result<Vec<DueDelivery>, StoreError> {
        let rows = fetch_all!(
            batch.tx().await?,
            DueRow,
            sql!(pair "delivery/claim"),
            self.now.micros(),
            self.limit
        )?;
        let mut due = Vec::with_capacity(rows.len());
        for row in rows {
            execute!(
                batch.tx().await?,
                sql!("delivery/lease"),
                row.tenant_id,
                row.delivery_id,
                self.lease_until.micros()
            )?;
            due.push(DueDelivery {
                tenant_id: TenantId::from_uuid(row.tenant_id),
                id: DeliveryId::from_uuid(row.delivery_id),
                endpoint_id: EndpointId::from_uuid(row.endpoint_id),
                url: row.url,
                sealed_secret: row.sealed_secret,
                is_test: row.mode == "test",
                attempt: row.attempts + 1,
                event: row.event.try_into()?,
            });
        }
        Ok(due)
    }
}

impl Job for Attempted {
    type Output = ();

    fn tenant(&self) -> Option<Uuid> {
        // Switching an endpoint off is a change of the tenant, with a place in its order.
        (self.next == NextStep::DisableEndpoint).then(|| self.tenant_id.uuid())
    }

    async fn apply(&self, batch: &mut Batch) -> Result<(), StoreError> {
        let tenant = self.tenant_id.uuid();
        let id = self.delivery_id.uuid();
        let status = self.response_status.map(i64::from);
        let inserted = execute!(
            batch.tx().await?,
            sql!("delivery/insert_attempt"),
            tenant,
            id,
            self.attempt,
            self.started_at.micros(),
            self.duration_micros,
            status,
            &self.error
        )?;
        if inserted == 0 {
            // Another process took over after our lease had ended, and has recorded this attempt.
            return Ok(());
        }
        let finished_at = self
            .started_at
            .micros()
            .saturating_add(self.duration_micros);
        let (state, next_attempt_at, delivered_at) = match self.next {
            NextStep::Done => ("delivered", finished_at, Some(finished_at)),
            NextStep::RetryAt(at) => ("pending", at.micros(), None),
            NextStep::GiveUp | NextStep::DisableEndpoint => ("dead", finished_at, None),
        };
        execute!(
            batch.tx().await?,
            sql!("delivery/update"),
            tenant,
            id,
            self.attempt,
            state,
            next_attempt_at,
            status,
            &self.error,
            delivered_at
        )?;
        if let NextStep::RetryAt(_) = self.next {
            execute!(
                batch.tx().await?,
                sql!("delivery/give_up_if_off"),
                tenant,
                id,
                ENDPOINT_OFF
            )?;
        }
        if self.next == NextStep::DisableEndpoint {
            execute!(
                batch.tx().await?,
                sql!("tenant/disable_endpoint"),
                tenant,
                self.endpoint_id.uuid(),
                finished_at,
                "the receiver answered 410 Gone"
            )?;
            execute!(
                batch.tx().await?,
                sql!("delivery/give_up"),
                tenant,
                self.endpoint_id.uuid(),
                ENDPOINT_OFF
            )?;
            let detail = serde_json::json!({"reason": "410 Gone"});
            let at = Timestamp::from_micros(finished_at);
            let subject = self.endpoint_id.to_string();
            batch.audit(
                tenant,
                "system",
                "webhook_endpoint.disabled",
                &subject,
                &detail,
                at,
            )?;
        }
        Ok(())
    }
}

/// Gives a claimed delivery back, unattempted.
struct PutBack {
    tenant: Uuid,
    delivery: Uuid,
    later: Timestamp,
}

impl Job for PutBack {
    type Output = ();

    fn tenant(&self) -> Option<Uuid> {
        None
    }

    async fn apply(&self, batch: &mut Batch) -> Result<(), StoreError> {
        execute!(
            batch.tx().await?,
            sql!("delivery/lease"),
            self.tenant,
            self.delivery,
            self.later.micros()
        )?;
        Ok(())
    }
}

impl Writer {
    /// Gives a claimed delivery back until `later`, without counting an attempt.
    ///
    /// # Errors
    /// [`StoreError`]; it is due again when its lease ends.
    pub async fn put_back_delivery(
        &self,
        delivery: &DueDelivery,
        later: Timestamp,
    ) -> Result<(), StoreError> {
        self.submit(PutBack {
            tenant: delivery.tenant_id.uuid(),
            delivery: delivery.id.uuid(),
            later,
        })
        .await
    }

    /// Claims at most `limit` due deliveries until `lease_until`.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn claim_deliveries(
        &self,
        now: Timestamp,
        lease_until: Timestamp,
        limit: i64,
    ) -> Result<Vec<DueDelivery>, StoreError> {
        self.submit(Claim {
            now,
            lease_until,
            limit,
        })
        .await
    }

    /// Records how an attempt ended.
    ///
    /// # Errors
    /// [`StoreError`]; the delivery is then tried again when its lease ends, with the same event id.
    pub async fn record_attempt(&self, attempted: Attempted) -> Result<(), StoreError> {
        self.submit(attempted).await
    }
}

impl Store {
    /// The deliveries, newest event first, before event number `before` when given; only those at
    /// `status` when given. Answers each with its event's number, the cursor.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn deliveries(
        &self,
        scope: &TenantScope,
        status: Option<&str>,
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
            limit
        )?;
        Ok(rows
            .into_iter()
            .map(|row| Delivery {
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
            })
            .collect())
    }

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
        let mut tx = self.write().await?;
        let found = fetch_optional!(
            &mut tx,
            (String, Option<i64>),
            sql!("delivery/find"),
            scope.id(),
            id.uuid()
        )?;
        match found {
            None => return Ok(Replayed::Missing),
            Some((status, _)) if status == "pending" => return Ok(Replayed::Waiting),
            Some((_, Some(_))) => return Ok(Replayed::EndpointOff),
            Some(_) => {}
        }
        execute!(
            &mut tx,
            sql!("delivery/replay"),
            scope.id(),
            id.uuid(),
            now.micros()
        )?;
        tx.commit().await?;
        Ok(Replayed::Queued)
    }
}

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
