//! The transfer memo (62.08): Vietnamese text made fit for the banks.
//!
//! EMVCo and NAPAS want at most 25 characters without diacritics; bank apps drop or garble the rest.
//! Nothing here cuts or replaces silently: [`transliterate`] refuses what it cannot write, and
//! [`fit`], which may leave something out, says what.

use std::borrow::Cow;
use unicode_normalization::char::decompose_canonical;

/// The nominal length of 62.08 (EMVCo MPM table 4.7, NAPAS v1.0).
pub const LIMIT: usize = 25;

/// The most that 62.08 can hold when it is alone in 62: 99 characters less its own header.
pub const LIMIT_EXTENDED: usize = 95;

/// A character that cannot be written, and where it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the character {character:?} at position {position} cannot be written")]
pub struct MemoError {
    /// The character as it came.
    pub character: char,
    /// Its place in the input, counted in characters from 0.
    pub position: usize,
}

/// A memo that fits, and what did not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FittedMemo {
    /// What to put into 62.08.
    pub text: String,
    /// What is missing from it: the characters that were replaced by a space, in their order, then
    /// the end that was cut off. Empty when nothing is missing.
    pub dropped: String,
}

/// Whether a character may stand in a memo that we write: a letter or digit without diacritics, a
/// space, or one of `. , - / +`.
///
/// No bank publishes its set; this is what public generators keep.
#[must_use]
pub const fn is_allowed(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, ' ' | '.' | ',' | '-' | '/' | '+')
}

/// Whether a character belongs to EMVCo's `ans` format: printable ASCII.
pub(crate) const fn is_ans(c: char) -> bool {
    matches!(c, ' '..='~')
}

/// Writes Vietnamese without diacritics, within the characters that a memo may have. Composed and
/// decomposed input give the same; runs of spaces become one, the ends are trimmed.
///
/// ```
/// use vietqr::memo::transliterate;
/// assert_eq!(transliterate("Ủng hộ  Quỹ Vắc-xin Đà Nẵng")?, "Ung ho Quy Vac-xin Da Nang");
/// assert_eq!(transliterate("phí 🙏").unwrap_err().position, 4);
/// # Ok::<(), vietqr::memo::MemoError>(())
/// ```
///
/// # Errors
/// [`MemoError`] names the first character outside the allowed set. It is never replaced by `?`.
pub fn transliterate(text: &str) -> Result<String, MemoError> {
    fold(text, is_allowed).map(Cow::into_owned)
}

/// [`transliterate`] with the wider set of names and labels, and without copying what is clean.
pub(crate) fn fold(
    text: &str,
    allowed: impl Fn(char) -> bool + Copy,
) -> Result<Cow<'_, str>, MemoError> {
    if is_clean(text, allowed) {
        return Ok(Cow::Borrowed(text));
    }
    let mut folded = String::with_capacity(text.len());
    for (position, character) in text.chars().enumerate() {
        let error = MemoError {
            character,
            position,
        };
        fold_character(character, allowed, &mut folded).ok_or(error)?;
    }
    Ok(Cow::Owned(collapse_spaces(&folded)))
}

/// The text with its Vietnamese marks dropped and everything else kept: for comparing names.
pub(crate) fn without_marks(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for c in text.chars() {
        if fold_character(c, |_| true, &mut plain).is_none() {
            plain.push(c);
        }
    }
    plain
}

/// Whether folding would change nothing: the usual case on the way of a payment.
fn is_clean(text: &str, allowed: impl Fn(char) -> bool) -> bool {
    // A leading space looks like the second of two.
    let mut space_before = true;
    for byte in text.bytes() {
        let is_space = byte == b' ';
        if !byte.is_ascii() || !allowed(char::from(byte)) || (is_space && space_before) {
            return false;
        }
        space_before = is_space;
    }
    !text.ends_with(' ')
}

/// Appends the plain form of one character; `None`, and nothing appended, when there is none.
fn fold_character(c: char, allowed: impl Fn(char) -> bool, out: &mut String) -> Option<()> {
    let before = out.len();
    let mut complete = true;
    let mut keep = |plain: char| {
        // Vietnamese marks all lie in U+0300–U+036F; dropping them is the point.
        if matches!(plain, '\u{300}'..='\u{36F}') {
            return;
        }
        if allowed(plain) {
            out.push(plain);
        } else {
            complete = false;
        }
    };
    match c {
        // đ has no canonical decomposition: the classic miss.
        'đ' => keep('d'),
        'Đ' => keep('D'),
        '‘'..='‟' => keep('\''),
        '‐'..='―' | '−' => keep('-'),
        '\u{A0}' | '\u{2007}' | '\u{202F}' => keep(' '),
        _ => decompose_canonical(c, keep),
    }
    if !complete {
        out.truncate(before);
        return None;
    }
    Some(())
}

fn collapse_spaces(text: &str) -> String {
    let mut collapsed = String::with_capacity(text.len());
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        if !collapsed.is_empty() {
            collapsed.push(' ');
        }
        collapsed.push_str(word);
    }
    collapsed
}

/// A value that was read from a code, made safe to show: control and direction characters, which can
/// hide or reverse what follows, are left out. Markup is not: escape for HTML as ever.
///
/// ```
/// assert_eq!(vietqr::memo::for_display("a\u{202E}b\u{7}c"), "abc");
/// ```
#[must_use]
pub fn for_display(text: &str) -> String {
    let hides = |c: char| {
        c.is_control()
            || matches!(c, '\u{61C}' | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}')
            || matches!(c, '\u{2060}'..='\u{206F}' | '\u{FEFF}' | '\u{FFF9}'..='\u{FFFB}')
    };
    text.chars().filter(|c| !hides(*c)).collect()
}

/// A memo of at most `limit` characters: the reference first and always whole, a space, then as much
/// of the readable text as fits, cut after a word (inside the first word when not even that fits).
///
/// Banks cut the end of a memo, which is why the reference, which has to survive, comes first. It is
/// taken as it is; when it alone is longer than `limit` it still stays whole, and writing the payload
/// refuses it. Characters of `text` outside the allowed set become a space here, because a caller who
/// asks to fit has asked for that; they are reported in [`FittedMemo::dropped`].
///
/// ```
/// use vietqr::memo::fit;
/// let memo = fit("QH234567895V", "Lệ phí đăng ký hộ kinh doanh", 25);
/// assert_eq!(memo.text, "QH234567895V Le phi dang");
/// assert_eq!(memo.dropped, "ky ho kinh doanh");
/// ```
#[must_use]
pub fn fit(reference: &str, text: &str, limit: usize) -> FittedMemo {
    let mut plain = String::with_capacity(text.len());
    let mut dropped = String::new();
    for c in text.chars() {
        if fold_character(c, is_allowed, &mut plain).is_none() {
            plain.push(' ');
            dropped.push(c);
        }
    }
    let plain = collapse_spaces(&plain);

    // From here on the text is ASCII, so characters are bytes.
    let separator = usize::from(!reference.is_empty());
    let room = limit.saturating_sub(reference.chars().count() + separator);
    let kept = cut_at_word(&plain, room);
    let cut_off = plain.get(kept.len()..).unwrap_or_default().trim_start();
    if !cut_off.is_empty() {
        if !dropped.is_empty() {
            dropped.push(' ');
        }
        dropped.push_str(cut_off);
    }

    let mut fitted = String::with_capacity(limit);
    fitted.push_str(reference);
    if !kept.is_empty() && separator == 1 {
        fitted.push(' ');
    }
    fitted.push_str(kept);
    FittedMemo {
        text: fitted,
        dropped,
    }
}

/// The longest start of `text` within `room` that ends after a word, or inside the first one.
fn cut_at_word(text: &str, room: usize) -> &str {
    let Some(head) = text.get(..room) else {
        return text;
    };
    if text
        .get(room..)
        .is_none_or(|tail| tail.is_empty() || tail.starts_with(' '))
    {
        return head.trim_end();
    }
    match head.rfind(' ') {
        Some(space) => head.get(..space).unwrap_or(head),
        None => head,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use unicode_normalization::UnicodeNormalization;

    /// Every Vietnamese letter with a mark, by its plain letter.
    const LETTERS: [(&str, char); 12] = [
        ("ÀÁÂÃĂẠẢẤẦẨẪẬẮẰẲẴẶ", 'A'),
        ("ÈÉÊẸẺẼẾỀỂỄỆ", 'E'),
        ("ÌÍĨỈỊ", 'I'),
        ("ÒÓÔÕƠỌỎỐỒỔỖỘỚỜỞỠỢ", 'O'),
        ("ÙÚŨƯỤỦỨỪỬỮỰ", 'U'),
        ("ÝỲỴỶỸ", 'Y'),
        ("àáâãăạảấầẩẫậắằẳẵặ", 'a'),
        ("èéêẹẻẽếềểễệ", 'e'),
        ("ìíĩỉị", 'i'),
        ("òóôõơọỏốồổỗộớờởỡợ", 'o'),
        ("ùúũưụủứừửữự", 'u'),
        ("ýỳỵỷỹ", 'y'),
    ];

    #[test]
    fn all_134_vietnamese_letters_lose_their_marks_composed_or_not() {
        let mut count = 2;
        for (letters, plain) in LETTERS {
            for letter in letters.chars() {
                count += 1;
                let composed = String::from(letter);
                let decomposed: String = composed.nfd().collect();
                assert_eq!(transliterate(&composed).unwrap(), String::from(plain));
                assert_eq!(transliterate(&decomposed).unwrap(), String::from(plain));
            }
        }
        assert_eq!(count, 134);
        assert_eq!(transliterate("Đđ").unwrap(), "Dd");
    }

    #[test]
    fn a_character_that_cannot_be_written_is_named_with_its_place() {
        let error = transliterate("học phí (lớp 3)").unwrap_err();
        assert_eq!((error.character, error.position), ('(', 8));
        assert_eq!(transliterate("a\nb").unwrap_err().position, 1);
        assert_eq!(transliterate("가").unwrap_err().character, '가');
    }

    #[test]
    fn dashes_and_hard_spaces_become_plain_and_spaces_collapse() {
        for text in ["a  b", " a b", "a b ", "  a   b  "] {
            assert_eq!(transliterate(text).unwrap(), "a b", "{text:?}");
        }
        assert_eq!(transliterate("  a – b\u{A0} c ").unwrap(), "a - b c");
        assert_eq!(fold("quán “Ngon”", is_ans).unwrap(), "quan 'Ngon'");
    }

    #[test]
    fn the_reference_stays_whole_whatever_the_limit() {
        assert_eq!(fit("QH234567895V", "phi", 5).text, "QH234567895V");
        assert_eq!(fit("QH234567895V", "phi", 5).dropped, "phi");
        assert_eq!(fit("QH234567895V", "", 25).text, "QH234567895V");
    }

    #[test]
    fn what_was_replaced_and_what_was_cut_are_both_told() {
        let memo = fit("QT234567895V", "Học phí (3A) tháng 9", 25);
        assert_eq!(memo.text, "QT234567895V Hoc phi 3A");
        assert_eq!(memo.dropped, "() thang 9");
    }

    #[test]
    fn a_first_word_too_long_for_the_room_is_cut_inside() {
        assert_eq!(fit("AB", "internationalisation", 10).text, "AB interna");
    }

    proptest! {
        #[test]
        fn a_fitted_memo_keeps_the_limit_and_can_be_written(
            reference in "[2-9A-Z]{12}", text in any::<String>(), limit in 12_usize..100,
        ) {
            let memo = fit(&reference, &text, limit);
            prop_assert!(memo.text.chars().count() <= limit);
            prop_assert!(memo.text.starts_with(&reference));
            prop_assert_eq!(transliterate(&memo.text).unwrap(), memo.text);
        }

        #[test]
        fn transliteration_never_panics_and_gives_allowed_characters(text in any::<String>()) {
            if let Ok(plain) = transliterate(&text) {
                prop_assert!(plain.chars().all(is_allowed));
            }
        }
    }
}
