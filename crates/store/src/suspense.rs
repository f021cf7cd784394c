//! Credits that nobody claims, and what people decide about them.
//!
//! What of a credit is in suspense stands in one row that changes; every change is an act with its
//! actor and reason, a journal entry, an event and an audit record, in one transaction of the writer.
//! Acts are never changed: [`Act::undone_by`] names the act that took one back.

mod act;

use crate::settle::suggest::{self, Question};
use crate::{Store, StoreError, TenantScope, Tx};
use money::Vnd;
use payment::{BankCreditId, CreditActId, PaymentRequestId, SuspenseReason, Timestamp};
use serde::Serialize;
use serde_json::value::RawValue;
use uuid::Uuid;

pub use act::{ActOnCredit, Acted, Choice, PARTS_MAX, Refusal};

/// What a person did.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ActKind {
    /// Money from suspense was given to one or more requests.
    Allocated,
    /// It is no payment.
    NotAPayment,
    /// It is to go back.
    RefundOut,
    /// It was reported twice; it is out of the books.
    DuplicateConfirmed,
    /// It looked like a repeat and is new money: it was matched as if it had come now.
    Released,
    /// An earlier decision, or the match made at arrival, was taken back.
    Undone,
}

impl ActKind {
    const ALL: [Self; 6] = [
        Self::Allocated,
        Self::NotAPayment,
        Self::RefundOut,
        Self::DuplicateConfirmed,
        Self::Released,
        Self::Undone,
    ];

    /// The text in the API and in the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Allocated => "allocated",
            Self::NotAPayment => "not_a_payment",
            Self::RefundOut => "refund_out",
            Self::DuplicateConfirmed => "duplicate_confirmed",
            Self::Released => "released",
            Self::Undone => "undone",
        }
    }

    fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }
}

/// A recorded decision about a credit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Act {
    /// Its id.
    pub id: CreditActId,
    /// Which credit.
    pub credit: BankCreditId,
    /// The credit's version after it.
    pub version: i64,
    /// What was done.
    pub kind: ActKind,
    /// What it took out of suspense, or gave back.
    pub amount: Vnd,
    /// The act that it takes back; none when it takes back the match made at arrival.
    pub undoes: Option<CreditActId>,
    /// The act that took it back.
    pub undone_by: Option<CreditActId>,
    /// Who.
    pub actor: String,
    /// Why.
    pub reason: String,
    /// When.
    pub decided_at: Timestamp,
    digest: Option<Vec<u8>>,
}

/// A part of a credit that is given to a request now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LiveAllocation {
    /// The request.
    pub payment_request_id: PaymentRequestId,
    /// Its part.
    pub amount: Vnd,
    /// The rule: of the match at arrival, or `person`.
    pub rule: String,
    /// The act that gave it; none for the match at arrival.
    pub act: Option<CreditActId>,
    allocation_id: Uuid,
}

/// A credit with what of it is in suspense.
#[derive(Clone, Debug)]
pub struct HeldCredit {
    /// Its id.
    pub id: BankCreditId,
    /// The source that reported it.
    pub source: String,
    /// How much came.
    pub amount: Vnd,
    /// What of it is in suspense.
    pub held: Vnd,
    /// Why it came to suspense; none when it never was there.
    pub reason: Option<SuspenseReason>,
    /// Since when.
    pub since: Option<Timestamp>,
    /// Counts what happened to it since it came to suspense; 0 when it never was there.
    pub version: i64,
    /// On which account it came.
    pub account_number: String,
    /// The virtual account that was paid into.
    pub virtual_account: Option<String>,
    /// The memo as received.
    pub memo: String,
    /// The longer memo, where the sender has one.
    pub memo_full: Option<String>,
    /// The bank's reference.
    pub bank_reference: Option<String>,
    /// Who paid, as the bank names them.
    pub counterparty_name: Option<String>,
    /// The account that the money came from.
    pub counterparty_account: Option<String>,
    /// When the bank booked it.
    pub booked_at: Timestamp,
    /// When we heard.
    pub received_at: Timestamp,
}

/// A held credit with everything that helps a person to decide.
#[derive(Debug)]
pub struct SuspenseCase {
    /// The credit.
    pub credit: HeldCredit,
    /// Where parts of it are now.
    pub allocations: Vec<LiveAllocation>,
    /// What was decided, in order.
    pub acts: Vec<Act>,
    /// What a person may want to look at first, best first, as JSON; empty when nothing is held.
    pub suggestions: Box<RawValue>,
}

#[derive(sqlx::FromRow)]
struct HeldRow {
    bank_credit_id: Uuid,
    source: String,
    amount: i64,
    account_number: String,
    virtual_account: Option<String>,
    memo: String,
    memo_full: Option<String>,
    bank_reference: Option<String>,
    counterparty_name: Option<String>,
    counterparty_account: Option<String>,
    booked_at: i64,
    received_at: i64,
    held: i64,
    reason: Option<String>,
    since: Option<i64>,
    version: i64,
}

impl TryFrom<HeldRow> for HeldCredit {
    type Error = StoreError;

    fn try_from(row: HeldRow) -> Result<Self, StoreError> {
        let wrong = |column| StoreError::Inconsistent {
            table: "suspense_item",
            column,
        };
        let reason = row.reason.as_deref().map(SuspenseReason::parse);
        Ok(Self {
            id: BankCreditId::from_uuid(row.bank_credit_id),
            source: row.source,
            amount: Vnd::new(row.amount)?,
            held: Vnd::new(row.held)?,
            reason: match reason {
                Some(None) => return Err(wrong("reason")),
                Some(reason) => reason,
                None => None,
            },
            since: row.since.map(Timestamp::from_micros),
            version: row.version,
            account_number: row.account_number,
            virtual_account: row.virtual_account,
            memo: row.memo,
            memo_full: row.memo_full,
            bank_reference: row.bank_reference,
            counterparty_name: row.counterparty_name,
            counterparty_account: row.counterparty_account,
            booked_at: Timestamp::from_micros(row.booked_at),
            received_at: Timestamp::from_micros(row.received_at),
        })
    }
}

#[derive(sqlx::FromRow)]
struct ActRow {
    credit_act_id: Uuid,
    bank_credit_id: Uuid,
    version: i64,
    kind: String,
    amount: i64,
    undoes_act_id: Option<Uuid>,
    actor: String,
    reason: String,
    idempotency_digest: Option<Vec<u8>>,
    decided_at: i64,
    undone_by: Option<Uuid>,
}

impl TryFrom<ActRow> for Act {
    type Error = StoreError;

    fn try_from(row: ActRow) -> Result<Self, StoreError> {
        Ok(Self {
            id: CreditActId::from_uuid(row.credit_act_id),
            credit: BankCreditId::from_uuid(row.bank_credit_id),
            version: row.version,
            kind: ActKind::parse(&row.kind).ok_or(StoreError::Inconsistent {
                table: "credit_act",
                column: "kind",
            })?,
            amount: Vnd::new(row.amount)?,
            undoes: row.undoes_act_id.map(CreditActId::from_uuid),
            undone_by: row.undone_by.map(CreditActId::from_uuid),
            actor: row.actor,
            reason: row.reason,
            decided_at: Timestamp::from_micros(row.decided_at),
            digest: row.idempotency_digest,
        })
    }
}

#[derive(sqlx::FromRow)]
struct LiveRow {
    allocation_id: Uuid,
    credit_act_id: Option<Uuid>,
    payment_request_id: Uuid,
    amount: i64,
    rule: String,
}

async fn held_credit(
    tx: &mut Tx,
    tenant: Uuid,
    id: BankCreditId,
) -> Result<Option<HeldCredit>, StoreError> {
    fetch_optional!(tx, HeldRow, sql!("suspense/credit"), tenant, id.uuid())?
        .map(HeldCredit::try_from)
        .transpose()
}

async fn acts_of(tx: &mut Tx, tenant: Uuid, id: BankCreditId) -> Result<Vec<Act>, StoreError> {
    fetch_all!(tx, ActRow, sql!("suspense/acts"), tenant, id.uuid())?
        .into_iter()
        .map(Act::try_from)
        .collect()
}

async fn live_allocations(
    tx: &mut Tx,
    tenant: Uuid,
    id: BankCreditId,
) -> Result<Vec<LiveAllocation>, StoreError> {
    fetch_all!(
        tx,
        LiveRow,
        sql!("suspense/live_allocations"),
        tenant,
        id.uuid()
    )?
    .into_iter()
    .map(|row| {
        Ok(LiveAllocation {
            payment_request_id: PaymentRequestId::from_uuid(row.payment_request_id),
            amount: Vnd::new(row.amount)?,
            rule: row.rule,
            act: row.credit_act_id.map(CreditActId::from_uuid),
            allocation_id: row.allocation_id,
        })
    })
    .collect()
}

impl HeldCredit {
    fn memos(&self) -> Vec<&str> {
        std::iter::once(self.memo.as_str())
            .chain(self.memo_full.as_deref())
            .collect()
    }

    async fn suggestions(
        &self,
        tx: &mut Tx,
        scope: &TenantScope,
    ) -> Result<Box<RawValue>, StoreError> {
        let suggestions = if self.held.is_positive() {
            let question = Question {
                scope,
                amount: self.held,
                memos: self.memos(),
                virtual_account: self.virtual_account.as_deref(),
                counterparty_name: self.counterparty_name.as_deref(),
            };
            suggest::for_person(tx, &question).await?
        } else {
            Vec::new()
        };
        serde_json::value::to_raw_value(&suggestions).map_err(|_| StoreError::Inconsistent {
            table: "suspense_item",
            column: "suggestions",
        })
    }
}

impl Store {
    /// What waits in suspense, the oldest first, after `after` when given; only for `reason` when
    /// given.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn suspense(
        &self,
        scope: &TenantScope,
        reason: Option<SuspenseReason>,
        after: Option<BankCreditId>,
        limit: i64,
    ) -> Result<Vec<SuspenseCase>, StoreError> {
        let mut tx = self.read().await?;
        let after = after.map_or(Uuid::nil(), BankCreditId::uuid);
        let rows = fetch_all!(
            &mut tx,
            HeldRow,
            sql!("suspense/list"),
            scope.id(),
            after,
            reason.map_or("", SuspenseReason::as_str),
            limit
        )?;
        let mut cases = Vec::with_capacity(rows.len());
        for row in rows {
            cases.push(case(&mut tx, scope, row.try_into()?).await?);
        }
        Ok(cases)
    }

    /// One credit with where its money is and what was decided; also one that never was in suspense.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn suspense_case(
        &self,
        scope: &TenantScope,
        id: BankCreditId,
    ) -> Result<Option<SuspenseCase>, StoreError> {
        let mut tx = self.read().await?;
        match held_credit(&mut tx, scope.id(), id).await? {
            Some(credit) => Ok(Some(case(&mut tx, scope, credit).await?)),
            None => Ok(None),
        }
    }
}

async fn case(
    tx: &mut Tx,
    scope: &TenantScope,
    credit: HeldCredit,
) -> Result<SuspenseCase, StoreError> {
    Ok(SuspenseCase {
        allocations: live_allocations(tx, scope.id(), credit.id).await?,
        acts: acts_of(tx, scope.id(), credit.id).await?,
        suggestions: credit.suggestions(tx, scope).await?,
        credit,
    })
}
