//! The payment requests that a batch has read, each once.
//!
//! The batch holds the lock on the tenants' heads, and whoever changes a tenant's requests holds it,
//! so what was read stays true until the batch ends. Two payments of one request in one batch see each
//! other here, and cost one update.

use super::rows::{
    ExternalIdKey, IdempotencyLookup, NewRequestRow, ReferenceKey, RequestIdKey, StateRow,
};
use crate::payment_request::{IdempotencyKey, PaymentRequest, RequestRow};
use crate::{StoreError, Tx};
use payment::{Reference, Timestamp};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// What jobs are going to ask for. Nothing breaks when something is not announced here: it is looked
/// up by itself then.
#[derive(Default)]
pub(crate) struct Wanted {
    pub(crate) ids: BTreeSet<(Uuid, Uuid)>,
    pub(crate) payees: BTreeSet<(Uuid, Uuid)>,
    pub(crate) references: BTreeSet<(Uuid, Reference)>,
    pub(crate) external_ids: BTreeSet<(Uuid, String)>,
    pub(crate) idempotency: BTreeSet<(Uuid, &'static str, String)>,
}

/// A digest, and the request that the key stands for.
type StoredKey = ([u8; 32], Uuid);

/// See the module.
#[derive(Default)]
pub(crate) struct Requests {
    known: BTreeMap<(Uuid, Uuid), Option<Known>>,
    by_reference: BTreeMap<(Uuid, Reference), Option<Uuid>>,
    by_external_id: BTreeMap<(Uuid, String), Option<Uuid>>,
    idempotency: BTreeMap<(Uuid, String, String), Option<StoredKey>>,
}

struct Known {
    request: PaymentRequest,
    /// The version in the database once the rows that wait are written.
    stored_version: i64,
}

#[derive(sqlx::FromRow)]
struct FoundRow {
    tenant_id: Uuid,
    #[sqlx(flatten)]
    request: RequestRow,
}

#[derive(sqlx::FromRow)]
struct FoundKey {
    tenant_id: Uuid,
    operation: String,
    idempotency_key: String,
    digest: Vec<u8>,
    payment_request_id: Uuid,
}

impl Requests {
    /// Looks up all that is wanted, one statement a kind.
    pub(crate) async fn prefetch(&mut self, tx: &mut Tx, wanted: Wanted) -> Result<(), StoreError> {
        let keys = wanted
            .idempotency
            .iter()
            .map(|(tenant_id, operation, key)| IdempotencyLookup {
                tenant_id: *tenant_id,
                operation: (*operation).to_owned(),
                idempotency_key: key.clone(),
            })
            .collect();
        let mut ids = wanted.ids;
        for row in IdempotencyLookup::fetch::<FoundKey>(tx, keys).await? {
            let digest = row
                .digest
                .try_into()
                .map_err(|_| StoreError::Inconsistent {
                    table: "idempotency",
                    column: "digest",
                })?;
            ids.insert((row.tenant_id, row.payment_request_id));
            self.idempotency.insert(
                (row.tenant_id, row.operation, row.idempotency_key),
                Some((digest, row.payment_request_id)),
            );
        }
        for (tenant, operation, key) in wanted.idempotency {
            self.idempotency
                .entry((tenant, operation.to_owned(), key))
                .or_default();
        }
        let keys = wanted
            .external_ids
            .iter()
            .map(|(tenant_id, external_id)| ExternalIdKey {
                tenant_id: *tenant_id,
                external_id: external_id.clone(),
            })
            .collect();
        let rows = ExternalIdKey::fetch(tx, keys).await?;
        self.keep(rows)?;
        for key in wanted.external_ids {
            self.by_external_id.entry(key).or_default();
        }
        let keys = wanted
            .references
            .iter()
            .map(|(tenant_id, reference)| ReferenceKey {
                tenant_id: *tenant_id,
                reference: reference.to_string(),
            })
            .collect();
        let rows = ReferenceKey::fetch(tx, keys).await?;
        self.keep(rows)?;
        for key in wanted.references {
            self.by_reference.entry(key).or_default();
        }
        let keys = ids
            .iter()
            .filter(|key| !self.known.contains_key(*key))
            .map(|&(tenant_id, payment_request_id)| RequestIdKey {
                tenant_id,
                payment_request_id,
            })
            .collect();
        let rows = RequestIdKey::fetch(tx, keys).await?;
        self.keep(rows)?;
        for key in ids {
            self.known.entry(key).or_default();
        }
        Ok(())
    }

    fn keep(&mut self, rows: Vec<FoundRow>) -> Result<(), StoreError> {
        for row in rows {
            self.remember(row.tenant_id, row.request.try_into()?);
        }
        Ok(())
    }

    /// Keeps what was read, unless the batch knows the request already and perhaps has changed it.
    fn remember(&mut self, tenant: Uuid, request: PaymentRequest) {
        let id = request.id.uuid();
        self.by_reference
            .insert((tenant, request.reference), Some(id));
        if let Some(external_id) = &request.external_id {
            self.by_external_id
                .insert((tenant, external_id.clone()), Some(id));
        }
        let known = self.known.entry((tenant, id)).or_default();
        if known.is_none() {
            let stored_version = request.version;
            *known = Some(Known {
                request,
                stored_version,
            });
        }
    }

    /// The request with this id, as the batch sees it.
    pub(crate) async fn by_id(
        &mut self,
        tx: &mut Tx,
        tenant: Uuid,
        id: Uuid,
    ) -> Result<Option<PaymentRequest>, StoreError> {
        if !self.known.contains_key(&(tenant, id)) {
            let ids = BTreeSet::from([(tenant, id)]);
            self.prefetch(
                tx,
                Wanted {
                    ids,
                    ..Wanted::default()
                },
            )
            .await?;
        }
        Ok(self.seen(tenant, id))
    }

    fn seen(&self, tenant: Uuid, id: Uuid) -> Option<PaymentRequest> {
        let known = self.known.get(&(tenant, id))?.as_ref()?;
        Some(known.request.clone())
    }

    /// The request with this reference.
    pub(crate) async fn by_reference(
        &mut self,
        tx: &mut Tx,
        tenant: Uuid,
        reference: Reference,
    ) -> Result<Option<PaymentRequest>, StoreError> {
        let key = (tenant, reference);
        if !self.by_reference.contains_key(&key) {
            let references = BTreeSet::from([key]);
            self.prefetch(
                tx,
                Wanted {
                    references,
                    ..Wanted::default()
                },
            )
            .await?;
        }
        let id = self.by_reference.get(&key).copied().flatten();
        Ok(id.and_then(|id| self.seen(tenant, id)))
    }

    /// The request with this id of the portal.
    pub(crate) async fn by_external_id(
        &mut self,
        tx: &mut Tx,
        tenant: Uuid,
        external_id: &str,
    ) -> Result<Option<PaymentRequest>, StoreError> {
        let key = (tenant, external_id.to_owned());
        if !self.by_external_id.contains_key(&key) {
            let external_ids = BTreeSet::from([key.clone()]);
            self.prefetch(
                tx,
                Wanted {
                    external_ids,
                    ..Wanted::default()
                },
            )
            .await?;
        }
        let id = self.by_external_id.get(&key).copied().flatten();
        Ok(id.and_then(|id| self.seen(tenant, id)))
    }

    /// What an `Idempotency-Key` was used for before.
    pub(crate) async fn by_idempotency_key(
        &mut self,
        tx: &mut Tx,
        tenant: Uuid,
        key: &IdempotencyKey,
    ) -> Result<Option<StoredKey>, StoreError> {
        let name = (tenant, key.operation.to_owned(), key.key.clone());
        if !self.idempotency.contains_key(&name) {
            let idempotency = BTreeSet::from([(tenant, key.operation, key.key.clone())]);
            self.prefetch(
                tx,
                Wanted {
                    idempotency,
                    ..Wanted::default()
                },
            )
            .await?;
        }
        Ok(self.idempotency.get(&name).copied().flatten())
    }

    /// Keeps in mind that the key is used up.
    pub(crate) fn use_idempotency_key(&mut self, tenant: Uuid, key: &IdempotencyKey, id: Uuid) {
        self.idempotency.insert(
            (tenant, key.operation.to_owned(), key.key.clone()),
            Some((key.digest, id)),
        );
    }

    /// Takes up a request whose row waits to be inserted as it is.
    pub(crate) fn insert(
        &mut self,
        tenant: Uuid,
        request: &PaymentRequest,
        lines: String,
    ) -> NewRequestRow {
        let row = NewRequestRow {
            tenant_id: tenant,
            payment_request_id: request.id.uuid(),
            external_id: request.external_id.clone(),
            reference: request.reference.to_string(),
            status: request.status.as_str().to_owned(),
            amount: request.amount.get(),
            received: request.received.get(),
            late: request.late,
            version: request.version,
            payee_account_id: request.payee.id.uuid(),
            description: request.description.clone(),
            lines,
            payer_id: request.payer.id.clone(),
            payer_name: request.payer.name.clone(),
            metadata: request.metadata.clone(),
            body_digest: request.body_digest.clone(),
            payload: request.payload.clone(),
            checkout_token: request.checkout_token.clone(),
            created_at: request.created_at.micros(),
            expires_at: request.expires_at.map(Timestamp::micros),
            paid_at: request.paid_at.map(Timestamp::micros),
        };
        self.remember(tenant, request.clone());
        row
    }

    /// Takes over a changed request as its next version.
    pub(crate) fn advance(
        &mut self,
        tenant: Uuid,
        request: &mut PaymentRequest,
    ) -> Result<(), StoreError> {
        let known = self
            .known
            .get_mut(&(tenant, request.id.uuid()))
            .and_then(Option::as_mut)
            .filter(|known| known.request.version == request.version)
            // Read through the batch and changed by one job at a time; anything else is a defect.
            .ok_or(StoreError::Inconsistent {
                table: "payment_request",
                column: "version",
            })?;
        request.version += 1;
        known.request = request.clone();
        Ok(())
    }

    /// The changes since the last time, one row a request.
    pub(crate) fn take_changes(&mut self) -> Vec<StateRow> {
        let mut changes = Vec::new();
        for (&(tenant_id, payment_request_id), known) in &mut self.known {
            let Some(known) = known else { continue };
            let request = &known.request;
            if request.version == known.stored_version {
                continue;
            }
            changes.push(StateRow {
                tenant_id,
                payment_request_id,
                before: known.stored_version,
                version: request.version,
                status: request.status.as_str().to_owned(),
                received: request.received.get(),
                late: request.late,
                paid_at: request.paid_at.map(Timestamp::micros),
            });
            known.stored_version = request.version;
        }
        changes
    }
}
