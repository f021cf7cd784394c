//! One price per unit of measure: an hour, a kilometre, a square metre, a kilowatt-hour.

use super::{PriceError, only, quantity_or_one};
use crate::fee::Measure;
use money::Vnd;
use serde::{Deserialize, Serialize};

/// A price per unit; the quantity may have decimals.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PerUnit {
    /// For each unit.
    pub price: Vnd,
}

impl PerUnit {
    pub(super) fn price(&self, measure: &Measure) -> Result<Vnd, PriceError> {
        only(measure, &["quantity"])?;
        Ok(quantity_or_one(measure).times(self.price)?)
    }
}
