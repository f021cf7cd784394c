//! What the worker that delivers asks of the store: claiming what is due, and recording how it went.

use crate::event::{Event, EventRow};
use crate::writer::{Batch, Job};
use crate::{StoreError, Tx, Writer};
use payment::{DeliveryId, EndpointId, TenantId, Timestamp};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// How long an endpoint may fail without one success before it is switched off: 120 hours.
pub const FAILING_SECONDS_MAX: i64 = 120 * 3600;

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
    /// The secret before, sealed, and until when it signs too.
    pub sealed_previous_secret: Option<(Vec<u8>, Timestamp)>,
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
    sealed_previous_secret: Option<Vec<u8>>,
    previous_secret_until: Option<i64>,
    attempts: i64,
    #[sqlx(flatten)]
    event: EventRow,
}

impl TryFrom<DueRow> for DueDelivery {
    type Error = StoreError;

    fn try_from(row: DueRow) -> Result<Self, StoreError> {
        Ok(Self {
            tenant_id: TenantId::from_uuid(row.tenant_id),
            id: DeliveryId::from_uuid(row.delivery_id),
            endpoint_id: EndpointId::from_uuid(row.endpoint_id),
            url: row.url,
            sealed_secret: row.sealed_secret,
            sealed_previous_secret: row
                .sealed_previous_secret
                .zip(row.previous_secret_until.map(Timestamp::from_micros)),
            attempt: row.attempts + 1,
            event: row.event.try_into()?,
        })
    }
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
    /// The first bytes of its answer, as text without control characters.
    pub response_text: Option<String>,
    /// What went wrong, when it did not answer.
    pub error: Option<String>,
    /// What follows.
    pub next: NextStep,
}

impl Attempted {
    fn finished_at(&self) -> Timestamp {
        Timestamp::from_micros(
            self.started_at
                .micros()
                .saturating_add(self.duration_micros),
        )
    }
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
    /// The receiver said 410 Gone: given up, and the endpoint is to be switched off.
    DisableEndpoint,
}

/// An endpoint that an attempt showed to be of no use any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Useless {
    /// Whose.
    pub tenant_id: TenantId,
    /// Which.
    pub endpoint_id: EndpointId,
    /// Since when it has only failed; nothing when it said 410 Gone.
    pub failing_since: Option<Timestamp>,
}

bulk_rows! {
    /// A delivery whose next attempt is moved.
    LeaseRow, "bulk/lease_deliveries" {
        tenant_id: Uuid,
        delivery_id: Uuid,
        next_attempt_at: i64,
    }
}

bulk_rows! {
    /// An attempt.
    AttemptRow, "bulk/insert_attempts" {
        tenant_id: Uuid,
        delivery_id: Uuid,
        attempt: i64,
        started_at: i64,
        duration_micros: i64,
        response_status: Option<i64>,
        error: Option<String>,
        response_text: Option<String>,
    }
}

bulk_rows! {
    /// A delivery after an attempt.
    StateRow, "bulk/update_deliveries" {
        tenant_id: Uuid,
        delivery_id: Uuid,
        attempts: i64,
        status: String,
        next_attempt_at: i64,
        last_response_status: Option<i64>,
        last_error: Option<String>,
        delivered_at: Option<i64>,
    }
}

bulk_rows! {
    /// A delivery that waits again, unless its endpoint was switched off meanwhile.
    RetryRow, "bulk/give_up_if_off" {
        tenant_id: Uuid,
        delivery_id: Uuid,
        last_error: String,
    }
}

bulk_rows! {
    /// An endpoint that succeeded (null) or began to fail.
    HealthRow, "bulk/endpoint_health" {
        tenant_id: Uuid,
        endpoint_id: Uuid,
        failing_since: Option<i64>,
    }
}

bulk_rows! {
    /// An endpoint that is asked since when it fails.
    FailingKey, "bulk/endpoints_failing" {
        tenant_id: Uuid,
        endpoint_id: Uuid,
    }
}

/// Which deliveries to claim.
#[derive(Clone, Debug)]
pub struct Claim {
    /// The time now.
    pub now: Timestamp,
    /// Until when they are ours.
    pub lease_until: Timestamp,
    /// How many of one endpoint at most.
    pub per_endpoint: i64,
    /// How many in all at most.
    pub limit: i64,
    /// Endpoints that have enough for now.
    pub without: Vec<EndpointId>,
}

impl Job for Claim {
    type Output = Vec<DueDelivery>;

    fn tenant(&self) -> Option<Uuid> {
        None
    }

    async fn apply(&self, batch: &mut Batch) -> Result<Vec<DueDelivery>, StoreError> {
        let tx = batch.tx().await?;
        let sql = sql!(pair "delivery/claim");
        let without = self.without.iter().map(|endpoint| endpoint.uuid());
        let rows: Vec<DueRow> = match tx {
            Tx::Sqlite(tx) => {
                let without: Vec<String> = without.map(|id| id.simple().to_string()).collect();
                let without = serde_json::json!(without.iter().map(|id| [id]).collect::<Vec<_>>());
                sqlx::query_as::<sqlx::Sqlite, DueRow>(sql.sqlite)
                    .bind(self.now.micros())
                    .bind(self.per_endpoint)
                    .bind(self.limit)
                    .bind(without.to_string())
                    .fetch_all(&mut **tx)
                    .await?
            }
            Tx::Postgres(tx) => {
                sqlx::query_as::<sqlx::Postgres, DueRow>(sql.postgres)
                    .bind(self.now.micros())
                    .bind(self.per_endpoint)
                    .bind(self.limit)
                    .bind(without.collect::<Vec<Uuid>>())
                    .fetch_all(&mut **tx)
                    .await?
            }
        };
        let leases = rows.iter().map(|row| LeaseRow {
            tenant_id: row.tenant_id,
            delivery_id: row.delivery_id,
            next_attempt_at: self.lease_until.micros(),
        });
        LeaseRow::write(tx, leases.collect()).await?;
        rows.into_iter().map(DueDelivery::try_from).collect()
    }
}

/// How several attempts ended.
struct RecordAttempts(Vec<Attempted>);

impl Job for RecordAttempts {
    type Output = Vec<Useless>;

    fn tenant(&self) -> Option<Uuid> {
        None
    }

    async fn apply(&self, batch: &mut Batch) -> Result<Vec<Useless>, StoreError> {
        let tx = batch.tx().await?;
        let attempts = self.0.iter().map(|attempted| AttemptRow {
            tenant_id: attempted.tenant_id.uuid(),
            delivery_id: attempted.delivery_id.uuid(),
            attempt: attempted.attempt,
            started_at: attempted.started_at.micros(),
            duration_micros: attempted.duration_micros,
            response_status: attempted.response_status.map(i64::from),
            error: attempted.error.clone(),
            response_text: attempted.response_text.clone(),
        });
        let new: BTreeSet<(Uuid, Uuid, i64)> = AttemptRow::fetch(tx, attempts.collect())
            .await?
            .into_iter()
            .collect();
        let new: Vec<&Attempted> = self
            .0
            .iter()
            .filter(|one| {
                let key = (one.tenant_id.uuid(), one.delivery_id.uuid(), one.attempt);
                new.contains(&key)
            })
            .collect();
        // Endpoints before deliveries, as whoever switches an endpoint off does.
        let useless = endpoint_health(tx, &new).await?;
        let states = new.iter().map(|attempted| state_after(attempted));
        StateRow::write(tx, states.collect()).await?;
        let waiting = new
            .iter()
            .filter(|attempted| matches!(attempted.next, NextStep::RetryAt(_)))
            .map(|attempted| RetryRow {
                tenant_id: attempted.tenant_id.uuid(),
                delivery_id: attempted.delivery_id.uuid(),
                last_error: ENDPOINT_OFF.to_owned(),
            });
        RetryRow::write(tx, waiting.collect()).await?;
        Ok(useless)
    }
}

fn state_after(attempted: &Attempted) -> StateRow {
    let finished_at = attempted.finished_at().micros();
    let (status, next_attempt_at, delivered_at) = match attempted.next {
        NextStep::Done => ("delivered", finished_at, Some(finished_at)),
        NextStep::RetryAt(at) => ("pending", at.micros(), None),
        NextStep::GiveUp | NextStep::DisableEndpoint => ("dead", finished_at, None),
    };
    StateRow {
        tenant_id: attempted.tenant_id.uuid(),
        delivery_id: attempted.delivery_id.uuid(),
        attempts: attempted.attempt,
        status: status.to_owned(),
        next_attempt_at,
        last_response_status: attempted.response_status.map(i64::from),
        last_error: attempted.error.clone(),
        delivered_at,
    }
}

/// Notes which endpoints succeed and which have begun to fail, and answers those that are of no use.
async fn endpoint_health(tx: &mut Tx, attempts: &[&Attempted]) -> Result<Vec<Useless>, StoreError> {
    // One success among the attempts is enough.
    let mut health: BTreeMap<(Uuid, Uuid), Option<i64>> = BTreeMap::new();
    let mut latest: BTreeMap<(Uuid, Uuid), Timestamp> = BTreeMap::new();
    let mut useless = Vec::new();
    for attempted in attempts {
        let key = (attempted.tenant_id.uuid(), attempted.endpoint_id.uuid());
        let finished_at = attempted.finished_at();
        let known = latest.entry(key).or_insert(finished_at);
        *known = (*known).max(finished_at);
        let failed_at = (attempted.next != NextStep::Done).then(|| attempted.started_at.micros());
        let noted = health.entry(key).or_insert(failed_at);
        *noted = noted
            .zip(failed_at)
            .map(|(noted, failed_at)| noted.min(failed_at));
        if attempted.next == NextStep::DisableEndpoint {
            useless.push(Useless {
                tenant_id: attempted.tenant_id,
                endpoint_id: attempted.endpoint_id,
                failing_since: None,
            });
        }
    }
    let failing = health
        .iter()
        .filter(|(_, failing_since)| failing_since.is_some())
        .map(|(&(tenant_id, endpoint_id), _)| FailingKey {
            tenant_id,
            endpoint_id,
        })
        .collect();
    let rows = health
        .into_iter()
        .map(|((tenant_id, endpoint_id), failing_since)| HealthRow {
            tenant_id,
            endpoint_id,
            failing_since,
        });
    HealthRow::write(tx, rows.collect()).await?;
    for (tenant, endpoint, since) in FailingKey::fetch::<(Uuid, Uuid, i64)>(tx, failing).await? {
        let since = Timestamp::from_micros(since);
        let now = latest.get(&(tenant, endpoint)).copied().unwrap_or(since);
        if now >= since.plus_seconds(FAILING_SECONDS_MAX) {
            useless.push(Useless {
                tenant_id: TenantId::from_uuid(tenant),
                endpoint_id: EndpointId::from_uuid(endpoint),
                failing_since: Some(since),
            });
        }
    }
    useless.dedup();
    Ok(useless)
}

/// Gives claimed deliveries back, unattempted.
struct PutBack(Vec<LeaseRow>);

impl Job for PutBack {
    type Output = ();

    fn tenant(&self) -> Option<Uuid> {
        None
    }

    async fn apply(&self, batch: &mut Batch) -> Result<(), StoreError> {
        LeaseRow::write(batch.tx().await?, self.0.clone()).await?;
        Ok(())
    }
}

impl Writer {
    /// Claims due deliveries, the longest due first, and no more of one endpoint than it can take.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn claim_deliveries(&self, claim: Claim) -> Result<Vec<DueDelivery>, StoreError> {
        self.submit(claim).await
    }

    /// Records how attempts ended. Answers the endpoints that should be switched off.
    ///
    /// # Errors
    /// [`StoreError`]; the deliveries are then tried again when their leases end, with the same event
    /// ids.
    pub async fn record_attempts(
        &self,
        attempts: Vec<Attempted>,
    ) -> Result<Vec<Useless>, StoreError> {
        self.submit(RecordAttempts(attempts)).await
    }

    /// Gives claimed deliveries back until `later`, without counting an attempt.
    ///
    /// # Errors
    /// [`StoreError`]; they are due again when their leases end.
    pub async fn put_back_deliveries(
        &self,
        deliveries: &[DueDelivery],
        later: Timestamp,
    ) -> Result<(), StoreError> {
        let rows = deliveries.iter().map(|delivery| LeaseRow {
            tenant_id: delivery.tenant_id.uuid(),
            delivery_id: delivery.id.uuid(),
            next_attempt_at: later.micros(),
        });
        self.submit(PutBack(rows.collect())).await
    }
}
