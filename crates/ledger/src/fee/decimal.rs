//! An exact decimal between 0 and 1, written the way a rule writes it.

use money::share::{Fraction, ShareError};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;

/// A fraction such as `0.005`: read from a text, never from a float. Always in hundred-millionths, so
/// that equal fractions are equal.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Decimal(Fraction);

const HUNDRED_MILLIONTHS_ZERO: Fraction = match Fraction::new(0, Fraction::DENOMINATOR_MAX) {
    Ok(zero) => zero,
    Err(_) => Fraction::ZERO,
};

impl Decimal {
    /// Nothing.
    pub const ZERO: Self = Self(HUNDRED_MILLIONTHS_ZERO);

    /// Reads "0.005": at most eight decimals.
    ///
    /// # Errors
    /// [`ShareError::Fraction`].
    pub fn parse(text: &str) -> Result<Self, ShareError> {
        Fraction::parse_decimal(text).map(Self)
    }

    /// Reads a percentage, "1,32" or "98.68": at most six decimals.
    ///
    /// # Errors
    /// [`ShareError::Percent`].
    pub fn parse_percent(text: &str) -> Result<Self, ShareError> {
        Fraction::parse_percent(text).map(Self)
    }

    /// The fraction.
    #[must_use]
    pub const fn fraction(self) -> Fraction {
        self.0
    }

    /// In hundred-millionths, the finest part that can be written.
    #[must_use]
    pub fn hundred_millionths(self) -> u64 {
        u64::from(self.0.numerator())
    }

    /// As a percentage with a decimal comma and no needless zeros: `1,32`.
    #[must_use]
    pub fn percent(self) -> String {
        written(self.hundred_millionths(), 6, ',')
    }
}

/// `units` of 10^−`decimals`, without zeros at the end.
fn written(units: u64, decimals: u32, separator: char) -> String {
    let scale = 10u64.pow(decimals);
    let (whole, rest) = (units / scale, units % scale);
    if rest == 0 {
        return whole.to_string();
    }
    let width = usize::try_from(decimals).unwrap_or_default();
    let digits = format!("{rest:0width$}");
    format!("{whole}{separator}{}", digits.trim_end_matches('0'))
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&written(self.hundred_millionths(), 8, '.'))
    }
}

/// A string.
impl Serialize for Decimal {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// A string; a number would have been through a float.
impl<'de> Deserialize<'de> for Decimal {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_decimal_is_written_as_short_as_it_can_be() {
        for (text, percent) in [
            ("0", "0"),
            ("1", "100"),
            ("0.005", "0,5"),
            ("0.0132", "1,32"),
        ] {
            let decimal = Decimal::parse(text).unwrap();
            assert_eq!(decimal.to_string(), text);
            assert_eq!(decimal.percent(), percent);
        }
        assert_eq!(Decimal::parse("0.90").unwrap().to_string(), "0.9");
        assert_eq!(
            Decimal::parse_percent("98,68").unwrap().to_string(),
            "0.9868"
        );
    }
}
