use super::*;
use proptest::prelude::*;

fn vnd(dong: i64) -> Vnd {
    Vnd::new(dong).unwrap()
}

fn percent(text: &str) -> Fraction {
    Fraction::parse_percent(text).unwrap()
}

fn plan(steps: &[Step]) -> Plan {
    Plan::new(steps.to_vec()).unwrap()
}

/// What each recipient keeps, then the residual.
fn kept(plan: &Plan, dong: i64) -> Vec<i64> {
    let shares = plan.split(vnd(dong)).unwrap();
    let parts = shares.parts.iter().map(|part| part.kept.get());
    parts.chain([shares.residual.get()]).collect()
}

#[test]
fn the_splits_of_the_law_come_out_as_worked_by_hand() {
    // Judgment enforcement, Thông tư 216/2016: 65 kept, 20 head office, 15 budget.
    let enforcement = plan(&[Step::of_whole(percent("65")), Step::of_whole(percent("20"))]);
    assert_eq!(
        kept(&enforcement, 231_728_394),
        [150_623_456, 46_345_678, 34_759_260]
    );
    // Road use, Nghị định 90/2023: 1,32 % kept, 3 % of that passed on.
    let road = plan(&[
        Step::of_whole(percent("1,32")),
        Step::of_step(0, percent("3")),
    ]);
    assert_eq!(kept(&road, 1_560_000), [19_975, 617, 1_539_408]);
    // Maritime channel, Thông tư 262/2016: 2 % first; of the rest 30 % budget, 70 % investor.
    let maritime = plan(&[
        Step::of_whole(percent("2")),
        Step::of_remainder(percent("30")),
    ]);
    assert_eq!(kept(&maritime, 1_000_001), [20_000, 294_000, 686_001]);
    // Certification, Thông tư 226/2016: the odd đồng is the budget's.
    let halves = plan(&[Step::of_whole(percent("50"))]);
    assert_eq!(kept(&halves, 5_001), [2_500, 2_501]);
}

#[test]
fn sharing_the_sum_loses_nothing_that_sharing_each_receipt_would() {
    let road = plan(&[Step::of_whole(percent("1.32"))]);
    assert_eq!(3 * kept(&road, 74_000)[0], 2_928);
    assert_eq!(kept(&road, 3 * 74_000)[0], 2_930);
}

#[test]
fn what_exceeds_a_ceiling_is_left_to_the_residual() {
    let capped = plan(&[Step::of_whole(percent("90")).at_most(vnd(500))]);
    assert_eq!(kept(&capped, 1_000), [500, 500]);
    assert_eq!(kept(&capped, 100), [90, 10]);
    assert_eq!(kept(&capped, -1_000), [-500, -500]);
}

#[test]
fn a_plan_that_takes_more_than_there_is_names_the_step() {
    let refusal = |steps: &[Step]| Plan::new(steps.to_vec()).unwrap_err();
    let (half, more) = (percent("50"), percent("50.000001"));
    assert!(Plan::new(vec![Step::of_whole(half), Step::of_whole(half)]).is_ok());
    assert_eq!(
        refusal(&[Step::of_whole(half), Step::of_whole(more)]),
        ShareError::MoreThanWhole { step: 1 }
    );
    assert_eq!(
        refusal(&[
            Step::of_whole(half),
            Step::of_step(0, half),
            Step::of_step(0, more)
        ]),
        ShareError::MoreThanWhole { step: 2 }
    );
    // Of the whole after a share of the rest: 0,5 · 0,5 is left, 0,5 is asked.
    assert_eq!(
        refusal(&[
            Step::of_whole(half),
            Step::of_remainder(half),
            Step::of_whole(half)
        ]),
        ShareError::MoreThanWhole { step: 2 }
    );
    assert_eq!(
        refusal(&[Step::of_step(0, half)]),
        ShareError::Order { step: 0 }
    );
    assert_eq!(
        refusal(&[Step::of_whole(half).at_most(vnd(-1))]),
        ShareError::Ceiling { step: 0 }
    );
}

#[test]
fn percentages_are_read_exactly_or_refused() {
    for (text, numerator) in [
        ("0", 0),
        ("100", 100_000_000),
        ("1,32", 1_320_000),
        ("0.0396", 39_600),
        ("0.000001", 1),
    ] {
        assert_eq!(
            percent(text),
            Fraction::new(numerator, 100_000_000).unwrap(),
            "{text}"
        );
    }
    for text in [
        "",
        "-1",
        "100.000001",
        "101",
        "1.0000000",
        "1.",
        ".5",
        "1,2,3",
        "1e1",
        "+1",
        "5%",
        " 5",
        "0001",
    ] {
        assert_eq!(
            Fraction::parse_percent(text),
            Err(ShareError::Percent),
            "{text:?}"
        );
    }
    assert_eq!(Fraction::new(1, 0), Err(ShareError::Fraction));
    assert_eq!(Fraction::new(2, 1), Err(ShareError::Fraction));
    assert_eq!(
        Fraction::from_parts_per_million(1_000_001),
        Err(ShareError::Fraction)
    );
}

fn any_fraction() -> impl Strategy<Value = Fraction> {
    prop_oneof![
        (0..=10_000_u32).prop_map(|n| Fraction::new(n, 10_000).unwrap()),
        (0..=1_000_000_u32).prop_map(|n| Fraction::from_parts_per_million(n).unwrap()),
        (1..=97_u32, 1..=97_u32).prop_map(|(a, b)| Fraction::new(a.min(b), a.max(b)).unwrap()),
    ]
}

fn any_step() -> impl Strategy<Value = Step> {
    let base = prop_oneof![
        2 => Just(Base::Whole),
        1 => Just(Base::Remainder),
        1 => (0..4_usize).prop_map(Base::Step),
    ];
    let ceiling = prop::option::weighted(0.2, (0..1_000_000_i64).prop_map(vnd));
    (base, any_fraction(), ceiling).prop_map(|(base, fraction, at_most)| Step {
        base,
        fraction,
        at_most,
    })
}

/// Plans of up to six steps; a step that does not fit is left out.
fn any_plan() -> impl Strategy<Value = Plan> {
    prop::collection::vec(any_step(), 0..10).prop_map(|steps| {
        let mut plan = Plan::new(Vec::new()).unwrap();
        for step in steps {
            let longer = [plan.steps(), &[step]].concat();
            plan = if longer.len() <= 6 {
                Plan::new(longer).unwrap_or(plan)
            } else {
                plan
            };
        }
        plan
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn the_parts_add_up_to_the_whole_and_none_is_negative(plan in any_plan(), dong in 0..=Vnd::MAX.get(), small in 0..1_000_i64) {
        for dong in [dong, small] {
            let kept = kept(&plan, dong);
            prop_assert_eq!(kept.iter().map(|&part| i128::from(part)).sum::<i128>(), i128::from(dong));
            prop_assert!(kept.iter().all(|&part| part >= 0), "{:?}", kept);
        }
    }

    #[test]
    fn a_correction_takes_back_exactly_what_was_given(plan in any_plan(), dong in 0..=Vnd::MAX.get()) {
        let given = kept(&plan, dong);
        let taken_back: Vec<i64> = kept(&plan, -dong).iter().map(|part| -part).collect();
        prop_assert_eq!(given, taken_back);
    }

    #[test]
    fn a_single_share_is_the_exact_fraction_rounded_down(fraction in any_fraction(), dong in 0..=Vnd::MAX.get()) {
        let share = i128::from(fraction.of(vnd(dong)).unwrap().get());
        let (n, d) = (i128::from(fraction.numerator()), i128::from(fraction.denominator()));
        prop_assert!(share * d <= i128::from(dong) * n && i128::from(dong) * n < (share + 1) * d);
    }
}

#[test]
fn a_decimal_is_read_exactly_or_not_at_all() {
    let road = Fraction::parse_decimal("0.0132").unwrap();
    assert_eq!(road, Fraction::parse_percent("1,32").unwrap());
    assert_eq!(
        Fraction::parse_decimal("1").unwrap(),
        Fraction::parse_percent("100").unwrap()
    );
    for bad in [
        "",
        ".",
        "0.",
        ".5",
        "1.1",
        "2",
        "-0.1",
        "0,5",
        "0.123456789",
        "1e-3",
        "00.5",
    ] {
        assert_eq!(
            Fraction::parse_decimal(bad),
            Err(ShareError::Fraction),
            "{bad}"
        );
    }
}
