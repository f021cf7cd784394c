use super::*;
use payment::Slip;
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

fn reasons(suggested: &[Suggestion]) -> Vec<(Reference, Reason)> {
    suggested.iter().map(|s| (s.reference, s.reason)).collect()
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
    let suggested = suggest(&memo, &[a, b]);
    let both = [
        (a, Reason::SeveralReferences),
        (b, Reason::SeveralReferences),
    ];
    assert_eq!(reasons(&suggested), both);
    // Neither is better: each names the other, with the same score.
    for (one, other) in [(0, 1), (1, 0)] {
        assert!(suggested[one].is_tied());
        let runner_up = suggested[one].runner_up.unwrap();
        assert_eq!(runner_up.reference, suggested[other].reference);
    }
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
        let suggested = suggest(&memo, &[reference(1), a]);
        let slip = Slip::Wrong {
            position: u8::try_from(at + 1).unwrap(),
            read: 'O',
        };
        assert_eq!(reasons(&suggested), [(a, Reason::RepairedSymbol)]);
        assert_eq!(
            (suggested[0].token.as_str(), suggested[0].repair),
            (typed.as_str(), Some(slip))
        );
        assert_eq!(suggested[0].runner_up, None);
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
            11 => &[(a, Reason::RepairedSymbol)],
            8.. => &[(a, Reason::Cut)],
            _ => &[],
        };
        let suggested = suggest(&memo, &[a, reference(1)]);
        assert_eq!(reasons(&suggested), expected, "{kept} kept");
    }
}

#[test]
fn a_memo_full_of_references_is_read_up_to_the_limit() {
    let memo: String = (0..=255).map(|seed| reference(seed).to_string()).collect();
    assert_eq!(find(&memo, FLOWS).exact.len(), FOUND_MAX);
}

#[test]
fn what_happened_to_a_code_is_named_and_undone() {
    let a = reference(3);
    let code = a.as_str();
    let swapped = format!("{}{}{}{}", &code[..4], &code[5..6], &code[4..5], &code[6..]);
    let cases = [
        (
            format!("{}{}", &code[..6], &code[7..]),
            Reason::MissingSymbol,
        ),
        (
            format!("{}0{}", &code[..6], &code[6..]),
            Reason::ExtraSymbol,
        ),
        (swapped, Reason::SwappedSymbols),
        (
            format!("{}O{}I{}", &code[..3], &code[4..8], &code[9..]),
            Reason::UnreadableSymbols,
        ),
    ];
    for (typed, reason) in cases {
        let memo = format!("MBVCB.3278907687.{typed}.CT tu 0011");
        assert!(find(&memo, FLOWS).exact.is_empty(), "{memo}");
        let suggested = suggest(&memo, &[reference(1), a]);
        assert_eq!(reasons(&suggested), [(a, reason)], "{memo}");
        assert_eq!(suggested[0].token, typed);
    }
}

#[test]
fn the_better_explained_reference_comes_first_and_names_the_other() {
    let (a, b) = (reference(1), reference(2));
    // Of `a` the beginning is there, of `b` all but one symbol.
    let memo = format!(
        "{}, {}O{}",
        &a.as_str()[..9],
        &b.as_str()[..5],
        &b.as_str()[6..]
    );
    let suggested = suggest(&memo, &[a, b]);
    assert_eq!(
        reasons(&suggested),
        [(b, Reason::RepairedSymbol), (a, Reason::Cut)]
    );
    assert_eq!(suggested[0].runner_up.unwrap().reference, a);
    assert_eq!(suggested[1].runner_up.unwrap().reference, b);
    assert!(!suggested[0].is_tied() && suggested[0].score > suggested[1].score);
}

proptest! {
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
