//! Storing a new request: found again when it was stored before, and on record with its terms.

use super::{CreateRequest, Created, PaymentRequest, tell};
use crate::StoreError;
use crate::writer::{Batch, Job, Wanted};
use money::Vnd;
use payment::{PayeeAccountId, PaymentRequestId, RequestStatus};
use serde::Serialize;
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// What the audit chain keeps of a new request: what decides how much is asked, and where it goes.
#[derive(Serialize)]
struct CreatedDetail<'a> {
    external_id: Option<&'a str>,
    reference: &'a str,
    amount: Vnd,
    payee_account_id: PayeeAccountId,
    terms_digest: String,
}

/// SHA-256 over what must never change in a request. Each text carries its length, so that no value can
/// imitate a border.
pub(crate) fn terms_digest(reference: &str, lines: &str, payload: Option<&str>) -> String {
    let payload = payload.unwrap_or_default();
    let text = format!(
        "{}:{reference}{}:{lines}{}:{payload}",
        reference.len(),
        lines.len(),
        payload.len()
    );
    hex::encode(Sha256::digest(text))
}

impl Job for CreateRequest {
    type Output = Created;

    fn tenant(&self) -> Option<Uuid> {
        Some(self.scope.id())
    }

    fn wants(&self, wanted: &mut Wanted) {
        let tenant = self.scope.id();
        wanted.ids.insert((tenant, self.id.uuid()));
        wanted.references.insert((tenant, self.reference));
        wanted.payees.insert((tenant, self.payee.uuid()));
        if let Some(external_id) = &self.new.external_id {
            wanted.external_ids.insert((tenant, external_id.clone()));
        }
        if let Some(key) = &self.idempotency {
            wanted
                .idempotency
                .insert((tenant, key.operation, key.key.clone()));
        }
    }

    async fn apply(&self, batch: &mut Batch) -> Result<Created, StoreError> {
        let tenant = self.scope.id();
        if let Some(key) = &self.idempotency {
            match batch.idempotency_key(tenant, key).await? {
                Some((digest, id)) if digest == key.digest => {
                    let stored = batch.request_by_id(tenant, id).await?;
                    return stored
                        .map(Created::Replayed)
                        .ok_or(StoreError::Inconsistent {
                            table: "idempotency",
                            column: "payment_request_id",
                        });
                }
                Some(_) => return Ok(Created::KeyReused),
                None => {}
            }
        }
        if let Some(external_id) = &self.new.external_id
            && let Some(stored) = batch.request_by_external_id(tenant, external_id).await?
        {
            if stored.id == self.id {
                return Ok(Created::New(stored));
            }
            if stored.body_digest != self.body_digest {
                return Ok(Created::Different(stored.id));
            }
            // The key is used up all the same: with another body it is refused from now on.
            self.remember_key(batch, stored.id);
            return Ok(Created::Same(stored));
        }
        if let Some(stored) = batch.request_by_id(tenant, self.id.uuid()).await? {
            // A second try after a commit of unknown outcome.
            return Ok(Created::New(stored));
        }
        if batch
            .request_by_reference(tenant, self.reference)
            .await?
            .is_some()
        {
            return Ok(Created::Collision);
        }
        let opened = self.opened(batch).await?;
        let mut request = opened.clone();
        let lines =
            serde_json::to_string(&self.new.lines).map_err(|_| StoreError::Inconsistent {
                table: "payment_request",
                column: "lines",
            })?;
        if opened.amount.is_zero() {
            // Nothing to pay is paid at once, without a QR.
            request.status = RequestStatus::Paid;
            request.version = 2;
            request.paid_at = Some(self.at);
        }
        batch.insert_request(tenant, &request, lines.clone())?;
        self.remember_key(batch, self.id);
        tell(batch, tenant, &opened, self.at)?;
        if request.version != opened.version {
            tell(batch, tenant, &request, self.at)?;
            crate::receipt::issue_for(batch, tenant, &request, self.at).await?;
        }
        batch.audit(
            tenant,
            &self.actor,
            "payment_request.created",
            &self.id.to_string(),
            &CreatedDetail {
                external_id: self.new.external_id.as_deref(),
                reference: self.reference.as_str(),
                amount: request.amount,
                payee_account_id: self.payee,
                terms_digest: terms_digest(
                    self.reference.as_str(),
                    &lines,
                    self.payload.as_deref(),
                ),
            },
            self.at,
        )?;
        Ok(Created::New(request))
    }
}

impl CreateRequest {
    /// The request as it is when it is made.
    async fn opened(&self, batch: &mut Batch) -> Result<PaymentRequest, StoreError> {
        Ok(PaymentRequest {
            id: self.id,
            external_id: self.new.external_id.clone(),
            reference: self.reference,
            status: RequestStatus::Open,
            amount: self.new.amount()?,
            received: Vnd::ZERO,
            late: false,
            version: 1,
            payee: batch.payee(self.scope.id(), self.payee).await?,
            description: self.new.description.clone(),
            lines: self.new.lines.clone(),
            payer: self.new.payer.clone(),
            metadata: self.new.metadata.clone(),
            payload: self.payload.clone(),
            checkout_token: self.checkout_token.clone(),
            created_at: self.at,
            expires_at: self.new.expires_at,
            paid_at: None,
            body_digest: self.body_digest.to_vec(),
        })
    }

    /// Binds the caller's key to the request that it stands for.
    fn remember_key(&self, batch: &mut Batch, id: PaymentRequestId) {
        if let Some(key) = &self.idempotency {
            batch.use_idempotency_key(self.scope.id(), key, id, self.at);
        }
    }
}
