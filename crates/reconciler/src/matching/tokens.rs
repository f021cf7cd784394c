//! Words of a memo that may be identifiers: codes of payers, codes of dossiers, names.

use crate::memo::fold;
use std::collections::BTreeSet;

/// Words that are looked up for one message at most: a hostile memo must not cost more.
pub const TOKENS_MAX: usize = 128;

/// Neighbouring words that may be one code: banks turn punctuation into spaces and cut lines.
const JOINED_MAX: usize = 5;

/// A code by which a tenant knows a payer: a pupil's, a stall's, a subscriber's.
///
/// ### Rationale
/// Digits alone do not settle by a memo. A memo is full of numbers (traces, accounts, dates), and of
/// 100,000 pupil codes of ten digits one stands in every 100,000th such number by chance; all pupils of
/// a class owe the same amount. As a virtual account, where the bank says what it is, digits are fine.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PayerCode(String);

/// A text that is no payer code.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a payer code has 6 to 32 letters and digits, at least one of them a digit")]
pub struct PayerCodeError;

impl PayerCode {
    /// Reads a code however people write it; it is kept folded.
    ///
    /// # Errors
    /// [`PayerCodeError`].
    pub fn parse(text: &str) -> Result<Self, PayerCodeError> {
        let folded = fold(text);
        if is_code(&folded) {
            Ok(Self(folded))
        } else {
            Err(PayerCodeError)
        }
    }

    /// Whether it is recognised in a memo by itself: it has a letter.
    #[must_use]
    pub fn settles_by_memo(&self) -> bool {
        !is_number(&self.0)
    }

    /// The folded text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// 6 to 32 ASCII letters and digits with a digit among them.
fn is_code(folded: &str) -> bool {
    (6..=32).contains(&folded.len())
        && folded.is_ascii()
        && folded.bytes().any(|byte| byte.is_ascii_digit())
}

fn is_number(folded: &str) -> bool {
    folded.bytes().all(|byte| byte.is_ascii_digit())
}

/// What may be a payer's code with a letter: whole words, and whole words joined.
#[must_use]
pub fn payer_code_tokens<'a>(memos: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    joined(memos, |token| is_code(token) && !is_number(token))
}

/// Numbers that may be a payer's code: single words of 8 digits or more, for suggestions only.
#[must_use]
pub fn payer_numbers<'a>(memos: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    let mut numbers = BTreeSet::new();
    for memo in memos {
        let long = |word: &String| (8..=32).contains(&word.len()) && is_number(word);
        numbers.extend(words(memo).into_iter().filter(long));
    }
    numbers.into_iter().take(TOKENS_MAX).collect()
}

/// What may be the portal's own id of a request without its punctuation: 8 to 40 symbols, a digit among
/// them.
#[must_use]
pub fn dossier_tokens<'a>(memos: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    joined(memos, |token| {
        (8..=40).contains(&token.len()) && token.bytes().any(|byte| byte.is_ascii_digit())
    })
}

fn joined<'a>(
    memos: impl IntoIterator<Item = &'a str>,
    fits: impl Fn(&str) -> bool,
) -> Vec<String> {
    let mut tokens = Vec::new();
    let mut known = BTreeSet::new();
    for memo in memos {
        let words = words(memo);
        // Single words first: when there are too many, the joined ones are left out.
        for count in 1..=JOINED_MAX {
            for window in words.windows(count) {
                let token = window.concat();
                if fits(&token) && tokens.len() < TOKENS_MAX && known.insert(token.clone()) {
                    tokens.push(token);
                }
            }
        }
    }
    tokens
}

/// The words of a memo, folded.
fn words(memo: &str) -> Vec<String> {
    memo.split(|c: char| !c.is_alphanumeric() && !unicode_normalization::char::is_combining_mark(c))
        .map(fold)
        .filter(|word| !word.is_empty())
        .collect()
}

/// Whether a payer's name stands in one of the texts, as people and banks write it. A single word is no
/// name.
#[must_use]
pub fn names_agree<'a>(name: &str, texts: impl IntoIterator<Item = &'a str>) -> bool {
    let own = words(name);
    if own.len() < 2 {
        return false;
    }
    texts.into_iter().any(|text| {
        let theirs = words(text);
        theirs.windows(own.len()).any(|window| window == own) || {
            // Lines joined without a space: the name without spaces, if it is long enough to be one.
            let glued = own.concat();
            glued.len() >= 10 && fold(text).contains(&glued)
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_code_is_found_as_a_word_however_its_punctuation_was_treated() {
        for memo in [
            "736412.031125.HS00123 nop hoc phi",
            "MBVCB.1.hs-00123.CT tu 0011",
            "nop hoc phi HS 001 23",
            "hs/00/123",
        ] {
            let tokens = payer_code_tokens([memo]);
            assert!(tokens.contains(&"HS00123".to_owned()), "{memo}: {tokens:?}");
        }
        // Glued to other letters it is no word: nobody can say where it ends.
        assert!(!payer_code_tokens(["nopHS00123hocphi"]).contains(&"HS00123".to_owned()));
    }

    #[test]
    fn digits_alone_are_only_suggested() {
        assert!(PayerCode::parse("HS00123").unwrap().settles_by_memo());
        assert!(!PayerCode::parse("7912345678").unwrap().settles_by_memo());
        assert!(
            payer_code_tokens(["7912345678 hoc phi"])
                .iter()
                .all(|t| t != "7912345678")
        );
        assert_eq!(payer_numbers(["736412.7912345678 hoc phi"]), ["7912345678"]);
        for bad in ["", "AB1", "ABCDEFGH", "đ", &"A1".repeat(17)] {
            assert_eq!(PayerCode::parse(bad), Err(PayerCodeError), "{bad}");
        }
    }

    #[test]
    fn a_dossier_code_without_its_punctuation_is_put_together_again() {
        for memo in [
            "H29.01-2026-000123 nop phi",
            "H29 01 2026 000123",
            "H29012026000123",
        ] {
            assert!(
                dossier_tokens([memo]).contains(&"H29012026000123".to_owned()),
                "{memo}"
            );
        }
    }

    #[test]
    fn a_name_agrees_with_or_without_accents_and_never_by_one_word() {
        let name = "Trần Thị Ví Dụ";
        assert!(names_agree(name, ["TRAN THI VI DU chuyen tien"]));
        assert!(names_agree(name, ["MBVCB.1.CTtuTRANTHIVIDUtoi888"]));
        assert!(!names_agree(name, ["TRAN THI VI"]));
        assert!(!names_agree("Ví", ["VI DU"]));
        assert!(!names_agree("", [""]));
    }

    proptest! {
        #[test]
        fn any_memo_gives_a_bounded_number_of_words(memo in "[A-Z0-9 .]{0,2000}") {
            prop_assert!(payer_code_tokens([memo.as_str()]).len() <= TOKENS_MAX);
            prop_assert!(dossier_tokens([memo.as_str()]).len() <= TOKENS_MAX);
            prop_assert!(payer_numbers([memo.as_str()]).len() <= TOKENS_MAX);
        }
    }
}
