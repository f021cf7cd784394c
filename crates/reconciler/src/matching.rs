//! Deciding which request a credit pays.
//!
//! A pure function over values: the caller looks the found references up and writes the result. Only
//! an exact, unique, valid reference settles by itself; we never match on amount or name, because two
//! payers sending 50.000 đ in one minute is a normal morning at a counter, and a wrong match is worse
//! than money waiting in suspense.

use crate::callback::Notice;
use payment::{Direction, PaymentRequestId, Reference, RequestStatus, SuspenseReason};

/// A request that has one of the references found in the memo.
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
}

/// What to do with one notice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Book it for this request.
    Settle(PaymentRequestId),
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

/// What `notice` pays, given whether it moved an account of the tenant, the distinct valid references `found` in its memos and the tenant's
/// requests that have them.
///
/// Two different valid references are never settled, even when only one of them is known: the other
/// may be a request of another system, and a person sees at a glance what a rule cannot.
#[must_use]
pub fn decide(
    notice: &Notice,
    is_own_account: bool,
    found: &[Reference],
    candidates: &[Candidate],
) -> Decision {
    if let Some(reason) = is_ignored(notice) {
        return Decision::Ignore(reason);
    }
    if !is_own_account {
        return Decision::Suspend(SuspenseReason::OtherAccount);
    }
    let reference = match found {
        [] => return Decision::Suspend(SuspenseReason::NoReference),
        [only] => only,
        _ => return Decision::Suspend(SuspenseReason::SeveralReferences),
    };
    let Some(candidate) = candidates
        .iter()
        .find(|candidate| candidate.reference == *reference)
    else {
        return Decision::Suspend(SuspenseReason::UnknownReference);
    };
    if candidate.account_number != notice.account_number {
        return Decision::Suspend(SuspenseReason::OtherAccount);
    }
    if candidate.status == RequestStatus::Cancelled {
        return Decision::Suspend(SuspenseReason::RequestCancelled);
    }
    Decision::Settle(candidate.id)
}

#[cfg(test)]
mod tests {
    use super::*;
    use money::Vnd;
    use payment::{Flow, Timestamp};
    use proptest::prelude::*;

    fn notice(direction: Direction, is_test: bool, account: &str) -> Notice {
        Notice {
            provider_event_id: "1".into(),
            direction,
            amount: Vnd::new(1).unwrap(),
            account_number: account.into(),
            virtual_account: None,
            memo: String::new(),
            memo_full: None,
            provider_code: None,
            bank_reference: None,
            booked_at: Timestamp::from_micros(0),
            balance_after: None,
            is_test,
            counterparty_name: None,
            counterparty_account: None,
        }
    }

    fn reference(seed: u8) -> Reference {
        Reference::from_random(Flow::ONE_STOP, [seed; 16]).unwrap()
    }

    fn candidate(seed: u8, status: RequestStatus) -> Candidate {
        Candidate {
            id: PaymentRequestId::from_uuid(uuid::Uuid::from_u128(seed.into())),
            reference: reference(seed),
            status,
            account_number: "ACC".into(),
        }
    }

    #[test]
    fn one_known_reference_on_the_right_account_settles() {
        let decision = decide(
            &notice(Direction::Credit, false, "ACC"),
            true,
            &[reference(1)],
            &[candidate(1, RequestStatus::Open)],
        );
        assert_eq!(
            decision,
            Decision::Settle(candidate(1, RequestStatus::Open).id)
        );
    }

    #[test]
    fn two_valid_references_are_for_a_person_even_when_only_one_is_known() {
        let decision = decide(
            &notice(Direction::Credit, false, "ACC"),
            true,
            &[reference(1), reference(2)],
            &[candidate(1, RequestStatus::Open)],
        );
        assert_eq!(
            decision,
            Decision::Suspend(SuspenseReason::SeveralReferences)
        );
    }

    proptest! {
        #[test]
        fn money_out_and_tests_never_settle_and_a_settled_credit_is_always_on_the_requests_account(
            debit: bool, is_test: bool, own_account: bool, same_account: bool, cancelled: bool, known: bool, count in 0u8..3
        ) {
            let direction = if debit { Direction::Debit } else { Direction::Credit };
            let status = if cancelled { RequestStatus::Cancelled } else { RequestStatus::Expired };
            let notice = notice(direction, is_test, if same_account { "ACC" } else { "OTHER" });
            let found: Vec<_> = (1..=count).map(reference).collect();
            let candidates = if known { vec![candidate(1, status)] } else { vec![] };
            let settled = matches!(decide(&notice, own_account, &found, &candidates), Decision::Settle(_));
            prop_assert_eq!(
                settled,
                !debit && !is_test && own_account && same_account && !cancelled && known && count == 1
            );
        }
    }
}
