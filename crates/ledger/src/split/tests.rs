use super::*;
use crate::fee::{FeeKind, ItemTerms};
use crate::remit::Rhythm;
use proptest::prelude::*;

fn vnd(dong: i64) -> Vnd {
    Vnd::new(dong).unwrap()
}

fn day(text: &str) -> BusinessDate {
    BusinessDate::parse(text).unwrap()
}

fn item() -> ItemCode {
    ItemCode::parse("X").unwrap()
}

fn step(recipient: &str, base: Base, percent: &str) -> SplitStep {
    SplitStep {
        recipient: Recipient::parse(recipient),
        base,
        rate: Decimal::parse_percent(percent).unwrap(),
        yearly_ceiling: None,
    }
}

fn terms(steps: Vec<SplitStep>) -> SplitTerms {
    SplitTerms {
        steps,
        ..SplitTerms::all_to(Recipient::Budget)
    }
}

fn version(number: u32, starts_on: &str, ends_on: Option<&str>, split: SplitTerms) -> ItemVersion {
    split.check().unwrap();
    ItemVersion {
        item: item(),
        version: number,
        starts_on: day(starts_on),
        ends_on: ends_on.map(day),
        declared_from: None,
        terms: ItemTerms {
            kind: FeeKind::Phi,
            name: "Phí".to_owned(),
            name_en: None,
            unit: None,
            legal_basis: None,
            price: None,
            explicit_amount: false,
            discounts: Vec::new(),
            reliefs: Vec::new(),
            split,
            remit: Rhythm::Unstated,
            refund_rule: None,
            budget_chapter: None,
            budget_item: None,
            group: None,
            source: None,
            certainty: None,
            note: None,
        },
    }
}

/// Recipient and amount of each part of `amount`.
fn shared(split: SplitTerms, amount: i64) -> Vec<(String, i64)> {
    shared_by(split, amount, true)
}

fn shared_by(split: SplitTerms, amount: i64, autonomous: bool) -> Vec<(String, i64)> {
    let schedule = Schedule::new([version(1, "2017-01-01", None, split)]);
    let days = [(day("2026-11-22"), vnd(amount))];
    let segments = split_item(&schedule, &item(), &days, autonomous, &Taken::default()).unwrap();
    assert_eq!(segments.len(), 1);
    parts(&segments[0])
}

fn parts(segment: &Segment) -> Vec<(String, i64)> {
    segment
        .parts
        .iter()
        .map(|part| (part.recipient.to_string(), part.amount.get()))
        .collect()
}

fn named(parts: &[(&str, i64)]) -> Vec<(String, i64)> {
    parts
        .iter()
        .map(|(name, amount)| ((*name).to_owned(), *amount))
        .collect()
}

#[test]
fn a_day_of_criminal_records_is_shared_to_the_dong() {
    // Thông tư 244/2016: 17 × 200.000 + 6 × 100.000 + 3 × 5.000.
    let split = terms(vec![
        step("retained", Base::Gross, "81"),
        step("Trung tâm LLTP quốc gia", Base::Gross, "4"),
        step("Công an tỉnh", Base::Share(0), "60"),
    ]);
    let parts = shared(split, 17 * 200_000 + 6 * 100_000 + 3 * 5_000);
    assert_eq!(
        parts,
        named(&[
            ("retained", 3_252_150 - 1_951_290),
            ("Trung tâm LLTP quốc gia", 160_600),
            ("Công an tỉnh", 1_951_290),
            ("budget", 602_250),
        ])
    );
}

#[test]
fn the_enforcement_fee_goes_three_ways() {
    let split = terms(vec![
        step("retained", Base::Gross, "65"),
        step("Tổng cục", Base::Gross, "20"),
    ]);
    assert_eq!(
        shared(split, 231_728_394),
        named(&[
            ("retained", 150_623_456),
            ("Tổng cục", 46_345_678),
            ("budget", 34_759_260),
        ])
    );
}

#[test]
fn the_road_fee_needs_rates_finer_than_a_hundredth_of_a_percent() {
    let split = || {
        terms(vec![
            step("retained", Base::Gross, "1,32"),
            step("Cục Đăng kiểm", Base::Share(0), "3"),
        ])
    };
    assert_eq!(
        shared(split(), 1_560_000),
        named(&[
            ("retained", 19_975),
            ("Cục Đăng kiểm", 617),
            ("budget", 1_539_408),
        ])
    );
    let office = terms(vec![step("retained", Base::Gross, "1,2")]);
    assert_eq!(
        shared(office, 1_560_000),
        named(&[("retained", 18_720), ("budget", 1_541_280)])
    );
    // Three receipts of 74.000 đ: 3 × 976 = 2.928 one by one, 2.930 on the sum.
    let schedule = Schedule::new([version(1, "2017-01-01", None, split())]);
    let days = [
        (day("2026-11-20"), vnd(74_000)),
        (day("2026-11-21"), vnd(148_000)),
    ];
    let segments = split_item(&schedule, &item(), &days, true, &Taken::default()).unwrap();
    assert_eq!(segments.len(), 1);
    assert_eq!(segments[0].parts[0].taken, vnd(2_930));
}

#[test]
fn two_way_splits_give_the_budget_the_rest() {
    for (percent, amount, kept) in [
        ("50", 12_345, 6_172),        // chứng thực, Thông tư 226/2016
        ("70", 700_001, 490_000),     // quyền tác giả, Thông tư 211/2016
        ("85", 80_001, 68_000),       // giao dịch bảo đảm, Thông tư 61/2023
        ("20", 999, 199),             // xuất nhập cảnh, Thông tư 25/2021
        ("30", 6_000_001, 1_800_000), // karaoke, Thông tư 212/2016
    ] {
        let split = terms(vec![step("retained", Base::Gross, percent)]);
        assert_eq!(
            shared(split, amount),
            named(&[("retained", kept), ("budget", amount - kept)]),
            "{percent}"
        );
    }
}

#[test]
fn an_office_that_is_not_autonomous_passes_its_share_to_the_budget() {
    let split = || terms(vec![step("retained", Base::Gross, "50")]);
    assert_eq!(
        shared_by(split(), 10_001, false),
        named(&[("budget", 10_001)])
    );
    let water = SplitTerms {
        retained_if_not_autonomous: Decimal::parse_percent("10").unwrap(),
        ..terms(vec![step("retained", Base::Gross, "10")])
    };
    assert_eq!(
        shared_by(water, 10_001, false),
        named(&[("retained", 1_000), ("budget", 9_001)])
    );
}

#[test]
fn three_way_splits_of_the_law_add_up() {
    for (first, second, amount, expected) in [
        // Hướng dẫn viên 2018 (Thông tư 33/2018), hợp pháp hóa lãnh sự (Thông tư 157/2016).
        ("60", "30", 650_000, [390_000, 195_000, 65_000]),
        ("20", "10", 30_000, [6_000, 3_000, 21_000]),
        // Khai thác cảng hàng không, by region (Thông tư 247/2016).
        ("61", "14", 1_000_003, [610_001, 140_000, 250_002]),
        ("90", "5", 1_000_003, [900_002, 50_000, 50_001]),
        ("48", "20", 1_000_003, [480_001, 200_000, 320_002]),
    ] {
        let split = terms(vec![
            step("retained", Base::Gross, first),
            step("Cơ quan khác", Base::Gross, second),
        ]);
        assert_eq!(
            shared(split, amount),
            named(&[
                ("retained", expected[0]),
                ("Cơ quan khác", expected[1]),
                ("budget", expected[2]),
            ])
        );
    }
}

#[test]
fn of_the_rest_means_after_what_went_first() {
    // Luồng hàng hải (Thông tư 262/2016): 2 % first, of the rest 70 % to the investor, 30 % to the budget.
    let split = terms(vec![
        step("Cảng vụ", Base::Gross, "2"),
        step("Nhà đầu tư", Base::Remainder, "70"),
    ]);
    assert_eq!(
        shared(split, 1_000_000_007),
        named(&[
            ("Cảng vụ", 20_000_000),
            ("Nhà đầu tư", 686_000_004),
            ("budget", 294_000_003),
        ])
    );
}

#[test]
fn what_goes_beyond_the_yearly_plan_is_the_budgets() {
    // Cảng bến thủy (Thông tư 248/2016): 90 % kept, and what exceeds the plan goes to the budget.
    let mut kept = step("retained", Base::Gross, "90");
    kept.yearly_ceiling = Some(vnd(100_000));
    let schedule = Schedule::new([version(1, "2017-01-01", None, terms(vec![kept]))]);
    let days = [(day("2026-11-22"), vnd(100_000))];
    let mut taken = Taken::default();
    let first = split_item(&schedule, &item(), &days, true, &taken).unwrap();
    assert_eq!(
        parts(&first[0]),
        named(&[("retained", 90_000), ("budget", 10_000)])
    );
    for part in &first[0].parts {
        taken.add(&part.recipient, part.taken).unwrap();
    }
    let second = split_item(&schedule, &item(), &days, true, &taken).unwrap();
    assert_eq!(
        parts(&second[0]),
        named(&[("retained", 10_000), ("budget", 90_000)])
    );
}

#[test]
fn a_split_that_changes_inside_the_period_is_shared_on_both_sides_of_the_day() {
    // The tour guide's card: three ways in 2018, afterwards all to the budget.
    let schedule = Schedule::new([
        version(
            1,
            "2018-05-14",
            Some("2018-12-31"),
            terms(vec![step("retained", Base::Gross, "60")]),
        ),
        version(2, "2019-01-01", None, terms(Vec::new())),
    ]);
    let days = [
        (day("2018-12-30"), vnd(650_000)),
        (day("2018-12-31"), vnd(650_000)),
        (day("2019-01-01"), vnd(650_000)),
    ];
    let segments = split_item(&schedule, &item(), &days, true, &Taken::default()).unwrap();
    assert_eq!(segments.len(), 2);
    assert_eq!(
        (segments[0].from, segments[0].to),
        (day("2018-12-30"), day("2018-12-31"))
    );
    assert_eq!(
        parts(&segments[0]),
        named(&[("retained", 780_000), ("budget", 520_000)])
    );
    assert_eq!(parts(&segments[1]), named(&[("budget", 650_000)]));
}

#[test]
fn a_price_that_changes_does_not_break_the_sum_in_two() {
    let split = terms(vec![step("retained", Base::Gross, "1,32")]);
    let mut dearer = version(2, "2026-11-22", None, split.clone());
    dearer.terms.name = "Phí mới".to_owned();
    let schedule = Schedule::new([version(1, "2017-01-01", None, split), dearer]);
    let days = [
        (day("2026-11-21"), vnd(74_000)),
        (day("2026-11-22"), vnd(148_000)),
    ];
    let segments = split_item(&schedule, &item(), &days, true, &Taken::default()).unwrap();
    assert_eq!(segments.len(), 1);
    assert_eq!(segments[0].parts[0].amount, vnd(2_930));
}

#[test]
fn money_for_an_item_that_nobody_knows_is_not_shared() {
    let days = [(day("2026-11-22"), vnd(5))];
    let none = split_item(
        &Schedule::default(),
        &item(),
        &days,
        true,
        &Taken::default(),
    );
    assert_eq!(none.unwrap(), []);
}

proptest! {
    #[test]
    fn the_parts_are_the_whole_for_every_amount_and_every_sound_split(
        amounts in prop::collection::vec(-1_000_000_000_000i64..1_000_000_000_000, 1..6),
        first in 0u32..=1_000_000, of_rest in 0u32..=1_000_000, of_first in 0u32..=1_000_000,
        ceiling in prop::option::of(0i64..1_000_000_000), autonomous: bool,
    ) {
        let percent = |millionths: u32| format!("{}.{:04}", millionths / 10_000, millionths % 10_000);
        let mut kept = step("retained", Base::Gross, &percent(first));
        kept.yearly_ceiling = ceiling.map(vnd);
        let split = terms(vec![
            kept,
            step("A", Base::Remainder, &percent(of_rest)),
            step("B", Base::Share(0), &percent(of_first)),
        ]);
        let schedule = Schedule::new([version(1, "2026-01-01", None, split)]);
        let days: Vec<_> = (0..).zip(&amounts)
            .map(|(offset, amount)| (day("2026-03-01").plus_days(offset), vnd(*amount)))
            .collect();
        let whole: i64 = amounts.iter().sum();
        let segments = split_item(&schedule, &item(), &days, autonomous, &Taken::default()).unwrap();
        let shared: i64 = segments.iter().flat_map(|s| &s.parts).map(|part| part.amount.get()).sum();
        prop_assert_eq!(shared, whole);
        for segment in &segments {
            prop_assert_eq!(segment.parts.iter().map(|part| part.amount.get()).sum::<i64>(), segment.amount.get());
        }
    }
}
