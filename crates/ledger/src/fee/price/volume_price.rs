//! One price for everybody, chosen by the head count: an examination costs each candidate less when
//! there are many (Thông tư 228/2016/TT-BTC art. 4).

use super::{PriceError, RuleError, not_negative, only, rising, whole_quantity};
use crate::fee::Measure;
use money::Vnd;
use serde::{Deserialize, Serialize};

/// Prices by head count.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VolumePrice {
    /// From the smallest head count on; only the last one has no end.
    pub bands: Vec<VolumeBand>,
}

/// Head counts below one, at one price each.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VolumeBand {
    /// The first head count that is not in the band any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub below: Option<u32>,
    /// For each head.
    pub price: Vnd,
}

impl VolumePrice {
    pub(super) fn check(&self) -> Result<(), RuleError> {
        let ends: Vec<_> = self.bands.iter().map(|band| band.below).collect();
        rising(&ends)?;
        not_negative(self.bands.iter().map(|band| band.price))
    }

    pub(super) fn price(&self, measure: &Measure) -> Result<Vnd, PriceError> {
        only(measure, &["quantity", "volume"])?;
        let heads = whole_quantity(measure)?;
        let volume = measure.volume.map_or(heads, i64::from);
        let band = self
            .bands
            .iter()
            .find(|band| band.below.is_none_or(|below| volume < i64::from(below)));
        let price = band
            .map(|band| band.price)
            .ok_or(PriceError::Needs("volume"))?;
        Ok(price.checked_mul(heads)?)
    }
}
