//! The price of a line: list price, then at most one reduction.

use super::{Effect, ItemVersion, Measure, PriceError, PriceRule};
use money::{AmountError, Vnd};
use payment::BusinessDate;
use payment::request::{ItemCode, Reduction};
use serde::{Deserialize, Serialize};

/// What a payer claims: a relief and what proves it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Claim {
    /// The relief's code.
    pub code: ItemCode,
    /// A reference to the proof: a decision's number, a card's number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proof: Option<String>,
}

/// When, where and how a dossier is filed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Circumstances<'a> {
    /// The day on which it is priced, in Vietnam.
    pub day: BusinessDate,
    /// Whether it is filed online.
    pub online: bool,
    /// The collector's province.
    pub region: Option<&'a str>,
}

/// A priced line.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Priced {
    /// Before any reduction.
    pub list_amount: Vnd,
    /// What is to be paid.
    pub amount: Vnd,
    /// What lowered it.
    pub reduction: Option<Reduction>,
}

/// Prices `measure` of an item.
///
/// At most one reduction applies: the one that sets more conditions (a province besides online filing),
/// because it is written for the narrower case; between two of the same width the one that leaves less
/// to pay.
///
/// # Errors
/// [`PriceError`]; also when a claimed relief does not exist for the item on that day, or its proof is
/// missing.
pub fn price(
    version: &ItemVersion,
    measure: &Measure,
    claim: Option<&Claim>,
    circumstances: Circumstances<'_>,
) -> Result<Priced, PriceError> {
    let terms = &version.terms;
    let rule = terms.price.as_ref().ok_or(PriceError::Needs("amount"))?;
    let list_amount = rule.price(measure)?;
    let here = |region: &Option<String>| {
        region
            .as_deref()
            .is_none_or(|region| circumstances.region == Some(region))
    };
    let mut offers: Vec<(u8, Vnd, Reduction)> = Vec::new();
    for discount in &terms.discounts {
        if circumstances.online
            && here(&discount.region)
            && discount.window.holds_on(circumstances.day)
        {
            let amount = reduced(rule, measure, list_amount, discount.effect)?;
            let reduction = Reduction::Discount {
                region: discount.region.clone(),
            };
            offers.push((discount.conditions(), amount, reduction));
        }
    }
    if let Some(claim) = claim {
        let relief = terms
            .reliefs
            .iter()
            .find(|relief| {
                relief.code == claim.code
                    && here(&relief.region)
                    && relief.window.holds_on(circumstances.day)
            })
            .ok_or(PriceError::Takes("relief"))?;
        if relief.proof.is_some() && claim.proof.is_none() {
            return Err(PriceError::Needs("relief/proof"));
        }
        let amount = relief.factor.fraction().of(list_amount)?;
        let reduction = Reduction::Relief {
            code: relief.code.clone(),
            name: relief.name.clone(),
            proof: claim.proof.clone(),
        };
        offers.push((relief.conditions(), amount, reduction));
    }
    let best = offers
        .into_iter()
        .min_by_key(|(conditions, amount, _)| (std::cmp::Reverse(*conditions), *amount));
    Ok(match best {
        Some((_, amount, reduction)) => Priced {
            list_amount,
            amount,
            reduction: Some(reduction),
        },
        None => Priced {
            list_amount,
            amount: list_amount,
            reduction: None,
        },
    })
}

fn reduced(
    rule: &PriceRule,
    measure: &Measure,
    list_amount: Vnd,
    effect: Effect,
) -> Result<Vnd, AmountError> {
    match effect {
        Effect::Factor(factor) => factor.fraction().of(list_amount),
        // Only items with one price for each may have one: the import refuses the others.
        Effect::Flat(price) if rule.unit_price().is_some() => measure
            .quantity
            .unwrap_or(super::Quantity::ONE)
            .times(price),
        Effect::Flat(_) => Ok(list_amount),
    }
}

#[cfg(test)]
mod tests;
