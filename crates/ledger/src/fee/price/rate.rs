//! A part of a value: 0,5 % of a house, at most 500 million đ.

use super::{PriceError, base, only};
use crate::fee::{Decimal, Measure};
use money::Vnd;
use serde::{Deserialize, Serialize};

/// A rate of a value, rounded down to a đồng.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rate {
    /// The part, such as 0.005.
    pub rate: Decimal,
    /// Never more than this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cap: Option<Vnd>,
}

impl Rate {
    pub(super) fn price(&self, measure: &Measure) -> Result<Vnd, PriceError> {
        only(measure, &["base_amount"])?;
        let price = self.rate.fraction().of(base(measure)?)?;
        Ok(self.cap.map_or(price, |cap| price.min(cap)))
    }
}
