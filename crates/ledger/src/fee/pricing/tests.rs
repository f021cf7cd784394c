use super::*;
use crate::fee::import::{Row, read_rows};
use crate::fee::{Quantity, Schedule};

fn vnd(dong: i64) -> Vnd {
    Vnd::new(dong).unwrap()
}

fn day(text: &str) -> BusinessDate {
    BusinessDate::parse(text).unwrap()
}

fn item(code: &str) -> ItemCode {
    ItemCode::parse(code).unwrap()
}

/// The rows of a small file, in force from their declared days.
fn schedule(csv: &str) -> Schedule {
    let mut reader = csv::Reader::from_reader(csv.as_bytes());
    let headings: Vec<String> = reader
        .headers()
        .unwrap()
        .iter()
        .map(str::to_owned)
        .collect();
    let rows = reader
        .records()
        .map(|record| record.unwrap().iter().map(str::to_owned).collect());
    let rows: Vec<Row> = read_rows(&headings, rows).unwrap();
    Schedule::new((1u32..).zip(rows).map(|(version, row)| ItemVersion {
        item: row.item,
        version,
        starts_on: row.valid_from.unwrap(),
        ends_on: row.valid_to,
        declared_from: row.valid_from,
        terms: row.terms,
    }))
}

fn all() -> Schedule {
    schedule(include_str!("../../../../../tests/data/fees/new_year.csv"))
}

fn priced(code: &str, on: &str, online: bool, region: Option<&str>, claim: Option<&str>) -> i64 {
    let schedule = all();
    let version = schedule.in_force(&item(code), day(on)).unwrap();
    let claim = claim.map(|code| Claim {
        code: item(code),
        proof: Some("QĐ 12".to_owned()),
    });
    let circumstances = Circumstances {
        day: day(on),
        online,
        region,
    };
    price(version, &Measure::default(), claim.as_ref(), circumstances)
        .unwrap()
        .amount
        .get()
}

#[test]
fn a_passport_is_cheaper_online_until_the_window_ends_at_midnight() {
    assert_eq!(priced("HC-CAPMOI", "2025-12-31", true, None, None), 180_000);
    assert_eq!(
        priced("HC-CAPMOI", "2025-12-31", false, None, None),
        200_000
    );
    assert_eq!(priced("HC-CAPMOI", "2026-01-01", true, None, None), 200_000);
    assert_eq!(priced("GPLX-CAP", "2024-05-05", true, None, None), 115_000);
    assert_eq!(priced("GPLX-CAP", "2026-01-01", true, None, None), 135_000);
}

#[test]
fn a_province_waives_what_the_others_charge() {
    assert_eq!(
        priced("HT-KETHON", "2026-11-22", true, Some("TP.HCM"), None),
        0
    );
    assert_eq!(
        priced("HT-KETHON", "2026-11-22", false, Some("TP.HCM"), None),
        30_000
    );
    assert_eq!(
        priced("HT-KETHON", "2026-11-22", true, Some("Hà Nội"), None),
        30_000
    );
}

#[test]
fn a_halved_price_gives_way_to_the_full_one_at_new_year() {
    assert_eq!(priced("CC-DOI", "2026-12-31", false, None, None), 25_000);
    assert_eq!(priced("CC-DOI", "2027-01-01", false, None, None), 50_000);
    assert_eq!(priced("CC-DOI", "2025-06-30", false, None, None), 50_000);
    assert!(all().in_force(&item("CC-DOI"), day("2016-12-31")).is_none());
}

#[test]
fn of_two_reductions_only_the_narrower_one_applies() {
    // 50 % for the elderly and 80 % online: one condition each, so the payer gets the better one alone.
    assert_eq!(
        priced("XD-HANHNGHE", "2025-01-01", true, None, None),
        240_000
    );
    assert_eq!(
        priced("XD-HANHNGHE", "2025-01-01", true, None, Some("NCT")),
        150_000
    );
    // Online in one province is narrower than being elderly.
    assert_eq!(
        priced("HT-KETHON", "2026-11-22", true, Some("TP.HCM"), Some("NCT")),
        0
    );
    assert_eq!(
        priced("HT-KETHON", "2026-11-22", true, None, Some("NCT")),
        15_000
    );
}

#[test]
fn a_relief_needs_to_exist_and_to_be_proved() {
    let schedule = all();
    let version = schedule
        .in_force(&item("HT-KETHON"), day("2026-11-22"))
        .unwrap();
    let circumstances = Circumstances {
        day: day("2026-11-22"),
        online: false,
        region: None,
    };
    let claim = |code: &str, proof: Option<&str>| Claim {
        code: item(code),
        proof: proof.map(str::to_owned),
    };
    let ask = |claim: &Claim| price(version, &Measure::default(), Some(claim), circumstances);
    assert_eq!(
        ask(&claim("NOBODY", None)),
        Err(PriceError::Takes("relief"))
    );
    assert_eq!(
        ask(&claim("NCT", None)),
        Err(PriceError::Needs("relief/proof"))
    );
    let granted = ask(&claim("NCT", Some("CCCD 079…"))).unwrap();
    assert_eq!(granted.list_amount, vnd(30_000));
    assert_eq!(granted.amount, vnd(15_000));
}

#[test]
fn a_discounted_price_drops_the_broken_dong_once_for_the_line() {
    let schedule = all();
    let version = schedule
        .in_force(&item("HC-CAPMOI"), day("2025-01-01"))
        .unwrap();
    let measure = Measure {
        quantity: Some(Quantity::whole(3).unwrap()),
        ..Measure::default()
    };
    let circumstances = Circumstances {
        day: day("2025-01-01"),
        online: true,
        region: None,
    };
    let priced = price(version, &measure, None, circumstances).unwrap();
    assert_eq!(priced.amount, vnd(540_000));
    assert_eq!(priced.reduction, Some(Reduction::Discount { region: None }));
}
