//! Storing a new request: found again when it was stored before, and on record with its terms.

use super::{CreateRequest, Created, by_external_id, by_id, tell};
use crate::StoreError;
use crate::writer::{Batch, Job};
use money::Vnd;
use payment::{PayeeAccountId, PaymentRequestId, RequestStatus, Timestamp};
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

    async fn apply(&self, batch: &mut Batch) -> Result<Created, StoreError> {
        let tenant = self.scope.id();
        if let Some(idempotency) = &self.idempotency {
            let stored = fetch_optional!(
                &mut batch.tx,
                (Vec<u8>, Uuid),
                sql!("payment_request/find_idempotency"),
                tenant,
                idempotency.operation,
                &idempotency.key
            )?;
            match stored {
                Some((digest, id)) if digest == idempotency.digest => {
                    let stored = by_id(&mut batch.tx, tenant, id).await?;
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
            && let Some(stored) = by_external_id(&mut batch.tx, tenant, external_id).await?
        {
            if stored.id == self.id {
                return Ok(Created::New(stored));
            }
            if stored.body_digest != self.body_digest {
                return Ok(Created::Different(stored.id));
            }
            // The key is used up all the same: with another body it is refused from now on.
            self.remember_key(batch, stored.id).await?;
            return Ok(Created::Same(stored));
        }
        if let Some(stored) = by_id(&mut batch.tx, tenant, self.id.uuid()).await? {
            // A second try after a commit of unknown outcome.
            return Ok(Created::New(stored));
        }
        let amount = self.new.amount()?;
        // Nothing to pay is paid at once, without a QR.
        let (status, version, paid_at) = if amount.is_zero() {
            (RequestStatus::Paid, 2, Some(self.at))
        } else {
            (RequestStatus::Open, 1, None)
        };
        let lines =
            serde_json::to_string(&self.new.lines).map_err(|_| StoreError::Inconsistent {
                table: "payment_request",
                column: "lines",
            })?;
        let inserted = execute!(
            &mut batch.tx,
            sql!("payment_request/insert"),
            tenant,
            self.id.uuid(),
            &self.new.external_id,
            self.reference.as_str(),
            status.as_str(),
            amount.get(),
            version,
            self.payee.uuid(),
            &self.new.description,
            &lines,
            &self.new.payer.id,
            &self.new.payer.name,
            &self.new.metadata,
            self.body_digest.as_slice(),
            &self.payload,
            &self.checkout_token,
            self.at.micros(),
            self.new.expires_at.map(Timestamp::micros),
            paid_at.map(Timestamp::micros)
        )?;
        if inserted == 0 {
            return Ok(Created::Collision);
        }
        self.remember_key(batch, self.id).await?;
        let stored = by_id(&mut batch.tx, tenant, self.id.uuid()).await?.ok_or(
            StoreError::Inconsistent {
                table: "payment_request",
                column: "payment_request_id",
            },
        )?;
        let mut opened = stored.clone();
        if amount.is_zero() {
            opened.status = RequestStatus::Open;
            opened.version = 1;
            opened.paid_at = None;
        }
        tell(batch, tenant, &opened, self.at).await?;
        if amount.is_zero() {
            tell(batch, tenant, &stored, self.at).await?;
        }
        batch
            .audit(
                tenant,
                &self.actor,
                "payment_request.created",
                &self.id.to_string(),
                &CreatedDetail {
                    external_id: self.new.external_id.as_deref(),
                    reference: self.reference.as_str(),
                    amount,
                    payee_account_id: self.payee,
                    terms_digest: terms_digest(
                        self.reference.as_str(),
                        &lines,
                        self.payload.as_deref(),
                    ),
                },
                self.at,
            )
            .await?;
        Ok(Created::New(stored))
    }
}

impl CreateRequest {
    /// Binds the caller's key to the request that it stands for.
    async fn remember_key(
        &self,
        batch: &mut Batch,
        id: PaymentRequestId,
    ) -> Result<(), StoreError> {
        if let Some(idempotency) = &self.idempotency {
            execute!(
                &mut batch.tx,
                sql!("payment_request/insert_idempotency"),
                self.scope.id(),
                idempotency.operation,
                &idempotency.key,
                idempotency.digest.as_slice(),
                id.uuid(),
                self.at.micros()
            )?;
        }
        Ok(())
    }
}
