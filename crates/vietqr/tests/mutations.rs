//! A short run of what the fuzzer does at length: collected payloads, changed at random, must never be
//! read wrongly. Seeded, so a failure comes again.

#![allow(clippy::unwrap_used, reason = "a helper of a test may fail the test")]

mod holds;

use holds::{
    objects_lie_where_they_say, sealed, the_diagnosis_is_sound, writing_again_keeps_everything,
};
use proptest::prelude::*;
use serde_json::Value;

fn payloads() -> Vec<String> {
    let vectors: Vec<Value> = serde_json::from_str(include_str!("data/vectors.json")).unwrap();
    let text = |vector: &Value| vector["payload"].as_str().unwrap().to_owned();
    vectors.iter().map(text).collect()
}

fn everything_holds(text: &str) {
    for text in [text, &sealed(text)] {
        objects_lie_where_they_say(text);
        the_diagnosis_is_sound(text);
        writing_again_keeps_everything(text);
    }
}

/// One change as a fuzzer makes it; positions and lengths are taken modulo what is there.
#[derive(Debug, Clone)]
enum Change {
    Remove(usize, usize),
    Double(usize, usize),
    Insert(usize, String),
    Replace(usize, String),
    /// A piece of another payload.
    Splice(usize, usize, usize, usize),
}

fn change() -> impl Strategy<Value = Change> {
    let piece = prop_oneof![
        "[0-9]{1,4}",
        "[0-9]{2}(01|02|03|04|99)",
        Just("0010A000000727".to_owned()),
        Just("6304".to_owned()),
        "\\PC{1,3}",
        any::<char>().prop_map(String::from),
    ];
    let at = || any::<prop::sample::Index>().prop_map(|index| index.index(4096));
    prop_oneof![
        (at(), 1..9_usize).prop_map(|(at, length)| Change::Remove(at, length)),
        (at(), 1..40_usize).prop_map(|(at, length)| Change::Double(at, length)),
        (at(), piece.clone()).prop_map(|(at, piece)| Change::Insert(at, piece)),
        (at(), piece).prop_map(|(at, piece)| Change::Replace(at, piece)),
        (at(), at(), at(), 1..60_usize)
            .prop_map(|(at, other, from, length)| Change::Splice(at, other, from, length)),
    ]
}

fn changed(text: &str, change: &Change, payloads: &[String]) -> String {
    let mut characters: Vec<char> = text.chars().collect();
    let place = |at: usize| at % (characters.len() + 1);
    let piece = |characters: &[char], at: usize, length: usize| {
        let at = at % (characters.len() + 1);
        characters[at..characters.len().min(at + length)].to_vec()
    };
    match change {
        Change::Remove(at, length) => {
            let at = place(*at);
            characters.drain(at..characters.len().min(at + length));
        }
        Change::Double(at, length) => {
            let again = piece(&characters, *at, *length);
            let at = place(*at);
            characters.splice(at..at, again);
        }
        Change::Insert(at, text) => {
            let at = place(*at);
            characters.splice(at..at, text.chars());
        }
        Change::Replace(at, text) => {
            let at = place(*at);
            let end = characters.len().min(at + text.chars().count());
            characters.splice(at..end, text.chars());
        }
        Change::Splice(at, other, from, length) => {
            let other: Vec<char> = payloads[other % payloads.len()].chars().collect();
            let at = place(*at);
            characters.splice(at..at, piece(&other, *from, *length));
        }
    }
    characters.into_iter().collect()
}

#[test]
fn everything_holds_for_every_collected_payload_and_each_of_its_beginnings() {
    for payload in payloads() {
        everything_holds(&payload);
        for (end, _) in payload.char_indices() {
            everything_holds(&payload[..end]);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 3_000,
        failure_persistence: None,
        rng_seed: prop::test_runner::RngSeed::Fixed(20_261_122),
        ..ProptestConfig::default()
    })]

    #[test]
    fn everything_holds_for_changed_payloads(
        first in any::<prop::sample::Index>(), changes in prop::collection::vec(change(), 1..5),
    ) {
        let payloads = payloads();
        let mut text = payloads[first.index(payloads.len())].clone();
        for change in &changes {
            text = changed(&text, change, &payloads);
        }
        everything_holds(&text);
    }
}

/// Not a test: writes the payloads as files for the fuzzer to begin with, into the folder that
/// `THUNGAN_WRITE_SEEDS` names.
#[test]
#[ignore = "writes the seeds of scripts/fuzz"]
fn the_seeds_of_the_fuzzer_are_written() {
    let folder = std::env::var_os("THUNGAN_WRITE_SEEDS").unwrap();
    for (number, payload) in payloads().iter().enumerate() {
        let file = std::path::Path::new(&folder).join(format!("vector-{number:03}"));
        std::fs::write(file, payload).unwrap();
    }
}
