//! The addresses to which a tenant's events go: added, changed, switched off, tried.
//!
//! Every change goes through the writer, under the tenant's lock, with its audit record and its next
//! version.

use crate::delivery::ENDPOINT_OFF;
use crate::event::{EventType, Subject};
use crate::writer::{Batch, Job};
use crate::{Store, StoreError, TenantScope, Tx, Writer};
use payment::{DeliveryId, EndpointId, TenantId, Timestamp};
use serde::Serialize;
use serde_json::json;
use uuid::Uuid;

/// Live endpoints of one tenant at most: every event is delivered to each that wants it.
pub const ENDPOINTS_MAX: i64 = 50;
/// Entries in one filter at most.
const FILTER_MAX: usize = 50;

/// Which events an endpoint wants.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EventFilter(Option<Vec<String>>);

impl EventFilter {
    /// Every event.
    pub const ALL: Self = Self(None);

    /// A filter of types such as `payment_request.paid` and families such as `payment_request.*`.
    ///
    /// # Errors
    /// The index of the first entry that names no type; the number of entries when there are none or
    /// more than 50.
    pub fn parse(entries: &[String]) -> Result<Self, usize> {
        if !(1..=FILTER_MAX).contains(&entries.len()) {
            return Err(entries.len());
        }
        let known = |entry: &String| EventType::ALL.iter().any(|of| fits(entry, of.as_str()));
        match entries.iter().position(|entry| !known(entry)) {
            Some(wrong) => Err(wrong),
            None => Ok(Self(Some(entries.to_vec()))),
        }
    }

    /// Whether events of this type are wanted.
    #[must_use]
    pub fn takes(&self, event_type: &str) -> bool {
        self.0
            .as_ref()
            .is_none_or(|entries| entries.iter().any(|entry| fits(entry, event_type)))
    }

    /// The entries; nothing when every event is wanted.
    #[must_use]
    pub fn entries(&self) -> Option<&[String]> {
        self.0.as_deref()
    }

    /// As it is stored: entries hold no spaces.
    pub(crate) fn stored(text: Option<&str>) -> Self {
        Self(text.map(|text| text.split(' ').map(str::to_owned).collect()))
    }

    fn to_stored(&self) -> Option<String> {
        self.0.as_ref().map(|entries| entries.join(" "))
    }
}

fn fits(entry: &str, event_type: &str) -> bool {
    match entry.strip_suffix(".*") {
        Some(family) => event_type.split('.').next() == Some(family),
        None => entry == event_type,
    }
}

/// An address of the portal.
#[derive(Clone, Debug)]
pub struct Endpoint {
    /// Its id.
    pub id: EndpointId,
    /// Where events go.
    pub url: String,
    /// Which events go there.
    pub filter: EventFilter,
    /// When it was made.
    pub created_at: Timestamp,
    /// Since when nothing is sent there, and why.
    pub disabled: Option<(Timestamp, String)>,
    /// Since when every attempt has failed.
    pub failing_since: Option<Timestamp>,
    /// Until when the secret before signs too.
    pub previous_secret_until: Option<Timestamp>,
    /// Counts its changes, from 1.
    pub version: i64,
}

#[derive(sqlx::FromRow)]
struct EndpointRow {
    endpoint_id: Uuid,
    url: String,
    event_types: Option<String>,
    created_at: i64,
    disabled_at: Option<i64>,
    disabled_reason: Option<String>,
    failing_since: Option<i64>,
    previous_secret_until: Option<i64>,
    version: i64,
}

impl From<EndpointRow> for Endpoint {
    fn from(row: EndpointRow) -> Self {
        Self {
            id: EndpointId::from_uuid(row.endpoint_id),
            url: row.url,
            filter: EventFilter::stored(row.event_types.as_deref()),
            created_at: Timestamp::from_micros(row.created_at),
            disabled: row.disabled_at.map(|at| {
                (
                    Timestamp::from_micros(at),
                    row.disabled_reason.unwrap_or_default(),
                )
            }),
            failing_since: row.failing_since.map(Timestamp::from_micros),
            previous_secret_until: row.previous_secret_until.map(Timestamp::from_micros),
            version: row.version,
        }
    }
}

async fn find(tx: &mut Tx, tenant: Uuid, id: EndpointId) -> Result<Option<Endpoint>, StoreError> {
    let row = fetch_optional!(tx, EndpointRow, sql!("tenant/endpoint"), tenant, id.uuid())?;
    Ok(row.map(Endpoint::from))
}

/// A new address.
#[derive(Clone, Debug)]
pub struct AddEndpoint {
    /// Whose.
    pub scope: TenantScope,
    /// The id to use when the address is new.
    pub id: EndpointId,
    /// Where events go.
    pub url: String,
    /// Which.
    pub filter: EventFilter,
    /// The secret, sealed.
    pub sealed_secret: Vec<u8>,
    /// Who asks.
    pub actor: String,
    /// The time now.
    pub at: Timestamp,
}

/// What became of a new address.
#[derive(Clone, Debug)]
pub enum Added {
    /// It is on.
    New(Endpoint),
    /// The tenant has it already, and it is on.
    Exists,
    /// The tenant has [`ENDPOINTS_MAX`] already.
    TooMany,
}

impl Job for AddEndpoint {
    type Output = Added;

    fn tenant(&self) -> Option<Uuid> {
        Some(self.scope.id())
    }

    async fn apply(&self, batch: &mut Batch) -> Result<Added, StoreError> {
        let tenant = self.scope.id();
        let tx = batch.tx().await?;
        let by_url = fetch_optional!(
            tx,
            EndpointRow,
            sql!("tenant/endpoint_by_url"),
            tenant,
            &self.url
        )?;
        if by_url.is_some_and(|row| row.disabled_at.is_none()) {
            return Ok(Added::Exists);
        }
        let (live,) = fetch_one!(tx, (i64,), sql!("tenant/live_endpoints"), tenant)?;
        if live >= ENDPOINTS_MAX {
            return Ok(Added::TooMany);
        }
        execute!(
            tx,
            sql!("tenant/insert_endpoint"),
            tenant,
            self.id.uuid(),
            &self.url,
            &self.sealed_secret,
            self.at.micros(),
            self.filter.to_stored()
        )?;
        let row = fetch_one!(
            tx,
            EndpointRow,
            sql!("tenant/endpoint_by_url"),
            tenant,
            &self.url
        )?;
        let endpoint = Endpoint::from(row);
        let detail = json!({"url": self.url, "event_types": self.filter.entries()});
        let subject = endpoint.id.to_string();
        batch.audit(
            tenant,
            &self.actor,
            "webhook_endpoint.added",
            &subject,
            &detail,
            self.at,
        )?;
        Ok(Added::New(endpoint))
    }
}

/// A change of an address that is there.
#[derive(Clone, Debug)]
pub struct ChangeEndpoint {
    /// Whose.
    pub scope: TenantScope,
    /// Which.
    pub id: EndpointId,
    /// The version that the caller has seen; any when it does not say.
    pub seen: Option<i64>,
    /// What is to change.
    pub change: Alteration,
    /// Who asks.
    pub actor: String,
    /// The time now.
    pub at: Timestamp,
}

/// What can change about an address.
#[derive(Clone, Debug)]
pub enum Alteration {
    /// Which events go there, and whether any; what is not named stays.
    Settings {
        /// The new filter.
        filter: Option<EventFilter>,
        /// On or off.
        enabled: Option<bool>,
    },
    /// Another secret; the one before signs too until then.
    Secret {
        /// The new one, sealed.
        sealed: Vec<u8>,
        /// The end of the one before.
        previous_until: Timestamp,
    },
    /// Off, because of this.
    Off(OffReason),
}

/// Why an address was switched off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OffReason {
    /// Somebody asked for it.
    Asked,
    /// The demonstration moved to another port.
    Moved,
    /// The receiver answered 410 Gone.
    Gone,
    /// Only failures since this time.
    Failing(Timestamp),
}

impl OffReason {
    /// The text in lists and events.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Asked => "switched off over the API",
            Self::Moved => "the demo moved to another port",
            Self::Gone => "the receiver answered 410 Gone",
            Self::Failing(_) => "nothing but failures for 120 hours",
        }
    }
}

/// What became of a change.
#[derive(Clone, Debug)]
pub enum Changed {
    /// As it is now.
    Done(Endpoint),
    /// No such address.
    Missing,
    /// It has changed since the caller saw it.
    OtherVersion,
    /// It would be one more than [`ENDPOINTS_MAX`].
    TooMany,
}

/// The `data` of `endpoint.disabled`.
#[derive(Serialize)]
struct DisabledData<'a> {
    endpoint_id: EndpointId,
    url: &'a str,
    reason: &'a str,
    failing_since: Option<Timestamp>,
    disabled_at: Timestamp,
    version: i64,
}

impl Job for ChangeEndpoint {
    type Output = Changed;

    fn tenant(&self) -> Option<Uuid> {
        Some(self.scope.id())
    }

    async fn apply(&self, batch: &mut Batch) -> Result<Changed, StoreError> {
        let found = find(batch.tx().await?, self.scope.id(), self.id).await?;
        let Some(mut endpoint) = found else {
            return Ok(Changed::Missing);
        };
        if self.seen.is_some_and(|seen| seen != endpoint.version) {
            return Ok(Changed::OtherVersion);
        }
        match &self.change {
            Alteration::Settings { filter, enabled } => {
                if *enabled == Some(true) && endpoint.disabled.is_some() {
                    let tenant = self.scope.id();
                    let tx = batch.tx().await?;
                    let (live,) = fetch_one!(tx, (i64,), sql!("tenant/live_endpoints"), tenant)?;
                    if live >= ENDPOINTS_MAX {
                        return Ok(Changed::TooMany);
                    }
                }
                self.settings(batch, &mut endpoint, filter.as_ref(), *enabled)
                    .await?;
            }
            Alteration::Secret {
                sealed,
                previous_until,
            } => {
                self.secret(batch, &mut endpoint, sealed, *previous_until)
                    .await?;
            }
            Alteration::Off(reason) => {
                off(
                    batch,
                    self.scope.id(),
                    &mut endpoint,
                    *reason,
                    &self.actor,
                    self.at,
                )
                .await?;
            }
        }
        Ok(Changed::Done(endpoint))
    }
}

impl ChangeEndpoint {
    async fn settings(
        &self,
        batch: &mut Batch,
        endpoint: &mut Endpoint,
        filter: Option<&EventFilter>,
        enabled: Option<bool>,
    ) -> Result<(), StoreError> {
        let tenant = self.scope.id();
        if enabled == Some(false) {
            off(
                batch,
                tenant,
                endpoint,
                OffReason::Asked,
                &self.actor,
                self.at,
            )
            .await?;
        }
        let turned_on = enabled == Some(true) && endpoint.disabled.is_some();
        let filter = filter.filter(|filter| **filter != endpoint.filter);
        if !turned_on && filter.is_none() {
            return Ok(());
        }
        let old = endpoint.clone();
        if let Some(filter) = filter {
            endpoint.filter = filter.clone();
        }
        if turned_on {
            endpoint.disabled = None;
            endpoint.failing_since = None;
        }
        endpoint.version += 1;
        write(batch.tx().await?, tenant, endpoint).await?;
        let detail = json!({
            "old": {"event_types": old.filter.entries(), "enabled": old.disabled.is_none()},
            "new": {"event_types": endpoint.filter.entries(), "enabled": endpoint.disabled.is_none()},
        });
        let subject = endpoint.id.to_string();
        batch.audit(
            tenant,
            &self.actor,
            "webhook_endpoint.changed",
            &subject,
            &detail,
            self.at,
        )
    }

    async fn secret(
        &self,
        batch: &mut Batch,
        endpoint: &mut Endpoint,
        sealed: &Vec<u8>,
        previous_until: Timestamp,
    ) -> Result<(), StoreError> {
        let tenant = self.scope.id();
        let changed = execute!(
            batch.tx().await?,
            sql!("tenant/rotate_endpoint"),
            tenant,
            endpoint.id.uuid(),
            sealed,
            previous_until.micros(),
            endpoint.version + 1
        )?;
        if changed == 0 {
            return Ok(());
        }
        endpoint.version += 1;
        endpoint.previous_secret_until = Some(previous_until);
        let detail = json!({"previous_until": previous_until});
        let subject = endpoint.id.to_string();
        batch.audit(
            tenant,
            &self.actor,
            "webhook_endpoint.secret_changed",
            &subject,
            &detail,
            self.at,
        )
    }
}

async fn write(tx: &mut Tx, tenant: Uuid, endpoint: &Endpoint) -> Result<(), StoreError> {
    let reason = endpoint.disabled.as_ref().map(|(_, reason)| reason);
    execute!(
        tx,
        sql!("tenant/update_endpoint"),
        tenant,
        endpoint.id.uuid(),
        endpoint.filter.to_stored(),
        endpoint.disabled.as_ref().map(|(at, _)| at.micros()),
        reason,
        endpoint.failing_since.map(Timestamp::micros),
        endpoint.version
    )?;
    Ok(())
}

/// Switches an endpoint off, once: what waits for it is dead, and an event says so to the others.
async fn off(
    batch: &mut Batch,
    tenant: Uuid,
    endpoint: &mut Endpoint,
    reason: OffReason,
    actor: &str,
    at: Timestamp,
) -> Result<(), StoreError> {
    if endpoint.disabled.is_some() {
        return Ok(());
    }
    endpoint.disabled = Some((at, reason.as_str().to_owned()));
    endpoint.version += 1;
    write(batch.tx().await?, tenant, endpoint).await?;
    execute!(
        batch.tx().await?,
        sql!("delivery/give_up"),
        tenant,
        endpoint.id.uuid(),
        ENDPOINT_OFF
    )?;
    let subject = Subject {
        id: endpoint.id.to_string(),
        version: endpoint.version,
        payment_request: None,
    };
    let failing_since = match reason {
        OffReason::Failing(since) => Some(since),
        _ => endpoint.failing_since,
    };
    let data = DisabledData {
        endpoint_id: endpoint.id,
        url: &endpoint.url,
        reason: reason.as_str(),
        failing_since,
        disabled_at: at,
        version: endpoint.version,
    };
    batch.event(tenant, EventType::EndpointDisabled, &subject, &data, at)?;
    let detail = json!({"reason": reason.as_str()});
    batch.audit(
        tenant,
        actor,
        "webhook_endpoint.disabled",
        &subject.id,
        &detail,
        at,
    )
}

/// Switches off what an attempt showed to be of no use.
struct GiveUpEndpoint {
    tenant: TenantId,
    id: EndpointId,
    reason: OffReason,
    at: Timestamp,
}

impl Job for GiveUpEndpoint {
    type Output = ();

    fn tenant(&self) -> Option<Uuid> {
        Some(self.tenant.uuid())
    }

    async fn apply(&self, batch: &mut Batch) -> Result<(), StoreError> {
        let tenant = self.tenant.uuid();
        if let Some(mut endpoint) = find(batch.tx().await?, tenant, self.id).await? {
            // A success or another hand may have come in between.
            let still = match self.reason {
                OffReason::Failing(since) => endpoint.failing_since == Some(since),
                _ => true,
            };
            if still {
                off(batch, tenant, &mut endpoint, self.reason, "system", self.at).await?;
            }
        }
        Ok(())
    }
}

/// The `data` of `endpoint.test`.
#[derive(Serialize)]
struct TestData {
    endpoint_id: EndpointId,
    message: &'static str,
}

/// A trial of an address.
struct TestEndpoint {
    scope: TenantScope,
    id: EndpointId,
    at: Timestamp,
}

/// What became of a trial.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tested {
    /// It goes out as this delivery.
    Sent(DeliveryId),
    /// The address is switched off.
    Off,
    /// No such address.
    Missing,
}

impl Job for TestEndpoint {
    type Output = Tested;

    fn tenant(&self) -> Option<Uuid> {
        Some(self.scope.id())
    }

    async fn apply(&self, batch: &mut Batch) -> Result<Tested, StoreError> {
        let tenant = self.scope.id();
        let found = find(batch.tx().await?, tenant, self.id).await?;
        let Some(endpoint) = found else {
            return Ok(Tested::Missing);
        };
        if endpoint.disabled.is_some() {
            return Ok(Tested::Off);
        }
        let data = TestData {
            endpoint_id: self.id,
            message: "Thử đường báo tin. A trial of this address.",
        };
        let delivery = batch.event_to(
            tenant,
            self.id.uuid(),
            EventType::EndpointTest,
            &data,
            self.at,
        )?;
        Ok(Tested::Sent(delivery))
    }
}

impl Writer {
    /// Adds an address to which events are delivered, or switches one on again with a new secret.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn add_endpoint(&self, add: AddEndpoint) -> Result<Added, StoreError> {
        self.submit(add).await
    }

    /// Changes an address.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn change_endpoint(&self, change: ChangeEndpoint) -> Result<Changed, StoreError> {
        self.submit(change).await
    }

    /// Switches an address off that an attempt showed to be of no use, unless it has recovered.
    ///
    /// # Errors
    /// [`StoreError`]; the next attempt shows it again.
    pub async fn give_up_endpoint(
        &self,
        tenant: TenantId,
        id: EndpointId,
        reason: OffReason,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        self.submit(GiveUpEndpoint {
            tenant,
            id,
            reason,
            at,
        })
        .await
    }

    /// Sends a trial to one address.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn test_endpoint(
        &self,
        scope: &TenantScope,
        id: EndpointId,
        at: Timestamp,
    ) -> Result<Tested, StoreError> {
        let scope = scope.clone();
        self.submit(TestEndpoint { scope, id, at }).await
    }
}

impl Store {
    /// The tenant's addresses, the oldest first.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn endpoints(&self, scope: &TenantScope) -> Result<Vec<Endpoint>, StoreError> {
        let mut tx = self.read().await?;
        let rows = fetch_all!(&mut tx, EndpointRow, sql!("tenant/endpoints"), scope.id())?;
        Ok(rows.into_iter().map(Endpoint::from).collect())
    }

    /// One address of the tenant.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn endpoint(
        &self,
        scope: &TenantScope,
        id: EndpointId,
    ) -> Result<Option<Endpoint>, StoreError> {
        find(&mut self.read().await?, scope.id(), id).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filter(entries: &[&str]) -> Result<EventFilter, usize> {
        let entries: Vec<String> = entries.iter().map(|&entry| entry.to_owned()).collect();
        EventFilter::parse(&entries)
    }

    #[test]
    fn a_filter_names_known_types_and_families_and_nothing_else() {
        assert!(filter(&["payment_request.paid", "payment.*"]).is_ok());
        assert_eq!(
            filter(&["payment_request.paid", "payment_request.pad"]),
            Err(1)
        );
        assert_eq!(filter(&["*"]), Err(0));
        assert_eq!(filter(&["payment_request."]), Err(0));
        assert_eq!(filter(&["nothing.*"]), Err(0));
        assert_eq!(filter(&[]), Err(0));
    }

    #[test]
    fn a_family_takes_its_own_types_only_and_no_filter_takes_all() {
        let some = filter(&["payment.*", "payment_request.paid"]).unwrap();
        assert!(some.takes("payment.unmatched") && some.takes("payment_request.paid"));
        assert!(!some.takes("payment_request.paid_late") && !some.takes("endpoint.disabled"));
        assert!(EventFilter::ALL.takes("anything"));
        let stored = EventFilter::stored(some.to_stored().as_deref());
        assert_eq!(stored, some);
    }
}
