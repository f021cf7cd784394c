use super::*;
use crate::fee::Quantity;
use proptest::prelude::*;

fn rule(json: &str) -> PriceRule {
    let rule: PriceRule = serde_json::from_str(json).unwrap();
    rule.check().unwrap();
    rule
}

fn vnd(dong: i64) -> Vnd {
    Vnd::new(dong).unwrap()
}

fn units(number: i64) -> Measure {
    Measure {
        quantity: Some(Quantity::whole(number).unwrap()),
        ..Measure::default()
    }
}

fn value(dong: i64) -> Measure {
    Measure {
        base_amount: Some(vnd(dong)),
        ..Measure::default()
    }
}

const COPIES: &str =
    r#"{"type":"page_bands","bands":[{"upto":2,"price":2000},{"price":1000}],"cap":200000}"#;
const ENFORCEMENT: &str = r#"{"type":"progressive","bands":[{"upto":5000000000,"rate":"0.03"},
    {"upto":7000000000,"base":150000000,"rate":"0.02","over":5000000000},
    {"upto":10000000000,"base":190000000,"rate":"0.01","over":7000000000},
    {"upto":15000000000,"base":220000000,"rate":"0.005","over":10000000000},
    {"base":245000000,"rate":"0.0001","over":15000000000}]}"#;
const ROAD: &str =
    r#"{"type":"per_month","price":130000,"months":12,"prorate":"days/30","round":"1000_half_up"}"#;

#[test]
fn a_certified_copy_costs_by_its_pages_up_to_the_ceiling() {
    let rule = rule(COPIES);
    for (pages, price) in [
        (1, 2_000),
        (2, 4_000),
        (3, 5_000),
        (10, 12_000),
        (198, 200_000),
        (250, 200_000),
    ] {
        assert_eq!(rule.price(&units(pages)), Ok(vnd(price)), "{pages} pages");
    }
}

#[test]
fn the_ceiling_is_for_each_copy() {
    let mut measure = units(250);
    measure.copies = Some(3);
    assert_eq!(rule(COPIES).price(&measure), Ok(vnd(600_000)));
    measure.copies = Some(0);
    assert_eq!(
        rule(COPIES).price(&measure),
        Err(PriceError::NotPositive("copies"))
    );
}

#[test]
fn the_enforcement_fee_falls_from_band_to_band_and_drops_the_broken_dong() {
    let rule = rule(ENFORCEMENT);
    for (amount, price) in [
        (5_000_000_000, 150_000_000),
        (6_000_000_000, 170_000_000),
        (12_345_678_901, 231_728_394),
        (20_000_000_000, 245_500_000),
    ] {
        assert_eq!(rule.price(&value(amount)), Ok(vnd(price)), "{amount}");
    }
    assert_eq!(
        rule.price(&Measure::default()),
        Err(PriceError::Needs("base_amount"))
    );
    assert_eq!(
        rule.price(&value(0)),
        Err(PriceError::NotPositive("base_amount"))
    );
}

#[test]
fn the_road_fee_counts_odd_days_as_thirtieths_and_rounds_to_the_thousand() {
    let rule = rule(ROAD);
    let period = |months, days| Measure {
        months,
        days,
        ..Measure::default()
    };
    assert_eq!(rule.price(&Measure::default()), Ok(vnd(1_560_000)));
    // 130.000 × 5 / 30 = 21.666,7 → 22.000; × 1 / 30 = 4.333,3 → 4.000.
    assert_eq!(rule.price(&period(None, Some(5))), Ok(vnd(22_000)));
    assert_eq!(rule.price(&period(None, Some(1))), Ok(vnd(4_000)));
    // 6 months and 12 days: 780.000 + 52.000.
    assert_eq!(rule.price(&period(Some(6), Some(12))), Ok(vnd(832_000)));
    assert_eq!(
        rule.price(&period(Some(0), None)),
        Err(PriceError::NotPositive("months"))
    );
    let mut fleet = units(3);
    fleet.days = Some(5);
    assert_eq!(rule.price(&fleet), Ok(vnd(66_000)));
}

#[test]
fn exactly_five_hundred_dong_go_up() {
    // 45.000 / 30 = 1.500 → 2.000, and 44.970 / 30 = 1.499 → 1.000.
    for (price, rounded) in [(45_000, 2_000), (44_970, 1_000)] {
        let rule = rule(&format!(
            r#"{{"type":"per_month","price":{price},"months":1,"prorate":"days/30","round":"1000_half_up"}}"#
        ));
        let day = Measure {
            days: Some(1),
            ..Measure::default()
        };
        assert_eq!(rule.price(&day), Ok(vnd(rounded)));
    }
}

#[test]
fn an_examination_has_one_price_for_everybody_chosen_by_the_head_count() {
    let rule = rule(
        r#"{"type":"volume_price","bands":[{"below":100,"price":500000},{"below":500,"price":400000},{"price":300000}]}"#,
    );
    for (heads, price) in [
        (99, 49_500_000),
        (100, 40_000_000),
        (499, 199_600_000),
        (500, 150_000_000),
    ] {
        assert_eq!(rule.price(&units(heads)), Ok(vnd(price)), "{heads}");
    }
    let one_of_many = Measure {
        volume: Some(620),
        ..Measure::default()
    };
    assert_eq!(rule.price(&one_of_many), Ok(vnd(300_000)));
}

#[test]
fn a_rate_stops_at_its_ceiling() {
    let rule = rule(r#"{"type":"rate","rate":"0.005","cap":500000000}"#);
    assert_eq!(rule.price(&value(3_000_000_000)), Ok(vnd(15_000_000)));
    assert_eq!(rule.price(&value(100_000_000_000)), Ok(vnd(500_000_000)));
    assert_eq!(rule.price(&value(100_000_000_001)), Ok(vnd(500_000_000)));
    assert_eq!(rule.price(&value(199)), Ok(vnd(0)));
}

#[test]
fn the_third_certificate_is_the_first_that_costs_extra() {
    let rule = rule(r#"{"type":"per_unit_from","free_units":2,"price":5000}"#);
    for (certificates, price) in [(1, 0), (2, 0), (3, 5_000), (5, 15_000)] {
        assert_eq!(rule.price(&units(certificates)), Ok(vnd(price)));
    }
}

#[test]
fn a_member_that_the_rule_would_ignore_is_refused() {
    let fixed = rule(r#"{"type":"fixed","price":10000}"#);
    assert_eq!(
        fixed.price(&value(5)),
        Err(PriceError::Takes("base_amount"))
    );
    let half = Measure {
        quantity: Some(Quantity::parse("1.5").unwrap()),
        ..Measure::default()
    };
    assert_eq!(fixed.price(&half), Err(PriceError::Whole));
    let metres = rule(r#"{"type":"per_unit","price":45000}"#);
    assert_eq!(metres.price(&half), Ok(vnd(67_500)));
    assert_eq!(
        rule(ENFORCEMENT).price(&units(1)),
        Err(PriceError::Takes("quantity"))
    );
}

#[test]
fn bands_that_do_not_rise_are_refused_when_they_are_read() {
    for bad in [
        r#"{"type":"page_bands","bands":[]}"#,
        r#"{"type":"page_bands","bands":[{"upto":2,"price":1}]}"#,
        r#"{"type":"page_bands","bands":[{"upto":5,"price":1},{"upto":2,"price":1},{"price":1}]}"#,
        r#"{"type":"volume_price","bands":[{"price":1},{"price":1}]}"#,
        r#"{"type":"progressive","bands":[{"upto":10,"rate":"0.1"},{"rate":"0.1","over":11}]}"#,
        r#"{"type":"fixed","price":-1}"#,
        r#"{"type":"per_month","price":1,"months":0}"#,
    ] {
        let rule: PriceRule = serde_json::from_str(bad).unwrap();
        assert!(rule.check().is_err(), "{bad}");
    }
    for unreadable in [
        r#"{"type":"fixed","price":1,"surprise":2}"#,
        r#"{"type":"rate","rate":0.005}"#,
        r#"{"type":"per_month","price":1,"months":1,"prorate":"days/31"}"#,
    ] {
        assert!(
            serde_json::from_str::<PriceRule>(unreadable).is_err(),
            "{unreadable}"
        );
    }
}

proptest! {
    #[test]
    fn more_of_the_same_never_costs_less(pages in 1i64..1_000, more in 1i64..100, base in 1i64..30_000_000_000, over in 1i64..1_000_000) {
        let copies = rule(COPIES);
        prop_assert!(copies.price(&units(pages)).unwrap() <= copies.price(&units(pages + more)).unwrap());
        let enforcement = rule(ENFORCEMENT);
        prop_assert!(enforcement.price(&value(base)).unwrap() <= enforcement.price(&value(base + over)).unwrap());
    }

    #[test]
    fn no_measure_panics(quantity in 1i64..=1_000_000_000, base in 1i64..9_000_000_000_000_000, months in any::<u32>(), days in any::<u32>(), copies in any::<u32>()) {
        for rule in [COPIES, ENFORCEMENT, ROAD].map(rule) {
            let _ = rule.price(&value(base));
            let _ = rule.price(&Measure { copies: Some(copies), ..units(quantity) });
            let _ = rule.price(&Measure { months: Some(months), days: Some(days), ..units(quantity) });
        }
    }
}
