//! `thungan memo find`.

use crate::binary::{ENVIRONMENT, NO, data, pipe, run};
use serde_json::{Value, json};
use std::io::Write;
use tempfile::NamedTempFile;

/// Two valid references; `{C}` and `{C1}` are the first.
const CODES: [&str; 2] = ["QH234567895V", "QTABCDEFGHVS"];

fn open_references(references: &[&str]) -> NamedTempFile {
    let mut file = NamedTempFile::new().unwrap();
    for reference in references {
        writeln!(file, "{reference}").unwrap();
    }
    file
}

/// The template with a code in each placeholder, damaged as the file's `about` describes.
fn fill(template: &str, codes: [&str; 2]) -> String {
    let mut memo = String::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        let (placeholder, tail) = after.split_once('}').unwrap();
        let (name, form) = placeholder.split_once(':').unwrap_or((placeholder, ""));
        memo.push_str(before);
        memo.push_str(&damage(codes[usize::from(name == "C2")], form));
        rest = tail;
    }
    memo + rest
}

fn damage(code: &str, form: &str) -> String {
    let (name, argument) = form.split_once('=').unwrap_or((form, ""));
    let number = |otherwise: usize| argument.parse().unwrap_or(otherwise);
    match name {
        "" => code.to_owned(),
        "lower" => code.to_lowercase(),
        "drop_last" => code[..code.len() - number(1)].to_owned(),
        "wrong" => {
            let place: usize = number(10);
            format!("{}O{}", &code[..place - 1], &code[place..])
        }
        "split" => {
            let (places, separator) = argument.split_once(':').unwrap_or((argument, " "));
            let places: Vec<usize> = places
                .split(',')
                .map(|place| place.parse().unwrap())
                .collect();
            let mut split = String::new();
            for (place, symbol) in (1..).zip(code.chars()) {
                split.push(symbol);
                if places.contains(&place) {
                    split.push_str(separator);
                }
            }
            split
        }
        _ => panic!("unknown form {form}"),
    }
}

#[test]
fn every_frame_of_every_bank_is_read_as_expected() {
    let file = data("tests/data/bank-memos/examples.json");
    let examples: Vec<(&Value, String)> = file["examples"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|example| Some((example, fill(example["template"].as_str()?, CODES))))
        .filter(|(_, memo)| !memo.contains(['\r', '\n']))
        .collect();
    assert!(examples.len() >= 40, "only {} templates", examples.len());
    let lines: String = examples
        .iter()
        .map(|(_, memo)| format!("{memo}\n"))
        .collect();
    let references = open_references(&CODES);
    let references = references.path().to_str().unwrap();
    let answers = pipe(
        ["memo", "find", "--references", references, "--json", "-"],
        lines.as_bytes(),
    );
    assert_eq!(answers.code, 0, "{}", answers.stderr);
    let answers = answers.json();
    assert_eq!(answers.len(), examples.len());
    for ((example, memo), answer) in examples.iter().zip(&answers) {
        assert_eq!(answer["memo"], memo.as_str());
        let expected = example["expected"].as_str().unwrap();
        match expected.split(',').next().unwrap() {
            "found" => assert_eq!(answer["exact"], json!([CODES[0]]), "{memo}"),
            "several" => {
                assert_eq!(answer["exact"], json!(CODES), "{memo}");
                assert_eq!(answer["suggestions"][0]["reason"], "several_references");
            }
            "none" => assert_eq!(answer["exact"], json!([]), "{memo}"),
            "suggest" => {
                assert_eq!(answer["exact"], json!([]), "{memo}");
                assert_eq!(answer["suggestions"][0]["reference"], CODES[0], "{memo}");
            }
            other => panic!("{memo}: unknown expectation {other}"),
        }
    }
}

#[test]
fn without_references_only_exact_ones_are_found() {
    let answers = run([
        "memo",
        "find",
        "--json",
        "QH2345 67895V nop phi",
        "QH234567895O nop phi",
    ]);
    let expected = [
        json!({"memo": "QH2345 67895V nop phi", "exact": ["QH234567895V"], "suggestions": []}),
        json!({"memo": "QH234567895O nop phi", "exact": [], "suggestions": []}),
    ];
    assert_eq!(answers.json(), expected);
}

#[test]
fn suggestions_go_only_towards_the_references_of_the_file_and_say_why() {
    let references = open_references(&["qh23 4567 895v", ""]);
    let find = [
        "memo",
        "find",
        "--references",
        references.path().to_str().unwrap(),
    ];
    let memos = [
        "QH234567895O",
        "QH2345678 cut",
        "QTABCDEFGHVO",
        "Q\u{1ea1}",
        "QH234567895V",
    ];
    let answers = run(find.into_iter().chain(memos));
    assert_eq!(
        answers.lines(),
        [
            "? QH234567895V repaired_symbol",
            "? QH234567895V cut",
            "-",
            "-",
            "QH234567895V"
        ]
    );
}

#[test]
fn nothing_found_in_any_memo_is_a_no() {
    assert_eq!(run(["memo", "find", "chuyen tien", "an trua"]).code, NO);
    assert_eq!(run(["memo", "find", "chuyen tien", "QH234567895V"]).code, 0);
    assert_eq!(pipe(["memo", "find", "-"], b"").code, NO);
}

#[test]
fn a_file_with_a_wrong_reference_is_refused_with_its_line() {
    let references = open_references(&[CODES[0], "QH234567895W"]);
    let path = references.path().to_str().unwrap();
    let answer = run(["memo", "find", "--references", path, "x"]);
    assert_eq!(answer.code, ENVIRONMENT);
    assert!(answer.stderr.contains("line 2"), "{}", answer.stderr);
    assert_eq!(
        run(["memo", "find", "--references", "missing.txt", "x"]).code,
        ENVIRONMENT
    );
}
