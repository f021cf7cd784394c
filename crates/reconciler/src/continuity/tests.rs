use super::*;
use proptest::prelude::*;

fn dong(amount: i64) -> Vnd {
    Vnd::new(amount).unwrap()
}

/// The movements of an account that starts at `opening`, ten seconds apart.
fn movements(opening: i64, amounts: &[i64]) -> Vec<Movement> {
    let mut balance = opening;
    (0i64..)
        .zip(amounts)
        .map(|(index, amount)| {
            balance += amount;
            let at = Timestamp::from_seconds(1_762_150_000 + index * 10);
            Movement {
                signed: dong(*amount),
                balance_after: Some(dong(balance)),
                booked_at: at,
                seen_at: at,
            }
        })
        .collect()
}

fn chain_of<'a>(heard: impl IntoIterator<Item = &'a Movement>) -> Chain {
    let mut chain = Chain::default();
    for movement in heard {
        chain.observe(movement);
    }
    chain
}

#[test]
fn a_hole_of_one_credit_names_its_amount_and_its_time() {
    let all = movements(1_000_000, &[50_000, 79_000, -20_000, 15_000]);
    let chain = chain_of([&all[0], &all[2], &all[3]]);
    let breaks = chain.breaks();
    assert_eq!(breaks.len(), 1);
    assert_eq!(breaks[0].missing(), Some(dong(79_000)));
    assert_eq!(breaks[0].from.booked_at, all[0].booked_at);
    assert_eq!(breaks[0].to.booked_at, all[2].booked_at);
}

#[test]
fn money_out_that_was_announced_is_no_hole_and_one_that_was_not_is_negative() {
    let all = movements(1_000_000, &[50_000, -30_000, 79_000]);
    assert_eq!(chain_of(&all).breaks(), []);
    let chain = chain_of([&all[0], &all[2]]);
    assert_eq!(chain.breaks()[0].missing(), Some(dong(-30_000)));
}

#[test]
fn a_feed_without_balances_makes_no_gap() {
    let mut chain = Chain::default();
    for movement in movements(0, &[1_000, 2_000, 3_000]) {
        chain.observe(&Movement {
            balance_after: None,
            ..movement
        });
    }
    assert_eq!(chain, Chain::default());
}

#[test]
fn a_credit_of_a_feed_without_balances_fills_the_hole_of_its_amount() {
    let all = movements(500_000, &[50_000, 79_000, 15_000]);
    let mut chain = chain_of([&all[0], &all[2]]);
    chain.observe(&Movement {
        balance_after: None,
        signed: dong(78_000),
        ..all[1]
    });
    assert_eq!(chain.breaks().len(), 1);
    chain.floating.clear();
    chain.observe(&Movement {
        balance_after: None,
        ..all[1]
    });
    assert_eq!(chain.breaks(), []);
    assert_eq!(chain.floating, []);
}

#[test]
fn two_credits_of_a_feed_without_balances_fill_one_hole_together() {
    let all = movements(500_000, &[50_000, 79_000, 21_000, 15_000]);
    let mut chain = chain_of([&all[0], &all[3]]);
    for movement in &all[1..3] {
        chain.observe(&Movement {
            balance_after: None,
            ..*movement
        });
    }
    assert_eq!(chain.breaks(), []);
}

#[test]
fn half_of_what_was_missing_narrows_the_gap_and_the_rest_closes_it() {
    let all = movements(1_000_000, &[50_000, 79_000, 21_000, 15_000]);
    let mut chain = chain_of([&all[0], &all[3]]);
    let now = Timestamp::from_seconds(1_762_160_000);
    let opened = changes::<u8>(&[], &chain.breaks(), now, 30);
    let [Change::Open(first)] = opened[..] else {
        panic!("{opened:?}")
    };
    assert_eq!(first.missing(), Some(dong(100_000)));
    // The second of the two arrives first.
    chain.observe(&all[2]);
    let narrowed = changes(&[(1, first)], &chain.breaks(), now, 30);
    let [Change::Narrow(1, second)] = narrowed[..] else {
        panic!("{narrowed:?}")
    };
    assert_eq!(second.missing(), Some(dong(79_000)));
    assert_eq!(changes(&[(1, second)], &chain.breaks(), now, 30), []);
    chain.observe(&all[1]);
    assert_eq!(
        changes(&[(1, second)], &chain.breaks(), now, 30),
        [Change::Close(1)]
    );
}

#[test]
fn a_break_is_a_gap_only_when_it_has_lasted() {
    let all = movements(1_000_000, &[50_000, 79_000, 15_000]);
    let chain = chain_of([&all[0], &all[2]]);
    let seen = all[2].seen_at;
    for (later, opened) in [(0, 0), (29, 0), (30, 1), (3_000, 1)] {
        let changes = changes::<u8>(&[], &chain.breaks(), seen.plus_seconds(later), 30);
        assert_eq!(changes.len(), opened, "{later}");
    }
}

#[test]
fn a_statement_in_another_order_fills_by_amount_and_never_opens_a_gap() {
    let all = movements(1_000_000, &[50_000, 79_000, 15_000]);
    let mut chain = chain_of([&all[0], &all[2]]);
    let day = all[1].booked_at.business_date();
    // The statement has the day's movements the other way round, and no times.
    chain.fill(&Movement {
        signed: dong(79_000),
        balance_after: Some(dong(1_144_000)),
        booked_at: day.starts_at(),
        seen_at: all[2].seen_at,
    });
    assert_eq!(chain.breaks(), []);
}

#[test]
fn a_complete_statement_closes_the_breaks_of_its_days_and_no_others() {
    let all = movements(1_000_000, &[50_000, 79_000, 15_000]);
    let mut chain = chain_of([&all[0], &all[2]]);
    let day = all[0].booked_at.business_date();
    chain.cover(day.plus_days(1), day.plus_days(2));
    assert_eq!(chain.breaks().len(), 1);
    chain.cover(day, day);
    assert_eq!(chain.breaks(), []);
    assert_eq!((chain.heads.len(), chain.tails.len()), (1, 1));
}

#[test]
fn a_feed_whose_balances_never_fit_is_remembered_in_bounded_space() {
    let mut chain = Chain::default();
    for (index, movement) in movements(0, &[1; 1_000]).iter().enumerate() {
        let balance = dong(i64::try_from(index).unwrap() * 1_000);
        chain.observe(&Movement {
            balance_after: Some(balance),
            ..*movement
        });
        chain.forget_excess();
        assert!(chain.heads.len() <= ENDS_MAX && chain.tails.len() <= ENDS_MAX);
    }
}

#[test]
fn a_file_in_any_order_of_its_rows_shows_where_it_begins_and_ends() {
    let mut ends = Ends::default();
    for movement in movements(1_000, &[500, -200, 300]).iter().rev() {
        ends.add(Step::to(movement.balance_after.unwrap(), movement.signed).unwrap());
    }
    assert_eq!(ends.breaks(), 0);
    assert_eq!(ends.outer(), Some((dong(1_000), dong(1_600))));
}

proptest! {
    #[test]
    fn whatever_the_order_of_arrival_nothing_is_missing_in_the_end(
        amounts in prop::collection::vec(prop_oneof![1i64..200_000, -200_000i64..-1], 1..60),
        order in any::<prop::sample::Index>(), shuffle in prop::collection::vec(any::<u16>(), 60)
    ) {
        let all = movements(50_000_000, &amounts);
        let mut arriving: Vec<(u16, &Movement)> = shuffle.iter().copied().zip(&all).collect();
        arriving.sort_by_key(|(key, _)| *key);
        let _ = order;
        let chain = chain_of(arriving.iter().map(|(_, movement)| *movement));
        prop_assert_eq!(chain.breaks(), vec![]);
    }

    #[test]
    fn the_gaps_name_exactly_the_sum_of_what_was_not_heard(
        amounts in prop::collection::vec(prop_oneof![1i64..200_000, -200_000i64..-1], 2..60),
        heard in prop::collection::vec(any::<bool>(), 60)
    ) {
        let all = movements(50_000_000, &amounts);
        // The first and the last are heard: what lies outside cannot be known.
        let is_heard = |index: usize| index == 0 || index + 1 == all.len() || heard[index];
        let chain = chain_of(all.iter().enumerate().filter(|(index, _)| is_heard(*index)).map(|(_, m)| m));
        let missing: i64 = chain.breaks().iter().map(|found| found.missing().unwrap().get()).sum();
        let expected: i64 = amounts.iter().enumerate().filter(|(index, _)| !is_heard(*index)).map(|(_, a)| a).sum();
        prop_assert_eq!(missing, expected);
        // And when the missing ones come, in any order, nothing is left.
        let mut chain = chain;
        for (index, movement) in all.iter().enumerate().rev() {
            if !is_heard(index) {
                chain.observe(movement);
            }
        }
        prop_assert_eq!(chain.breaks(), vec![]);
    }
}
