//! Price rules, one file each: from how much is asked for to a list price in đồng.
//!
//! All arithmetic is on whole numbers and exact fractions. A price is rounded once, by its rule:
//! down to a đồng unless the rule says otherwise.

mod fixed;
mod page_bands;
mod per_month;
mod per_unit;
mod per_unit_from;
mod progressive;
mod rate;
mod volume_price;

pub use fixed::Fixed;
pub use page_bands::{PageBand, PageBands};
pub use per_month::{PerMonth, Prorate, Rounding};
pub use per_unit::PerUnit;
pub use per_unit_from::PerUnitFrom;
pub use progressive::{Progressive, ProgressiveBand};
pub use rate::Rate;
pub use volume_price::{VolumeBand, VolumePrice};

use super::{Measure, Quantity};
use money::{AmountError, Vnd};
use serde::{Deserialize, Serialize};

/// How an item's price follows from what a line asks for.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum PriceRule {
    /// One price for each.
    Fixed(Fixed),
    /// One price per unit of measure.
    PerUnit(PerUnit),
    /// One price per unit beyond some that are free.
    PerUnitFrom(PerUnitFrom),
    /// Prices by page, with a ceiling per copy.
    PageBands(PageBands),
    /// One price for everybody, chosen by the head count.
    VolumePrice(VolumePrice),
    /// A part of a value, perhaps with a ceiling.
    Rate(Rate),
    /// Parts of a value, falling or rising from band to band.
    Progressive(Progressive),
    /// A price per month, with days in proportion.
    PerMonth(PerMonth),
}

/// Why a line cannot be priced.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PriceError {
    /// The rule needs this member of the line.
    #[error("this item's price needs `{0}`")]
    Needs(&'static str),
    /// The rule does not take this member of the line.
    #[error("this item's price does not take `{0}`")]
    Takes(&'static str),
    /// Pieces that cannot be broken.
    #[error("this item is counted in whole numbers")]
    Whole,
    /// A value below zero, or nothing at all to be priced.
    #[error("`{0}` must be more than nothing")]
    NotPositive(&'static str),
    /// The price leaves the range of an amount.
    #[error(transparent)]
    Amount(#[from] AmountError),
}

impl PriceError {
    /// The member of the line that is wrong.
    #[must_use]
    pub const fn member(&self) -> &'static str {
        match self {
            Self::Needs(member) | Self::Takes(member) | Self::NotPositive(member) => member,
            Self::Whole => "quantity",
            Self::Amount(_) => "amount",
        }
    }

    /// What a Vietnamese reader is told.
    #[must_use]
    pub fn vietnamese(&self) -> String {
        match self {
            Self::Needs(member) => format!("giá của khoản này cần {member}"),
            Self::Takes(member) => format!("giá của khoản này không dùng {member}"),
            Self::Whole => "khoản này chỉ tính theo số nguyên".to_owned(),
            Self::NotPositive(member) => format!("{member} phải lớn hơn 0"),
            Self::Amount(_) => "số tiền quá lớn".to_owned(),
        }
    }
}

/// Why the terms of a rule cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RuleError {
    /// A price or value is negative.
    #[error("a price is negative")]
    Negative,
    /// Bands must rise, and only the last one is open.
    #[error("bands must rise one after another, and only the last one has no end")]
    Bands,
    /// Months must be 1 to 1200.
    #[error("months must be between 1 and 1200")]
    Months,
}

impl PriceRule {
    /// The list price of `measure`, before reliefs and discounts.
    ///
    /// # Errors
    /// [`PriceError`] naming the member that is missing, superfluous or wrong.
    pub fn price(&self, measure: &Measure) -> Result<Vnd, PriceError> {
        match self {
            Self::Fixed(rule) => rule.price(measure),
            Self::PerUnit(rule) => rule.price(measure),
            Self::PerUnitFrom(rule) => rule.price(measure),
            Self::PageBands(rule) => rule.price(measure),
            Self::VolumePrice(rule) => rule.price(measure),
            Self::Rate(rule) => rule.price(measure),
            Self::Progressive(rule) => rule.price(measure),
            Self::PerMonth(rule) => rule.price(measure),
        }
    }

    /// Checks the terms once, when they are imported.
    ///
    /// # Errors
    /// [`RuleError`].
    pub fn check(&self) -> Result<(), RuleError> {
        match self {
            Self::Fixed(rule) => not_negative([rule.price]),
            Self::PerUnit(rule) => not_negative([rule.price]),
            Self::PerUnitFrom(rule) => not_negative([rule.price]),
            Self::PageBands(rule) => rule.check(),
            Self::VolumePrice(rule) => rule.check(),
            Self::Rate(rule) => not_negative(rule.cap),
            Self::Progressive(rule) => rule.check(),
            Self::PerMonth(rule) => rule.check(),
        }
    }

    /// The price of one, where there is one price for each.
    #[must_use]
    pub const fn unit_price(&self) -> Option<Vnd> {
        match self {
            Self::Fixed(rule) => Some(rule.price),
            Self::PerUnit(rule) => Some(rule.price),
            _ => None,
        }
    }
}

fn not_negative(amounts: impl IntoIterator<Item = Vnd>) -> Result<(), RuleError> {
    if amounts.into_iter().any(|amount| amount < Vnd::ZERO) {
        Err(RuleError::Negative)
    } else {
        Ok(())
    }
}

/// Bands rise, and exactly the last one is open.
fn rising<T: Ord>(ends: &[Option<T>]) -> Result<(), RuleError> {
    let Some((None, before)) = ends.split_last() else {
        return Err(RuleError::Bands);
    };
    // An open band before the last one would make `None < Some`, so it is refused by name.
    let closed = before.iter().all(Option::is_some);
    let rise = before.windows(2).all(|pair| pair[0] < pair[1]);
    if closed && rise {
        Ok(())
    } else {
        Err(RuleError::Bands)
    }
}

/// Refuses every member of a measure that is not among `taken`.
fn only(measure: &Measure, taken: &[&str]) -> Result<(), PriceError> {
    for (member, given) in [
        ("quantity", measure.quantity.is_some()),
        ("base_amount", measure.base_amount.is_some()),
        ("copies", measure.copies.is_some()),
        ("months", measure.months.is_some()),
        ("days", measure.days.is_some()),
        ("volume", measure.volume.is_some()),
    ] {
        if given && !taken.contains(&member) {
            return Err(PriceError::Takes(member));
        }
    }
    Ok(())
}

fn quantity_or_one(measure: &Measure) -> Quantity {
    measure.quantity.unwrap_or(Quantity::ONE)
}

fn whole_quantity(measure: &Measure) -> Result<i64, PriceError> {
    quantity_or_one(measure).as_whole().ok_or(PriceError::Whole)
}

/// The value that a rate is taken of.
fn base(measure: &Measure) -> Result<Vnd, PriceError> {
    match measure.base_amount {
        None => Err(PriceError::Needs("base_amount")),
        Some(base) if base.is_positive() => Ok(base),
        Some(_) => Err(PriceError::NotPositive("base_amount")),
    }
}

#[cfg(test)]
mod tests;
