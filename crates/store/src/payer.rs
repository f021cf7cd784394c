//! Virtual accounts and payers' codes that a tenant has registered: exact identifiers of a payer, or of
//! one request. A value stands for one thing at a time; a closed one stands for nothing and is kept.

use crate::writer::{Batch, Job};
use crate::{Store, StoreError, TenantScope, Writer};
use payment::{PayerIdentifierId, PaymentRequestId, Timestamp};
use reconciler::matching::Rule;
use serde::Serialize;
use uuid::Uuid;

/// What an identifier stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Owner {
    /// A payer, by the portal's id of the payer.
    Payer(String),
    /// One request.
    Request(PaymentRequestId),
}

/// A registered identifier.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PayerIdentifier {
    /// Its id.
    pub id: PayerIdentifierId,
    /// How it is read: [`Rule::VirtualAccount`] or [`Rule::PayerCode`].
    pub kind: Rule,
    /// The folded text.
    pub value: String,
    /// What it stands for.
    pub owner: Owner,
    /// Since when.
    pub created_at: Timestamp,
    /// Until when; none while it stands.
    pub closed_at: Option<Timestamp>,
}

#[derive(sqlx::FromRow)]
struct Row {
    payer_identifier_id: Uuid,
    kind: String,
    value: String,
    payer_id: Option<String>,
    payment_request_id: Option<Uuid>,
    created_at: i64,
    closed_at: Option<i64>,
}

impl TryFrom<Row> for PayerIdentifier {
    type Error = StoreError;

    fn try_from(row: Row) -> Result<Self, StoreError> {
        let wrong = |column| StoreError::Inconsistent {
            table: "payer_identifier",
            column,
        };
        Ok(Self {
            id: PayerIdentifierId::from_uuid(row.payer_identifier_id),
            kind: Rule::parse(&row.kind).ok_or_else(|| wrong("kind"))?,
            value: row.value,
            owner: match (row.payer_id, row.payment_request_id) {
                (Some(payer), None) => Owner::Payer(payer),
                (None, Some(id)) => Owner::Request(PaymentRequestId::from_uuid(id)),
                _ => return Err(wrong("payer_id")),
            },
            created_at: Timestamp::from_micros(row.created_at),
            closed_at: row.closed_at.map(Timestamp::from_micros),
        })
    }
}

/// An identifier to be registered.
#[derive(Clone, Debug)]
pub struct RegisterIdentifier {
    /// Whose.
    pub scope: TenantScope,
    /// Its id; the same on a second try.
    pub id: PayerIdentifierId,
    /// How it is read.
    pub kind: Rule,
    /// The folded text.
    pub value: String,
    /// What it stands for.
    pub owner: Owner,
    /// Who.
    pub actor: String,
    /// When.
    pub at: Timestamp,
}

/// What became of a [`RegisterIdentifier`].
#[derive(Clone, Debug)]
pub enum Registered {
    /// Now.
    New(PayerIdentifier),
    /// It stood for the same before.
    Same(PayerIdentifier),
    /// It stands for something else: close that first.
    Taken,
    /// No such request.
    NoRequest,
}

struct CloseIdentifier {
    scope: TenantScope,
    id: PayerIdentifierId,
    actor: String,
    at: Timestamp,
}

/// What the audit chain keeps.
#[derive(Serialize)]
struct Detail<'a> {
    kind: &'static str,
    value: &'a str,
    payer_id: Option<&'a str>,
    payment_request_id: Option<PaymentRequestId>,
}

impl<'a> Detail<'a> {
    fn new(kind: Rule, value: &'a str, owner: &'a Owner) -> Self {
        Self {
            kind: kind.as_str(),
            value,
            payer_id: owner.payer(),
            payment_request_id: owner.request(),
        }
    }
}

impl Owner {
    /// The payer, when it is one.
    #[must_use]
    pub fn payer(&self) -> Option<&str> {
        match self {
            Self::Payer(payer) => Some(payer),
            Self::Request(_) => None,
        }
    }

    /// The request, when it is one.
    #[must_use]
    pub const fn request(&self) -> Option<PaymentRequestId> {
        match self {
            Self::Payer(_) => None,
            Self::Request(id) => Some(*id),
        }
    }
}

impl Writer {
    /// Registers an identifier, with its audit record.
    ///
    /// # Errors
    /// [`StoreError`]; nothing is stored then, or the outcome is unknown and the same call is safe.
    pub async fn register_identifier(
        &self,
        identifier: RegisterIdentifier,
    ) -> Result<Registered, StoreError> {
        self.submit(identifier).await
    }

    /// Closes an identifier: from now on it stands for nothing. Answers whether there is one.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn close_identifier(
        &self,
        scope: TenantScope,
        id: PayerIdentifierId,
        actor: String,
        at: Timestamp,
    ) -> Result<bool, StoreError> {
        self.submit(CloseIdentifier {
            scope,
            id,
            actor,
            at,
        })
        .await
    }
}

impl Job for RegisterIdentifier {
    type Output = Registered;

    fn tenant(&self) -> Option<Uuid> {
        Some(self.scope.id())
    }

    async fn apply(&self, batch: &mut Batch) -> Result<Registered, StoreError> {
        let tenant = self.scope.id();
        if let Some(request) = self.owner.request()
            && batch.request_by_id(tenant, request.uuid()).await?.is_none()
        {
            return Ok(Registered::NoRequest);
        }
        let tx = batch.tx().await?;
        let live = fetch_optional!(
            tx,
            Row,
            sql!("payer/live"),
            tenant,
            self.kind.as_str(),
            &self.value
        )?;
        if let Some(live) = live {
            let live = PayerIdentifier::try_from(live)?;
            return Ok(match live {
                live if live.id == self.id => Registered::New(live),
                live if live.owner == self.owner => Registered::Same(live),
                _ => Registered::Taken,
            });
        }
        execute!(
            tx,
            sql!("payer/insert"),
            tenant,
            self.id.uuid(),
            self.kind.as_str(),
            &self.value,
            self.owner.payer(),
            self.owner.request().map(PaymentRequestId::uuid),
            self.at.micros()
        )?;
        batch.audit(
            tenant,
            &self.actor,
            "payer_identifier.registered",
            &self.id.to_string(),
            &Detail::new(self.kind, &self.value, &self.owner),
            self.at,
        )?;
        Ok(Registered::New(PayerIdentifier {
            id: self.id,
            kind: self.kind,
            value: self.value.clone(),
            owner: self.owner.clone(),
            created_at: self.at,
            closed_at: None,
        }))
    }
}

impl Job for CloseIdentifier {
    type Output = bool;

    fn tenant(&self) -> Option<Uuid> {
        Some(self.scope.id())
    }

    async fn apply(&self, batch: &mut Batch) -> Result<bool, StoreError> {
        let (tenant, id) = (self.scope.id(), self.id.uuid());
        let tx = batch.tx().await?;
        let Some(row) = fetch_optional!(tx, Row, sql!("payer/by_id"), tenant, id)? else {
            return Ok(false);
        };
        let identifier = PayerIdentifier::try_from(row)?;
        let touched = execute!(tx, sql!("payer/close"), tenant, id, self.at.micros())?;
        if touched > 0 {
            batch.audit(
                tenant,
                &self.actor,
                "payer_identifier.closed",
                &self.id.to_string(),
                &Detail::new(identifier.kind, &identifier.value, &identifier.owner),
                self.at,
            )?;
        }
        Ok(true)
    }
}

impl Store {
    /// Registered identifiers, closed ones too, newest first, before `before` when given; only of
    /// `payer` when given.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn payer_identifiers(
        &self,
        scope: &TenantScope,
        payer: Option<&str>,
        before: Option<PayerIdentifierId>,
        limit: i64,
    ) -> Result<Vec<PayerIdentifier>, StoreError> {
        let mut tx = self.read().await?;
        fetch_all!(
            &mut tx,
            Row,
            sql!("payer/list"),
            scope.id(),
            before.map_or(Uuid::max(), PayerIdentifierId::uuid),
            payer.unwrap_or_default(),
            limit
        )?
        .into_iter()
        .map(PayerIdentifier::try_from)
        .collect()
    }
}
