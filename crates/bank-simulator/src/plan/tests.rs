use super::*;
use reconciler::callback::Dialect;

const NOW: Timestamp = Timestamp::from_seconds(1_762_153_357);

fn dong(amount: i64) -> Vnd {
    Vnd::new(amount).unwrap()
}

fn planned(amount: i64, faults: &[Fault]) -> Plan {
    let instruction = Instruction {
        gateway: "MBBank".to_owned(),
        account_number: "0123456789".to_owned(),
        amount: dong(amount),
        memo: "QH234567895V nop phi".to_owned(),
        faults: faults.to_vec(),
    };
    plan(&instruction, NOW, 7).unwrap()
}

/// What is sent, flat: movement, amount, fault, delay in milliseconds.
fn sends(plan: &Plan) -> Vec<(usize, i64, Option<Fault>, u128)> {
    let sequences = plan.sequences.iter();
    sequences
        .flat_map(|sequence| {
            let delay = sequence.delay.as_millis();
            let sends = sequence.sends.iter();
            sends.map(move |send| (send.movement, send.amount.get(), send.fault, delay))
        })
        .collect()
}

#[test]
fn without_faults_one_transfer_is_announced_once_at_once() {
    let plan = planned(79_000, &[]);
    assert!(plan.is_real);
    assert_eq!(plan.movements.len(), 1);
    assert_eq!(plan.movements[0].memo, plan.movements[0].payer_memo);
    assert_eq!(sends(&plan), [(0, 79_000, None, 0)]);
    assert!(!plan.sequences[0].sends[0].is_tried_once());
}

#[test]
fn each_fault_changes_what_it_says_and_nothing_else() {
    use Fault::*;
    let cases: [(Fault, Vec<_>); 8] = [
        (
            Duplicate,
            vec![
                (0, 79_000, None, 0),
                (0, 79_000, Some(Duplicate), 0),
                (0, 79_000, Some(Duplicate), 0),
            ],
        ),
        (Delay, vec![(0, 79_000, Some(Delay), 2_000)]),
        (Drop, vec![]),
        (Reorder, vec![(0, 79_000, Some(Reorder), 500)]),
        (Short, vec![(0, 78_000, Some(Short), 0)]),
        (Over, vec![(0, 80_000, Some(Over), 0)]),
        (
            Twice,
            vec![(0, 79_000, Some(Twice), 0), (1, 79_000, Some(Twice), 0)],
        ),
        (
            Conflict,
            vec![(0, 79_000, None, 0), (0, 89_000, Some(Conflict), 0)],
        ),
    ];
    for (fault, expected) in cases {
        let plan = planned(79_000, &[fault]);
        assert_eq!(sends(&plan), expected, "{fault}");
        assert!(plan.is_real, "{fault}");
        assert_eq!(plan.movements.len(), if fault == Twice { 2 } else { 1 });
        assert!(
            plan.movements
                .iter()
                .all(|movement| movement.memo == "QH234567895V nop phi")
        );
    }
}

#[test]
fn a_conflict_waits_for_the_true_notice_and_a_duplicate_does_not() {
    let plan = planned(79_000, &[Fault::Conflict, Fault::Duplicate]);
    let lengths: Vec<usize> = plan
        .sequences
        .iter()
        .map(|sequence| sequence.sends.len())
        .collect();
    assert_eq!(lengths, [2, 1, 1]);
}

#[test]
fn two_payments_in_the_wrong_order_are_announced_last_first() {
    let plan = planned(79_000, &[Fault::Twice, Fault::Reorder]);
    let movements: Vec<_> = sends(&plan)
        .into_iter()
        .map(|send| (send.0, send.3))
        .collect();
    assert_eq!(movements, [(1, 0), (0, 0)]);
    let plan = planned(79_000, &[Fault::Twice, Fault::Reorder, Fault::Delay]);
    let movements: Vec<_> = sends(&plan)
        .into_iter()
        .map(|send| (send.0, send.3))
        .collect();
    assert_eq!(movements, [(1, 2_000), (0, 2_500)]);
}

#[test]
fn a_short_payment_is_never_less_than_one_dong() {
    for (asked, sent) in [(1, 1), (999, 1), (1_000, 1), (1_001, 1), (1_002, 2)] {
        assert_eq!(
            planned(asked, &[Fault::Short]).movements[0].amount,
            dong(sent)
        );
    }
}

#[test]
fn an_amount_beyond_the_range_is_refused_and_not_wrapped() {
    let instruction = Instruction {
        gateway: String::new(),
        account_number: "1".to_owned(),
        amount: Vnd::MAX,
        memo: String::new(),
        faults: vec![Fault::Over],
    };
    assert_eq!(plan(&instruction, NOW, 0), Err(AmountError::OutOfRange));
}

#[test]
fn a_forgery_moves_nothing_and_has_a_secret_of_its_own_for_every_dialect() {
    let plan = planned(79_000, &[Fault::Forge]);
    assert!(!plan.is_real);
    assert_eq!(sends(&plan), [(0, 79_000, Some(Fault::Forge), 0)]);
    let send = &plan.sequences[0].sends[0];
    assert!(send.is_tried_once());
    let secret = send.forged_secret.as_ref().unwrap();
    assert!(
        Dialect::ALL
            .into_iter()
            .all(|dialect| dialect.is_usable(&crate::dialect::forged(dialect, secret)))
    );
}

#[test]
fn a_stale_notice_tells_the_truth_too_late_and_only_once() {
    let plan = planned(79_000, &[Fault::Stale]);
    assert!(plan.is_real);
    let send = &plan.sequences[0].sends[0];
    assert_eq!((send.age_seconds, send.fault), (301, Some(Fault::Stale)));
    assert!(send.is_tried_once());
}

#[test]
fn the_same_order_time_and_seed_give_the_same_plan() {
    assert_eq!(planned(79_000, &Fault::ALL), planned(79_000, &Fault::ALL));
    let mangled = planned(79_000, &[Fault::Mangle]);
    assert_eq!(mangled, planned(79_000, &[Fault::Mangle]));
    assert_ne!(mangled.movements[0].memo, mangled.movements[0].payer_memo);
}
