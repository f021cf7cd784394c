//! The amount type. The field is private to this module, so that even the rest of the crate cannot
//! skip the range check.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;

/// An amount of Vietnamese đồng (ISO 4217 `VND`, numeric 704, no decimals).
///
/// Between −[`Vnd::MAX`] and +[`Vnd::MAX`]. There is no `From<i64>`: an amount is made by a checked
/// constructor, so an out-of-range number is refused where it enters.
///
/// ```
/// use money::Vnd;
/// let fee = Vnd::new(79_000)?;
/// let both = fee.checked_add(Vnd::new(21_000)?)?;
/// assert_eq!(both.get(), 100_000);
/// # Ok::<(), money::AmountError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Vnd(i64);

/// Why a number is not an amount.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AmountError {
    /// The number, or the result of an operation, is beyond ±[`Vnd::MAX`].
    #[error("the amount is outside ±{max} đồng", max = Vnd::MAX.get())]
    OutOfRange,
    /// A positive amount was needed.
    #[error("the amount must be at least 1 đồng")]
    NotPositive,
}

impl Vnd {
    /// Nothing.
    pub const ZERO: Self = Self(0);

    /// Nine quadrillion đồng.
    ///
    /// ### Rationale
    /// About 900 times the yearly revenue of the state budget, and still below 2⁵³, so that a
    /// JavaScript client reads every amount exactly.
    pub const MAX: Self = Self(9_000_000_000_000_000);

    /// An amount of `dong` đồng; negative amounts are balances and corrections.
    ///
    /// # Errors
    /// [`AmountError::OutOfRange`] beyond ±[`Vnd::MAX`].
    pub const fn new(dong: i64) -> Result<Self, AmountError> {
        if dong > Self::MAX.0 || dong < -Self::MAX.0 {
            Err(AmountError::OutOfRange)
        } else {
            Ok(Self(dong))
        }
    }

    /// An amount of at least 1 đồng: what a transfer or a posting carries.
    ///
    /// # Errors
    /// [`AmountError::NotPositive`] for zero and below, [`AmountError::OutOfRange`] above the maximum.
    pub const fn positive(dong: i64) -> Result<Self, AmountError> {
        if dong <= 0 {
            return Err(AmountError::NotPositive);
        }
        Self::new(dong)
    }

    /// The number of đồng.
    #[must_use]
    pub const fn get(self) -> i64 {
        self.0
    }

    /// Whether this is exactly nothing.
    #[must_use]
    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }

    /// Whether this is 1 đồng or more.
    #[must_use]
    pub const fn is_positive(self) -> bool {
        self.0 > 0
    }

    /// The sum.
    ///
    /// # Errors
    /// [`AmountError::OutOfRange`] instead of wrapping.
    pub const fn checked_add(self, other: Self) -> Result<Self, AmountError> {
        // Two values within ±9·10¹⁵ cannot overflow an i64, so the range check is enough.
        Self::new(self.0 + other.0)
    }

    /// The difference `self − other`.
    ///
    /// # Errors
    /// [`AmountError::OutOfRange`] instead of wrapping.
    pub const fn checked_sub(self, other: Self) -> Result<Self, AmountError> {
        Self::new(self.0 - other.0)
    }

    /// `self` taken `times` times.
    ///
    /// # Errors
    /// [`AmountError::OutOfRange`] instead of wrapping.
    pub const fn checked_mul(self, times: i64) -> Result<Self, AmountError> {
        match self.0.checked_mul(times) {
            Some(product) => Self::new(product),
            None => Err(AmountError::OutOfRange),
        }
    }

    /// The amount with the other sign; the range is symmetric, so this cannot fail.
    #[must_use]
    pub const fn negated(self) -> Self {
        Self(-self.0)
    }

    /// The sum of many amounts.
    ///
    /// # Errors
    /// [`AmountError::OutOfRange`] when a partial sum leaves the range.
    pub fn sum(amounts: impl IntoIterator<Item = Self>) -> Result<Self, AmountError> {
        amounts.into_iter().try_fold(Self::ZERO, Self::checked_add)
    }
}

/// Plain digits, as the API and CSV carry them. Screens use the grouped form.
impl fmt::Display for Vnd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl fmt::Debug for Vnd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} đ", self.0)
    }
}

/// A JSON integer.
impl Serialize for Vnd {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_i64(self.0)
    }
}

/// A JSON integer within range; a float or a string is refused.
impl<'de> Deserialize<'de> for Vnd {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let dong = i64::deserialize(deserializer)?;
        Self::new(dong).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn an_amount_beyond_the_maximum_is_refused() {
        assert_eq!(Vnd::new(Vnd::MAX.get() + 1), Err(AmountError::OutOfRange));
        assert_eq!(Vnd::new(i64::MIN), Err(AmountError::OutOfRange));
        assert_eq!(Vnd::positive(0), Err(AmountError::NotPositive));
        assert_eq!(Vnd::MAX.checked_add(Vnd::MAX), Err(AmountError::OutOfRange));
        assert_eq!(Vnd::MAX.checked_mul(i64::MAX), Err(AmountError::OutOfRange));
    }

    proptest! {
        #[test]
        fn arithmetic_never_wraps(a in any::<i64>(), b in any::<i64>()) {
            if let (Ok(x), Ok(y)) = (Vnd::new(a), Vnd::new(b)) {
                let exact = i128::from(a) + i128::from(b);
                match x.checked_add(y) {
                    Ok(sum) => prop_assert_eq!(i128::from(sum.get()), exact),
                    Err(_) => prop_assert!(exact.abs() > i128::from(Vnd::MAX.get())),
                }
            }
        }
    }
}
