use super::*;
use payment::BusinessDate;
use proptest::prelude::*;

const CODE: &str = "QH234567895V";
const FRAMED: &str = "MBVCB.3278907687.QH2345 67895V nop phi.CT tu 0011";

fn at(local: &str) -> Timestamp {
    Timestamp::parse_vietnam_local(local).unwrap()
}

fn report(facts: &Facts<'_>) -> Report {
    Report::new(facts, &Flow::DEFAULTS)
}

/// A line of 3 November without a time, from a file of the next morning.
fn line<'a>(reference: Option<&'a str>, memo: &'a str) -> Facts<'a> {
    Facts {
        reference,
        memo,
        memo_full: None,
        booked_at: BusinessDate::parse("2025-11-03").unwrap().starts_at(),
        precision: Precision::Day,
        balance_after: None,
        statement_received_at: Some(at("2025-11-04 08:00:00")),
    }
}

fn callback<'a>(reference: Option<&'a str>, memo: &'a str, when: &str) -> Facts<'a> {
    Facts {
        reference,
        memo,
        memo_full: None,
        booked_at: at(when),
        precision: Precision::Second,
        balance_after: None,
        statement_received_at: None,
    }
}

fn judge(line: &Facts<'_>, other: &Facts<'_>) -> Verdict {
    compare(&report(line), &report(other))
}

#[test]
fn what_speaks_for_one_movement_and_what_against_it() {
    let noon = "2025-11-03 12:00:00";
    let same = |v| matches!(v, Verdict::Same(_));
    // One reference, texts that fit.
    assert!(same(judge(
        &line(Some("FT25307111"), CODE),
        &callback(Some("FT25307111"), FRAMED, noon)
    )));
    assert!(same(judge(
        &line(Some("FT25307111\\BNK"), ""),
        &callback(Some("ft-25307111"), FRAMED, noon)
    )));
    // Another channel's reference, one payment code, one day.
    assert!(same(judge(
        &line(Some("5209 - 33719"), CODE),
        &callback(Some("FT25307111"), FRAMED, noon)
    )));
    // A memo without a code, inside the frame of the other.
    let vi_du = "Tran Thi Vi Du chuyen tien";
    assert!(same(judge(
        &line(None, vi_du),
        &callback(None, "MBVCB.1.Trần Thị Ví Dụ chuyển tiền.CT tu 1", noon)
    )));
    for (line, other, why) in [
        (
            line(Some("FT25307111"), "nop hoc phi"),
            callback(Some("FT25307111"), "tra tien dien", noon),
            "reference again, other text",
        ),
        (
            line(Some("FT25307111"), CODE),
            callback(Some("FT25307112"), CODE, noon),
            "references of one make that differ",
        ),
        (
            line(None, CODE),
            callback(None, CODE, "2025-11-02 12:00:00"),
            "booked on the next day, and no more to say so",
        ),
        (
            line(None, ""),
            callback(None, CODE, noon),
            "a line without a text",
        ),
        (
            line(Some("FT25307111"), "QH234567895V"),
            callback(Some("FT25307111"), "QT23456789EB", noon),
            "one reference, two codes",
        ),
    ] {
        let other_code = Reference::from_random(Flow::SCHOOL, [7; 16])
            .unwrap()
            .to_string();
        let other = if other.memo == "QT23456789EB" {
            Facts {
                memo: &other_code,
                ..other
            }
        } else {
            other
        };
        assert_eq!(judge(&line, &other), Verdict::Possible, "{why}");
    }
    for (line, other, why) in [
        (
            line(None, "nop hoc phi lop 1"),
            callback(None, "tra tien dien thang", noon),
            "nothing in common but the amount",
        ),
        (
            line(None, CODE),
            callback(None, CODE, "2025-10-20 12:00:00"),
            "two weeks before",
        ),
        (
            line(None, CODE),
            callback(None, CODE, "2025-11-04 19:00:00"),
            "announced a day after",
        ),
        (
            line(None, ""),
            callback(None, "", "2025-11-02 12:00:00"),
            "no text, another day",
        ),
        (
            line(Some("00042"), "phi"),
            callback(Some("00042"), "phi", "2025-10-03 12:00:00"),
            "a short number of last month",
        ),
    ] {
        assert_eq!(judge(&line, &other), Verdict::Different, "{why}");
    }
}

#[test]
fn a_movement_after_the_file_came_is_not_in_it() {
    let mut morning = line(None, CODE);
    morning.statement_received_at = Some(at("2025-11-03 10:00:00"));
    assert_eq!(
        judge(&morning, &callback(None, CODE, "2025-11-03 15:00:00")),
        Verdict::Different
    );
    assert!(matches!(
        judge(&morning, &callback(None, CODE, "2025-11-03 09:00:00")),
        Verdict::Same(_)
    ));
}

#[test]
fn with_precise_times_the_second_payment_of_a_day_is_not_the_first() {
    let mut precise = line(None, CODE);
    precise.booked_at = at("2025-11-03 08:00:00");
    precise.precision = Precision::Second;
    assert!(matches!(
        judge(&precise, &callback(None, CODE, "2025-11-03 08:01:30")),
        Verdict::Same(_)
    ));
    assert_eq!(
        judge(&precise, &callback(None, CODE, "2025-11-03 15:00:00")),
        Verdict::Possible
    );
}

#[test]
fn a_payer_who_paid_twice_is_paired_twice_and_a_third_line_stays_new() {
    let lines = vec![report(&line(None, CODE)); 3];
    let credits = ["2025-11-03 08:00:00", "2025-11-03 09:00:00"]
        .map(|when| report(&callback(None, FRAMED, when)));
    let pairs = pair(&lines, &credits);
    let mut taken: Vec<usize> = pairs.iter().flatten().copied().collect();
    taken.sort_unstable();
    assert_eq!(taken, [0, 1]);
    assert_eq!(pairs.iter().filter(|pair| pair.is_none()).count(), 1);
}

#[test]
fn a_line_with_two_choices_leaves_the_only_choice_to_its_neighbour() {
    // The first line fits both credits, the second only the first one.
    let lines = [
        report(&line(Some("REF1"), "nop tien cho vi du")),
        report(&line(Some("REF1"), "nop tien cho vi du sap 12")),
    ];
    let credits = [
        report(&callback(
            Some("REF1"),
            "MB nop tien cho vi du sap 12 het",
            "2025-11-03 08:00:00",
        )),
        report(&callback(
            Some("REF1"),
            "nop tien cho vi du",
            "2025-11-03 08:00:00",
        )),
    ];
    let pairs = pair(&lines, &credits);
    assert_eq!(pairs, [Some(1), Some(0)]);
}

#[test]
fn thousands_of_equal_lines_are_paired_one_to_one() {
    let lines = vec![report(&line(None, "nop tien cho")); 3_000];
    let credits = vec![report(&callback(None, "nop tien cho", "2025-11-03 08:00:00")); 2_000];
    let pairs = pair(&lines, &credits);
    let taken: std::collections::BTreeSet<usize> = pairs.iter().flatten().copied().collect();
    assert_eq!(taken.len(), 2_000);
    assert_eq!(pairs.iter().flatten().count(), 2_000);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// Movements with a truth behind them: who was heard, in which words, is chance.
    #[test]
    fn no_credit_is_taken_twice_and_none_that_was_heard_is_taken_for_new(
        payers in prop::collection::vec((0u8..6, any::<bool>(), any::<bool>(), 0u32..80_000), 1..40), balances: bool
    ) {
        let codes: Vec<String> = (0u8..6).map(|seed| Reference::from_random(Flow::ONE_STOP, [seed + 1; 16]).unwrap().to_string()).collect();
        let mut lines = Vec::new();
        let mut credits = Vec::new();
        let mut truth = Vec::new();
        for (index, (payer, heard, framed, second)) in payers.iter().enumerate() {
            let code = &codes[usize::from(*payer)];
            let reference = format!("FT{index:05}");
            let balance = Vnd::new(1_000_000 + i64::try_from(index).unwrap()).unwrap();
            let balance = balances.then_some(balance);
            lines.push(report(&Facts { balance_after: balance, ..line(Some(&reference), code) }));
            if *heard {
                let memo = if *framed { format!("MBVCB.{index}.{code} nop phi.CT tu 1") } else { code.clone() };
                let booked_at = at("2025-11-03 00:00:00").plus_seconds(i64::from(*second));
                let facts = Facts { booked_at, balance_after: balance, ..callback(Some(&reference), &memo, "2025-11-03 00:00:00") };
                credits.push(report(&facts));
                truth.push((index, credits.len() - 1));
            }
        }
        let pairs = pair(&lines, &credits);
        for (line, credit) in truth {
            prop_assert_eq!(pairs[line], Some(credit));
        }
        prop_assert_eq!(pairs.iter().flatten().count(), credits.len());
    }

    /// Without references and balances, the payer is what counts: each payer has as many new lines as
    /// were not heard.
    #[test]
    fn without_references_each_payer_keeps_his_count(
        payers in prop::collection::vec((0u8..4, any::<bool>(), 0u32..80_000), 1..40)
    ) {
        let codes: Vec<String> = (0u8..4).map(|seed| Reference::from_random(Flow::ONE_STOP, [seed + 1; 16]).unwrap().to_string()).collect();
        let lines: Vec<Report> = payers.iter().map(|(payer, _, _)| report(&line(None, &codes[usize::from(*payer)]))).collect();
        let credits: Vec<Report> = payers.iter().filter(|(_, heard, _)| *heard).map(|(payer, _, second)| {
            let booked_at = at("2025-11-03 00:00:00").plus_seconds(i64::from(*second));
            report(&Facts { booked_at, ..callback(None, &format!("x {} y", codes[usize::from(*payer)]), "2025-11-03 00:00:00") })
        }).collect();
        let pairs = pair(&lines, &credits);
        let distinct: std::collections::BTreeSet<usize> = pairs.iter().flatten().copied().collect();
        prop_assert_eq!(distinct.len(), credits.len());
        for payer in 0u8..4 {
            let new = payers.iter().zip(&pairs).filter(|((p, _, _), pair)| *p == payer && pair.is_none()).count();
            let unheard = payers.iter().filter(|(p, heard, _)| *p == payer && !heard).count();
            prop_assert_eq!(new, unheard);
        }
    }
}
