//! Baskets: one reference for several requests, which one credit pays together.

use crate::payment_request::{PaymentRequest, by_ids};
use crate::writer::{Batch, Job};
use crate::{Store, StoreError, TenantScope, Tx, Writer};
use payment::{BasketId, PaymentRequestId, Reference, RequestStatus, Timestamp};
use serde::Serialize;
use std::collections::BTreeSet;
use uuid::Uuid;

/// Requests in a basket at most.
pub const REQUESTS_MAX: usize = 50;

/// A stored basket with its requests as they stand now.
#[derive(Clone, Debug)]
pub struct Basket {
    /// Its id.
    pub id: BasketId,
    /// What the payer's bank carries back.
    pub reference: Reference,
    /// What the payer reads.
    pub description: Option<String>,
    /// The requests, in the order in which they were named; all on one account.
    pub requests: Vec<PaymentRequest>,
    /// When it was made.
    pub created_at: Timestamp,
}

#[derive(sqlx::FromRow)]
struct Row {
    basket_id: Uuid,
    reference: String,
    description: Option<String>,
    body_digest: Vec<u8>,
    created_at: i64,
}

/// A basket to be stored.
#[derive(Clone, Debug)]
pub struct CreateBasket {
    /// Whose.
    pub scope: TenantScope,
    /// Its id; the same on a second try.
    pub id: BasketId,
    /// The drawn reference.
    pub reference: Reference,
    /// The requests.
    pub requests: Vec<PaymentRequestId>,
    /// What the payer reads.
    pub description: Option<String>,
    /// SHA-256 of method, path and body.
    pub digest: [u8; 32],
    /// The caller's `Idempotency-Key`.
    pub idempotency_key: Option<String>,
    /// Who.
    pub actor: String,
    /// When.
    pub at: Timestamp,
}

/// What became of a [`CreateBasket`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BasketCreated {
    /// Stored now.
    New(BasketId),
    /// Stored before with the same `Idempotency-Key` and body.
    Replayed(BasketId),
    /// The `Idempotency-Key` was used with another body.
    KeyReused,
    /// The reference exists: draw again.
    Collision,
    /// The request with this place in the list is not there.
    Missing(usize),
    /// The request with this place in the list stands there twice.
    Twice(usize),
    /// The request with this place in the list waits for no money.
    NotWaiting(usize),
    /// The request with this place in the list asks for money on another account than the first.
    OtherAccount(usize),
}

/// What the audit chain keeps of a new basket.
#[derive(Serialize)]
struct Detail<'a> {
    reference: Reference,
    payment_requests: &'a [PaymentRequestId],
}

impl Writer {
    /// Stores a basket, with its audit record.
    ///
    /// # Errors
    /// [`StoreError`]; nothing is stored then, or the outcome is unknown and the same call is safe.
    pub async fn create_basket(&self, basket: CreateBasket) -> Result<BasketCreated, StoreError> {
        self.submit(basket).await
    }
}

impl Job for CreateBasket {
    type Output = BasketCreated;

    fn tenant(&self) -> Option<Uuid> {
        Some(self.scope.id())
    }

    async fn apply(&self, batch: &mut Batch) -> Result<BasketCreated, StoreError> {
        if let Some(before) = self.made_before(batch).await? {
            return Ok(before);
        }
        let tenant = self.scope.id();
        if batch
            .request_by_reference(tenant, self.reference)
            .await?
            .is_some()
        {
            return Ok(BasketCreated::Collision);
        }
        let requests = match self.check(batch).await? {
            Ok(requests) => requests,
            Err(refused) => return Ok(refused),
        };
        let Some(first) = requests.first() else {
            return Ok(BasketCreated::Missing(0));
        };
        let tx = batch.tx().await?;
        execute!(
            tx,
            sql!("basket/insert"),
            tenant,
            self.id.uuid(),
            self.reference.as_str(),
            first.payee.id.uuid(),
            &self.description,
            self.digest.as_slice(),
            &self.idempotency_key,
            self.at.micros()
        )?;
        for (position, request) in (1i64..).zip(&requests) {
            execute!(
                tx,
                sql!("basket/insert_request"),
                tenant,
                self.id.uuid(),
                position,
                request.id.uuid()
            )?;
        }
        batch.audit(
            tenant,
            &self.actor,
            "basket.created",
            &self.id.to_string(),
            &Detail {
                reference: self.reference,
                payment_requests: &self.requests,
            },
            self.at,
        )?;
        Ok(BasketCreated::New(self.id))
    }
}

impl CreateBasket {
    /// The same call, another one with the same key, or a basket with the reference.
    async fn made_before(&self, batch: &mut Batch) -> Result<Option<BasketCreated>, StoreError> {
        let tenant = self.scope.id();
        let tx = batch.tx().await?;
        let id = self.id.uuid();
        if fetch_optional!(tx, Row, sql!("basket/by_id"), tenant, id)?.is_some() {
            return Ok(Some(BasketCreated::New(self.id)));
        }
        if let Some(key) = &self.idempotency_key
            && let Some(row) = fetch_optional!(tx, Row, sql!("basket/by_key"), tenant, key)?
        {
            return Ok(Some(if row.body_digest == self.digest {
                BasketCreated::Replayed(BasketId::from_uuid(row.basket_id))
            } else {
                BasketCreated::KeyReused
            }));
        }
        let reference = self.reference.as_str();
        let taken = fetch_optional!(tx, Row, sql!("basket/by_reference"), tenant, reference)?;
        Ok(taken.map(|_| BasketCreated::Collision))
    }

    /// The requests, when one credit can pay them all.
    async fn check(
        &self,
        batch: &mut Batch,
    ) -> Result<Result<Vec<PaymentRequest>, BasketCreated>, StoreError> {
        let mut requests: Vec<PaymentRequest> = Vec::with_capacity(self.requests.len());
        let mut named = BTreeSet::new();
        for (place, id) in self.requests.iter().enumerate() {
            if !named.insert(*id) {
                return Ok(Err(BasketCreated::Twice(place)));
            }
            let Some(request) = batch.request_by_id(self.scope.id(), id.uuid()).await? else {
                return Ok(Err(BasketCreated::Missing(place)));
            };
            let waits = request.remaining().is_positive()
                && matches!(
                    request.status,
                    RequestStatus::Open | RequestStatus::Underpaid
                );
            if !waits {
                return Ok(Err(BasketCreated::NotWaiting(place)));
            }
            let other = requests
                .first()
                .is_some_and(|first| first.payee.id != request.payee.id);
            if other {
                return Ok(Err(BasketCreated::OtherAccount(place)));
            }
            requests.push(request);
        }
        Ok(Ok(requests))
    }
}

impl Store {
    /// One basket.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn basket(
        &self,
        scope: &TenantScope,
        id: BasketId,
    ) -> Result<Option<Basket>, StoreError> {
        let mut tx = self.read().await?;
        let row = fetch_optional!(&mut tx, Row, sql!("basket/by_id"), scope.id(), id.uuid())?;
        match row {
            Some(row) => Ok(Some(whole(&mut tx, scope, row).await?)),
            None => Ok(None),
        }
    }

    /// Baskets, newest first, before `before` when given.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn baskets(
        &self,
        scope: &TenantScope,
        before: Option<BasketId>,
        limit: i64,
    ) -> Result<Vec<Basket>, StoreError> {
        let mut tx = self.read().await?;
        let rows = fetch_all!(
            &mut tx,
            Row,
            sql!("basket/list"),
            scope.id(),
            before.map_or(Uuid::max(), BasketId::uuid),
            limit
        )?;
        let mut baskets = Vec::with_capacity(rows.len());
        for row in rows {
            baskets.push(whole(&mut tx, scope, row).await?);
        }
        Ok(baskets)
    }
}

async fn whole(tx: &mut Tx, scope: &TenantScope, row: Row) -> Result<Basket, StoreError> {
    let ids: Vec<(Uuid,)> = fetch_all!(
        tx,
        (Uuid,),
        sql!("basket/requests"),
        scope.id(),
        row.basket_id
    )?;
    let ids: Vec<Uuid> = ids.into_iter().map(|(id,)| id).collect();
    let mut requests = by_ids(tx, scope.id(), &ids).await?;
    requests.sort_by_key(|request| ids.iter().position(|id| *id == request.id.uuid()));
    Ok(Basket {
        id: BasketId::from_uuid(row.basket_id),
        reference: Reference::parse(&row.reference).map_err(|_| StoreError::Inconsistent {
            table: "basket",
            column: "reference",
        })?,
        description: row.description,
        requests,
        created_at: Timestamp::from_micros(row.created_at),
    })
}
