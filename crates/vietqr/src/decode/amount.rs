//! Amounts as text (54, 56) and percentages (57).

use crate::Rule;
use money::Vnd;

/// Longest amount, the point included (EMVCo MPM table 3.1).
pub(super) const LENGTH_MAX: usize = 13;

/// Longest percentage.
pub(super) const PERCENTAGE_LENGTH_MAX: usize = 5;

/// An amount taken apart; both parts are ASCII digits, and `whole` is not empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Amount<'a> {
    pub whole: &'a str,
    /// Without the point; empty both for `98` and for the legal `98.`.
    pub decimals: &'a str,
}

impl<'a> Amount<'a> {
    /// # Errors
    /// The rule that the text breaks.
    pub fn parse(text: &'a str) -> Result<Self, Rule> {
        let (whole, decimals) = text.split_once('.').unwrap_or((text, ""));
        let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        if whole.is_empty() || !digits(whole) || !digits(decimals) {
            return Err(Rule::AmountFormat);
        }
        let amount = Self { whole, decimals };
        if amount.is_zero() {
            return Err(Rule::AmountPositive);
        }
        Ok(amount)
    }

    fn is_zero(&self) -> bool {
        all_zeros(self.whole) && all_zeros(self.decimals)
    }

    pub fn has_fraction(&self) -> bool {
        !all_zeros(self.decimals)
    }

    pub fn has_leading_zeros(&self) -> bool {
        self.whole.len() > 1 && self.whole.starts_with('0')
    }
}

/// The whole đồng of a valid amount.
pub(super) fn whole_dong(text: &str) -> Option<Vnd> {
    let amount = Amount::parse(text).ok().filter(|a| !a.has_fraction())?;
    Vnd::positive(amount.whole.parse().ok()?).ok()
}

/// Whether a text is a percentage between 00.01 and 99.99.
pub(super) fn is_percentage(text: &str) -> bool {
    Amount::parse(text).is_ok_and(|percentage| {
        let cents = percentage.decimals.get(..2).unwrap_or(percentage.decimals);
        let below_hundred = percentage.whole.trim_start_matches('0').len() <= 2;
        let at_least_a_hundredth = !all_zeros(percentage.whole) || !all_zeros(cents);
        below_hundred && at_least_a_hundredth
    })
}

/// How many decimals amounts of a currency have (ISO 4217, by numeric code).
pub(super) fn decimals_of(currency: &str) -> usize {
    match currency.parse() {
        Ok(
            108_u16 | 152 | 174 | 262 | 324 | 352 | 392 | 410 | 548 | 600 | 646 | 704 | 800 | 950
            | 952 | 953,
        ) => 0,
        Ok(48 | 368 | 400 | 414 | 434 | 512 | 788) => 3,
        _ => 2,
    }
}

fn all_zeros(digits: &str) -> bool {
    digits.bytes().all(|byte| byte == b'0')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_amount_is_digits_with_at_most_one_point_and_not_zero() {
        for text in ["1", "79000", "98.", "0.5", "007", "79000.00"] {
            assert!(Amount::parse(text).is_ok(), "{text}");
        }
        for text in [
            "", ".", ".5", "-1", "+1", "1e3", "1,000", "1 000", "1.2.3", "９",
        ] {
            assert_eq!(Amount::parse(text), Err(Rule::AmountFormat), "{text}");
        }
        for text in ["0", "0.", "00.00"] {
            assert_eq!(Amount::parse(text), Err(Rule::AmountPositive), "{text}");
        }
    }

    #[test]
    fn whole_dong_is_read_with_zero_decimals_and_leading_zeros() {
        assert_eq!(whole_dong("079000.00"), Vnd::new(79_000).ok());
        assert_eq!(
            whole_dong("9999999999999"),
            Vnd::new(9_999_999_999_999).ok()
        );
        assert_eq!(whole_dong("79000.50"), None);
    }

    #[test]
    fn a_percentage_lies_between_one_hundredth_and_ninety_nine() {
        for text in ["5", "02.50", "00.01", "99.99", "0.01"] {
            assert!(is_percentage(text), "{text}");
        }
        for text in ["0", "100", "100.0", "0.001", "5%", "05.0%", "-1"] {
            assert!(!is_percentage(text), "{text}");
        }
    }
}
