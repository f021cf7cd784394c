//! One price for each: a case, a card, a permit.

use super::{PriceError, only, whole_quantity};
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
        only(measure, &["quantity"])?;
        Ok(self.price.checked_mul(whole_quantity(measure)?)?)
    }
}
