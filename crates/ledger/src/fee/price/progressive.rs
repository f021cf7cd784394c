//! Parts of a value by bands: 3 % up to five thousand million, then 150 million and 2 % of what is over
//! (Thông tư 216/2016/TT-BTC art. 4).

use super::{PriceError, RuleError, base, not_negative, only, rising};
use crate::fee::{Decimal, Measure};
use money::Vnd;
use serde::{Deserialize, Serialize};

/// Bands of a value.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Progressive {
    /// From the lowest on; only the last one has no end.
    pub bands: Vec<ProgressiveBand>,
}

/// Values up to one: a base and a rate of what is over a threshold.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProgressiveBand {
    /// The highest value of the band.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub upto: Option<Vnd>,
    /// What is due in any case.
    #[serde(default)]
    pub base: Vnd,
    /// The part of what is over the threshold.
    pub rate: Decimal,
    /// The threshold.
    #[serde(default)]
    pub over: Vnd,
}

impl Progressive {
    pub(super) fn check(&self) -> Result<(), RuleError> {
        let ends: Vec<_> = self.bands.iter().map(|band| band.upto).collect();
        rising(&ends)?;
        not_negative(self.bands.iter().flat_map(|band| [band.base, band.over]))?;
        // A threshold above the band's first value would take a rate of less than nothing.
        let mut first = Vnd::ZERO;
        for band in &self.bands {
            if band.over > first {
                return Err(RuleError::Bands);
            }
            first = band.upto.unwrap_or(first);
        }
        Ok(())
    }

    pub(super) fn price(&self, measure: &Measure) -> Result<Vnd, PriceError> {
        only(measure, &["base_amount"])?;
        let value = base(measure)?;
        let band = self
            .bands
            .iter()
            .find(|band| band.upto.is_none_or(|upto| value <= upto))
            .ok_or(PriceError::Needs("base_amount"))?;
        let over = value.checked_sub(band.over)?;
        Ok(band.base.checked_add(band.rate.fraction().of(over)?)?)
    }
}
