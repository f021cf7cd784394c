//! Payment requests: made, found, listed, cancelled, expired.

mod create;

use crate::event::{EventType, RequestData, Subject};
use crate::tenant::{PayeeAccount, scope_by_id};
use crate::writer::{Batch, Job, ReferenceKey, RequestIdKey};
use crate::{Store, StoreError, TenantScope, Tx, Writer};
use money::Vnd;
use payment::request::{Line, Payer};
use payment::{
    NewPaymentRequest, PayeeAccountId, PaymentRequestId, Reference, RequestStatus, Timestamp,
};
use uuid::Uuid;

pub(crate) use create::terms_digest;

/// A stored request.
#[derive(Clone, Debug)]
pub struct PaymentRequest {
    /// Its id.
    pub id: PaymentRequestId,
    /// The portal's own id.
    pub external_id: Option<String>,
    /// What the payer's bank carries back.
    pub reference: Reference,
    /// Where it stands.
    pub status: RequestStatus,
    /// What is asked.
    pub amount: Vnd,
    /// What was allocated to it so far.
    pub received: Vnd,
    /// Whether money came after the expiry.
    pub late: bool,
    /// Counts its changes from 1; each has one event.
    pub version: i64,
    /// Where the money goes.
    pub payee: PayeeAccount,
    /// What the payer reads.
    pub description: Option<String>,
    /// What is paid for.
    pub lines: Vec<Line>,
    /// Who pays.
    pub payer: Payer,
    /// The portal's own data, as JSON text.
    pub metadata: Option<String>,
    /// The QR content; none when nothing is asked.
    pub payload: Option<String>,
    /// The 128-bit secret of the checkout page.
    pub checkout_token: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// From when on nothing is expected.
    pub expires_at: Option<Timestamp>,
    /// When the amount was complete.
    pub paid_at: Option<Timestamp>,
    pub(crate) body_digest: Vec<u8>,
}

impl PaymentRequest {
    /// What is still missing.
    #[must_use]
    pub fn remaining(&self) -> Vnd {
        self.amount
            .checked_sub(self.received.min(self.amount))
            .unwrap_or(Vnd::ZERO)
    }
}

#[derive(sqlx::FromRow)]
pub(crate) struct RequestRow {
    payment_request_id: Uuid,
    external_id: Option<String>,
    reference: String,
    status: String,
    amount: i64,
    received: i64,
    late: bool,
    version: i64,
    payee_account_id: Uuid,
    bank_bin: String,
    account_number: String,
    account_name: String,
    description: Option<String>,
    lines: String,
    payer_id: Option<String>,
    payer_name: Option<String>,
    metadata: Option<String>,
    payload: Option<String>,
    checkout_token: String,
    created_at: i64,
    expires_at: Option<i64>,
    paid_at: Option<i64>,
    body_digest: Vec<u8>,
}

impl TryFrom<RequestRow> for PaymentRequest {
    type Error = StoreError;

    fn try_from(row: RequestRow) -> Result<Self, StoreError> {
        let wrong = |column| StoreError::Inconsistent {
            table: "payment_request",
            column,
        };
        Ok(Self {
            id: PaymentRequestId::from_uuid(row.payment_request_id),
            external_id: row.external_id,
            reference: Reference::parse(&row.reference).map_err(|_| wrong("reference"))?,
            status: RequestStatus::parse(&row.status).ok_or_else(|| wrong("status"))?,
            amount: Vnd::new(row.amount).map_err(|_| wrong("amount"))?,
            received: Vnd::new(row.received).map_err(|_| wrong("received"))?,
            late: row.late,
            version: row.version,
            payee: PayeeAccount {
                id: PayeeAccountId::from_uuid(row.payee_account_id),
                bank_bin: row.bank_bin,
                account_number: row.account_number,
                account_name: row.account_name,
            },
            description: row.description,
            lines: serde_json::from_str(&row.lines).map_err(|_| wrong("lines"))?,
            payer: Payer {
                id: row.payer_id,
                name: row.payer_name,
            },
            metadata: row.metadata,
            payload: row.payload,
            checkout_token: row.checkout_token,
            created_at: Timestamp::from_micros(row.created_at),
            expires_at: row.expires_at.map(Timestamp::from_micros),
            paid_at: row.paid_at.map(Timestamp::from_micros),
            body_digest: row.body_digest,
        })
    }
}

/// A request to be stored, with everything drawn that is random.
#[derive(Clone, Debug)]
pub struct CreateRequest {
    /// Whose.
    pub scope: TenantScope,
    /// Its id; the same on a second try.
    pub id: PaymentRequestId,
    /// What was asked for.
    pub new: NewPaymentRequest,
    /// The drawn reference.
    pub reference: Reference,
    /// Where the money goes.
    pub payee: PayeeAccountId,
    /// The QR content; none when nothing is asked.
    pub payload: Option<String>,
    /// The drawn secret of the checkout page.
    pub checkout_token: String,
    /// SHA-256 of the canonical body: tells a repeat from another request.
    pub body_digest: [u8; 32],
    /// The caller's `Idempotency-Key`.
    pub idempotency: Option<IdempotencyKey>,
    /// Who asks, for the audit.
    pub actor: String,
    /// When.
    pub at: Timestamp,
}

/// An `Idempotency-Key` and what it was first used for.
#[derive(Clone, Debug)]
pub struct IdempotencyKey {
    /// The operation; a key is per operation.
    pub operation: &'static str,
    /// The key.
    pub key: String,
    /// SHA-256 over method, route and body.
    pub digest: [u8; 32],
}

/// What became of a [`CreateRequest`].
#[derive(Clone, Debug)]
pub enum Created {
    /// Stored now.
    New(PaymentRequest),
    /// Stored before from the same body under the same id of the portal.
    Same(PaymentRequest),
    /// Stored before with the same `Idempotency-Key` and body.
    Replayed(PaymentRequest),
    /// The portal's id exists with another body.
    Different(PaymentRequestId),
    /// The `Idempotency-Key` was used with another body.
    KeyReused,
    /// The reference exists: draw again.
    Collision,
}

/// What became of a cancellation.
#[derive(Clone, Debug)]
pub enum Cancelled {
    /// Now, or before.
    Done(Box<PaymentRequest>),
    /// Money is there already.
    HasMoney(RequestStatus),
    /// No such request.
    Missing,
}

/// How a caller names a request: by our id or by its own.
#[derive(Clone, Debug)]
pub enum RequestKey {
    /// `preq_…`
    Id(PaymentRequestId),
    /// The portal's id.
    ExternalId(String),
}

impl Writer {
    /// Stores a request, its event, its audit record and its idempotency record in one transaction.
    ///
    /// # Errors
    /// [`StoreError`]; nothing is stored then, or the outcome is unknown and the same call is safe.
    pub async fn create_payment_request(
        &self,
        request: CreateRequest,
    ) -> Result<Created, StoreError> {
        self.submit(request).await
    }

    /// Withdraws a request that has received nothing.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn cancel_payment_request(
        &self,
        scope: TenantScope,
        key: RequestKey,
        actor: String,
        at: Timestamp,
    ) -> Result<Cancelled, StoreError> {
        self.submit(Cancel {
            scope,
            key,
            actor,
            at,
        })
        .await
    }
}

/// Writes the one event of the request's present version.
fn tell(
    batch: &mut Batch,
    tenant: Uuid,
    request: &PaymentRequest,
    at: Timestamp,
) -> Result<(), StoreError> {
    batch.event(
        tenant,
        EventType::of(request.status, request.late),
        &Subject::request(request),
        &RequestData::new(request, None),
        at,
    )
}

struct Cancel {
    scope: TenantScope,
    key: RequestKey,
    actor: String,
    at: Timestamp,
}

impl Job for Cancel {
    type Output = Cancelled;

    fn tenant(&self) -> Option<Uuid> {
        Some(self.scope.id())
    }

    async fn apply(&self, batch: &mut Batch) -> Result<Cancelled, StoreError> {
        let tenant = self.scope.id();
        let found = match &self.key {
            RequestKey::Id(id) => batch.request_by_id(tenant, id.uuid()).await?,
            RequestKey::ExternalId(external_id) => {
                batch.request_by_external_id(tenant, external_id).await?
            }
        };
        let Some(mut request) = found else {
            return Ok(Cancelled::Missing);
        };
        match request.status {
            RequestStatus::Cancelled => return Ok(Cancelled::Done(Box::new(request))),
            RequestStatus::Open | RequestStatus::Expired => {}
            status => return Ok(Cancelled::HasMoney(status)),
        }
        request.status = RequestStatus::Cancelled;
        batch.advance_request(tenant, &mut request)?;
        tell(batch, tenant, &request, self.at)?;
        batch.audit(
            tenant,
            &self.actor,
            "payment_request.cancelled",
            &request.id.to_string(),
            &serde_json::json!({}),
            self.at,
        )?;
        Ok(Cancelled::Done(Box::new(request)))
    }
}

/// Expires what is due, at most `limit` requests. Answers how many.
pub(crate) async fn expire_due(
    batch: &mut Batch,
    now: Timestamp,
    limit: i64,
) -> Result<usize, StoreError> {
    let mut due = fetch_all!(
        batch.lookup(),
        (Uuid, Uuid),
        sql!("payment_request/due"),
        now.micros(),
        limit
    )?;
    due.sort_unstable();
    batch
        .lock_tenants(due.iter().map(|(tenant, _)| *tenant))
        .await?;
    let mut expired = 0;
    for (tenant, id) in &due {
        let mut request = match batch.request_by_id(*tenant, *id).await {
            Ok(Some(request)) => request,
            Ok(None) => continue,
            Err(error @ StoreError::Inconsistent { .. }) => {
                // A damaged row must not keep the others from expiring; the audit names it.
                tracing::error!(request = %id, error = ?error, "a request that is due cannot be read");
                continue;
            }
            Err(error) => return Err(error),
        };
        // Another process may have settled it between the look and the lock.
        if request.status != RequestStatus::Open {
            continue;
        }
        expired += 1;
        request.status = RequestStatus::Expired;
        batch.advance_request(*tenant, &mut request)?;
        tell(batch, *tenant, &request, now)?;
        batch.audit(
            *tenant,
            "system",
            "payment_request.expired",
            &request.id.to_string(),
            &serde_json::json!({}),
            now,
        )?;
    }
    Ok(expired)
}

pub(crate) async fn by_id(
    tx: &mut Tx,
    tenant: Uuid,
    id: Uuid,
) -> Result<Option<PaymentRequest>, StoreError> {
    fetch_optional!(tx, RequestRow, sql!("payment_request/by_id"), tenant, id)?
        .map(PaymentRequest::try_from)
        .transpose()
}

async fn by_external_id(
    tx: &mut Tx,
    tenant: Uuid,
    external_id: &str,
) -> Result<Option<PaymentRequest>, StoreError> {
    fetch_optional!(
        tx,
        RequestRow,
        sql!("payment_request/by_external_id"),
        tenant,
        external_id
    )?
    .map(PaymentRequest::try_from)
    .transpose()
}

/// The requests that have one of these references.
pub(crate) async fn by_references(
    tx: &mut Tx,
    tenant: Uuid,
    references: &[Reference],
) -> Result<Vec<PaymentRequest>, StoreError> {
    let keys = references
        .iter()
        .map(|reference| ReferenceKey {
            tenant_id: tenant,
            reference: reference.to_string(),
        })
        .collect();
    let rows: Vec<RequestRow> = ReferenceKey::fetch(tx, keys).await?;
    rows.into_iter().map(PaymentRequest::try_from).collect()
}

/// The requests with these ids.
pub(crate) async fn by_ids(
    tx: &mut Tx,
    tenant: Uuid,
    ids: &[Uuid],
) -> Result<Vec<PaymentRequest>, StoreError> {
    let keys = ids
        .iter()
        .map(|&payment_request_id| RequestIdKey {
            tenant_id: tenant,
            payment_request_id,
        })
        .collect();
    let rows: Vec<RequestRow> = RequestIdKey::fetch(tx, keys).await?;
    rows.into_iter().map(PaymentRequest::try_from).collect()
}

/// The requests whose references begin with `prefix`; at most five, a person will look at them.
pub(crate) async fn by_reference_prefix(
    tx: &mut Tx,
    tenant: Uuid,
    prefix: &str,
) -> Result<Vec<PaymentRequest>, StoreError> {
    // Every symbol of the alphabet sorts before '[', so this is the end of the range.
    let end = format!("{prefix}[");
    fetch_all!(
        tx,
        RequestRow,
        sql!("payment_request/by_reference_prefix"),
        tenant,
        prefix,
        end
    )?
    .into_iter()
    .map(PaymentRequest::try_from)
    .collect()
}

async fn by_key(
    tx: &mut Tx,
    tenant: Uuid,
    key: &RequestKey,
) -> Result<Option<PaymentRequest>, StoreError> {
    match key {
        RequestKey::Id(id) => by_id(tx, tenant, id.uuid()).await,
        RequestKey::ExternalId(external_id) => by_external_id(tx, tenant, external_id).await,
    }
}

impl Store {
    /// The request with this id.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn payment_request(
        &self,
        scope: &TenantScope,
        key: &RequestKey,
    ) -> Result<Option<PaymentRequest>, StoreError> {
        let mut tx = self.read().await?;
        by_key(&mut tx, scope.id(), key).await
    }

    /// Whether an `Idempotency-Key` was used before for this operation.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn idempotency_key_is_known(
        &self,
        scope: &TenantScope,
        key: &IdempotencyKey,
    ) -> Result<bool, StoreError> {
        let mut tx = self.read().await?;
        let found = fetch_optional!(
            &mut tx,
            (Vec<u8>, Uuid),
            sql!("payment_request/find_idempotency"),
            scope.id(),
            key.operation,
            &key.key
        )?;
        Ok(found.is_some())
    }

    /// The request whose checkout page has this secret, with its tenant's scope.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn payment_request_by_token(
        &self,
        token: &str,
    ) -> Result<Option<(TenantScope, PaymentRequest)>, StoreError> {
        let mut tx = self.read().await?;
        let found = fetch_optional!(
            &mut tx,
            (Uuid, Uuid),
            sql!("payment_request/key_by_token"),
            token
        )?;
        let Some((tenant, id)) = found else {
            return Ok(None);
        };
        let scope = scope_by_id(&mut tx, tenant).await?;
        Ok(by_id(&mut tx, tenant, id)
            .await?
            .map(|request| (scope, request)))
    }

    /// Requests, newest first, before `before` when given; only those at `status` when given.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn payment_requests(
        &self,
        scope: &TenantScope,
        status: Option<RequestStatus>,
        before: Option<PaymentRequestId>,
        limit: i64,
    ) -> Result<Vec<PaymentRequest>, StoreError> {
        let mut tx = self.read().await?;
        let before = before.map_or(Uuid::max(), PaymentRequestId::uuid);
        fetch_all!(
            &mut tx,
            RequestRow,
            sql!("payment_request/list"),
            scope.id(),
            before,
            status.map_or("", RequestStatus::as_str),
            limit
        )?
        .into_iter()
        .map(PaymentRequest::try_from)
        .collect()
    }
}
