//! One price per unit beyond some that are free: "from the third certificate on".

use super::{PriceError, only, whole_quantity};
use crate::fee::Measure;
use money::Vnd;
use serde::{Deserialize, Serialize};

/// A price per unit after `free_units`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PerUnitFrom {
    /// How many cost nothing.
    pub free_units: u32,
    /// For each one after them.
    pub price: Vnd,
}

impl PerUnitFrom {
    pub(super) fn price(&self, measure: &Measure) -> Result<Vnd, PriceError> {
        only(measure, &["quantity"])?;
        let charged = (whole_quantity(measure)? - i64::from(self.free_units)).max(0);
        Ok(self.price.checked_mul(charged)?)
    }
}
