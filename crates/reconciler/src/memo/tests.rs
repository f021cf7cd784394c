use super::*;
use proptest::prelude::*;

const FLOWS: &[Flow] = &Flow::DEFAULTS;

fn reference(seed: u8) -> Reference {
    let random = std::array::from_fn(|i| {
        seed.wrapping_mul(29)
            .wrapping_add(7 * u8::try_from(i).unwrap())
            & 15
    });
    Reference::from_random(Flow::ONE_STOP, random).unwrap()
}

fn suggest(memo: &str, open: &[Reference]) -> Vec<Suggestion> {
    suggestions(
        memo,
        FLOWS,
        |reference| open.contains(reference),
        |prefix| {
            open.iter()
                .filter(|r| r.as_str().starts_with(prefix))
                .copied()
                .collect()
        },
    )
}

#[test]
fn folding_keeps_letters_and_digits_only() {
    assert_eq!(fold("Nộp học phí Đặng.Thị-Ơn_3A"), "NOPHOCPHIDANGTHION3A");
    // Composed and decomposed accents are the same text.
    assert_eq!(fold("ệ Đ đ"), fold("e\u{323}\u{302} D d"));
    assert_eq!(fold(" \t.,;#()"), "");
}

#[test]
fn two_different_valid_references_are_nobodys_but_both_are_suggested() {
    let (a, b) = (reference(1), reference(2));
    let memo = format!("{a} {b} nop cho 2 chau");
    let found = find(&memo, FLOWS);
    assert_eq!(
        (found.exact.as_slice(), found.only()),
        ([a, b].as_slice(), None)
    );
    let reasons: Vec<_> = suggest(&memo, &[a, b])
        .iter()
        .map(|s| (s.reference, s.reason))
        .collect();
    assert_eq!(
        reasons,
        [
            (a, Reason::SeveralReferences),
            (b, Reason::SeveralReferences)
        ]
    );
}

#[test]
fn the_same_reference_twice_is_one() {
    let a = reference(1);
    assert_eq!(
        find_in([format!("{a}.{a}").as_str(), a.as_str()], FLOWS).only(),
        Some(a)
    );
}

#[test]
fn a_reference_of_another_flow_is_not_ours() {
    assert!(
        find(reference(1).as_str(), &[Flow::SCHOOL])
            .exact
            .is_empty()
    );
}

#[test]
fn a_wrong_symbol_is_a_suggestion_and_never_exact() {
    let a = reference(3);
    for at in 0..12 {
        let mut typed = a.to_string();
        typed.replace_range(at..=at, "O");
        let memo = format!("736412.031125.091233.{typed} nop phi");
        assert!(find(&memo, FLOWS).exact.is_empty());
        let expected = [Suggestion {
            reference: a,
            reason: Reason::RepairedSymbol,
        }];
        assert_eq!(suggest(&memo, &[reference(1), a]), expected);
        assert_eq!(
            suggest(&memo, &[reference(1)]),
            [],
            "not towards a closed reference"
        );
    }
}

#[test]
fn a_cut_reference_is_suggested_from_eight_symbols_on() {
    let a = reference(4);
    for kept in 2..12 {
        let memo = format!("hoc phi {}.CT tu 0011", &a.as_str()[..kept]);
        assert!(find(&memo, FLOWS).exact.is_empty());
        let expected: &[_] = match kept {
            // The frame's next letter stands where the last symbol was.
            11 => &[Suggestion {
                reference: a,
                reason: Reason::RepairedSymbol,
            }],
            8.. => &[Suggestion {
                reference: a,
                reason: Reason::Cut,
            }],
            _ => &[],
        };
        assert_eq!(suggest(&memo, &[a, reference(1)]), expected, "{kept} kept");
    }
}

#[test]
fn a_memo_full_of_references_is_read_up_to_the_limit() {
    let memo: String = (0..=255).map(|seed| reference(seed).to_string()).collect();
    assert_eq!(find(&memo, FLOWS).exact.len(), FOUND_MAX);
}

proptest! {
    #[test]
    fn folding_twice_changes_nothing(memo in any::<String>()) {
        let once = fold(&memo);
        prop_assert_eq!(fold(&once), once);
    }

    #[test]
    fn a_reference_survives_any_punctuation_inside_and_any_case(
        seed in any::<u8>(), gaps in prop::collection::vec("[ ._/:,#()-]{0,3}", 12), lower in any::<bool>(),
    ) {
        let a = reference(seed);
        let memo: String = a.as_str().chars().zip(&gaps).flat_map(|(c, gap)| gap.chars().chain([c])).collect();
        let memo = if lower { memo.to_lowercase() } else { memo };
        prop_assert_eq!(find(&memo, FLOWS).only(), Some(a));
    }

    #[test]
    fn reading_never_panics(memo in any::<String>()) {
        let _ = candidates(&memo, FLOWS);
        let _ = find(&memo, FLOWS);
    }
}
