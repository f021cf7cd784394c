//! The memos of `tests/data/bank-memos`, with valid references in place of the sample code.
//!
//! Names, accounts and references in that file are invented; the shapes are those of real banks.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // a test helper may fail loudly

use payment::{Flow, Reference};
use reconciler::memo::{self, Reason, Suggestion};
use serde_json::Value;

const FLOWS: &[Flow] = &Flow::DEFAULTS;
const EXAMPLES: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../../tests/data/bank-memos/examples.json"
);

fn examples() -> Vec<Value> {
    let file: Value = serde_json::from_slice(&std::fs::read(EXAMPLES).unwrap()).unwrap();
    file["examples"].as_array().unwrap().clone()
}

/// The references that stand for `{C}`/`{C1}` and `{C2}`, one pair per flow.
fn pairs() -> Vec<[Reference; 2]> {
    let draw = |flow, seed: u8| {
        let random = std::array::from_fn(|i| seed.wrapping_mul(u8::try_from(i).unwrap() + 3) & 15);
        Reference::from_random(flow, random).unwrap()
    };
    let pair = |flow| [draw(flow, 5), draw(flow, 11)];
    FLOWS
        .iter()
        .map(|&flow| pair(flow))
        .chain([[Reference::parse("QH234567895V").unwrap(), pair(FLOWS[1])[1]]])
        .collect()
}

/// Fills `{C}`, `{C1}`, `{C2}` and the forms that the file's `about` describes.
fn fill(template: &str, pair: [Reference; 2]) -> String {
    let mut memo = String::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        let (placeholder, tail) = after.split_once('}').unwrap();
        let (name, form) = placeholder.split_once(':').unwrap_or((placeholder, ""));
        let code = match name {
            "C" | "C1" => pair[0],
            "C2" => pair[1],
            _ => panic!("unknown placeholder {placeholder}"),
        };
        memo.push_str(before);
        memo.push_str(&damage(code.as_str(), form));
        rest = tail;
    }
    memo + rest
}

fn damage(code: &str, form: &str) -> String {
    let (name, argument) = form.split_once('=').unwrap_or((form, ""));
    match name {
        "" => code.to_owned(),
        "lower" => code.to_lowercase(),
        "split" => {
            let (places, separator) = argument.split_once(':').unwrap_or((argument, " "));
            let places: Vec<usize> = places
                .split(',')
                .map(|place| place.parse().unwrap())
                .collect();
            let symbol = |(at, c)| {
                format!(
                    "{c}{}",
                    if places.contains(&(at + 1)) {
                        separator
                    } else {
                        ""
                    }
                )
            };
            code.chars().enumerate().map(symbol).collect()
        }
        "drop_last" => {
            let dropped: usize = if argument.is_empty() {
                1
            } else {
                argument.parse().unwrap()
            };
            code[..code.len() - dropped].to_owned()
        }
        "wrong" => {
            let place: usize = if argument.is_empty() {
                10
            } else {
                argument.parse().unwrap()
            };
            let other = if code.as_bytes()[place - 1] == b'K' {
                "M"
            } else {
                "K"
            };
            format!("{}{other}{}", &code[..place - 1], &code[place..])
        }
        _ => panic!("unknown form {form}"),
    }
}

fn suggest(memo: &str, open: &[Reference]) -> Vec<Suggestion> {
    memo::suggestions(
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
fn every_example_with_a_template_is_read_as_expected() {
    let mut checked = 0;
    for example in examples() {
        let Some(template) = example["template"].as_str() else {
            continue;
        };
        for pair in pairs() {
            let memo = fill(template, pair);
            let found = memo::find(&memo, FLOWS);
            let what = format!("{}: {memo}", example["id"]);
            match example["expected"]
                .as_str()
                .unwrap()
                .split(',')
                .next()
                .unwrap()
            {
                "found" => assert_eq!(found.exact, [pair[0]], "{what}"),
                "several" => {
                    assert_eq!(found.exact, pair, "{what}");
                    assert_eq!(found.only(), None, "{what}");
                }
                "none" => assert!(found.exact.is_empty(), "{what}"),
                "suggest" => {
                    assert!(found.exact.is_empty(), "{what}");
                    assert_eq!(suggest(&memo, &pair)[0].reference, pair[0], "{what}");
                }
                other => panic!("{what}: unknown expectation {other}"),
            }
            checked += 1;
        }
    }
    assert!(
        checked >= 5 * 45,
        "only {checked} checks: did the file change its form?"
    );
}

#[test]
fn no_example_without_our_code_yields_one() {
    for example in examples() {
        // The sample codes of the file belong to other gateways, so none of the raw texts has ours.
        let raw = example["raw"].as_str().unwrap();
        assert_eq!(memo::find(raw, FLOWS).exact, [], "{}: {raw}", example["id"]);
        assert_eq!(
            suggest(raw, &pairs().concat()),
            [],
            "{}: {raw}",
            example["id"]
        );
    }
}

#[test]
fn one_wrong_symbol_in_any_frame_is_suggested_and_never_found() {
    for_each_single_code_frame(|template, pair| {
        for place in 1..=12 {
            let memo = fill(
                &template.replace("{C}", &format!("{{C:wrong={place}}}")),
                pair,
            );
            assert_eq!(memo::find(&memo, FLOWS).exact, [], "{memo}");
            let suggested = suggest(&memo, &pair);
            let suggested: Vec<_> = suggested.iter().map(|s| (s.reference, s.reason)).collect();
            assert_eq!(suggested, [(pair[0], Reason::RepairedSymbol)], "{memo}");
        }
    });
}

#[test]
fn a_code_cut_to_eight_symbols_or_more_in_any_frame_is_suggested_and_never_found() {
    for_each_single_code_frame(|template, pair| {
        for dropped in 1..=4 {
            let memo = fill(
                &template.replace("{C}", &format!("{{C:drop_last={dropped}}}")),
                pair,
            );
            if memo::fold(&memo).contains(pair[0].as_str()) {
                continue; // the frame happens to go on with just the lost symbols
            }
            let found = memo::find(&memo, FLOWS).exact;
            // Up to two lost symbols are two wrong ones. Three or four, replaced by letters of the
            // frame, can be a valid code by chance: never one that we gave to somebody here.
            assert!(dropped > 2 || found.is_empty(), "{memo}");
            assert!(
                !found.iter().any(|code| pairs().concat().contains(code)),
                "{memo}"
            );
            let suggested: Vec<_> = suggest(&memo, &pair).iter().map(|s| s.reference).collect();
            assert_eq!(suggested, [pair[0]], "{memo}");
        }
    });
}

#[test]
fn a_gap_at_any_place_of_the_code_in_any_frame_is_harmless() {
    for_each_single_code_frame(|template, pair| {
        for place in 1..12 {
            for separator in [" ", ".", "-", "  ", "\n"] {
                let memo = fill(
                    &template.replace("{C}", &format!("{{C:split={place}:{separator}}}")),
                    pair,
                );
                assert_eq!(memo::find(&memo, FLOWS).exact, [pair[0]], "{memo}");
            }
        }
    });
}

fn for_each_single_code_frame(check: impl Fn(&str, [Reference; 2])) {
    for example in examples() {
        if let Some(template) = example["template"].as_str()
            && template.contains("{C}")
        {
            for pair in pairs() {
                check(template, pair);
            }
        }
    }
}
