//! How much of an item a line asks for.

use money::{AmountError, Vnd};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;

/// A quantity with at most three decimals, such as 12.5 m²; more than nothing, at most a thousand million.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Quantity(u64);

/// A text or number that is not a quantity.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a quantity is more than 0, at most 1000000000, with at most three decimals after a point")]
pub struct QuantityError;

const THOUSAND: u64 = 1_000;
const QUANTITY_MAX: u64 = 1_000_000_000;

impl Quantity {
    /// One.
    pub const ONE: Self = Self(THOUSAND);

    /// A whole quantity.
    ///
    /// # Errors
    /// [`QuantityError`] for zero, less, or too much.
    pub fn whole(number: i64) -> Result<Self, QuantityError> {
        u64::try_from(number)
            .ok()
            .filter(|number| (1..=QUANTITY_MAX).contains(number))
            .map(|number| Self(number * THOUSAND))
            .ok_or(QuantityError)
    }

    /// Reads "3" or "12.5".
    ///
    /// # Errors
    /// [`QuantityError`].
    pub fn parse(text: &str) -> Result<Self, QuantityError> {
        let (whole, decimals) = text.split_once('.').unwrap_or((text, "0"));
        let is_number = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
        if !is_number(whole) || !is_number(decimals) || whole.len() > 10 || decimals.len() > 3 {
            return Err(QuantityError);
        }
        let thousandths: u64 = format!("{whole}{decimals:0<3}")
            .parse()
            .map_err(|_| QuantityError)?;
        if (1..=QUANTITY_MAX * THOUSAND).contains(&thousandths) {
            Ok(Self(thousandths))
        } else {
            Err(QuantityError)
        }
    }

    /// The number, when it has no decimals.
    #[must_use]
    pub fn as_whole(self) -> Option<i64> {
        if self.0.is_multiple_of(THOUSAND) {
            i64::try_from(self.0 / THOUSAND).ok()
        } else {
            None
        }
    }

    /// `price` for each unit, in all; a broken đồng is dropped.
    ///
    /// # Errors
    /// [`AmountError::OutOfRange`].
    pub fn times(self, price: Vnd) -> Result<Vnd, AmountError> {
        let exact = i128::from(price.get()) * i128::from(self.0);
        let floored = exact.div_euclid(i128::from(THOUSAND));
        i64::try_from(floored).map_or(Err(AmountError::OutOfRange), Vnd::new)
    }
}

impl fmt::Display for Quantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, rest) = (self.0 / THOUSAND, self.0 % THOUSAND);
        if rest == 0 {
            write!(f, "{whole}")
        } else {
            let digits = format!("{rest:03}");
            write!(f, "{whole}.{}", digits.trim_end_matches('0'))
        }
    }
}

/// A JSON integer when it is whole, else a string.
impl Serialize for Quantity {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.as_whole() {
            Some(whole) => serializer.serialize_i64(whole),
            None => serializer.collect_str(self),
        }
    }
}

/// A JSON integer, or a string with at most three decimals; a float is refused.
impl<'de> Deserialize<'de> for Quantity {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Written {
            Whole(i64),
            Text(String),
        }
        match Written::deserialize(deserializer)? {
            Written::Whole(number) => Self::whole(number),
            Written::Text(text) => Self::parse(&text),
        }
        .map_err(serde::de::Error::custom)
    }
}

/// What a line says about how much of the item it is for. Each price rule takes some of these and
/// refuses the others: a member that would be ignored is a mistake.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Measure {
    /// Units, pages, vehicles, candidates; 1 when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quantity: Option<Quantity>,
    /// The value that a rate is taken of: of a house, of what was enforced.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base_amount: Option<Vnd>,
    /// How many copies of `quantity` pages.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub copies: Option<u32>,
    /// For how many whole months.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub months: Option<u32>,
    /// For how many days beyond the whole months.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub days: Option<u32>,
    /// The head count that chooses one price for everybody; `quantity` when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub volume: Option<u32>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_quantity_has_three_decimals_at_most_and_is_never_a_float() {
        assert_eq!(Quantity::parse("12.5").unwrap().to_string(), "12.5");
        assert_eq!(Quantity::parse("3").unwrap(), Quantity::whole(3).unwrap());
        for bad in [
            "",
            "0",
            "0.000",
            "-1",
            "1.2345",
            "1e3",
            "1,5",
            "10000000000",
        ] {
            assert_eq!(Quantity::parse(bad), Err(QuantityError), "{bad}");
        }
        assert!(serde_json::from_str::<Quantity>("1.5").is_err());
        assert_eq!(
            serde_json::from_str::<Quantity>("\"1.5\"").unwrap(),
            Quantity::parse("1.5").unwrap()
        );
    }

    #[test]
    fn a_stall_of_twelve_and_a_half_square_metres_pays_for_each_of_them() {
        let price = Vnd::new(45_000).unwrap();
        assert_eq!(
            Quantity::parse("12.5").unwrap().times(price).unwrap().get(),
            562_500
        );
    }

    proptest! {
        #[test]
        fn a_quantity_written_reads_back(thousandths in 1u64..=1_000_000_000_000) {
            let quantity = Quantity(thousandths);
            prop_assert_eq!(Quantity::parse(&quantity.to_string()), Ok(quantity));
            let json = serde_json::to_string(&quantity).unwrap();
            prop_assert_eq!(serde_json::from_str::<Quantity>(&json).unwrap(), quantity);
        }
    }
}
