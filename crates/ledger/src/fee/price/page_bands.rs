//! Prices by page: "2.000 đ for pages 1 and 2, 1.000 đ from page 3, at most 200.000 đ a copy"
//! (Thông tư 226/2016/TT-BTC art. 4).

use super::{PriceError, RuleError, not_negative, only, rising, whole_quantity};
use crate::fee::Measure;
use money::Vnd;
use serde::{Deserialize, Serialize};

/// Bands of pages, each with its price per page, and a ceiling for one copy.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PageBands {
    /// From the first page on; only the last one has no end.
    pub bands: Vec<PageBand>,
    /// No copy costs more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cap: Option<Vnd>,
}

/// Pages up to one, at one price each.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PageBand {
    /// The last page of the band.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub upto: Option<u32>,
    /// For each page in it.
    pub price: Vnd,
}

impl PageBands {
    pub(super) fn check(&self) -> Result<(), RuleError> {
        let ends: Vec<_> = self.bands.iter().map(|band| band.upto).collect();
        rising(&ends)?;
        not_negative(self.bands.iter().map(|band| band.price).chain(self.cap))
    }

    pub(super) fn price(&self, measure: &Measure) -> Result<Vnd, PriceError> {
        only(measure, &["quantity", "copies"])?;
        let pages = whole_quantity(measure)?;
        let copies = i64::from(measure.copies.unwrap_or(1));
        if copies == 0 {
            return Err(PriceError::NotPositive("copies"));
        }
        let mut one = Vnd::ZERO;
        let mut before = 0;
        for band in &self.bands {
            let end = band.upto.map_or(pages, i64::from).min(pages);
            one = one.checked_add(band.price.checked_mul((end - before).max(0))?)?;
            before = before.max(end);
        }
        if let Some(cap) = self.cap {
            one = one.min(cap);
        }
        Ok(one.checked_mul(copies)?)
    }
}
