//! One price for each: a case, a card, a permit.

use super::PriceError;
use crate::fee::Measure;
use money::Vnd;
use serde::{Deserialize, Serialize};

/// A price that depends on nothing.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fixed {
    /// For each.
    pub price: Vnd,
}

impl Fixed {
    pub(super) fn price(&self, measure: &Measure) -> Result<Vnd, PriceError> {
        measure.only(&["quantity"])?;
        Ok(self.price.checked_mul(measure.whole_quantity()?)?)
    }
}
