//! Deciding which request a credit pays.
//!
//! Pure functions over values: the caller looks up what the message names ([`Clues`]) and writes the
//! result. A tenant's [`Precedence`] is the pipeline as data: which exact identifiers settle by
//! themselves, the first that speaks leads. Whatever the order, two identifiers that contradict each
//! other settle nothing, and an amount or a name never settles: two payers sending 50.000 đ in one
//! minute is a normal morning at a counter, and a wrong match is worse than money waiting in suspense.
//!
//! | rule | what it reads | settles |
//! | --- | --- | --- |
//! | `virtual_account` | the virtual account that was paid into | its request, or its payer's oldest requests |
//! | `exact_reference` | the one valid reference in the memo | its request, or all requests of its basket |
//! | `payer_code` | a registered payer's code as a word of the memo | the payer's oldest requests |
//!
//! A payer's oldest requests are settled only when the amount is exactly what one or more of them,
//! beginning with the oldest, still lack together. A basket is settled only by exactly what its
//! requests still lack.

mod offer;
mod tokens;

pub use offer::{Offer, OfferReason, RankedOffer, RunnerUp, rank};
pub use tokens::{
    PayerCode, TOKENS_MAX, dossier_tokens, names_agree, payer_code_tokens, payer_numbers,
};

use crate::callback::Notice;
use money::Vnd;
use payment::{Direction, PaymentRequestId, Reference, RequestStatus, SuspenseReason};
use std::collections::BTreeSet;

/// A request that a clue names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// The request.
    pub id: PaymentRequestId,
    /// Its reference.
    pub reference: Reference,
    /// Where it stands.
    pub status: RequestStatus,
    /// The account that it asks to be paid on.
    pub account_number: String,
    /// What it still lacks.
    pub remaining: Vnd,
    /// Who pays, by the portal's id of the payer.
    pub payer_id: Option<String>,
}

impl Candidate {
    /// Whether it waits for money.
    #[must_use]
    pub const fn wants_money(&self) -> bool {
        self.remaining.is_positive() && !matches!(self.status, RequestStatus::Cancelled)
    }
}

/// A rule that settles by itself: one kind of exact identifier.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Rule {
    /// The virtual account that the payer used.
    VirtualAccount,
    /// The valid reference in the memo.
    ExactReference,
    /// The registered code of a payer in the memo.
    PayerCode,
}

impl Rule {
    /// Every rule, in the order that holds when a tenant says nothing.
    pub const ALL: [Self; 3] = [Self::VirtualAccount, Self::ExactReference, Self::PayerCode];

    /// The text in the API, the settings and the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::VirtualAccount => "virtual_account",
            Self::ExactReference => "exact_reference",
            Self::PayerCode => "payer_code",
        }
    }

    /// Reads the text form.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|rule| rule.as_str() == text)
    }
}

/// The pipeline of a tenant: the rules that may settle, each at most once, the first one leading.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Precedence(Vec<Rule>);

/// A text that is no pipeline.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "the matching order is a list of virtual_account, exact_reference and payer_code, each at most once"
)]
pub struct PrecedenceError;

impl Default for Precedence {
    fn default() -> Self {
        Self(Rule::ALL.to_vec())
    }
}

impl Precedence {
    /// The rules in this order; a rule that is not named never settles. An empty list is allowed: then
    /// everything waits for a person.
    ///
    /// # Errors
    /// [`PrecedenceError`] when a rule stands twice.
    pub fn new(rules: Vec<Rule>) -> Result<Self, PrecedenceError> {
        let distinct: BTreeSet<Rule> = rules.iter().copied().collect();
        if distinct.len() == rules.len() {
            Ok(Self(rules))
        } else {
            Err(PrecedenceError)
        }
    }

    /// Reads names separated by spaces or commas.
    ///
    /// # Errors
    /// [`PrecedenceError`] for a name that is no rule, or one that stands twice.
    pub fn parse(text: &str) -> Result<Self, PrecedenceError> {
        let names = text.split([' ', ',']).filter(|name| !name.is_empty());
        let rules: Option<Vec<Rule>> = names.map(Rule::parse).collect();
        Self::new(rules.ok_or(PrecedenceError)?)
    }

    /// The rules in order.
    #[must_use]
    pub fn rules(&self) -> &[Rule] {
        &self.0
    }
}

/// The names, with spaces between: what [`Precedence::parse`] reads.
impl std::fmt::Display for Precedence {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let names: Vec<&str> = self.0.iter().map(|rule| rule.as_str()).collect();
        f.write_str(&names.join(" "))
    }
}

/// What an identifier stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// One request, whatever the amount.
    Request(Candidate),
    /// All requests of a basket together.
    Basket(Vec<Candidate>),
    /// A payer: the requests that wait for money of this payer, the oldest first.
    Payer {
        /// The portal's id of the payer.
        payer_id: String,
        /// The requests, on any account of the tenant.
        open: Vec<Candidate>,
    },
}

/// An identifier that is registered, as it was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identified {
    /// What was read.
    pub token: String,
    /// What it stands for.
    pub target: Target,
}

/// What a message names, looked up.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Clues {
    /// Whether the account that moved is one of the tenant's.
    pub is_own_account: bool,
    /// The registered virtual account that was paid into.
    pub virtual_account: Option<Identified>,
    /// The distinct valid references in the memo, known or not.
    pub references: Vec<Reference>,
    /// The requests and baskets that have one of them.
    pub known: Vec<Identified>,
    /// The registered payer codes in the memo.
    pub payer_codes: Vec<Identified>,
}

/// A part of a credit for one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Share {
    /// The request.
    pub payment_request_id: PaymentRequestId,
    /// Its part.
    pub amount: Vnd,
}

/// Why a credit settles by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Match {
    /// The rule that leads.
    pub rule: Rule,
    /// What it read.
    pub token: String,
    /// Who gets how much; together the whole credit.
    pub shares: Vec<Share>,
    /// Other rules that say the same.
    pub agreeing: Vec<Rule>,
}

/// What to do with one notice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Book it for these requests.
    Settle(Match),
    /// Book it in suspense, for a person to decide.
    Suspend(SuspenseReason),
    /// Do not book it.
    Ignore(IgnoreReason),
}

/// Why a notice is not money for us.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IgnoreReason {
    /// Money out never credits anything.
    Debit,
    /// The sender marks it as a trial.
    Test,
}

impl IgnoreReason {
    /// The text that is recorded.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Debit => "debit",
            Self::Test => "test",
        }
    }
}

/// Whether the notice is about money that came in at all; asked before anything is looked up.
#[must_use]
pub fn is_ignored(notice: &Notice) -> Option<IgnoreReason> {
    if notice.is_test {
        Some(IgnoreReason::Test)
    } else if notice.direction == Direction::Debit {
        Some(IgnoreReason::Debit)
    } else {
        None
    }
}

/// What `notice` pays, given what it names.
///
/// Two different valid references are never settled, even when only one of them is known: the other
/// may be a request of another system, and a person sees at a glance what a rule cannot.
#[must_use]
pub fn decide(notice: &Notice, precedence: &Precedence, clues: &Clues) -> Decision {
    if let Some(reason) = is_ignored(notice) {
        return Decision::Ignore(reason);
    }
    decide_credit(&notice.account_number, notice.amount, precedence, clues)
}

/// The same for `amount` đồng that are known to have come in on `account_number`.
#[must_use]
pub fn decide_credit(
    account_number: &str,
    amount: Vnd,
    precedence: &Precedence,
    clues: &Clues,
) -> Decision {
    if !clues.is_own_account {
        return Decision::Suspend(SuspenseReason::OtherAccount);
    }
    let credit = Credit {
        account_number,
        amount,
    };
    let named = clues.named_requests();
    let mut verdicts = precedence
        .rules()
        .iter()
        .filter_map(|&rule| Some((rule, credit.verdict(rule, clues, &named)?)));
    let Some((rule, leading)) = verdicts.next() else {
        return Decision::Suspend(SuspenseReason::NoReference);
    };
    let (token, shares) = match leading {
        Verdict::Sure { token, shares } => (token, shares),
        Verdict::Unsure { reason, .. } => return Decision::Suspend(reason),
    };
    let mut agreeing = Vec::new();
    for (other, verdict) in verdicts {
        match verdict {
            Verdict::Sure { shares: same, .. } if same == shares => agreeing.push(other),
            // A word that stands for nobody whom we know contradicts nothing.
            Verdict::Unsure { named: false, .. } => {}
            Verdict::Sure { .. } | Verdict::Unsure { .. } => {
                return Decision::Suspend(SuspenseReason::IdentifiersDisagree);
            }
        }
    }
    Decision::Settle(Match {
        rule,
        token,
        shares,
        agreeing,
    })
}

impl Clues {
    /// The requests that a reference in the memo or the virtual account names.
    fn named_requests(&self) -> BTreeSet<PaymentRequestId> {
        let identified = self.known.iter().chain(&self.virtual_account);
        identified
            .flat_map(|identified| match &identified.target {
                Target::Request(candidate) => std::slice::from_ref(candidate),
                Target::Basket(candidates) => candidates,
                Target::Payer { .. } => &[],
            })
            .map(|candidate| candidate.id)
            .collect()
    }
}

/// What one rule says.
enum Verdict {
    /// These requests, and no doubt.
    Sure { token: String, shares: Vec<Share> },
    /// It read something and cannot settle by it.
    Unsure {
        reason: SuspenseReason,
        /// Whether it read something that we know.
        named: bool,
    },
}

struct Credit<'a> {
    account_number: &'a str,
    amount: Vnd,
}

impl Credit<'_> {
    /// `None` when the message holds nothing that this rule reads.
    fn verdict(
        &self,
        rule: Rule,
        clues: &Clues,
        named: &BTreeSet<PaymentRequestId>,
    ) -> Option<Verdict> {
        match rule {
            Rule::VirtualAccount => {
                let identified = clues.virtual_account.as_ref()?;
                Some(self.by_target(identified, named))
            }
            Rule::ExactReference => Some(match clues.references.as_slice() {
                [] => return None,
                [_] => match clues.known.as_slice() {
                    [] => unsure(SuspenseReason::UnknownReference, false),
                    [identified] => self.by_target(identified, named),
                    // A request and a basket have the same reference: nobody can tell which.
                    _ => unsure(SuspenseReason::SeveralReferences, true),
                },
                _ => unsure(SuspenseReason::SeveralReferences, !clues.known.is_empty()),
            }),
            Rule::PayerCode => {
                let (first, others) = clues.payer_codes.split_first()?;
                if others.iter().any(|other| other.target != first.target) {
                    return Some(unsure(SuspenseReason::IdentifiersDisagree, true));
                }
                Some(self.by_target(first, named))
            }
        }
    }

    fn by_target(&self, identified: &Identified, named: &BTreeSet<PaymentRequestId>) -> Verdict {
        let sure = |shares| Verdict::Sure {
            token: identified.token.clone(),
            shares,
        };
        match &identified.target {
            Target::Request(candidate) => match self.refusal(candidate) {
                Some(reason) => unsure(reason, true),
                None => sure(vec![Share {
                    payment_request_id: candidate.id,
                    amount: self.amount,
                }]),
            },
            Target::Basket(candidates) => {
                if let Some(reason) = candidates.iter().find_map(|each| self.refusal(each)) {
                    return unsure(reason, true);
                }
                let waiting = candidates.iter().filter(|each| each.wants_money());
                let shares: Vec<Share> = waiting.map(share_of_remaining).collect();
                if self.is_exactly(&shares) {
                    sure(shares)
                } else {
                    unsure(SuspenseReason::AmountNotExact, true)
                }
            }
            Target::Payer { open, .. } => {
                // A reference beside the payer's code says which of the payer's requests is meant.
                let narrowed: Vec<&Candidate> = open
                    .iter()
                    .filter(|each| named.contains(&each.id))
                    .collect();
                if let [only] = narrowed.as_slice() {
                    return self.by_target(
                        &Identified {
                            token: identified.token.clone(),
                            target: Target::Request((*only).clone()),
                        },
                        named,
                    );
                }
                if !named.is_empty() {
                    return unsure(SuspenseReason::IdentifiersDisagree, true);
                }
                match self.oldest(open) {
                    Some(shares) => sure(shares),
                    None => unsure(SuspenseReason::AmountNotExact, true),
                }
            }
        }
    }

    /// Why money on this account cannot go to a request by itself.
    fn refusal(&self, candidate: &Candidate) -> Option<SuspenseReason> {
        if candidate.account_number != self.account_number {
            Some(SuspenseReason::OtherAccount)
        } else if candidate.status == RequestStatus::Cancelled {
            Some(SuspenseReason::RequestCancelled)
        } else {
            None
        }
    }

    /// The requests from the oldest on that lack exactly this amount together.
    fn oldest(&self, open: &[Candidate]) -> Option<Vec<Share>> {
        let here = |each: &&Candidate| each.wants_money() && self.refusal(each).is_none();
        let mut shares = Vec::new();
        for candidate in open.iter().filter(here) {
            shares.push(share_of_remaining(candidate));
            if self.is_exactly(&shares) {
                return Some(shares);
            }
        }
        None
    }

    fn is_exactly(&self, shares: &[Share]) -> bool {
        Vnd::sum(shares.iter().map(|share| share.amount)) == Ok(self.amount)
    }
}

const fn unsure(reason: SuspenseReason, named: bool) -> Verdict {
    Verdict::Unsure { reason, named }
}

const fn share_of_remaining(candidate: &Candidate) -> Share {
    Share {
        payment_request_id: candidate.id,
        amount: candidate.remaining,
    }
}

#[cfg(test)]
mod tests;
