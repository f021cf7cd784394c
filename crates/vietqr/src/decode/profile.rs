//! What the scheme wants: the NAPAS rules for a code with a NAPAS account, EMVCo's for any other.

use super::structure::{Structure, is_napas_guid};
use crate::napas::{ACCOUNT_LENGTH_MAX, NAPAS_GUID, Service};
use crate::{Code, Path, Place, Problem, Rule, Span, banks};

/// Adds what is missing or wrong for the scheme that the code belongs to.
pub(super) fn check(structure: &mut Structure<'_>) {
    let accounts = napas_accounts(structure);
    let mut problems = Vec::new();
    match accounts.as_slice() {
        [] if has_malformed_napas(structure) => check_napas_root(structure, None, &mut problems),
        [] => check_other(structure, &mut problems),
        [account, others @ ..] => {
            if let Some((_, span)) = others.first() {
                problems.push(Problem::new(Code::Ambiguous, Place::VietQr, *span));
            }
            // One that stands twice under the same ID is reported as that, and looked at once.
            let mut seen = 0_u128;
            for account in &accounts {
                let bit = 1 << account.0.root_tag();
                if seen & bit == 0 {
                    check_account(structure, *account, &mut problems);
                }
                seen |= bit;
            }
            let service = structure.find(account.0.child(2)).map(|found| found.value);
            let service = service.map_or(Some(Service::Merchant), Service::from_code);
            check_napas_root(structure, service, &mut problems);
        }
    }
    check_accounts_present(structure, &mut problems);
    check_initiation(structure, &mut problems);
    structure.problems.append(&mut problems);
}

/// The templates that carry the NAPAS identifier, under whatever ID.
fn napas_accounts(structure: &Structure<'_>) -> Vec<(Path, Span)> {
    let is_account = |path: Path| path.depth() == 1 && matches!(path.root_tag(), 26..=51);
    structure
        .nodes
        .iter()
        .filter(|node| node.template && is_account(node.path))
        .filter(|node| {
            let guid = structure.find(node.path.child(0));
            guid.is_some_and(|guid| is_napas_guid(guid.value))
        })
        .map(|node| (node.path, node.span))
        .collect()
}

/// A broken 38 was surely meant as a VietQR account: the wishes of other schemes would mislead.
fn has_malformed_napas(structure: &Structure<'_>) -> bool {
    let mut malformed = structure
        .problems
        .iter()
        .filter(|p| p.code() == Code::NestedMalformed);
    malformed.any(|p| {
        p.path()
            .is_some_and(|path| matches!(path.root_tag(), 26..=51))
    })
}

/// One account template. (NAPAS v1.0, object 38.)
fn check_account(
    structure: &Structure<'_>,
    (account, span): (Path, Span),
    problems: &mut Vec<Problem>,
) {
    if account.root_tag() != 38 {
        problems.push(Problem::new(
            Code::WarnVietqrOutside38,
            Place::At(account),
            span,
        ));
    }
    if let Some(guid) = structure.find(account.child(0))
        && guid.value != NAPAS_GUID
    {
        problems.push(guid.problem(Code::StrictBadValue).rule(Rule::GuidCase));
    }
    check_beneficiary(structure, account.child(1), span, problems);
    match structure.find(account.child(2)) {
        None => {
            let place = Place::At(account.child(2));
            problems.push(Problem::new(Code::WarnServiceDefaultQrpush, place, span));
        }
        Some(found) => {
            let service = Service::from_code(found.value);
            if service.is_none() {
                let rule = Rule::OneOf("QRIBFTTA, QRIBFTTC, QRPUSH, QRCASH");
                problems.push(found.problem(Code::BadValue).rule(rule));
            }
            let initiation = structure.find(Path::root(1)).map(|found| found.value);
            if service == Some(Service::Cash) && initiation == Some("11") {
                problems.push(found.problem(Code::WarnQrcashStatic));
            }
        }
    }
}

/// 38.01: the bank and the account in it.
fn check_beneficiary(
    structure: &Structure<'_>,
    beneficiary: Path,
    span: Span,
    problems: &mut Vec<Problem>,
) {
    let mut missing = |path| problems.push(Problem::new(Code::Missing, Place::At(path), span));
    let Some(node) = structure.nodes.iter().find(|node| node.path == beneficiary) else {
        return missing(beneficiary);
    };
    if !node.template {
        // Reported as malformed already.
        return;
    }
    let (bin, account) = (beneficiary.child(0), beneficiary.child(1));
    let (bin_found, account_found) = (structure.find(bin), structure.find(account));
    if bin_found.is_none() {
        missing(bin);
    }
    if account_found.is_none() {
        missing(account);
    }
    if let Some(bin) = bin_found {
        if !super::values::is_digits(bin.value, 6) {
            problems.push(bin.problem(Code::BadValue).rule(Rule::Digits(6)));
        } else if banks::by_bin(bin.value).is_none() {
            problems.push(bin.problem(Code::WarnUnknownBin));
        }
    }
    if let Some(account) = account_found {
        if !account
            .value
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric())
        {
            problems.push(account.problem(Code::BadValue).rule(Rule::LettersAndDigits));
        } else if account.value.len() > ACCOUNT_LENGTH_MAX {
            // Wallets use 20, and their codes are paid every day.
            let rule = Rule::MaxLength(ACCOUNT_LENGTH_MAX);
            problems.push(account.problem(Code::StrictTooLong).rule(rule));
        }
    }
    for found in structure.values() {
        if found.path.parent() == Some(beneficiary) && found.path.last_tag() > 1 {
            problems.push(found.problem(Code::StrictUnknown));
        }
    }
}

/// What a NAPAS code needs at the root. A service that could not be read asks for nothing more.
fn check_napas_root(
    structure: &Structure<'_>,
    service: Option<Service>,
    problems: &mut Vec<Problem>,
) {
    match structure.find(Path::root(1)) {
        None => want(structure, Code::StrictMissing, &[1], problems),
        Some(found) if !matches!(found.value, "11" | "12") => {
            problems.push(found.problem(Code::BadValue).rule(Rule::OneOf("11, 12")));
        }
        Some(_) => {}
    }
    want(structure, Code::Missing, &[53, 58], problems);
    if matches!(service, Some(Service::Merchant | Service::Cash)) {
        want(structure, Code::StrictMissing, &[52, 59, 60], problems);
    }
}

/// Other schemes leave out what EMVCo makes mandatory every day; a scanner goes on.
fn check_other(structure: &Structure<'_>, problems: &mut Vec<Problem>) {
    if let Some(found) = structure.find(Path::root(1))
        && !matches!(found.value, "11" | "12")
    {
        problems.push(
            found
                .problem(Code::StrictBadValue)
                .rule(Rule::OneOf("11, 12")),
        );
    }
    want(
        structure,
        Code::StrictMissing,
        &[52, 53, 58, 59, 60],
        problems,
    );
}

fn want(structure: &Structure<'_>, code: Code, tags: &[u8], problems: &mut Vec<Problem>) {
    for path in tags.iter().map(|tag| Path::root(*tag)) {
        if structure.find(path).is_none() {
            problems.push(Problem::new(code, Place::At(path), structure.end()));
        }
    }
}

fn check_accounts_present(structure: &Structure<'_>, problems: &mut Vec<Problem>) {
    let is_account = |path: Path| path.depth() == 1 && matches!(path.root_tag(), 2..=51);
    if !structure.nodes.iter().any(|node| is_account(node.path)) {
        problems.push(Problem::new(
            Code::Missing,
            Place::Accounts,
            structure.end(),
        ));
    }
}

/// 11 with an amount and 12 without one are both common and both worth knowing.
fn check_initiation(structure: &Structure<'_>, problems: &mut Vec<Problem>) {
    let Some(initiation) = structure.find(Path::root(1)) else {
        return;
    };
    let has_amount = structure.find(Path::root(54)).is_some();
    match (initiation.value, has_amount) {
        ("11", true) => problems.push(initiation.problem(Code::WarnStaticWithAmount)),
        ("12", false) => problems.push(initiation.problem(Code::WarnDynamicNoAmount)),
        _ => {}
    }
}
