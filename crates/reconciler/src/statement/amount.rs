//! Amounts as Vietnamese banks print them.
//!
//! `1.500.000`, `1,500,000`, `1500000`, `1 500 000 VND`, `-1.500.000`, `(1.500.000)`, `1,500,000.00`.
//! The đồng has no minor unit, so dots and commas separate thousands, also mixed (one bank does), but
//! only where they stand between groups of three digits; a decimal part is accepted when it is zero.

use super::RowRule;
use money::Vnd;

/// Characters of a printed amount that are looked at. Nine quadrillion with separators, sign and
/// currency needs 30.
const TEXT_MAX: usize = 40;

/// Reads an amount with its sign; `None` for a cell that says nothing (empty, a dash).
///
/// # Errors
/// [`RowRule::NotAnAmount`], [`RowRule::FractionOfDong`] or [`RowRule::AmountOutOfRange`].
///
/// ```
/// use reconciler::statement::amount::printed;
/// assert_eq!(printed("1.500.000 đ")?.map(|amount| amount.get()), Some(1_500_000));
/// assert_eq!(printed("1.500.000,50"), Err(reconciler::statement::RowRule::FractionOfDong));
/// assert_eq!(printed(" - ")?, None);
/// # Ok::<(), reconciler::statement::RowRule>(())
/// ```
pub fn printed(text: &str) -> Result<Option<Vnd>, RowRule> {
    let text = text.trim_matches(is_blank);
    if text.is_empty() || text == "-" || text == "–" {
        return Ok(None);
    }
    if text.len() > TEXT_MAX {
        return Err(RowRule::NotAnAmount);
    }
    let (negative, text) = sign(text).ok_or(RowRule::NotAnAmount)?;
    let text = without_currency(text);
    let digits = whole_part(text)?;
    let mut dong: i64 = 0;
    for digit in digits.bytes().filter(u8::is_ascii_digit) {
        dong = dong
            .checked_mul(10)
            .and_then(|dong| dong.checked_add(i64::from(digit - b'0')))
            .ok_or(RowRule::AmountOutOfRange)?;
    }
    let dong = if negative { -dong } else { dong };
    Vnd::new(dong)
        .map(Some)
        .map_err(|_| RowRule::AmountOutOfRange)
}

/// Reads the number of a cell that holds a number and no text (XLSX), and of standards that write
/// decimals with a dot: digits, and a decimal part that must be zero.
///
/// # Errors
/// As [`printed`].
pub fn plain(text: &str) -> Result<Vnd, RowRule> {
    let (negative, unsigned) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, ""));
    // Workbooks write large numbers as 1.5E7 sometimes: what cannot be read exactly is not read.
    if let Some((mantissa, exponent)) = unsigned.split_once(['E', 'e']) {
        return scientific(negative, mantissa, exponent);
    }
    if whole.is_empty() || !all_digits(whole) || !all_digits(fraction) {
        return Err(RowRule::NotAnAmount);
    }
    if fraction.bytes().any(|digit| digit != b'0') {
        return Err(RowRule::FractionOfDong);
    }
    let dong: i64 = whole.parse().map_err(|_| RowRule::AmountOutOfRange)?;
    Vnd::new(if negative { -dong } else { dong }).map_err(|_| RowRule::AmountOutOfRange)
}

fn scientific(negative: bool, mantissa: &str, exponent: &str) -> Result<Vnd, RowRule> {
    let exponent: usize = exponent
        .strip_prefix('+')
        .unwrap_or(exponent)
        .parse()
        .map_err(|_| RowRule::FractionOfDong)?;
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    if !all_digits(whole) || !all_digits(fraction) || whole.len() + exponent > 17 {
        return Err(RowRule::NotAnAmount);
    }
    if fraction.len() > exponent {
        return Err(RowRule::FractionOfDong);
    }
    let zeros = exponent - fraction.len();
    let text = format!("{whole}{fraction}{}", "0".repeat(zeros));
    let dong: i64 = text.parse().map_err(|_| RowRule::NotAnAmount)?;
    Vnd::new(if negative { -dong } else { dong }).map_err(|_| RowRule::AmountOutOfRange)
}

fn all_digits(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_blank(c: char) -> bool {
    c.is_whitespace() || c == '\u{a0}' || c == '\u{202f}'
}

/// The sign, and what stands behind it; `None` for two signs.
fn sign(text: &str) -> Option<(bool, &str)> {
    if let Some(inner) = text
        .strip_prefix('(')
        .and_then(|rest| rest.strip_suffix(')'))
    {
        let inner = inner.trim_matches(is_blank);
        return (!inner.starts_with(['-', '+', '−'])).then_some((true, inner));
    }
    let mut negative = false;
    let mut rest = text;
    if let Some(behind) = rest.strip_prefix(['-', '−']) {
        (negative, rest) = (true, behind);
    } else if let Some(behind) = rest.strip_prefix('+') {
        rest = behind;
    } else if let Some(before) = rest.strip_suffix('-') {
        // Host systems print the sign behind the number.
        (negative, rest) = (true, before);
    }
    let rest = rest.trim_matches(is_blank);
    (!rest.starts_with(['-', '+', '−'])).then_some((negative, rest))
}

fn without_currency(text: &str) -> &str {
    for unit in ["VNĐ", "VND", "vnđ", "vnd", "đồng", "đ", "₫", "Đ"] {
        if let Some(rest) = text.strip_suffix(unit) {
            return rest.trim_end_matches(is_blank);
        }
        if let Some(rest) = text.strip_prefix(unit) {
            return rest.trim_start_matches(is_blank);
        }
    }
    text
}

/// The digits of the whole đồng, separators still among them.
fn whole_part(text: &str) -> Result<&str, RowRule> {
    let is_separator = |c: char| matches!(c, '.' | ',' | '\'') || is_blank(c);
    if text.is_empty() || !text.chars().all(|c| c.is_ascii_digit() || is_separator(c)) {
        return Err(RowRule::NotAnAmount);
    }
    if all_digits(text) {
        return Ok(text);
    }
    // A decimal part is one or two digits behind the last dot or comma; thousands have three.
    if let Some(at) = text.rfind(['.', ',']) {
        let (whole, fraction) = (&text[..at], &text[at + 1..]);
        if (1..=2).contains(&fraction.len()) && all_digits(fraction) {
            if !is_grouped(whole, is_separator) {
                return Err(RowRule::NotAnAmount);
            }
            return if fraction.bytes().all(|digit| digit == b'0') {
                Ok(whole)
            } else {
                Err(RowRule::FractionOfDong)
            };
        }
    }
    if is_grouped(text, is_separator) {
        Ok(text)
    } else {
        Err(RowRule::NotAnAmount)
    }
}

/// Digits alone, or one to three digits and then groups of exactly three.
fn is_grouped(text: &str, is_separator: impl Fn(char) -> bool + Copy) -> bool {
    if !text.is_empty() && all_digits(text) {
        return true;
    }
    let mut groups = text.split(is_separator);
    let first = groups.next().unwrap_or_default();
    (1..=3).contains(&first.len()) && groups.all(|group| group.len() == 3)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_forms_that_banks_print_read_as_the_same_amount() {
        for text in [
            "1500000",
            "1.500.000",
            "1,500,000",
            "1 500 000",
            "1\u{a0}500\u{a0}000",
            "+1.500.000",
            "1.500.000,00",
            "1,500,000.00",
            "1500000.0",
            "1500000,00",
            "1.500,000",
            "1,500.000",
            "1.500.000 VND",
            "1,500,000 đ",
            "VND 1,500,000",
            " 1.500.000₫ ",
        ] {
            assert_eq!(
                printed(text),
                Ok(Some(Vnd::new(1_500_000).unwrap())),
                "{text}"
            );
        }
        for text in [
            "-1.500.000",
            "−1,500,000",
            "(1.500.000)",
            "1.500.000-",
            "- 1500000",
        ] {
            assert_eq!(
                printed(text),
                Ok(Some(Vnd::new(-1_500_000).unwrap())),
                "{text}"
            );
        }
        for text in ["", "  ", "-", "–", "\u{a0}"] {
            assert_eq!(printed(text), Ok(None), "{text:?}");
        }
        assert_eq!(printed("0"), Ok(Some(Vnd::ZERO)));
        assert_eq!(printed("0.00"), Ok(Some(Vnd::ZERO)));
    }

    #[test]
    fn what_may_be_two_amounts_is_none() {
        for (text, rule) in [
            ("1.50", RowRule::FractionOfDong),
            ("1.500.000,5", RowRule::FractionOfDong),
            ("150000.75", RowRule::FractionOfDong),
            ("1.5000", RowRule::NotAnAmount),
            ("15.00.000", RowRule::NotAnAmount),
            ("1..500", RowRule::NotAnAmount),
            (".500", RowRule::NotAnAmount),
            ("1500.000", RowRule::NotAnAmount),
            ("--5", RowRule::NotAnAmount),
            ("(-5)", RowRule::NotAnAmount),
            ("1e6", RowRule::NotAnAmount),
            ("1.500.000 USD", RowRule::NotAnAmount),
            ("FT1500", RowRule::NotAnAmount),
            ("99999999999999999999", RowRule::AmountOutOfRange),
            ("9.000.000.000.000.001", RowRule::AmountOutOfRange),
        ] {
            assert_eq!(printed(text), Err(rule), "{text}");
        }
    }

    #[test]
    fn a_number_cell_is_never_taken_for_a_printed_amount() {
        assert_eq!(plain("150.125"), Err(RowRule::FractionOfDong));
        assert_eq!(plain("150"), Ok(Vnd::new(150).unwrap()));
        assert_eq!(plain("-150.00"), Ok(Vnd::new(-150).unwrap()));
        assert_eq!(plain("1.5E7"), Ok(Vnd::new(15_000_000).unwrap()));
        assert_eq!(plain("1.5E+7"), Ok(Vnd::new(15_000_000).unwrap()));
        assert_eq!(plain("1.55E1"), Err(RowRule::FractionOfDong));
        assert_eq!(plain("1E99"), Err(RowRule::NotAnAmount));
        assert_eq!(plain("1E-2"), Err(RowRule::FractionOfDong));
        assert_eq!(plain(""), Err(RowRule::NotAnAmount));
        assert_eq!(plain("1,5"), Err(RowRule::NotAnAmount));
    }

    fn grouped(dong: i64, separator: char) -> String {
        let digits = dong.to_string();
        let mut text = String::new();
        for (index, digit) in digits.chars().enumerate() {
            if index > 0 && (digits.len() - index).is_multiple_of(3) {
                text.push(separator);
            }
            text.push(digit);
        }
        text
    }

    proptest! {
        #[test]
        fn every_amount_printed_in_any_grouping_reads_back(
            dong in 0i64..=9_000_000_000_000_000, separator in prop::sample::select(vec!['.', ',', ' ', '\u{a0}']),
            decimals in prop::sample::select(vec!["", ".00", ",00"])
        ) {
            let text = grouped(dong, separator) + decimals;
            prop_assert_eq!(printed(&text).unwrap().unwrap().get(), dong);
            prop_assert_eq!(printed(&format!("-{text}")).unwrap().unwrap().get(), -dong);
        }

        #[test]
        fn no_text_is_read_as_more_digits_than_it_has(text in "[0-9., ()+-]{0,24}") {
            if let Ok(Some(amount)) = printed(&text) {
                let digits: String = text.chars().filter(char::is_ascii_digit).collect();
                let most: i64 = digits.parse().unwrap();
                prop_assert!(amount.get().abs() <= most);
                // Only a decimal part of zeros is ever left out.
                let shown = amount.get().abs().to_string();
                let rest = digits.trim_start_matches('0').strip_prefix(shown.trim_start_matches('0')).unwrap();
                prop_assert!(rest.len() <= 2 && rest.bytes().all(|digit| digit == b'0'));
            }
        }
    }
}
