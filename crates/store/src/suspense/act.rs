//! The acts themselves.
//!
//! Whoever acts holds the tenant's head, so two people never act on one credit at the same time: the
//! second finds what the first has left, and is told.

use super::{
    Act, ActKind, ActRow as StoredAct, HeldCredit, LiveAllocation, acts_of, held_credit,
    live_allocations,
};
use crate::allocate::{self, Cause, Gift, Taken};
use crate::event::{EventType, PaymentData, Subject, UnmatchedData};
use crate::payment_request::IdempotencyKey;
use crate::settle::clues::{Identifiers, Message};
use crate::tenant::account_by_number;
use crate::writer::{ActRow, Batch, Job, PostedEntry, SuspenseRow};
use crate::{StoreError, TenantScope, Writer};
use ledger::rules::{
    RequestPart, duplicate_confirmed, not_a_payment, refund_out, suspense_identified,
    suspense_restored,
};
use money::Vnd;
use payment::{
    BankCreditId, CreditActId, PaymentRequestId, RequestStatus, SuspenseReason, Timestamp,
};
use reconciler::matching::{self, Decision, Share};
use serde::Serialize;
use std::collections::BTreeSet;
use uuid::Uuid;

/// The rule of an allocation that a person made.
const PERSON: &str = "person";
/// Requests that one act can give money to.
pub const PARTS_MAX: usize = 50;

/// What a person decides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Choice {
    /// Give parts of what is held to these requests, each named once.
    Allocate(Vec<Share>),
    /// What is held is no payment.
    NotAPayment,
    /// What is held goes back.
    RefundOut,
    /// It looked like a repeat and is new money: match it now.
    Release,
    /// It looked like a repeat and is one.
    ConfirmDuplicate,
    /// Take back this act; without one, the only thing that can be taken back.
    Undo(Option<CreditActId>),
}

/// A decision about a credit.
#[derive(Clone, Debug)]
pub struct ActOnCredit {
    /// Whose.
    pub scope: TenantScope,
    /// Which credit.
    pub credit: BankCreditId,
    /// The act's id; the same on a second try.
    pub act: CreditActId,
    /// What.
    pub choice: Choice,
    /// Why.
    pub reason: String,
    /// The version of the credit that the person has seen; none when they do not say.
    pub expected_version: Option<i64>,
    /// Who.
    pub actor: String,
    /// The API's name of the operation.
    pub operation: &'static str,
    /// The caller's `Idempotency-Key`.
    pub idempotency: Option<IdempotencyKey>,
    /// When.
    pub at: Timestamp,
}

/// What became of an [`ActOnCredit`].
#[derive(Clone, Debug)]
pub enum Acted {
    /// Done now, or before by the same call.
    Done {
        /// The act.
        act: Act,
        /// Whether it was done before.
        replayed: bool,
    },
    /// No such credit.
    Missing,
    /// Somebody was faster: the credit has another version.
    Stale,
    /// The `Idempotency-Key` was used for something else.
    KeyReused,
    /// It cannot be done as things stand; nothing was written.
    Refused(Refusal),
}

/// Why an act is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Nothing of the credit is in suspense: somebody has decided already.
    NothingHeld,
    /// More than is in suspense.
    MoreThanHeld {
        /// What is there.
        held: Vnd,
    },
    /// The request with this place in the list is not there.
    RequestMissing(usize),
    /// The request with this place in the list was cancelled.
    RequestCancelled(usize),
    /// The request with this place in the list stands there twice.
    RequestTwice(usize),
    /// It does not wait as a possible duplicate, or a part of it was given away.
    NotAPossibleDuplicate,
    /// There is nothing to take back, or it was taken back already.
    NothingToUndo,
    /// Several things could be taken back: name one.
    SeveralToUndo,
}

impl Writer {
    /// Does what a person decided about a credit: entry, allocations, states, events and audit record
    /// in one transaction.
    ///
    /// # Errors
    /// [`StoreError`]; nothing is written then, or the outcome is unknown and the same call is safe.
    pub async fn act_on_credit(&self, act: ActOnCredit) -> Result<Acted, StoreError> {
        self.submit(act).await
    }
}

/// What the event of an act says.
#[derive(Serialize)]
struct ActData<'a> {
    act_id: CreditActId,
    kind: ActKind,
    /// What it took out of suspense, or gave back.
    amount_moved: Vnd,
    /// What is in suspense now.
    amount_in_suspense: Vnd,
    currency: &'static str,
    undoes: Option<CreditActId>,
    allocations: &'a [Part],
    #[serde(flatten)]
    payment: PaymentData<'a>,
}

#[derive(Clone, Serialize)]
struct Part {
    payment_request_id: PaymentRequestId,
    amount: Vnd,
}

/// What the audit chain keeps of an act.
#[derive(Serialize)]
struct ActDetail<'a> {
    act_id: CreditActId,
    version: i64,
    amount: Vnd,
    entry_sequence: Option<i64>,
    undoes: Option<CreditActId>,
    allocations: &'a [Part],
    reason: &'a str,
}

/// What an act did, before it is written down.
struct Effect {
    kind: ActKind,
    amount: Vnd,
    held: Vnd,
    reason: SuspenseReason,
    undoes: Option<CreditActId>,
    entry: Option<PostedEntry>,
    parts: Vec<Part>,
}

impl Job for ActOnCredit {
    type Output = Acted;

    fn tenant(&self) -> Option<Uuid> {
        Some(self.scope.id())
    }

    async fn apply(&self, batch: &mut Batch) -> Result<Acted, StoreError> {
        if let Some(before) = self.done_before(batch).await? {
            return Ok(before);
        }
        let tx = batch.tx().await?;
        let Some(credit) = held_credit(tx, self.scope.id(), self.credit).await? else {
            return Ok(Acted::Missing);
        };
        if self
            .expected_version
            .is_some_and(|seen| seen != credit.version)
        {
            return Ok(Acted::Stale);
        }
        let effect = match &self.choice {
            Choice::Allocate(shares) => self.allocate(batch, &credit, shares).await?,
            Choice::NotAPayment => self.set_aside(batch, &credit, ActKind::NotAPayment)?,
            Choice::RefundOut => self.set_aside(batch, &credit, ActKind::RefundOut)?,
            Choice::ConfirmDuplicate => match possible_duplicate(&credit) {
                Err(refusal) => Err(refusal),
                Ok(()) => self.set_aside(batch, &credit, ActKind::DuplicateConfirmed)?,
            },
            Choice::Release => self.release(batch, &credit).await?,
            Choice::Undo(act) => self.undo(batch, &credit, *act).await?,
        };
        match effect {
            Err(refusal) => Ok(Acted::Refused(refusal)),
            Ok(effect) => {
                let act = self.write_down(batch, &credit, effect).await?;
                Ok(Acted::Done {
                    act,
                    replayed: false,
                })
            }
        }
    }
}

/// An effect, or why there is none.
type Tried = Result<Effect, Refusal>;

impl ActOnCredit {
    /// The same act, or another one with the same key.
    async fn done_before(&self, batch: &mut Batch) -> Result<Option<Acted>, StoreError> {
        let tenant = self.scope.id();
        let tx = batch.tx().await?;
        let id = self.act.uuid();
        if let Some(row) = fetch_optional!(tx, StoredAct, sql!("suspense/act_by_id"), tenant, id)? {
            return Ok(Some(Acted::Done {
                act: row.try_into()?,
                replayed: false,
            }));
        }
        let Some(key) = &self.idempotency else {
            return Ok(None);
        };
        let row = fetch_optional!(
            tx,
            StoredAct,
            sql!("suspense/act_by_key"),
            tenant,
            key.operation,
            &key.key
        )?;
        let Some(act) = row.map(Act::try_from).transpose()? else {
            return Ok(None);
        };
        Ok(Some(if act.digest.as_deref() == Some(&key.digest) {
            Acted::Done {
                act,
                replayed: true,
            }
        } else {
            Acted::KeyReused
        }))
    }

    fn cause<'a>(&self, credit: &'a HeldCredit, rule: &'a str) -> Cause<'a> {
        Cause {
            tenant: self.scope.id(),
            credit: credit.id,
            payment: payment_data(credit),
            act: Some(self.act),
            rule,
            arrived_at: credit.received_at,
            now: self.at,
        }
    }

    async fn allocate(
        &self,
        batch: &mut Batch,
        credit: &HeldCredit,
        shares: &[Share],
    ) -> Result<Tried, StoreError> {
        if !credit.held.is_positive() {
            return Ok(Err(Refusal::NothingHeld));
        }
        let mut gifts = Vec::with_capacity(shares.len());
        let mut named = BTreeSet::new();
        for (place, share) in shares.iter().enumerate() {
            if !named.insert(share.payment_request_id) {
                return Ok(Err(Refusal::RequestTwice(place)));
            }
            let id = share.payment_request_id.uuid();
            match batch.request_by_id(self.scope.id(), id).await? {
                None => return Ok(Err(Refusal::RequestMissing(place))),
                Some(request) if request.status == RequestStatus::Cancelled => {
                    return Ok(Err(Refusal::RequestCancelled(place)));
                }
                Some(request) => gifts.push(Gift {
                    request,
                    amount: share.amount,
                }),
            }
        }
        let sum = Vnd::sum(shares.iter().map(|share| share.amount));
        match sum {
            Ok(sum) if sum <= credit.held && sum.is_positive() => {}
            _ => return Ok(Err(Refusal::MoreThanHeld { held: credit.held })),
        }
        self.give(batch, credit, gifts, PERSON, ActKind::Allocated)
            .await
            .map(Ok)
    }

    /// Moves money from suspense to requests.
    async fn give(
        &self,
        batch: &mut Batch,
        credit: &HeldCredit,
        gifts: Vec<Gift>,
        rule: &str,
        kind: ActKind,
    ) -> Result<Effect, StoreError> {
        let ledger_parts: Vec<RequestPart<'_>> = gifts.iter().map(Gift::part).collect();
        let settlement = suspense_identified::entry(&ledger_parts)?;
        let entry = self.post(batch, &settlement.entry)?;
        let parts = parts(&gifts);
        let amount = Vnd::sum(gifts.iter().map(|gift| gift.amount))?;
        let cause = self.cause(credit, rule);
        allocate::give(batch, &cause, gifts, &settlement, entry).await?;
        Ok(Effect {
            kind,
            amount,
            held: credit.held.checked_sub(amount)?,
            reason: reason_of(credit),
            undoes: None,
            entry: Some(entry),
            parts,
        })
    }

    fn post(
        &self,
        batch: &mut Batch,
        entry: &ledger::JournalEntry,
    ) -> Result<PostedEntry, StoreError> {
        let today = self.at.business_date();
        batch.post(self.scope.id(), entry, None, today, self.at)
    }

    /// Moves all that is held out of suspense, to no request.
    fn set_aside(
        &self,
        batch: &mut Batch,
        credit: &HeldCredit,
        kind: ActKind,
    ) -> Result<Tried, StoreError> {
        let (account, amount) = (&credit.account_number, credit.held);
        if !amount.is_positive() {
            return Ok(Err(Refusal::NothingHeld));
        }
        let entry = match kind {
            ActKind::NotAPayment => not_a_payment::entry(account, amount)?,
            ActKind::RefundOut => refund_out::entry(account, amount)?,
            _ => duplicate_confirmed::entry(account, amount)?,
        };
        let entry = self.post(batch, &entry)?;
        Ok(Ok(Effect {
            kind,
            amount,
            held: Vnd::ZERO,
            reason: reason_of(credit),
            undoes: None,
            entry: Some(entry),
            parts: Vec::new(),
        }))
    }

    /// Matches a possible duplicate as if it were new.
    async fn release(&self, batch: &mut Batch, credit: &HeldCredit) -> Result<Tried, StoreError> {
        if let Err(refusal) = possible_duplicate(credit) {
            return Ok(Err(refusal));
        }
        let scope = &self.scope;
        let number = &credit.account_number;
        let is_own_account = account_by_number(batch.lookup(), scope, number)
            .await?
            .is_some();
        let message = Message::new(scope, credit.virtual_account.as_deref(), credit.memos());
        let named = Identifiers::gather(batch, std::slice::from_ref(&message)).await?;
        let clues = named.clues(batch, &message, is_own_account).await?;
        let decision = matching::decide_credit(number, credit.held, scope.matching(), &clues);
        Ok(Ok(match decision {
            Decision::Settle(found) => {
                let gifts = crate::settle::gifts(batch, scope.id(), &found.shares).await?;
                let rule = found.rule.as_str();
                self.give(batch, credit, gifts, rule, ActKind::Released)
                    .await?
            }
            Decision::Suspend(reason) => Effect {
                kind: ActKind::Released,
                amount: Vnd::ZERO,
                held: credit.held,
                reason,
                undoes: None,
                entry: None,
                parts: Vec::new(),
            },
            // Only money that came in is ever booked.
            Decision::Ignore(_) => return Ok(Err(Refusal::NotAPossibleDuplicate)),
        }))
    }

    async fn undo(
        &self,
        batch: &mut Batch,
        credit: &HeldCredit,
        wanted: Option<CreditActId>,
    ) -> Result<Tried, StoreError> {
        let tenant = self.scope.id();
        let tx = batch.tx().await?;
        let allocations = live_allocations(tx, tenant, credit.id).await?;
        let acts = acts_of(tx, tenant, credit.id).await?;
        let mut standing = acts
            .iter()
            .filter(|act| act.kind != ActKind::Undone && act.undone_by.is_none());
        let at_arrival = allocations.iter().any(|live| live.act.is_none());
        let act = match wanted {
            Some(id) => match standing.find(|act| act.id == id) {
                Some(act) => Some(act),
                None => return Ok(Err(Refusal::NothingToUndo)),
            },
            None => match (at_arrival, standing.next(), standing.next()) {
                (true, None, _) => None,
                (false, Some(act), None) => Some(act),
                (false, None, _) => return Ok(Err(Refusal::NothingToUndo)),
                _ => return Ok(Err(Refusal::SeveralToUndo)),
            },
        };
        let id = act.map(|act| act.id);
        let given: Vec<LiveAllocation> = allocations
            .into_iter()
            .filter(|live| live.act == id)
            .collect();
        if !given.is_empty() {
            return self.take_back(batch, credit, id, given).await.map(Ok);
        }
        let Some(act) = act else {
            return Ok(Err(Refusal::NothingToUndo));
        };
        let account = &credit.account_number;
        let account = match act.kind {
            ActKind::NotAPayment => not_a_payment::account(account),
            ActKind::RefundOut => refund_out::account(account),
            ActKind::DuplicateConfirmed => duplicate_confirmed::account(account),
            // A release that moved nothing: it waits as a possible duplicate again.
            ActKind::Released | ActKind::Allocated | ActKind::Undone => {
                return Ok(Ok(Effect {
                    kind: ActKind::Undone,
                    amount: Vnd::ZERO,
                    held: credit.held,
                    reason: SuspenseReason::PossibleDuplicate,
                    undoes: id,
                    entry: None,
                    parts: Vec::new(),
                }));
            }
        };
        let entry = suspense_restored::from_account(account, act.amount)?;
        let entry = self.post(batch, &entry)?;
        Ok(Ok(Effect {
            kind: ActKind::Undone,
            amount: act.amount,
            held: credit.held.checked_add(act.amount)?,
            reason: reason_of(credit),
            undoes: id,
            entry: Some(entry),
            parts: Vec::new(),
        }))
    }

    /// Takes these parts back from their requests.
    async fn take_back(
        &self,
        batch: &mut Batch,
        credit: &HeldCredit,
        undoes: Option<CreditActId>,
        given: Vec<LiveAllocation>,
    ) -> Result<Effect, StoreError> {
        // Receipts that an earlier job of the batch issued are found when they are written.
        batch.tx().await?;
        let shares: Vec<Share> = given
            .iter()
            .map(|live| Share {
                payment_request_id: live.payment_request_id,
                amount: live.amount,
            })
            .collect();
        let gifts = crate::settle::gifts(batch, self.scope.id(), &shares).await?;
        let ledger_parts: Vec<RequestPart<'_>> = gifts.iter().map(Gift::part).collect();
        let settlement = suspense_restored::from_requests(&ledger_parts)?;
        let entry = self.post(batch, &settlement.entry)?;
        let parts = parts(&gifts);
        let amount = Vnd::sum(shares.iter().map(|share| share.amount))?;
        let taken = given
            .iter()
            .zip(gifts)
            .map(|(live, gift)| Taken {
                allocation_id: live.allocation_id,
                gift,
            })
            .collect();
        let cause = self.cause(credit, PERSON);
        allocate::take_back(batch, &cause, taken, &settlement, entry).await?;
        Ok(Effect {
            kind: ActKind::Undone,
            amount,
            held: credit.held.checked_add(amount)?,
            reason: credit.reason.unwrap_or(SuspenseReason::MatchUndone),
            undoes,
            entry: Some(entry),
            parts,
        })
    }

    /// The act, the credit's place in suspense, the event and the audit record.
    async fn write_down(
        &self,
        batch: &mut Batch,
        credit: &HeldCredit,
        effect: Effect,
    ) -> Result<Act, StoreError> {
        let tenant = self.scope.id();
        let version = credit.version + 1;
        let act = Act {
            id: self.act,
            credit: credit.id,
            version,
            kind: effect.kind,
            amount: effect.amount,
            undoes: effect.undoes,
            undone_by: None,
            actor: self.actor.clone(),
            reason: self.reason.clone(),
            decided_at: self.at,
            digest: None,
        };
        self.add_rows(batch, credit, &effect, version);
        if credit.version > 0 {
            let touched = execute!(
                batch.tx().await?,
                sql!("suspense/update"),
                tenant,
                credit.id.uuid(),
                credit.version,
                effect.held.get(),
                effect.reason.as_str()
            )?;
            if touched != 1 {
                // The tenant's head is locked: nobody else can have changed it.
                return Err(StoreError::Inconsistent {
                    table: "suspense_item",
                    column: "version",
                });
            }
        }
        self.tell(batch, credit, &effect, version)?;
        batch.audit(
            tenant,
            &self.actor,
            &format!("credit.{}", effect.kind.as_str()),
            &credit.id.to_string(),
            &ActDetail {
                act_id: self.act,
                version,
                amount: effect.amount,
                entry_sequence: effect.entry.map(|entry| entry.sequence),
                undoes: effect.undoes,
                allocations: &effect.parts,
                reason: &self.reason,
            },
            self.at,
        )?;
        Ok(act)
    }

    fn add_rows(&self, batch: &mut Batch, credit: &HeldCredit, effect: &Effect, version: i64) {
        let tenant_id = self.scope.id();
        if credit.version == 0 {
            batch.pending().suspense.push(SuspenseRow {
                tenant_id,
                bank_credit_id: credit.id.uuid(),
                held: effect.held.get(),
                reason: effect.reason.as_str().to_owned(),
                since: self.at.micros(),
                version,
            });
        }
        let key = self.idempotency.as_ref();
        batch.pending().acts.push(ActRow {
            tenant_id,
            credit_act_id: self.act.uuid(),
            bank_credit_id: credit.id.uuid(),
            version,
            kind: effect.kind.as_str().to_owned(),
            amount: effect.amount.get(),
            journal_entry_id: effect.entry.map(|entry| entry.id.uuid()),
            undoes_act_id: effect.undoes.map(CreditActId::uuid),
            actor: self.actor.clone(),
            reason: self.reason.clone(),
            operation: self.operation.to_owned(),
            idempotency_key: key.map(|key| key.key.clone()),
            idempotency_digest: key.map(|key| key.digest.to_vec()),
            decided_at: self.at.micros(),
        });
    }

    fn tell(
        &self,
        batch: &mut Batch,
        credit: &HeldCredit,
        effect: &Effect,
        version: i64,
    ) -> Result<(), StoreError> {
        let tenant = self.scope.id();
        let subject = Subject::credit(credit.id, version);
        let event_type = match effect.kind {
            ActKind::Released if effect.parts.is_empty() => {
                let data = UnmatchedData {
                    reason: effect.reason,
                    currency: "VND",
                    payment: payment_data(credit),
                };
                return batch.event(
                    tenant,
                    EventType::PaymentUnmatched,
                    &subject,
                    &data,
                    self.at,
                );
            }
            ActKind::Allocated | ActKind::Released => EventType::PaymentMatched,
            ActKind::NotAPayment => EventType::PaymentNotAPayment,
            ActKind::RefundOut => EventType::PaymentRefundDue,
            ActKind::DuplicateConfirmed => EventType::PaymentDuplicate,
            ActKind::Undone => EventType::PaymentReversed,
        };
        let data = ActData {
            act_id: self.act,
            kind: effect.kind,
            amount_moved: effect.amount,
            amount_in_suspense: effect.held,
            currency: "VND",
            undoes: effect.undoes,
            allocations: &effect.parts,
            payment: payment_data(credit),
        };
        batch.event(tenant, event_type, &subject, &data, self.at)
    }
}

/// Whether it waits, whole, because it looks like a repeat.
fn possible_duplicate(credit: &HeldCredit) -> Result<(), Refusal> {
    if !credit.held.is_positive() {
        Err(Refusal::NothingHeld)
    } else if credit.reason != Some(SuspenseReason::PossibleDuplicate)
        || credit.held != credit.amount
    {
        Err(Refusal::NotAPossibleDuplicate)
    } else {
        Ok(())
    }
}

fn reason_of(credit: &HeldCredit) -> SuspenseReason {
    credit.reason.unwrap_or(SuspenseReason::NoReference)
}

fn parts(gifts: &[Gift]) -> Vec<Part> {
    gifts
        .iter()
        .map(|gift| Part {
            payment_request_id: gift.request.id,
            amount: gift.amount,
        })
        .collect()
}

fn payment_data(credit: &HeldCredit) -> PaymentData<'_> {
    PaymentData {
        payment_id: credit.id,
        amount: credit.amount,
        account_number: &credit.account_number,
        bank_reference: credit.bank_reference.as_deref(),
        booked_at: credit.booked_at,
        memo: payment::text::for_display(&credit.memo),
        source: &credit.source,
    }
}
