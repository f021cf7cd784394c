//! What lowers a list price: discounts by way of filing, region and date, and reliefs of payer groups.

use super::Decimal;
use money::Vnd;
use payment::BusinessDate;
use serde::{Deserialize, Serialize};

/// The days on which something holds, both ends included.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Window {
    /// The first day; none means since ever.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<BusinessDate>,
    /// The last day; none means until it is replaced.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<BusinessDate>,
}

impl Window {
    /// Whether `day` lies inside.
    #[must_use]
    pub fn holds_on(&self, day: BusinessDate) -> bool {
        self.from.is_none_or(|from| from <= day) && self.to.is_none_or(|to| day <= to)
    }

    /// Reads "2024-01-01..2025-12-31"; either end may be empty.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (from, to) = text.split_once("..")?;
        let day = |text: &str| {
            if text.is_empty() {
                Some(None)
            } else {
                BusinessDate::parse(text).ok().map(Some)
            }
        };
        let window = Self {
            from: day(from)?,
            to: day(to)?,
        };
        match (window.from, window.to) {
            (Some(from), Some(to)) if to < from => None,
            _ => Some(window),
        }
    }
}

/// What a discount does to the price.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// The list price times this, rounded down to a đồng.
    Factor(Decimal),
    /// This price for each instead of the listed one.
    Flat(Vnd),
}

/// A lower price for dossiers that are filed online, perhaps in one province and for some time.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Discount {
    /// What it does.
    pub effect: Effect,
    /// Only in this province.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// Only on these days.
    #[serde(default)]
    pub window: Window,
}

impl Discount {
    /// Reads one of `factor:0.90@FROM..TO`, `flat:115000@FROM..TO`, `waived_in:PROVINCE@FROM..TO`; the
    /// window may be left out.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (what, window) = match text.split_once('@') {
            Some((what, window)) => (what, Window::parse(window)?),
            None => (text, Window::default()),
        };
        let (name, argument) = what.split_once(':')?;
        let (effect, region) = match name {
            "factor" => (Effect::Factor(Decimal::parse(argument).ok()?), None),
            "flat" => {
                let price = Vnd::new(argument.parse().ok()?).ok()?;
                (
                    Effect::Flat(Some(price).filter(|price| *price >= Vnd::ZERO)?),
                    None,
                )
            }
            "waived_in" if !argument.trim().is_empty() => {
                let region = argument.trim().to_owned();
                (Effect::Factor(Decimal::ZERO), Some(region))
            }
            _ => return None,
        };
        Some(Self {
            effect,
            region,
            window,
        })
    }

    /// How many conditions it sets: the narrower of two reductions applies alone.
    pub(super) fn conditions(&self) -> u8 {
        1 + u8::from(self.region.is_some())
    }
}

/// A lower price for a group of payers (Luật 97/2015/QH13 art. 10).
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Relief {
    /// The code that a request names: 1 to 40 letters A–Z, digits, `-`, `_`, `.`.
    pub code: payment::request::ItemCode,
    /// The reason, as receipts and lists print it.
    pub name: String,
    /// The part that is still paid; 0 exempts.
    pub factor: Decimal,
    /// What proves it, when a reference to it must be given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proof: Option<String>,
    /// Only in this province.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// Only on these days.
    #[serde(default)]
    pub window: Window,
}

impl Relief {
    pub(super) fn conditions(&self) -> u8 {
        1 + u8::from(self.region.is_some())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn discounts_are_read_as_schedules_write_them() {
        let factor = Discount::parse("factor:0.90@2024-01-01..2025-12-31").unwrap();
        assert_eq!(
            factor.effect,
            Effect::Factor(Decimal::parse("0.9").unwrap())
        );
        let day = |text| BusinessDate::parse(text).unwrap();
        assert!(factor.window.holds_on(day("2025-12-31")));
        assert!(!factor.window.holds_on(day("2026-01-01")));
        assert!(!factor.window.holds_on(day("2023-12-31")));
        let open = Discount::parse("factor:0@2019-09-20..").unwrap();
        assert!(open.window.holds_on(day("2099-01-01")));
        let flat = Discount::parse("flat:115000@2023-12-01..2025-12-31").unwrap();
        assert_eq!(flat.effect, Effect::Flat(Vnd::new(115_000).unwrap()));
        let waived = Discount::parse("waived_in:TP.HCM").unwrap();
        assert_eq!(waived.region.as_deref(), Some("TP.HCM"));
        for bad in [
            "none",
            "factor:",
            "factor:1.5",
            "flat:-1",
            "waived_in:",
            "half:0.5",
            "factor:0.5@2026-01-01",
            "factor:0.5@2026-02-01..2026-01-01",
        ] {
            assert_eq!(Discount::parse(bad), None, "{bad}");
        }
    }
}
