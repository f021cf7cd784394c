//! What must hold for any text whatever. The fuzz targets (`fuzz/`) and the tests on mutated payloads
//! (`tests/mutations.rs`) call the same functions; each panics when something does not hold.

use vietqr::{Decoded, Language, MerchantPresented, Order, Payload, decode};

/// The grammar: every object stands where it says, as long as it says, and the objects of a level follow
/// each other without a gap.
pub fn objects_lie_where_they_say(text: &str) {
    let decoded = decode(text);
    let characters: Vec<char> = text.chars().collect();
    let cut = |from: usize, to: usize| String::from_iter(&characters[from..to]);
    // Where the next object of each level has to begin.
    let mut next = [
        text.len() - text.trim_start_matches([' ', '\t', '\r', '\n']).len(),
        0,
        0,
    ];
    let mut ends = [usize::MAX; 3];
    for object in decoded.objects() {
        let (start, end, level) = (object.span.start, object.span.end, object.path.depth() - 1);
        assert_eq!(start, next[level], "{} has a gap before it", object.path);
        assert!(end <= characters.len() && end <= ends[level]);
        let header = cut(start, start + 4);
        let length = end - start - 4;
        assert_eq!(header, format!("{:02}{length:02}", object.path.last_tag()));
        assert_eq!(object.value, cut(start + 4, end));
        assert!(length > 0);
        next[level] = end;
        if object.is_template {
            next[level + 1] = start + 4;
            ends[level + 1] = end;
        }
    }
    if decoded.fields().next().is_some() {
        let behind = cut(next[0], characters.len());
        assert_eq!(
            behind.trim_matches([' ', '\t', '\r', '\n']),
            "",
            "the root was walked to its end"
        );
    }
}

/// The diagnosis: every problem has words and a place, and what cannot be paid safely is not payable.
pub fn the_diagnosis_is_sound(text: &str) {
    let decoded = decode(text);
    let length = text.chars().count();
    for problem in decoded.problems() {
        assert!(problem.span().start <= problem.span().end && problem.span().end <= length);
        for language in [Language::Vietnamese, Language::English] {
            assert!(problem.sentence(language).len() > 10);
        }
        assert!(problem.issue().starts_with(problem.code().as_str()));
    }
    let _ = decoded.schemes();
    // Trimming once is trimming enough, and reading has no memory.
    let again = decode(decoded.text());
    assert_eq!(
        again.fields().collect::<Vec<_>>(),
        decoded.fields().collect::<Vec<_>>()
    );
    assert_eq!(Payload::parse(text).is_ok(), decoded.is_valid());
    if let Some(transfer) = decoded.payable() {
        assert!(decoded.is_valid());
        assert_eq!(decoded.field("53"), Some("704"));
        assert!(
            transfer
                .account
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric())
        );
        assert!(transfer.amount.is_none_or(|amount| amount.is_positive()));
        let is_ours = |(path, value): &(vietqr::Path, &str)| {
            path.depth() == 2
                && path.last_tag() == 0
                && (26..=51).contains(&path.root_tag())
                && value.eq_ignore_ascii_case("A000000727")
        };
        assert_eq!(decoded.fields().filter(is_ours).count(), 1, "one account");
    }
}

/// Writing again: nothing is lost, nothing is added, and a second time changes nothing.
pub fn writing_again_keeps_everything(text: &str) {
    let decoded = decode(text);
    let Some(preserved) = decoded.reencode(Order::Preserved) else {
        assert!(!decoded.is_valid(), "a valid payload can be written again");
        return;
    };
    // Only the case of the check may differ.
    assert!(preserved.as_str().eq_ignore_ascii_case(decoded.text()));
    let canonical = decoded.reencode(Order::Canonical).unwrap();
    let canonical_again = decode(canonical.as_str());
    assert!(canonical_again.is_valid());
    assert_eq!(values(&canonical_again), values(&decoded));
    assert_eq!(
        canonical_again.reencode(Order::Canonical),
        Some(canonical.clone())
    );
    assert_eq!(canonical_again.payable(), decoded.payable());
    for (order, written) in [(Order::Preserved, preserved), (Order::Canonical, canonical)] {
        let editable = MerchantPresented::from_decoded(&decoded, order).unwrap();
        assert_eq!(editable.encode().as_ref(), Ok(&written));
    }
}

fn values(decoded: &Decoded) -> Vec<(vietqr::Path, &str)> {
    let without_check = decoded.fields().filter(|(path, _)| path.root_tag() != 63);
    let mut values: Vec<_> = without_check.collect();
    values.sort_unstable();
    values
}

/// The text with a right check at its end: what chance finds in one text of 65,536.
pub fn sealed(text: &str) -> String {
    let body = match text.rfind("6304") {
        Some(check) if text.len() - check <= 8 => &text[..check],
        _ => text,
    };
    let covered = format!("{body}6304");
    let check = String::from_iter(vietqr::crc::digits(vietqr::crc::checksum(&covered)));
    covered + &check
}
