//! Amounts in words: what a receipt must carry beside the digits.
//!
//! Vietnamese by the school rules that accountants teach (the numbers in the comments are its
//! rules), in the northern convention of the civil service: `nghìn`, `linh`, `tỷ`, `bảy`. Every
//! amount of [`Vnd`] has exactly one text, and no two amounts share one.
//!
//! ```
//! use money::{Vnd, words::{words, words_en}};
//! let fee = Vnd::new(79_000)?;
//! assert_eq!(words(fee), "Bảy mươi chín nghìn đồng");
//! assert_eq!(words_en(fee), "Seventy-nine thousand dong");
//! # Ok::<(), money::AmountError>(())
//! ```

use crate::Vnd;

/// Spellings that some offices prefer (rule 12). The default is the northern convention without
/// additions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct WordOptions {
    /// Adds " chẵn" ("even") when the amount is a multiple of 1.000 đ, against later additions by pen.
    pub chan: bool,
    /// "ngàn" and "lẻ" instead of "nghìn" and "linh".
    pub southern: bool,
}

const DIGITS: [&str; 10] = [
    "không", "một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín",
];

/// The amount in Vietnamese words, northern convention: "Ba mươi lăm nghìn đồng".
#[must_use]
pub fn words(amount: Vnd) -> String {
    words_with(amount, WordOptions::default())
}

/// The amount in Vietnamese words, with an office's own spelling.
///
/// ```
/// use money::{Vnd, words::{WordOptions, words_with}};
/// let fee = Vnd::new(105_000)?;
/// let options = WordOptions { chan: true, southern: true };
/// assert_eq!(words_with(fee, options), "Một trăm lẻ năm ngàn đồng chẵn");
/// # Ok::<(), money::AmountError>(())
/// ```
#[must_use]
pub fn words_with(amount: Vnd, options: WordOptions) -> String {
    words_of(amount.get(), options)
}

/// A whole number of đồng in Vietnamese words, also beyond what [`Vnd`] holds: sums on papers of others have
/// up to sixteen digits.
///
/// ```
/// use money::words::{WordOptions, words_of};
/// let text = words_of(9_999_999_999_999_999, WordOptions::default());
/// assert!(text.starts_with("Chín triệu chín trăm chín mươi chín nghìn"));
/// ```
#[must_use]
pub fn words_of(number: i64, options: WordOptions) -> String {
    let dong = number.unsigned_abs();
    let mut spoken = Vec::new();
    if number < 0 {
        spoken.push("âm"); // rule 11
    }
    if dong == 0 {
        spoken.push(DIGITS[0]); // rule 1
    }
    speak(&mut spoken, dong, options);
    spoken.push("đồng");
    if options.chan && dong.is_multiple_of(1_000) {
        spoken.push("chẵn");
    }
    sentence(&spoken)
}

/// Rules 2 and 3: everything above a thousand million is read as a number of its own, then "tỷ"; the
/// rest in groups of three. A zero says nothing.
fn speak(spoken: &mut Vec<&str>, number: u64, options: WordOptions) {
    let (high, low) = (number / 1_000_000_000, number % 1_000_000_000);
    if high > 0 {
        speak(spoken, high, options);
        spoken.push("tỷ");
    }
    let mut is_first = high == 0;
    let thousand = if options.southern { "ngàn" } else { "nghìn" };
    for (scale, name) in [(1_000_000, "triệu"), (1_000, thousand), (1, "")] {
        let group = low / scale % 1_000;
        if group > 0 {
            speak_group(spoken, group, is_first, options);
            is_first = false;
            if !name.is_empty() {
                spoken.push(name);
            }
        }
    }
}

/// Rules 4 to 9: one group of three digits, not all zero.
fn speak_group(spoken: &mut Vec<&str>, group: u64, is_first: bool, options: WordOptions) {
    let (hundreds, tens, units) = (group / 100, group / 10 % 10, group % 10);
    // Rule 4: only the first spoken group may begin without its hundreds.
    let with_hundreds = hundreds > 0 || !is_first;
    if with_hundreds {
        spoken.extend([digit(hundreds), "trăm"]);
    }
    match tens {
        0 if units > 0 && with_hundreds => {
            spoken.push(if options.southern { "lẻ" } else { "linh" }); // rule 5
        }
        0 => {}
        1 => spoken.push("mười"),
        _ => spoken.extend([digit(tens), "mươi"]),
    }
    match (tens, units) {
        (_, 0) => {}
        (2.., 1) => spoken.push("mốt"), // rule 6
        (2.., 4) => spoken.push("tư"),  // rule 7
        (1.., 5) => spoken.push("lăm"), // rule 8
        _ => spoken.push(digit(units)),
    }
}

fn digit(value: u64) -> &'static str {
    // Callers pass a single digit, so the fallback is never used.
    usize::try_from(value)
        .ok()
        .and_then(|value| DIGITS.get(value))
        .copied()
        .unwrap_or_default()
}

/// Rule 10: single spaces, a capital at the beginning only.
fn sentence(spoken: &[&str]) -> String {
    let text = spoken.join(" ");
    let mut chars = text.chars();
    match chars.next() {
        Some(first) => first.to_uppercase().chain(chars).collect(),
        None => text,
    }
}

const SMALL: [&str; 20] = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
];
const TENS: [&str; 10] = [
    "", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety",
];
const SCALES: [(u64, &str); 6] = [
    (1_000_000_000_000_000, "quadrillion"),
    (1_000_000_000_000, "trillion"),
    (1_000_000_000, "billion"),
    (1_000_000, "million"),
    (1_000, "thousand"),
    (1, ""),
];

/// The amount in English words, short scale, without "and": "One hundred five thousand dong". For the
/// English side of bilingual papers; a paper in force carries the Vietnamese text.
#[must_use]
pub fn words_en(amount: Vnd) -> String {
    words_en_of(amount.get())
}

/// The same for a whole number beyond what [`Vnd`] holds, within ±999,999,999,999,999,999.
#[must_use]
pub fn words_en_of(number: i64) -> String {
    let dong = number.unsigned_abs();
    let mut spoken: Vec<String> = Vec::new();
    if number < 0 {
        spoken.push("minus".to_owned());
    }
    if dong == 0 {
        spoken.push("zero".to_owned());
    }
    for (scale, name) in SCALES {
        let group = dong / scale % 1_000;
        if group >= 100 {
            spoken.push(format!("{} hundred", english(&SMALL, group / 100)));
        }
        match group % 100 {
            0 => {}
            small @ 1..20 => spoken.push(english(&SMALL, small).to_owned()),
            round if round % 10 == 0 => spoken.push(english(&TENS, round / 10).to_owned()),
            two => {
                let (tens, units) = (english(&TENS, two / 10), english(&SMALL, two % 10));
                spoken.push(format!("{tens}-{units}"));
            }
        }
        if group > 0 && !name.is_empty() {
            spoken.push(name.to_owned());
        }
    }
    spoken.push("dong".to_owned());
    sentence(&spoken.iter().map(String::as_str).collect::<Vec<_>>())
}

fn english(names: &'static [&'static str], value: u64) -> &'static str {
    // Callers pass an index of the table, so the fallback is never used.
    usize::try_from(value)
        .ok()
        .and_then(|value| names.get(value))
        .copied()
        .unwrap_or_default()
}

#[cfg(test)]
mod tests;
