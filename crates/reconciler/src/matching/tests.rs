use super::*;
use payment::{Flow, Timestamp};
use proptest::prelude::*;
use uuid::Uuid;

fn vnd(dong: i64) -> Vnd {
    Vnd::new(dong).unwrap()
}

fn notice(direction: Direction, is_test: bool, account: &str, amount: i64) -> Notice {
    Notice {
        provider_event_id: "1".into(),
        direction,
        amount: vnd(amount),
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

fn credit(amount: i64) -> Notice {
    notice(Direction::Credit, false, "ACC", amount)
}

fn reference(seed: u8) -> Reference {
    Reference::from_random(Flow::ONE_STOP, [seed; 16]).unwrap()
}

fn id(seed: u8) -> PaymentRequestId {
    PaymentRequestId::from_uuid(Uuid::from_u128(seed.into()))
}

/// A request of the payer `P` that lacks `remaining`.
fn request(seed: u8, remaining: i64) -> Candidate {
    Candidate {
        id: id(seed),
        reference: reference(seed),
        status: RequestStatus::Open,
        account_number: "ACC".into(),
        remaining: vnd(remaining),
        payer_id: Some("P".into()),
    }
}

fn named(candidate: Candidate) -> Identified {
    Identified {
        token: candidate.reference.to_string(),
        target: Target::Request(candidate),
    }
}

fn payer(open: &[Candidate]) -> Identified {
    Identified {
        token: "HS00123".into(),
        target: Target::Payer {
            payer_id: "P".into(),
            open: open.to_vec(),
        },
    }
}

fn clues() -> Clues {
    Clues {
        is_own_account: true,
        ..Clues::default()
    }
}

fn with_reference(seed: u8, remaining: i64) -> Clues {
    Clues {
        references: vec![reference(seed)],
        known: vec![named(request(seed, remaining))],
        ..clues()
    }
}

fn decided(amount: i64, clues: &Clues) -> Decision {
    decide(&credit(amount), &Precedence::default(), clues)
}

fn settled(rule: Rule, token: &str, shares: &[(u8, i64)], agreeing: &[Rule]) -> Decision {
    let share = |&(seed, amount)| Share {
        payment_request_id: id(seed),
        amount: vnd(amount),
    };
    Decision::Settle(Match {
        rule,
        token: token.into(),
        shares: shares.iter().map(share).collect(),
        agreeing: agreeing.to_vec(),
    })
}

#[test]
fn one_known_reference_on_the_right_account_settles_whatever_the_amount() {
    let token = reference(1).to_string();
    for amount in [1, 100, 1_000] {
        assert_eq!(
            decided(amount, &with_reference(1, 100)),
            settled(Rule::ExactReference, &token, &[(1, amount)], &[])
        );
    }
}

#[test]
fn two_valid_references_are_for_a_person_even_when_only_one_is_known() {
    let mut clues = with_reference(1, 100);
    clues.references.push(reference(2));
    assert_eq!(
        decided(100, &clues),
        Decision::Suspend(SuspenseReason::SeveralReferences)
    );
}

#[test]
fn a_virtual_account_leads_and_an_agreeing_reference_is_kept_on_record() {
    let mut clues = with_reference(1, 100);
    clues.virtual_account = Some(Identified {
        token: "V2MS0001".into(),
        target: Target::Request(request(1, 100)),
    });
    let both = settled(
        Rule::VirtualAccount,
        "V2MS0001",
        &[(1, 100)],
        &[Rule::ExactReference],
    );
    assert_eq!(decided(100, &clues), both);
    // Another tenant's order: the reference leads.
    let order = Precedence::parse("exact_reference, virtual_account").unwrap();
    let token = reference(1).to_string();
    assert_eq!(
        decide(&credit(100), &order, &clues),
        settled(
            Rule::ExactReference,
            &token,
            &[(1, 100)],
            &[Rule::VirtualAccount]
        )
    );
}

#[test]
fn identifiers_that_contradict_each_other_settle_nothing_in_any_order() {
    let mut clues = with_reference(1, 100);
    clues.virtual_account = Some(named(request(2, 100)));
    let mut with_payer = with_reference(1, 100);
    // The code names a payer who has other requests, and not this one.
    with_payer.payer_codes = vec![payer(&[request(3, 100)])];
    for order in [
        "virtual_account exact_reference payer_code",
        "payer_code exact_reference virtual_account",
    ] {
        let order = Precedence::parse(order).unwrap();
        for clues in [&clues, &with_payer] {
            assert_eq!(
                decide(&credit(100), &order, clues),
                Decision::Suspend(SuspenseReason::IdentifiersDisagree)
            );
        }
    }
}

#[test]
fn a_rule_that_the_tenant_does_not_want_never_settles() {
    let order = Precedence::parse("virtual_account").unwrap();
    assert_eq!(
        decide(&credit(100), &order, &with_reference(1, 100)),
        Decision::Suspend(SuspenseReason::NoReference)
    );
    assert_eq!(
        Precedence::parse("payer_code payer_code"),
        Err(PrecedenceError)
    );
    assert_eq!(Precedence::parse("amount"), Err(PrecedenceError));
    assert_eq!(Precedence::parse("").unwrap().rules(), []);
}

#[test]
fn a_payers_code_settles_the_oldest_requests_only_by_exactly_what_they_lack() {
    let open = [request(1, 30), request(2, 50), request(3, 20)];
    let clues = Clues {
        payer_codes: vec![payer(&open)],
        ..clues()
    };
    let shares: [(i64, &[(u8, i64)]); 3] = [
        (30, &[(1, 30)]),
        (80, &[(1, 30), (2, 50)]),
        (100, &[(1, 30), (2, 50), (3, 20)]),
    ];
    for (amount, shares) in shares {
        assert_eq!(
            decided(amount, &clues),
            settled(Rule::PayerCode, "HS00123", shares, &[])
        );
    }
    // 50 would be the second alone, 20 the third: not the oldest, so a person says.
    for amount in [1, 20, 50, 70, 101] {
        assert_eq!(
            decided(amount, &clues),
            Decision::Suspend(SuspenseReason::AmountNotExact)
        );
    }
}

#[test]
fn a_reference_beside_the_payers_code_says_which_request_is_meant() {
    let open = [request(1, 30), request(2, 50)];
    let mut clues = with_reference(2, 50);
    clues.payer_codes = vec![payer(&open)];
    let token = reference(2).to_string();
    assert_eq!(
        decided(10, &clues),
        settled(Rule::ExactReference, &token, &[(2, 10)], &[Rule::PayerCode])
    );
}

#[test]
fn two_payers_in_one_memo_are_for_a_person() {
    let mut other = payer(&[request(9, 30)]);
    other.token = "HS00999".into();
    let clues = Clues {
        payer_codes: vec![payer(&[request(1, 30)]), other],
        ..clues()
    };
    assert_eq!(
        decided(30, &clues),
        Decision::Suspend(SuspenseReason::IdentifiersDisagree)
    );
}

#[test]
fn a_basket_is_settled_by_exactly_what_its_requests_still_lack() {
    let basket = |second: Candidate| Clues {
        references: vec![reference(7)],
        known: vec![Identified {
            token: reference(7).to_string(),
            target: Target::Basket(vec![request(1, 30), second]),
        }],
        ..clues()
    };
    let token = reference(7).to_string();
    assert_eq!(
        decided(80, &basket(request(2, 50))),
        settled(Rule::ExactReference, &token, &[(1, 30), (2, 50)], &[])
    );
    // One of them was paid by itself meanwhile.
    assert_eq!(
        decided(30, &basket(request(2, 0))),
        settled(Rule::ExactReference, &token, &[(1, 30)], &[])
    );
    for amount in [30, 79, 81] {
        assert_eq!(
            decided(amount, &basket(request(2, 50))),
            Decision::Suspend(SuspenseReason::AmountNotExact)
        );
    }
    let mut cancelled = request(2, 50);
    cancelled.status = RequestStatus::Cancelled;
    assert_eq!(
        decided(80, &basket(cancelled)),
        Decision::Suspend(SuspenseReason::RequestCancelled)
    );
}

#[test]
fn two_references_that_add_up_are_offered_together_before_each_alone() {
    let offer = |seed, remaining| {
        let token = reference(seed).to_string();
        Offer::of(
            request(seed, remaining),
            OfferReason::ReferenceInMemo,
            &token,
        )
    };
    let ranked = rank(vnd(80), vec![offer(1, 30), offer(2, 50)]);
    assert_eq!(ranked.len(), 3);
    assert_eq!(ranked[0].reason, OfferReason::ReferencesAddUp);
    assert_eq!(
        ranked[0].shares,
        [(1, 30), (2, 50)].map(|(seed, amount)| Share {
            payment_request_id: id(seed),
            amount: vnd(amount)
        })
    );
    // The two alone fit equally well, and each says so.
    assert_eq!(ranked[1].score, ranked[2].score);
    assert!(ranked[0].score > ranked[1].score);
    assert_eq!(ranked[0].runner_up.unwrap().score, ranked[1].score);
    let not_adding_up = rank(vnd(81), vec![offer(1, 30), offer(2, 50)]);
    assert!(
        not_adding_up
            .iter()
            .all(|o| o.reason == OfferReason::ReferenceInMemo)
    );
}

#[test]
fn an_exact_amount_decides_between_equals_and_a_paid_request_is_not_offered() {
    let offer =
        |seed, remaining| Offer::of(request(seed, remaining), OfferReason::DossierCode, "H29");
    let ranked = rank(vnd(50), vec![offer(1, 30), offer(2, 50), offer(3, 0)]);
    let references: Vec<_> = ranked.iter().map(|offer| offer.reference).collect();
    assert_eq!(references, [reference(2), reference(1)]);
    // More than it lacks is not offered to it.
    assert_eq!(ranked[1].shares[0].amount, vnd(30));
}

proptest! {
    #[test]
    fn money_out_and_tests_never_settle_and_a_settled_credit_is_always_on_the_requests_account(
        debit: bool, is_test: bool, own_account: bool, same_account: bool, cancelled: bool, known: bool, count in 0u8..3
    ) {
        let direction = if debit { Direction::Debit } else { Direction::Credit };
        let mut candidate = request(1, 100);
        candidate.status = if cancelled { RequestStatus::Cancelled } else { RequestStatus::Expired };
        let notice = notice(direction, is_test, if same_account { "ACC" } else { "OTHER" }, 1);
        let clues = Clues {
            is_own_account: own_account,
            references: (1..=count).map(reference).collect(),
            known: if known && count > 0 { vec![named(candidate)] } else { vec![] },
            ..Clues::default()
        };
        let settled = matches!(decide(&notice, &Precedence::default(), &clues), Decision::Settle(_));
        prop_assert_eq!(
            settled,
            !debit && !is_test && own_account && same_account && !cancelled && known && count == 1
        );
    }

    #[test]
    fn what_settles_is_the_whole_credit_on_requests_that_were_named(
        amount in 1i64..200,
        remaining in prop::collection::vec(0i64..100, 0..5),
        by_reference in prop::option::of(0u8..5),
        by_account in prop::option::of(0u8..5),
        has_code: bool,
        order in prop::sample::select(vec![
            "virtual_account exact_reference payer_code", "payer_code virtual_account exact_reference",
            "exact_reference", "payer_code exact_reference", "",
        ]),
    ) {
        let all: Vec<Candidate> = (1..).zip(&remaining).map(|(seed, &dong)| request(seed, dong)).collect();
        let pick = |index: Option<u8>| index.and_then(|index| all.get(usize::from(index)).cloned());
        let clues = Clues {
            virtual_account: pick(by_account).map(named),
            references: by_reference.map(|index| reference(index + 1)).into_iter().collect(),
            known: pick(by_reference).map(named).into_iter().collect(),
            payer_codes: if has_code { vec![payer(&all)] } else { vec![] },
            ..clues()
        };
        let order = Precedence::parse(order).unwrap();
        if let Decision::Settle(found) = decide(&credit(amount), &order, &clues) {
            let sum: i64 = found.shares.iter().map(|share| share.amount.get()).sum();
            prop_assert_eq!(sum, amount);
            prop_assert!(order.rules().contains(&found.rule));
            let explicit: BTreeSet<_> = [pick(by_account), pick(by_reference)]
                .into_iter().flatten().map(|candidate| candidate.id).collect();
            let by_name = found.rule != Rule::PayerCode || !explicit.is_empty();
            if by_name {
                prop_assert_eq!(found.shares.len(), 1);
                prop_assert!(explicit.contains(&found.shares[0].payment_request_id));
            }
        }
    }
}
