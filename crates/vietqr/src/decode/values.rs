//! What single objects say, and whether they agree with each other. (EMVCo MPM tables 3.1 to 4.9.)

use super::VND_NUMERIC;
use super::amount::{self, Amount};
use super::structure::{Found, Structure};
use crate::{Code, Path, Place, Problem, Rule};
use unicode_normalization::is_nfc;

/// Adds what is wrong with the values of any EMVCo code.
pub(super) fn check(structure: &mut Structure<'_>) {
    let mut problems = Vec::new();
    check_single(structure, &mut problems);
    check_amounts(structure, &mut problems);
    check_fees(structure, &mut problems);
    for found in structure.values() {
        check_text(found, structure.plain, &mut problems);
    }
    structure.problems.append(&mut problems);
    check_language(structure);
}

/// Objects that have one rule of their own.
fn check_single(structure: &Structure<'_>, problems: &mut Vec<Problem>) {
    let mut rule = |path: Path, holds: fn(&str) -> bool, code: Code, rule: Rule| {
        if let Some(found) = structure.find(path)
            && !holds(found.value)
        {
            problems.push(found.problem(code).rule(rule));
        }
    };
    rule(
        Path::root(0),
        |v| v == "01",
        Code::BadValue,
        Rule::OneOf("01"),
    );
    rule(
        Path::root(52),
        |v| is_digits(v, 4),
        Code::StrictBadValue,
        Rule::Digits(4),
    );
    rule(
        Path::root(53),
        |v| is_digits(v, 3),
        Code::BadValue,
        Rule::Digits(3),
    );
    rule(
        Path::root(58),
        is_country,
        Code::StrictBadValue,
        Rule::CountryCode,
    );
    // Longer than three letters is reported as too long, once.
    let is_request = |v: &str| v.chars().count() > 3 || is_consumer_data_request(v);
    let rule_09 = Rule::ConsumerDataLetters;
    rule(
        Path::root(62).child(9),
        is_request,
        Code::StrictBadValue,
        rule_09,
    );
}

/// 54 and 56.
fn check_amounts(structure: &Structure<'_>, problems: &mut Vec<Problem>) {
    let currency = structure.find(Path::root(53)).map(|found| found.value);
    let decimals = currency
        .filter(|c| is_digits(c, 3))
        .map(amount::decimals_of);
    for path in [Path::root(54), Path::root(56)] {
        let Some(found) = structure.find(path) else {
            continue;
        };
        if found.characters() > amount::LENGTH_MAX {
            let rule = Rule::MaxLength(amount::LENGTH_MAX);
            problems.push(found.problem(Code::TooLong).rule(rule));
            continue;
        }
        let amount = match Amount::parse(found.value) {
            Ok(amount) => amount,
            Err(rule) => {
                problems.push(found.problem(Code::BadValue).rule(rule));
                continue;
            }
        };
        if currency == Some(VND_NUMERIC) && path == Path::root(54) && amount.has_fraction() {
            problems.push(found.problem(Code::BadValue).rule(Rule::AmountWhole));
        } else if decimals.is_some_and(|decimals| amount.decimals.len() > decimals) {
            problems.push(
                found
                    .problem(Code::StrictBadValue)
                    .rule(Rule::AmountDecimals),
            );
        }
        if amount.has_leading_zeros() {
            problems.push(found.problem(Code::WarnLeadingZeros));
        }
    }
}

/// 55, 56 and 57 must tell one story, or the payer and the payee see different totals.
fn check_fees(structure: &Structure<'_>, problems: &mut Vec<Problem>) {
    let [indicator, fixed, percentage] = [55, 56, 57].map(|tag| structure.find(Path::root(tag)));
    if let Some(found) = percentage {
        if found.characters() > amount::PERCENTAGE_LENGTH_MAX {
            let rule = Rule::MaxLength(amount::PERCENTAGE_LENGTH_MAX);
            problems.push(found.problem(Code::TooLong).rule(rule));
        } else if !amount::is_percentage(found.value) {
            problems.push(found.problem(Code::BadValue).rule(Rule::Percentage));
        }
    }
    let wanted = match indicator.map(|found| found.value) {
        None | Some("01") => (false, false),
        Some("02") => (true, false),
        Some("03") => (false, true),
        Some(_) => {
            if let Some(found) = indicator {
                let rule = Rule::OneOf("01, 02, 03");
                problems.push(found.problem(Code::BadValue).rule(rule));
            }
            return;
        }
    };
    if wanted != (fixed.is_some(), percentage.is_some()) {
        let first = indicator.or(fixed).or(percentage);
        let span = first.map_or(structure.end(), |found| found.span);
        let problem = Problem::new(Code::BadValue, Place::Fees, span).rule(Rule::FeesAgree);
        problems.push(problem);
    }
}

/// Lengths and characters of texts; `plain` says that the whole payload is printable ASCII.
fn check_text(found: Found<'_>, plain: bool, problems: &mut Vec<Problem>) {
    if let Some(limit) = length_limit(found.path)
        && found.characters() > limit
    {
        let rule = Rule::MaxLength(limit);
        problems.push(found.problem(Code::StrictTooLong).rule(rule));
    }
    if !plain {
        if must_be_ans(found.path) && !found.value.chars().all(crate::memo::is_ans) {
            problems.push(found.problem(Code::Charset));
        }
        if !found.value.is_ascii() && !is_nfc(found.value) {
            problems.push(found.problem(Code::NotNfc));
        }
    }
    if is_reserved(found.path) {
        problems.push(found.problem(Code::WarnRfuPresent));
    }
}

/// 64 needs its language and the name in it. (EMVCo MPM table 4.9.)
fn check_language(structure: &mut Structure<'_>) {
    // A malformed 64 is opaque, and says so already.
    let nodes = structure.nodes_from(64);
    let template = nodes
        .iter()
        .find(|n| n.path == Path::root(64) && n.template);
    let Some(span) = template.map(|node| node.span) else {
        return;
    };
    for path in [0, 1].map(|tag| Path::root(64).child(tag)) {
        if structure.find(path).is_none() {
            structure.report(Code::Missing, Place::At(path), span);
        }
    }
}

/// Most characters of the texts that EMVCo limits.
pub(crate) fn length_limit(path: Path) -> Option<usize> {
    Some(match (path.depth(), path.root_tag(), path.last_tag()) {
        (1, 59, _) => 25,
        (1, 60, _) => 15,
        (1, 61, _) => 10,
        (2, 62, 1..=8) => 25,
        (2, 62, 9 | 11) => 3,
        (2, 62, 10) => 20,
        (2, 64, 1) => 25,
        (2, 64, 2) => 15,
        _ => return None,
    })
}

/// Whether a value has the format `ans`, printable ASCII. The objects with a narrower rule (digits,
/// country, account) are not here: they would be reported twice.
pub(crate) fn must_be_ans(path: Path) -> bool {
    match (path.depth(), path.root_tag(), path.last_tag()) {
        (3, 26..=51, _) => false,
        (_, 2..=51 | 59..=61, _) | (2, 62, 1..=8 | 10 | 11) => true,
        _ => false,
    }
}

/// Whether EMVCo keeps the object for later use.
pub(crate) fn is_reserved(path: Path) -> bool {
    matches!(
        (path.depth(), path.root_tag(), path.last_tag()),
        (1, 65..=79, _) | (2, 62, 0 | 12..=49) | (2, 64, 3..=99)
    )
}

pub(crate) fn is_digits(value: &str, count: usize) -> bool {
    value.len() == count && value.bytes().all(|byte| byte.is_ascii_digit())
}

pub(crate) fn is_country(value: &str) -> bool {
    value.len() == 2 && value.bytes().all(|byte| byte.is_ascii_uppercase())
}

pub(crate) fn is_consumer_data_request(value: &str) -> bool {
    let once = |letter: char| value.matches(letter).count() <= 1;
    value.chars().all(|c| matches!(c, 'A' | 'M' | 'E')) && once('A') && once('M') && once('E')
}
