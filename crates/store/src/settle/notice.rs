//! One notice: decided, and booked.

use super::clues::Message as Named;
use super::evidence::{Evidence, Seen, Twin, memo_digest};
use super::late::{self, Late};
use super::suggest::{self, Question, Suggestion};
use super::{Message, Pending, Reading};
use crate::StoreError;
use crate::allocate::{self, Cause, Gift};
use crate::event::{EventType, PaymentData, Subject, UnmatchedData};
use crate::writer::{Batch, CreditRow, PostedEntry, SuspenseRow};
use ledger::rules::{RequestPart, credit_in_suspense, payment_settled};
use payment::{
    BankCreditId, BusinessDate, CallbackId, CreditOutcome, PaymentRequestId, Reference,
    SuspenseReason, Timestamp,
};
use reconciler::callback::Notice;
use reconciler::matching::{self, Decision, Match, Rule, Share};
use serde::Serialize;
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// How a credit was matched, kept with it for ever.
#[derive(Serialize)]
struct MatchDetail<'a> {
    /// The rule that settled it.
    rule: Option<&'static str>,
    /// What the rule read.
    #[serde(skip_serializing_if = "Option::is_none")]
    token: Option<&'a str>,
    /// Other rules that said the same.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    agreeing: Vec<&'static str>,
    found: &'a [Reference],
    #[serde(skip_serializing_if = "Option::is_none")]
    possible_duplicate_of: Option<BankCreditId>,
    suggestions: Vec<Suggestion>,
}

/// What the audit chain keeps of a booked credit: enough to notice any later change of the callback,
/// the credit or the entry.
#[derive(Serialize)]
struct BookedDetail<'a> {
    callback_id: CallbackId,
    callback_digest: String,
    notice_digest: String,
    entry_sequence: i64,
    amount: money::Vnd,
    account_number: &'a str,
    /// The request, when it is one.
    payment_request_id: Option<PaymentRequestId>,
    /// The requests with their parts, when there are several.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    parts: &'a [BookedPart],
    reason: Option<SuspenseReason>,
}

#[derive(Serialize)]
struct BookedPart {
    payment_request_id: PaymentRequestId,
    amount: money::Vnd,
}

pub(super) async fn settle_notice(
    batch: &mut Batch,
    evidence: &mut Evidence,
    reading: &Reading,
    notice: &Notice,
    now: Timestamp,
) -> Result<Message, StoreError> {
    if let Some(reason) = matching::is_ignored(notice) {
        return Ok(Message::without_credit(
            CreditOutcome::Ignored,
            Some(notice),
            reason.as_str(),
        ));
    }
    let callback = &reading.callback;
    let digest: [u8; 32] = Sha256::digest(notice.digest_text()).into();
    match evidence.same_id(callback, notice, &digest) {
        Seen::Never => {}
        Seen::Same(credit) => {
            return Ok(Message::of_credit(
                CreditOutcome::Duplicate,
                notice,
                credit,
                None,
            ));
        }
        Seen::Different(credit) => return conflict(batch, callback, notice, credit, now),
    }
    let possible_duplicate_of = match evidence.twin(reading, notice) {
        Twin::None => None,
        Twin::Possible(twin) => Some(twin),
        Twin::Same(credit, source) => {
            let detail = Some(format!("reported before through {source}"));
            return Ok(Message::of_credit(
                CreditOutcome::Duplicate,
                notice,
                credit,
                detail,
            ));
        }
        Twin::Line(credit) => {
            let report = Late {
                callback,
                notice,
                digest: &digest,
                credit,
            };
            return late::reported(batch, evidence, &report, now);
        }
    };
    book(
        batch,
        evidence,
        reading,
        notice,
        &digest,
        possible_duplicate_of,
        now,
    )
    .await
}

/// Books a credit that is new: for its requests, or in suspense.
async fn book(
    batch: &mut Batch,
    evidence: &mut Evidence,
    reading: &Reading,
    notice: &Notice,
    digest: &[u8; 32],
    possible_duplicate_of: Option<BankCreditId>,
    now: Timestamp,
) -> Result<Message, StoreError> {
    let Reading {
        callback, scope, ..
    } = reading;
    let tenant = scope.id();
    let memos: Vec<&str> = notice.memos().collect();
    let named = Named::new(scope, notice.virtual_account.as_deref(), memos.clone());
    let is_own_account = evidence.is_own_account(tenant, &notice.account_number);
    let clues = evidence
        .identifiers
        .clues(batch, &named, is_own_account)
        .await?;
    let decision = match possible_duplicate_of {
        Some(_) => Decision::Suspend(SuspenseReason::PossibleDuplicate),
        None => matching::decide(notice, scope.matching(), &clues),
    };
    let (found, reason) = match decision {
        Decision::Settle(found) => (Some(found), None),
        Decision::Suspend(reason) => (None, Some(reason)),
        Decision::Ignore(reason) => {
            return Ok(Message::without_credit(
                CreditOutcome::Ignored,
                Some(notice),
                reason.as_str(),
            ));
        }
    };
    let suggestions = if found.is_none() {
        let question = Question {
            scope,
            amount: notice.amount,
            memos,
            virtual_account: notice.virtual_account.as_deref(),
            counterparty_name: notice.counterparty_name.as_deref(),
        };
        suggest::at_arrival(batch.lookup(), &question, &clues).await?
    } else {
        Vec::new()
    };
    let detail = match_detail(
        found.as_ref(),
        &clues.references,
        possible_duplicate_of,
        suggestions,
    );
    let credit_id = BankCreditId::from_uuid(batch.new_id());
    let received_at = Timestamp::from_micros(callback.received_at);
    let booked = Booked {
        notice,
        callback,
        credit_id,
        business_date: business_date(notice, received_at),
        now,
    };
    let credit = credit_row(&booked, digest, reason, &detail)?;
    evidence.add(&credit);
    batch.pending().credits.push(credit);
    let (entry, parts, outcome) = match found {
        Some(found) => {
            let entry = booked.settle(batch, tenant, &found).await?;
            (entry, booked_parts(&found.shares), CreditOutcome::Settled)
        }
        None => {
            let reason = reason.unwrap_or(SuspenseReason::NoReference);
            let entry = booked.suspend(batch, tenant, reason)?;
            (entry, Vec::new(), CreditOutcome::Suspense)
        }
    };
    let action = match outcome {
        CreditOutcome::Settled => "payment.settled",
        _ => "payment.in_suspense",
    };
    let (only, several): (_, &[BookedPart]) = match parts.as_slice() {
        [only] => (Some(only.payment_request_id), &[]),
        several => (None, several),
    };
    batch.audit(
        tenant,
        "system",
        action,
        &credit_id.to_string(),
        &BookedDetail {
            callback_id: callback.callback_id(),
            callback_digest: hex::encode(Sha256::digest(&callback.body)),
            notice_digest: hex::encode(digest),
            entry_sequence: entry.sequence,
            amount: notice.amount,
            account_number: &notice.account_number,
            payment_request_id: only,
            parts: several,
            reason,
        },
        now,
    )?;
    Ok(Message {
        outcome,
        provider_event_id: Some(notice.provider_event_id.clone()),
        credit: Some(credit_id.uuid()),
        detail: reason.map(|reason| reason.as_str().to_owned()),
    })
}

fn match_detail<'a>(
    found: Option<&'a Match>,
    references: &'a [Reference],
    possible_duplicate_of: Option<BankCreditId>,
    suggestions: Vec<Suggestion>,
) -> MatchDetail<'a> {
    MatchDetail {
        rule: found.map(|found| found.rule.as_str()),
        token: found.map(|found| found.token.as_str()),
        agreeing: found
            .into_iter()
            .flat_map(|found| found.agreeing.iter().map(|rule: &Rule| rule.as_str()))
            .collect(),
        found: references,
        possible_duplicate_of,
        suggestions,
    }
}

fn booked_parts(shares: &[Share]) -> Vec<BookedPart> {
    shares
        .iter()
        .map(|share| BookedPart {
            payment_request_id: share.payment_request_id,
            amount: share.amount,
        })
        .collect()
}

/// A credit on its way into the books.
struct Booked<'a> {
    notice: &'a Notice,
    callback: &'a Pending,
    credit_id: BankCreditId,
    business_date: BusinessDate,
    now: Timestamp,
}

impl Booked<'_> {
    fn payment(&self) -> PaymentData<'_> {
        PaymentData {
            payment_id: self.credit_id,
            amount: self.notice.amount,
            account_number: &self.notice.account_number,
            bank_reference: self.notice.bank_reference.as_deref(),
            booked_at: self.notice.booked_at,
            memo: payment::text::for_display(&self.notice.memo),
            source: &self.callback.source,
        }
    }

    async fn settle(
        &self,
        batch: &mut Batch,
        tenant: Uuid,
        found: &Match,
    ) -> Result<PostedEntry, StoreError> {
        let gifts = gifts(batch, tenant, &found.shares).await?;
        let parts: Vec<RequestPart<'_>> = gifts.iter().map(Gift::part).collect();
        let settlement = payment_settled::settle(&self.notice.account_number, &parts)?;
        let entry = batch.post(
            tenant,
            &settlement.entry,
            Some(self.credit_id),
            self.business_date,
            self.now,
        )?;
        let cause = Cause {
            tenant,
            credit: self.credit_id,
            payment: self.payment(),
            act: None,
            rule: found.rule.as_str(),
            arrived_at: Timestamp::from_micros(self.callback.received_at),
            now: self.now,
        };
        allocate::give(batch, &cause, gifts, &settlement, entry).await?;
        Ok(entry)
    }

    fn suspend(
        &self,
        batch: &mut Batch,
        tenant: Uuid,
        reason: SuspenseReason,
    ) -> Result<PostedEntry, StoreError> {
        let (account, amount) = (&self.notice.account_number, self.notice.amount);
        let entry = credit_in_suspense::entry(account, amount)?;
        let entry = batch.post(
            tenant,
            &entry,
            Some(self.credit_id),
            self.business_date,
            self.now,
        )?;
        batch.pending().suspense.push(SuspenseRow {
            tenant_id: tenant,
            bank_credit_id: self.credit_id.uuid(),
            held: amount.get(),
            reason: reason.as_str().to_owned(),
            since: self.callback.received_at,
            version: 1,
        });
        batch.event(
            tenant,
            EventType::PaymentUnmatched,
            &Subject::credit(self.credit_id, 1),
            &UnmatchedData {
                reason,
                currency: "VND",
                payment: self.payment(),
            },
            self.now,
        )?;
        Ok(entry)
    }
}

/// The requests of these shares, as the batch sees them.
pub(crate) async fn gifts(
    batch: &mut Batch,
    tenant: Uuid,
    shares: &[Share],
) -> Result<Vec<Gift>, StoreError> {
    let mut gifts = Vec::with_capacity(shares.len());
    for share in shares {
        let id = share.payment_request_id.uuid();
        let request = batch.request_by_id(tenant, id).await?;
        gifts.push(Gift {
            // It was read through this batch a moment ago.
            request: request.ok_or(StoreError::Inconsistent {
                table: "payment_request",
                column: "payment_request_id",
            })?,
            amount: share.amount,
        });
    }
    Ok(gifts)
}

/// The same transaction id with other contents: on record, and nothing else (invariant I7).
fn conflict(
    batch: &mut Batch,
    callback: &Pending,
    notice: &Notice,
    credit: Uuid,
    now: Timestamp,
) -> Result<Message, StoreError> {
    let detail = serde_json::json!({
        "callback_id": callback.callback_id(),
        "callback_digest": hex::encode(Sha256::digest(&callback.body)),
    });
    let subject = BankCreditId::from_uuid(credit).to_string();
    batch.audit(
        callback.tenant_id,
        "system",
        "payment.conflict",
        &subject,
        &detail,
        now,
    )?;
    let detail = "the same transaction id came before with other contents";
    Ok(Message::of_credit(
        CreditOutcome::Conflict,
        notice,
        credit,
        Some(detail.to_owned()),
    ))
}

/// The day on which the bank booked it; our own day when the bank's clock is ahead of ours, because a
/// payment cannot belong to a day that has not begun.
fn business_date(notice: &Notice, received_at: Timestamp) -> BusinessDate {
    notice
        .booked_at
        .business_date()
        .min(received_at.business_date())
}

fn credit_row(
    booked: &Booked<'_>,
    digest: &[u8; 32],
    reason: Option<SuspenseReason>,
    detail: &MatchDetail<'_>,
) -> Result<CreditRow, StoreError> {
    let Booked {
        notice, callback, ..
    } = booked;
    let match_detail = serde_json::to_string(detail).map_err(|_| StoreError::Inconsistent {
        table: "bank_credit",
        column: "match_detail",
    })?;
    let outcome = if reason.is_some() {
        CreditOutcome::Suspense
    } else {
        CreditOutcome::Settled
    };
    Ok(CreditRow {
        tenant_id: callback.tenant_id,
        bank_credit_id: booked.credit_id.uuid(),
        source: callback.source.clone(),
        provider_event_id: notice.provider_event_id.clone(),
        callback_id: callback.callback_id,
        notice_digest: digest.to_vec(),
        amount: notice.amount.get(),
        account_number: notice.account_number.clone(),
        virtual_account: notice.virtual_account.clone(),
        memo: notice.memo.clone(),
        memo_full: notice.memo_full.clone(),
        memo_digest: memo_digest(&notice.memo),
        bank_reference: notice.bank_reference.clone(),
        counterparty_name: notice.counterparty_name.clone(),
        counterparty_account: notice.counterparty_account.clone(),
        booked_at: notice.booked_at.micros(),
        balance_after: notice.balance_after.map(money::Vnd::get),
        business_date: booked.business_date.as_number(),
        received_at: callback.received_at,
        outcome: outcome.as_str().to_owned(),
        suspense_reason: reason.map(|reason| reason.as_str().to_owned()),
        match_detail,
    })
}
