//! A price per month, with odd days in proportion: the road-use fee (Nghị định 90/2023/NĐ-CP art. 5).

use super::{PriceError, RuleError, not_negative, only, whole_quantity};
use crate::fee::Measure;
use money::{AmountError, Vnd};
use serde::{Deserialize, Serialize};

/// A monthly price.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PerMonth {
    /// For one month.
    pub price: Vnd,
    /// For how many months when the line says nothing.
    pub months: u32,
    /// How odd days count.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prorate: Option<Prorate>,
    /// How the price of one is rounded.
    #[serde(default)]
    pub round: Rounding,
}

/// How odd days count.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum Prorate {
    /// Each is the thirtieth part of a month, whatever the month.
    #[serde(rename = "days/30")]
    ThirtyDays,
}

/// To what a price is rounded.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub enum Rounding {
    /// Down to a đồng.
    #[default]
    #[serde(rename = "1_down")]
    DongDown,
    /// To 1.000 đ: below 500 đ down, from 500 đ up.
    #[serde(rename = "1000_half_up")]
    ThousandHalfUp,
}

impl Rounding {
    /// Rounds `numerator / denominator` đồng, not negative.
    fn round(self, numerator: i128, denominator: i128) -> Result<Vnd, AmountError> {
        let rounded = match self {
            Self::DongDown => numerator.div_euclid(denominator),
            Self::ThousandHalfUp => {
                (numerator + 500 * denominator).div_euclid(1_000 * denominator) * 1_000
            }
        };
        i64::try_from(rounded).map_or(Err(AmountError::OutOfRange), Vnd::new)
    }
}

const DAYS_OF_A_MONTH: i128 = 30;

impl PerMonth {
    pub(super) fn check(&self) -> Result<(), RuleError> {
        if !(1..=1200).contains(&self.months) {
            return Err(RuleError::Months);
        }
        not_negative([self.price])
    }

    pub(super) fn price(&self, measure: &Measure) -> Result<Vnd, PriceError> {
        only(
            measure,
            match self.prorate {
                Some(Prorate::ThirtyDays) => &["quantity", "months", "days"],
                None => &["quantity", "months"],
            },
        )?;
        let (months, days) = match (measure.months, measure.days) {
            (None, None) => (self.months, 0),
            (months, days) => (months.unwrap_or(0), days.unwrap_or(0)),
        };
        if months == 0 && days == 0 {
            return Err(PriceError::NotPositive("months"));
        }
        let thirtieths = i128::from(months) * DAYS_OF_A_MONTH + i128::from(days);
        let exact = i128::from(self.price.get()) * thirtieths;
        let one = self.round.round(exact, DAYS_OF_A_MONTH)?;
        Ok(one.checked_mul(whole_quantity(measure)?)?)
    }
}
