//! Sharing an amount among recipients, exactly.
//!
//! A fee is shared by ordered steps: each takes an exact fraction of the whole, of
//! what is left, or of an earlier part, rounded down to a đồng. Whatever no step takes is the residual;
//! for phí and lệ phí it belongs to the state budget. So the parts add up to the whole for every
//! amount, and who gets the odd đồng is decided here and nowhere else.
//!
//! Share the sum of a period, not each receipt: three road fees of 74.000 đ floored one by one lose
//! 2 đ.
//!
//! ```
//! use money::{Vnd, share::{Fraction, Plan, Step}};
//! // Criminal records 2016: 81 % kept, 60 % of that to the police office, 4 % national, rest budget.
//! let plan = Plan::new(vec![
//!     Step::of_whole(Fraction::parse_percent("81")?),
//!     Step::of_step(0, Fraction::parse_percent("60")?),
//!     Step::of_whole(Fraction::parse_percent("4")?),
//! ])?;
//! let shares = plan.split(Vnd::new(4_015_000)?)?;
//! assert_eq!(shares.parts[0].taken.get(), 3_252_150);
//! assert_eq!(shares.parts[0].kept.get(), 3_252_150 - 1_951_290);
//! assert_eq!(shares.parts[1].kept.get(), 1_951_290);
//! assert_eq!(shares.parts[2].kept.get(), 160_600);
//! assert_eq!(shares.residual.get(), 602_250);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use crate::{AmountError, Vnd};

/// An exact fraction between 0 and 1: "1,32 %" is 132/10000, never a float.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Fraction {
    numerator: u32,
    denominator: u32,
}

/// Why steps do not make a plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ShareError {
    /// Not between 0 and 1, or a denominator of 0 or above [`Fraction::DENOMINATOR_MAX`].
    #[error("a fraction lies between 0 and 1 and has a denominator of at most 100,000,000")]
    Fraction,
    /// A text that is not a percentage of at most six decimals.
    #[error("a percentage lies between 0 and 100 and has at most six decimals")]
    Percent,
    /// A step takes from a step that does not come before it.
    #[error("step {step} takes from a step that does not come before it")]
    Order {
        /// Counted from 0.
        step: usize,
    },
    /// The steps up to this one take more than there is.
    #[error("with step {step} more is taken than there is")]
    MoreThanWhole {
        /// Counted from 0.
        step: usize,
    },
    /// A ceiling is negative.
    #[error("the ceiling of step {step} is negative")]
    Ceiling {
        /// Counted from 0.
        step: usize,
    },
    /// The fractions are so fine that their sum cannot be checked exactly.
    #[error("the fractions are too fine to be added exactly")]
    TooFine,
}

impl Fraction {
    /// Nothing.
    pub const ZERO: Self = Self {
        numerator: 0,
        denominator: 1,
    };

    /// Everything.
    pub const WHOLE: Self = Self {
        numerator: 1,
        denominator: 1,
    };

    /// A percentage of six decimals. The finest share found in law needs four (1,32 % × 3 %).
    pub const DENOMINATOR_MAX: u32 = 100_000_000;

    /// `numerator` of `denominator` equal parts.
    ///
    /// # Errors
    /// [`ShareError::Fraction`].
    pub const fn new(numerator: u32, denominator: u32) -> Result<Self, ShareError> {
        if denominator == 0 || denominator > Self::DENOMINATOR_MAX || numerator > denominator {
            return Err(ShareError::Fraction);
        }
        Ok(Self {
            numerator,
            denominator,
        })
    }

    /// Millionths: 1 % is 10,000.
    ///
    /// # Errors
    /// [`ShareError::Fraction`] above one million.
    pub const fn from_parts_per_million(parts: u32) -> Result<Self, ShareError> {
        Self::new(parts, 1_000_000)
    }

    /// Reads "85", "1,32" or "0.0396": a percentage with at most six decimals after a comma or point.
    ///
    /// # Errors
    /// [`ShareError::Percent`].
    pub fn parse_percent(text: &str) -> Result<Self, ShareError> {
        let (whole, decimals) = text.split_once([',', '.']).unwrap_or((text, "0"));
        let is_number = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
        if !is_number(whole) || !is_number(decimals) || whole.len() > 3 || decimals.len() > 6 {
            return Err(ShareError::Percent);
        }
        // Six decimals of a percent are hundred-millionths of the whole.
        let digits = format!("{whole}{decimals:0<6}");
        let numerator = digits.parse().map_err(|_| ShareError::Percent)?;
        Self::new(numerator, Self::DENOMINATOR_MAX).map_err(|_| ShareError::Percent)
    }

    /// Reads "0.005", "1" or "0.90": a decimal between 0 and 1 with at most eight decimals.
    ///
    /// # Errors
    /// [`ShareError::Fraction`].
    pub fn parse_decimal(text: &str) -> Result<Self, ShareError> {
        let (whole, decimals) = text.split_once('.').unwrap_or((text, "0"));
        let is_number = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
        if !is_number(whole) || !is_number(decimals) || whole.len() > 1 || decimals.len() > 8 {
            return Err(ShareError::Fraction);
        }
        let digits = format!("{whole}{decimals:0<8}");
        let numerator = digits.parse().map_err(|_| ShareError::Fraction)?;
        Self::new(numerator, Self::DENOMINATOR_MAX)
    }

    /// The upper number.
    #[must_use]
    pub const fn numerator(self) -> u32 {
        self.numerator
    }

    /// The lower number, at least 1.
    #[must_use]
    pub const fn denominator(self) -> u32 {
        self.denominator
    }

    /// This fraction of an amount, rounded to the đồng towards zero: a correction of −x takes back
    /// exactly what x had given.
    ///
    /// # Errors
    /// None in practice: a part of an amount is within the amount's range.
    pub fn of(self, amount: Vnd) -> Result<Vnd, AmountError> {
        let exact = i128::from(amount.get()) * i128::from(self.numerator);
        let rounded = exact / i128::from(self.denominator);
        i64::try_from(rounded).map_or(Err(AmountError::OutOfRange), Vnd::new)
    }
}

/// What a step takes its fraction of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Base {
    /// The whole amount.
    Whole,
    /// What the steps before have left of the whole: "2 % first; **of the rest** 30 %".
    Remainder,
    /// What an earlier step (counted from 0) took: "60 % **of the kept part** to the police office".
    Step(usize),
}

/// One step of a plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Step {
    /// What the fraction is taken of.
    pub base: Base,
    /// How much of it.
    pub fraction: Fraction,
    /// Never more than this, for example what is left of a yearly ceiling.
    pub at_most: Option<Vnd>,
}

impl Step {
    /// A fraction of the whole amount.
    #[must_use]
    pub const fn of_whole(fraction: Fraction) -> Self {
        Self::new(Base::Whole, fraction)
    }

    /// A fraction of what the steps before have left.
    #[must_use]
    pub const fn of_remainder(fraction: Fraction) -> Self {
        Self::new(Base::Remainder, fraction)
    }

    /// A fraction of what step `step` (counted from 0) took, passed on from it.
    #[must_use]
    pub const fn of_step(step: usize, fraction: Fraction) -> Self {
        Self::new(Base::Step(step), fraction)
    }

    /// The same step with a ceiling.
    #[must_use]
    pub const fn at_most(self, ceiling: Vnd) -> Self {
        Self {
            at_most: Some(ceiling),
            ..self
        }
    }

    const fn new(base: Base, fraction: Fraction) -> Self {
        Self {
            base,
            fraction,
            at_most: None,
        }
    }
}

/// Ordered steps that never take more than there is, whatever the amount.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan(Vec<Step>);

/// What one step's recipient gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Share {
    /// What the step took.
    pub taken: Vnd,
    /// What stays with it after later steps took their part of it.
    pub kept: Vnd,
}

/// An amount, shared. The `kept` of all parts and the residual add up to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shares {
    /// One per step, in the order of the steps.
    pub parts: Vec<Share>,
    /// What no step took; it holds every đồng that rounding left over.
    pub residual: Vnd,
}

impl Plan {
    /// Checks, with exact fractions, that no step can run short.
    ///
    /// ### Rationale
    /// A plan is checked when a fee schedule is loaded, not when a period is closed. Rounding down only
    /// ever leaves more than the exact remainder, so a plan that is sound for fractions is sound for
    /// every amount.
    ///
    /// # Errors
    /// [`ShareError`] with the first step that is wrong.
    pub fn new(steps: Vec<Step>) -> Result<Self, ShareError> {
        // What is left of the whole, and of each part.
        let mut rest = Exact::WHOLE;
        let mut rests: Vec<Exact> = Vec::with_capacity(steps.len());
        for (at, step) in steps.iter().enumerate() {
            if step.at_most.is_some_and(|ceiling| ceiling < Vnd::ZERO) {
                return Err(ShareError::Ceiling { step: at });
            }
            let fraction = Exact::from(step.fraction);
            let left = match step.base {
                Base::Whole => {
                    rest = rest.minus(fraction).ok_or(ShareError::TooFine)?;
                    rest
                }
                Base::Remainder => {
                    rest = rest.without(fraction).ok_or(ShareError::TooFine)?;
                    rest
                }
                Base::Step(from) => {
                    let part = rests.get_mut(from).ok_or(ShareError::Order { step: at })?;
                    *part = part.minus(fraction).ok_or(ShareError::TooFine)?;
                    *part
                }
            };
            if left.0 < 0 {
                return Err(ShareError::MoreThanWhole { step: at });
            }
            rests.push(Exact::WHOLE);
        }
        Ok(Self(steps))
    }

    /// The steps.
    #[must_use]
    pub fn steps(&self) -> &[Step] {
        &self.0
    }

    /// Shares an amount. A negative one, a correction, is shared as the mirror of the positive one.
    ///
    /// # Errors
    /// None in practice: every part is within the amount's range.
    pub fn split(&self, amount: Vnd) -> Result<Shares, AmountError> {
        let mut residual = amount;
        let mut parts: Vec<Share> = Vec::with_capacity(self.0.len());
        for step in &self.0 {
            let source = match step.base {
                Base::Whole => amount,
                Base::Remainder => residual,
                // A plan only looks back, so the part is there.
                Base::Step(from) => parts.get(from).map_or(Vnd::ZERO, |part| part.taken),
            };
            let mut taken = step.fraction.of(source)?;
            if let Some(ceiling) = step.at_most {
                taken = taken.clamp(ceiling.negated(), ceiling);
            }
            match step.base {
                Base::Step(from) => {
                    if let Some(part) = parts.get_mut(from) {
                        part.kept = part.kept.checked_sub(taken)?;
                    }
                }
                Base::Whole | Base::Remainder => residual = residual.checked_sub(taken)?,
            }
            parts.push(Share { taken, kept: taken });
        }
        Ok(Shares { parts, residual })
    }
}

/// A signed fraction in lowest terms, wide enough for a dozen steps of the finest denominator found in
/// practice; `None` instead of overflow.
#[derive(Clone, Copy)]
struct Exact(i128, i128);

impl Exact {
    const WHOLE: Self = Self(1, 1);

    fn from(fraction: Fraction) -> Self {
        Self::reduced(fraction.numerator.into(), fraction.denominator.into())
    }

    fn minus(self, other: Self) -> Option<Self> {
        let ours = self.0.checked_mul(other.1)?;
        let theirs = other.0.checked_mul(self.1)?;
        Some(Self::reduced(
            ours.checked_sub(theirs)?,
            self.1.checked_mul(other.1)?,
        ))
    }

    /// `self · (1 − fraction)`.
    fn without(self, fraction: Self) -> Option<Self> {
        let left = fraction.1 - fraction.0;
        Some(Self::reduced(
            self.0.checked_mul(left)?,
            self.1.checked_mul(fraction.1)?,
        ))
    }

    fn reduced(numerator: i128, denominator: i128) -> Self {
        let (mut a, mut b) = (numerator.abs(), denominator);
        while b != 0 {
            (a, b) = (b, a % b);
        }
        Self(numerator / a, denominator / a)
    }
}

#[cfg(test)]
mod tests;
