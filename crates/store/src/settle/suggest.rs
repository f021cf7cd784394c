//! What a person is offered for a credit in suspense.
//!
//! When the credit is booked, only its memo is asked, so that a flood of memos without a code costs
//! next to nothing ([`at_arrival`]). When a person looks, everything is asked again, of the requests as
//! they stand then ([`for_person`]).

use super::clues::{IdentifierKey, PayerKey, candidate};
use crate::payment_request::{PaymentRequest, by_ids, by_reference_prefix, by_references};
use crate::{StoreError, TenantScope, Tx};
use money::Vnd;
use payment::{PaymentRequestId, Reference, Slip};
use reconciler::matching::{self, Clues, Identified, Offer, OfferReason, RunnerUp, Target};
use reconciler::memo::{self, Reason};
use serde::Serialize;
use uuid::Uuid;

/// Places in one memo that are looked up as cut references: a hostile memo must not cost more.
const CUT_LOOKUPS_MAX: usize = 8;

/// Requests that are found by their id at the portal, the newest first; as the statement says.
const DOSSIERS_MAX: usize = 16;

bulk_rows! {
    /// A word that may be the portal's id of a request.
    DossierKey, "bulk/requests_by_dossier" { tenant_id: Uuid, token: String }
}

#[derive(sqlx::FromRow)]
struct IdentifierRow {
    value: String,
    payer_id: Option<String>,
    payment_request_id: Option<Uuid>,
}

/// A suggestion as it is stored and shown.
#[derive(Serialize)]
pub(crate) struct Suggestion {
    /// The reference of the first request.
    reference: Reference,
    /// The first request.
    payment_request_id: PaymentRequestId,
    reason: &'static str,
    /// What was read.
    token: String,
    /// What was undone in what was read.
    #[serde(skip_serializing_if = "Option::is_none")]
    repair: Option<Slip>,
    score: u8,
    /// Whether another one fits as well.
    tied: bool,
    runner_up: Option<RunnerUp>,
    /// Who would get how much.
    allocations: Vec<Part>,
}

#[derive(Serialize)]
struct Part {
    payment_request_id: PaymentRequestId,
    amount: Vnd,
}

/// What is asked about a credit.
pub(crate) struct Question<'a> {
    pub(crate) scope: &'a TenantScope,
    /// What of the credit is in suspense.
    pub(crate) amount: Vnd,
    pub(crate) memos: Vec<&'a str>,
    pub(crate) virtual_account: Option<&'a str>,
    pub(crate) counterparty_name: Option<&'a str>,
}

/// The suggestions that the memo itself gives, and the clues that did not settle.
pub(crate) async fn at_arrival(
    tx: &mut Tx,
    question: &Question<'_>,
    clues: &Clues,
) -> Result<Vec<Suggestion>, StoreError> {
    let mut offers = from_clues(clues);
    offers.extend(from_memo(tx, question).await?);
    Ok(ranked(question, offers))
}

/// Everything that speaks for some request, as the requests stand now.
pub(crate) async fn for_person(
    tx: &mut Tx,
    question: &Question<'_>,
) -> Result<Vec<Suggestion>, StoreError> {
    let scope = question.scope;
    let memos = question.memos.iter().copied();
    let references = memo::find_in(memos.clone(), &scope.flows()).exact;
    let mut offers: Vec<Offer> = by_references(tx, scope.id(), &references)
        .await?
        .iter()
        .map(in_memo)
        .collect();
    offers.extend(from_memo(tx, question).await?);
    offers.extend(from_dossier(tx, question).await?);
    offers.extend(from_payers(tx, question).await?);
    offers.extend(from_names(tx, question).await?);
    Ok(ranked(question, offers))
}

fn ranked(question: &Question<'_>, offers: Vec<Offer>) -> Vec<Suggestion> {
    matching::rank(question.amount, offers)
        .into_iter()
        .filter_map(|offer| {
            let tied = offer
                .runner_up
                .is_some_and(|other| other.score == offer.score);
            Some(Suggestion {
                reference: offer.reference,
                payment_request_id: offer.shares.first()?.payment_request_id,
                reason: offer.reason.as_str(),
                token: offer.token,
                repair: offer.repair,
                score: offer.score,
                tied,
                runner_up: offer.runner_up,
                allocations: offer
                    .shares
                    .iter()
                    .map(|share| Part {
                        payment_request_id: share.payment_request_id,
                        amount: share.amount,
                    })
                    .collect(),
            })
        })
        .collect()
}

fn in_memo(request: &PaymentRequest) -> Offer {
    Offer::of(
        candidate(request),
        OfferReason::ReferenceInMemo,
        request.reference.as_str(),
    )
}

/// What an exact identifier names, and did not settle.
fn from_clues(clues: &Clues) -> Vec<Offer> {
    let offers = |identified: &Identified, reason: OfferReason| -> Vec<Offer> {
        let of = |candidate| Offer::of(candidate, reason, &identified.token);
        match &identified.target {
            Target::Request(candidate) => vec![of(candidate.clone())],
            Target::Basket(candidates) => candidates.iter().cloned().map(of).collect(),
            Target::Payer { open, .. } => open.iter().cloned().map(of).collect(),
        }
    };
    let named = clues
        .known
        .iter()
        .flat_map(|it| offers(it, OfferReason::ReferenceInMemo));
    let payers = clues.virtual_account.iter().chain(&clues.payer_codes);
    named
        .chain(payers.flat_map(|it| offers(it, OfferReason::Payer)))
        .collect()
}

/// Damaged and cut references that exist.
async fn from_memo(tx: &mut Tx, question: &Question<'_>) -> Result<Vec<Offer>, StoreError> {
    let (scope, memos) = (question.scope, question.memos.iter().copied());
    let candidates = memo::candidates_in(memos, &scope.flows());
    if candidates.is_empty() {
        return Ok(Vec::new());
    }
    let near: Vec<Reference> = candidates.near.iter().map(|near| near.reference).collect();
    let known = by_references(tx, scope.id(), &near).await?;
    let mut offers = Vec::new();
    for near in &candidates.near {
        let request = known.iter().find(|known| known.reference == near.reference);
        offers.extend(request.map(|request| Offer {
            repair: Some(near.slip),
            fit: near.score(),
            ..Offer::of(
                candidate(request),
                OfferReason::Damaged(near.reason()),
                &near.token,
            )
        }));
    }
    for cut in candidates.cut.iter().take(CUT_LOOKUPS_MAX) {
        for request in by_reference_prefix(tx, scope.id(), cut.lookup()).await? {
            offers.extend(cut.score(&request.reference).map(|(token, score)| Offer {
                fit: score,
                ..Offer::of(
                    candidate(&request),
                    OfferReason::Damaged(Reason::Cut),
                    token,
                )
            }));
        }
    }
    Ok(offers)
}

/// Requests whose id at the portal stands in the memo.
async fn from_dossier(tx: &mut Tx, question: &Question<'_>) -> Result<Vec<Offer>, StoreError> {
    let tenant_id = question.scope.id();
    let keys = matching::dossier_tokens(question.memos.iter().copied())
        .into_iter()
        .map(|token| DossierKey { tenant_id, token })
        .collect();
    let mut found: Vec<(Uuid, String)> = DossierKey::fetch(tx, keys).await?;
    // Of many words each statement has its own newest ones.
    found.sort_unstable_by_key(|(id, _)| std::cmp::Reverse(*id));
    found.truncate(DOSSIERS_MAX);
    offers(tx, tenant_id, found, OfferReason::DossierCode).await
}

/// Requests of payers whose code or virtual account was named, and what those stand for themselves.
async fn from_payers(tx: &mut Tx, question: &Question<'_>) -> Result<Vec<Offer>, StoreError> {
    let tenant_id = question.scope.id();
    let memos = question.memos.iter().copied();
    let codes = matching::payer_code_tokens(memos.clone())
        .into_iter()
        .chain(matching::payer_numbers(memos))
        .map(|value| (matching::Rule::PayerCode, value));
    let account = question.virtual_account.map(memo::fold);
    let account = account.map(|value| (matching::Rule::VirtualAccount, value));
    let keys = codes
        .chain(account)
        .map(|(rule, value)| IdentifierKey {
            tenant_id,
            kind: rule.as_str().to_owned(),
            value,
        })
        .collect();
    let registered: Vec<IdentifierRow> = IdentifierKey::fetch(tx, keys).await?;
    let mut found = Vec::new();
    for identifier in registered {
        found.extend(
            identifier
                .payment_request_id
                .map(|id| (id, identifier.value.clone())),
        );
        if let Some(payer_id) = identifier.payer_id {
            let key = PayerKey {
                tenant_id,
                payer_id,
            };
            let open: Vec<(Uuid, String, Uuid)> = PayerKey::fetch(tx, vec![key]).await?;
            let open = open.into_iter();
            found.extend(open.map(|(_, _, id)| (id, identifier.value.clone())));
        }
    }
    offers(tx, tenant_id, found, OfferReason::Payer).await
}

/// Requests that lack exactly the amount and whose payer is named in the message.
async fn from_names(tx: &mut Tx, question: &Question<'_>) -> Result<Vec<Offer>, StoreError> {
    let tenant_id = question.scope.id();
    let wanting = fetch_all!(
        tx,
        (Uuid, String),
        sql!("payment_request/wanting_amount"),
        tenant_id,
        question.amount.get()
    )?;
    let texts = question.memos.iter().copied();
    let texts = texts.chain(question.counterparty_name);
    let named = wanting
        .into_iter()
        .filter(|(_, name)| matching::names_agree(name, texts.clone()))
        .collect();
    offers(tx, tenant_id, named, OfferReason::NameAndAmount).await
}

/// One offer for each request that was found, with what was read for it.
async fn offers(
    tx: &mut Tx,
    tenant: Uuid,
    found: Vec<(Uuid, String)>,
    reason: OfferReason,
) -> Result<Vec<Offer>, StoreError> {
    let ids: Vec<Uuid> = found.iter().map(|(id, _)| *id).collect();
    let requests = by_ids(tx, tenant, &ids).await?;
    let request = |id: Uuid| requests.iter().find(|request| request.id.uuid() == id);
    Ok(found
        .iter()
        .filter_map(|(id, token)| Some(Offer::of(candidate(request(*id)?), reason, token)))
        .collect())
}
