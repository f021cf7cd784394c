//! The published and collected payloads of `data/vectors.json`, with what a reader must say of each.
//! The rules of comparison are those of the specification, section 14.

#![allow(clippy::unwrap_used, reason = "a helper of a test may fail the test")]

use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use vietqr::{Class, Decoded, Language, Order, decode};

fn vectors() -> Vec<Value> {
    serde_json::from_str(include_str!("data/vectors.json")).unwrap()
}

fn text<'a>(vector: &'a Value, key: &str) -> &'a str {
    vector[key].as_str().unwrap()
}

fn issues(vector: &Value) -> BTreeSet<String> {
    let issues = vector["issues"].as_array().unwrap();
    issues
        .iter()
        .map(|issue| issue.as_str().unwrap().to_owned())
        .collect()
}

fn fields(decoded: &Decoded) -> BTreeMap<String, String> {
    let field = |(path, value): (vietqr::Path, &str)| (path.to_string(), value.to_owned());
    decoded.fields().map(field).collect()
}

#[test]
fn there_are_111_vectors() {
    assert_eq!(vectors().len(), 111);
}

#[test]
fn a_payload_is_valid_exactly_when_the_vectors_say_so() {
    for vector in vectors() {
        let decoded = decode(text(&vector, "payload"));
        let valid = vector["valid"].as_bool().unwrap();
        assert_eq!(
            decoded.is_valid(),
            valid,
            "{}: {:?}",
            vector["id"],
            decoded.problems()
        );
    }
}

#[test]
fn a_valid_payload_has_exactly_the_listed_issues_and_fields() {
    for vector in vectors().iter().filter(|vector| vector["valid"] == true) {
        let decoded = decode(text(vector, "payload"));
        let found: BTreeSet<_> = decoded.problems().iter().map(|p| p.issue()).collect();
        assert_eq!(found, issues(vector), "{}", vector["id"]);
        let expected: BTreeMap<String, String> =
            serde_json::from_value(vector["fields"].clone()).unwrap();
        assert_eq!(fields(&decoded), expected, "{}", vector["id"]);
    }
}

#[test]
fn a_refused_payload_names_one_of_the_listed_errors() {
    for vector in vectors().iter().filter(|vector| vector["valid"] == false) {
        let decoded = decode(text(vector, "payload"));
        let mut errors = decoded
            .problems()
            .iter()
            .filter(|problem| problem.is_error());
        let listed = issues(vector);
        assert!(
            errors.any(|error| listed.contains(&error.issue())),
            "{}: {:?}",
            vector["id"],
            decoded.problems()
        );
        assert_eq!(decoded.payable(), None, "{}", vector["id"]);
    }
}

#[test]
fn fields_are_empty_when_the_string_cannot_be_walked() {
    for vector in vectors() {
        if vector["fields"].as_object().unwrap().is_empty() {
            let decoded = decode(text(&vector, "payload"));
            assert_eq!(decoded.fields().count(), 0, "{}", vector["id"]);
        }
    }
}

#[test]
fn the_check_is_judged_as_the_vectors_say() {
    for vector in vectors() {
        let decoded = decode(text(&vector, "payload"));
        let has = |code: &str| decoded.problems().iter().any(|p| p.code().as_str() == code);
        match text(&vector, "crc") {
            "ok" => assert!(
                !has("CRC_MISMATCH") && !has("WARN:CRC_LOWERCASE"),
                "{}",
                vector["id"]
            ),
            "ok-lowercase" => assert!(has("WARN:CRC_LOWERCASE"), "{}", vector["id"]),
            "mismatch" => assert!(has("CRC_MISMATCH"), "{}", vector["id"]),
            _ => assert!(!decoded.is_valid(), "{}", vector["id"]),
        }
    }
}

#[test]
fn byte_counted_lengths_are_explained_as_such() {
    let vectors = vectors();
    let vector = vectors
        .iter()
        .find(|v| v["id"] == "syn-memo-bytelen")
        .unwrap();
    let decoded = decode(text(vector, "payload"));
    let errors: Vec<_> = decoded.problems().iter().map(|p| p.issue()).collect();
    assert_eq!(errors, ["BYTE_LENGTH:62"]);
}

#[test]
fn every_problem_has_a_sentence_in_both_languages_and_a_position_inside_the_input() {
    for vector in vectors() {
        let payload = text(&vector, "payload");
        for problem in decode(payload).problems() {
            for language in [Language::English, Language::Vietnamese] {
                let sentence = problem.sentence(language);
                assert!(sentence.len() > 10 && sentence.ends_with('.'), "{sentence}");
            }
            let span = problem.span();
            assert!(span.start <= span.end, "{}", vector["id"]);
            assert!(
                span.end <= payload.chars().count(),
                "{}: {problem:?}",
                vector["id"]
            );
        }
    }
}

#[test]
fn every_valid_vietqr_transfer_in_dong_is_payable() {
    for vector in vectors() {
        let decoded = decode(text(&vector, "payload"));
        let service = decoded.field("38.02").unwrap_or_default();
        if decoded.is_valid() && service.starts_with("QRIBFT") {
            let transfer = decoded.payable().unwrap();
            assert_eq!(Some(transfer.bin.as_str()), decoded.field("38.01.00"));
            assert_eq!(Some(transfer.account.as_str()), decoded.field("38.01.01"));
            assert_eq!(transfer.amount.is_some(), decoded.field("54").is_some());
        }
    }
}

#[test]
fn no_vector_has_a_problem_whose_class_disagrees_with_its_code() {
    for vector in vectors() {
        for problem in decode(text(&vector, "payload")).problems() {
            let code = problem.code().as_str();
            let class = match code {
                _ if code.starts_with("STRICT:") => Class::Strict,
                _ if code.starts_with("WARN:") => Class::Warning,
                "CHARSET" | "NOT_NFC" => Class::Text,
                _ => Class::Error,
            };
            assert_eq!(problem.class(), class);
        }
    }
}

#[test]
fn a_canonical_payload_is_written_again_exactly_as_it_was() {
    for vector in vectors() {
        let payload = text(&vector, "payload");
        let decoded = decode(payload);
        let canonical = decoded.reencode(Order::Canonical);
        if decoded.is_valid() {
            let same = canonical.unwrap().as_str() == payload;
            assert_eq!(same, vector["canonical"] == true, "{}", vector["id"]);
            // Only the case of the check may differ when the order is kept.
            let preserved = decoded.reencode(Order::Preserved).unwrap();
            let expected = decoded.text();
            assert!(
                preserved.as_str().eq_ignore_ascii_case(expected),
                "{}",
                vector["id"]
            );
        } else {
            assert_eq!(canonical, None, "{}", vector["id"]);
        }
    }
}
