//! What a person is offered for money that nobody claims.

use super::{Candidate, Share};
use crate::memo::Reason;
use money::Vnd;
use payment::{Reference, Slip};
use serde::Serialize;

/// Why a request is offered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum OfferReason {
    /// Several references in the memo ask for exactly this amount together.
    ReferencesAddUp,
    /// Its reference stands in the memo, and something keeps it from settling.
    ReferenceInMemo,
    /// The memo holds its reference damaged or cut.
    Damaged(Reason),
    /// The portal's own id of the request stands in the memo.
    DossierCode,
    /// The code of its payer stands in the memo, or the payer's virtual account was paid into.
    Payer,
    /// Its payer's name is in the message and the amount is exactly what it lacks.
    NameAndAmount,
}

impl OfferReason {
    /// The text in the API and in the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ReferencesAddUp => "references_add_up",
            Self::ReferenceInMemo => "reference_in_memo",
            Self::Damaged(reason) => reason.as_str(),
            Self::DossierCode => "dossier_code",
            Self::Payer => "payer_code",
            Self::NameAndAmount => "name_and_amount",
        }
    }
}

/// One thing that a person could do with a credit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    /// The requests that it would be given to: nearly always one.
    pub candidates: Vec<Candidate>,
    /// Why.
    pub reason: OfferReason,
    /// What was read for it.
    pub token: String,
    /// What was undone in what was read.
    pub repair: Option<Slip>,
    /// How well what was read fits, 1 to 100, without looking at the amount.
    pub fit: u8,
}

impl Offer {
    /// An offer of one request.
    #[must_use]
    pub fn of(candidate: Candidate, reason: OfferReason, token: &str) -> Self {
        let fit = match reason {
            OfferReason::ReferencesAddUp => 95,
            OfferReason::ReferenceInMemo => 90,
            OfferReason::Damaged(_) => 50,
            OfferReason::DossierCode => 70,
            OfferReason::Payer => 65,
            OfferReason::NameAndAmount => 40,
        };
        Self {
            candidates: vec![candidate],
            reason,
            token: token.to_owned(),
            repair: None,
            fit,
        }
    }
}

/// An offer among others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RankedOffer {
    /// Why.
    pub reason: OfferReason,
    /// The reference of the first request.
    pub reference: Reference,
    /// Who would get how much: together at most the credit.
    pub shares: Vec<Share>,
    /// What was read for it.
    pub token: String,
    /// What was undone in what was read.
    pub repair: Option<Slip>,
    /// 1 to 100; the same evidence gives the same score.
    pub score: u8,
    /// The best of the others. With the same score it is a tie, and the order of the two says nothing.
    pub runner_up: Option<RunnerUp>,
}

/// The best alternative to an offer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct RunnerUp {
    /// The reference of its first request.
    pub reference: Reference,
    /// Its score.
    pub score: u8,
}

/// Offers that are kept at most.
const OFFERS_MAX: usize = 16;
/// What an amount that fits exactly adds to an offer.
const EXACT_AMOUNT: u8 = 5;

/// The offers for `amount` đồng, best first, each set of requests once with its best reason. Equals keep
/// the order in which they came, and say that they are equal.
///
/// Two or more references of the memo whose requests lack exactly the amount together become one more
/// offer, before the single ones.
#[must_use]
pub fn rank(amount: Vnd, mut offers: Vec<Offer>) -> Vec<RankedOffer> {
    offers.retain(|offer| offer.candidates.iter().all(Candidate::wants_money));
    if let Some(together) = adding_up(amount, &offers) {
        offers.insert(0, together);
    }
    let mut ranked: Vec<RankedOffer> = Vec::new();
    for offer in offers {
        let Some(offer) = scored(amount, offer) else {
            continue;
        };
        let same = |known: &RankedOffer| {
            let ids = |shares: &[Share]| -> Vec<_> {
                shares
                    .iter()
                    .map(|share| share.payment_request_id)
                    .collect()
            };
            ids(&known.shares) == ids(&offer.shares)
        };
        match ranked.iter_mut().find(|known| same(known)) {
            Some(known) if known.score < offer.score => *known = offer,
            Some(_) => {}
            None => ranked.push(offer),
        }
    }
    ranked.sort_by_key(|offer| std::cmp::Reverse(offer.score));
    ranked.truncate(OFFERS_MAX);
    let best: Vec<RunnerUp> = ranked
        .iter()
        .take(2)
        .map(|offer| RunnerUp {
            reference: offer.reference,
            score: offer.score,
        })
        .collect();
    for (index, offer) in ranked.iter_mut().enumerate() {
        offer.runner_up = best.get(usize::from(index == 0)).copied();
    }
    ranked
}

/// All references of the memo together, when there are several and their requests lack exactly `amount`.
fn adding_up(amount: Vnd, offers: &[Offer]) -> Option<Offer> {
    let named: Vec<&Offer> = offers
        .iter()
        .filter(|offer| offer.reason == OfferReason::ReferenceInMemo)
        .collect();
    let candidates: Vec<Candidate> = named
        .iter()
        .flat_map(|offer| offer.candidates.clone())
        .collect();
    let sum = Vnd::sum(candidates.iter().map(|candidate| candidate.remaining));
    if candidates.len() < 2 || sum != Ok(amount) {
        return None;
    }
    let tokens: Vec<&str> = named.iter().map(|offer| offer.token.as_str()).collect();
    let first = candidates.first()?.clone();
    Some(Offer {
        candidates,
        ..Offer::of(first, OfferReason::ReferencesAddUp, &tokens.join(" "))
    })
}

fn scored(amount: Vnd, offer: Offer) -> Option<RankedOffer> {
    let reference = offer.candidates.first()?.reference;
    let mut left = amount;
    let mut shares = Vec::new();
    for candidate in &offer.candidates {
        let part = candidate.remaining.min(left);
        if part.is_positive() {
            left = left.checked_sub(part).ok()?;
            shares.push(Share {
                payment_request_id: candidate.id,
                amount: part,
            });
        }
    }
    let wanted = Vnd::sum(offer.candidates.iter().map(|each| each.remaining)).ok()?;
    let bonus = if wanted == amount { EXACT_AMOUNT } else { 0 };
    Some(RankedOffer {
        reason: offer.reason,
        reference,
        shares,
        token: offer.token,
        repair: offer.repair,
        score: offer.fit.saturating_add(bonus).min(100),
        runner_up: None,
    })
}
