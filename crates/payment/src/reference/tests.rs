use super::*;
use proptest::prelude::*;
use serde::de::IntoDeserializer;
use serde::de::value::{Error as ValueError, StrDeserializer};

const EXAMPLE: &str = "QH234567895V";

/// References that stand for all: the code is linear, so what holds around one holds around each.
fn samples() -> Vec<Reference> {
    let mut samples = vec![Reference::parse(EXAMPLE).unwrap()];
    for (seed, flow) in (1_u8..).zip(Flow::DEFAULTS) {
        let random = std::array::from_fn(|i| {
            seed.wrapping_mul(37) ^ u8::try_from(i).unwrap().wrapping_mul(101)
        });
        samples.push(Reference::from_random(flow, random).unwrap());
    }
    samples
}

/// Whether the checks hold, whatever the prefix: stricter than asking `parse`.
fn checks_hold(symbols: &[u8; 12]) -> bool {
    symbols.iter().all(|s| ALPHABET.contains(s)) && sums(symbols) == (0, 0)
}

fn any_flow() -> impl Strategy<Value = Flow> {
    prop::sample::select(Flow::DEFAULTS.to_vec())
}

fn any_reference() -> impl Strategy<Value = Reference> {
    (any_flow(), any::<[u8; 16]>()).prop_filter_map("too many rejected bytes", |(flow, random)| {
        Reference::from_random(flow, random)
    })
}

#[test]
fn the_example_of_the_design_is_reproduced() {
    let data = *b"QH23456789";
    assert_eq!(Reference::with_checks(data).as_str(), EXAMPLE);
    assert_eq!(Reference::parse(EXAMPLE).unwrap().to_string(), EXAMPLE);
}

#[test]
fn no_one_or_two_wrong_symbols_give_a_valid_code() {
    for sample in samples() {
        let right = sample.as_symbols();
        for i in 0..12 {
            for &a in ALPHABET {
                let mut wrong = *right;
                wrong[i] = a;
                assert_eq!(checks_hold(&wrong), wrong == *right);
                for j in i + 1..12 {
                    for &b in ALPHABET {
                        let mut wrong = wrong;
                        wrong[j] = b;
                        assert_eq!(checks_hold(&wrong), wrong == *right);
                    }
                }
            }
        }
    }
}

#[test]
fn no_swap_of_two_different_symbols_gives_a_valid_code() {
    for sample in samples() {
        for i in 0..12 {
            for j in i + 1..12 {
                let mut swapped = *sample.as_symbols();
                swapped.swap(i, j);
                assert_eq!(checks_hold(&swapped), swapped == *sample.as_symbols());
            }
        }
    }
}

#[test]
fn every_single_wrong_symbol_is_repaired_to_the_code_it_came_from() {
    for sample in samples() {
        for at in 0..12 {
            for wrong in 0..=u8::MAX {
                let mut symbols = *sample.as_symbols();
                symbols[at] = wrong;
                let expected = (symbols != *sample.as_symbols()).then_some(sample);
                assert_eq!(
                    Reference::repair(&symbols),
                    expected,
                    "{wrong} at {at} of {sample}"
                );
            }
        }
    }
}

#[test]
fn two_symbols_outside_the_alphabet_are_beyond_repair() {
    assert_eq!(Reference::repair(b"QH23O567895I"), None);
    assert_eq!(Reference::repair(b"000000000000"), None);
}

#[test]
fn each_refusal_names_its_reason() {
    let refusal = |text| Reference::parse(text).unwrap_err();
    assert_eq!(refusal("QH234567895"), ReferenceError::Length);
    assert_eq!(refusal("QH234567895VV"), ReferenceError::Length);
    assert_eq!(refusal("TN234567895V"), ReferenceError::Prefix);
    assert_eq!(refusal("Q2234567895V"), ReferenceError::Prefix);
    assert_eq!(refusal("qh234567895v"), ReferenceError::Prefix);
    assert_eq!(
        refusal("QH23456789Sv"),
        ReferenceError::Symbol { position: 12 }
    );
    assert_eq!(
        refusal("QHO34567895V"),
        ReferenceError::Symbol { position: 3 }
    );
    assert_eq!(refusal("QH23456789V5"), ReferenceError::Check);
}

#[test]
fn a_flow_is_two_letters_that_vietnamese_does_not_write() {
    for flow in Flow::DEFAULTS {
        assert_eq!(Flow::parse(flow.as_str()), Ok(flow));
    }
    for text in [
        "", "Q", "QHH", "CH", "TN", "Q7", "QO", "QI", "qh", "Qh", "QĐ",
    ] {
        assert_eq!(Flow::parse(text), Err(ReferenceError::Prefix), "{text}");
    }
}

#[test]
fn rejected_random_bytes_are_skipped_and_too_many_give_none() {
    let mut random = [0_u8; 16];
    random[..8].fill(31);
    assert_eq!(
        Reference::from_random(Flow::OTHER, random)
            .unwrap()
            .as_str()[2..10],
        *"22222222"
    );
    random[8] = 0b1111_1111;
    assert_eq!(Reference::from_random(Flow::OTHER, random), None);
}

#[test]
fn each_symbol_is_equally_likely_over_all_byte_values() {
    let mut counts = [0; 31];
    for byte in 0..=u8::MAX {
        // The remaining bytes are zero: the first accepted symbol is the byte's own.
        let mut random = [0; 16];
        random[0] = byte;
        if byte & 31 != 31 {
            let reference = Reference::from_random(Flow::SCHOOL, random).unwrap();
            counts[value_of(reference.as_symbols()[2]).unwrap() as usize] += 1;
        }
    }
    assert_eq!(counts, [8; 31]);
}

#[test]
fn json_carries_the_text_and_refuses_a_wrong_one() {
    let read = |text: &'static str| {
        let deserializer: StrDeserializer<'_, ValueError> = text.into_deserializer();
        Reference::deserialize(deserializer)
    };
    assert_eq!(read(EXAMPLE).unwrap().as_str(), EXAMPLE);
    assert!(read("QH234567895W").is_err());
}

proptest! {
    #[test]
    fn parsing_what_was_displayed_gives_the_same_reference(reference in any_reference()) {
        prop_assert_eq!(Reference::parse(&reference.to_string()), Ok(reference));
        prop_assert_eq!(reference.as_str().len(), 12);
    }

    #[test]
    fn a_swap_never_gives_another_valid_code(reference in any_reference(), i in 0..12_usize, j in 0..12_usize) {
        let mut swapped = *reference.as_symbols();
        swapped.swap(i, j);
        prop_assert_eq!(checks_hold(&swapped), swapped == *reference.as_symbols());
    }

    #[test]
    fn a_repair_is_a_valid_code_one_symbol_away(symbols in prop::array::uniform12(prop::sample::select(ALPHABET.to_vec()))) {
        let mut symbols = symbols;
        symbols[0] = b'Q';
        symbols[1] = b'H';
        if let Some(repaired) = Reference::repair(&symbols) {
            let distance = repaired.as_symbols().iter().zip(&symbols).filter(|(a, b)| a != b).count();
            prop_assert_eq!(distance, 1);
            prop_assert!(checks_hold(repaired.as_symbols()));
        }
    }
}

#[test]
fn a_reference_with_a_prefix_inside_could_begin_another() {
    let flows = Flow::DEFAULTS;
    let with_inner = |middle: &str| {
        // The checks are not asked here, so any twelve symbols will do.
        let mut symbols = *b"QH2345678923";
        symbols[4..4 + middle.len()].copy_from_slice(middle.as_bytes());
        Reference(symbols)
    };
    assert!(!with_inner("22").could_begin_another(&flows));
    assert!(with_inner("QT").could_begin_another(&flows));
    assert!(with_inner("222222QC").could_begin_another(&flows));
    assert!(with_inner("2222222Q").could_begin_another(&flows));
}
