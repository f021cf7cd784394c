//! Who gets what was collected, per period and item, on the sum.
//!
//! At settlement the whole amount is collected; nothing is shared yet. Once per period the sum of an
//! item is shared by ordered steps, each an exact fraction of the whole, of what is left or of an earlier
//! share, rounded down. Exactly one recipient takes the residual, and with it every broken đồng: for phí
//! and lệ phí the state budget. Three receipts of 74.000 đ shared one by one would lose 2 đ.

use crate::fee::{Decimal, ItemVersion, Schedule};
use money::share::{Plan, ShareError, Step};
use money::{AmountError, Vnd};
use payment::BusinessDate;
use payment::request::ItemCode;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;

/// Who receives a share.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Recipient {
    /// The collecting office keeps it.
    Retained,
    /// The state budget.
    Budget,
    /// Another office, by name.
    Other(String),
}

impl Recipient {
    /// Reads `retained`, `budget` or the name of an office.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        match text {
            "retained" => Self::Retained,
            "budget" => Self::Budget,
            name => Self::Other(name.to_owned()),
        }
    }

    /// The text form.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Retained => "retained",
            Self::Budget => "budget",
            Self::Other(name) => name,
        }
    }
}

impl fmt::Display for Recipient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A string.
impl Serialize for Recipient {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// A string.
impl<'de> Deserialize<'de> for Recipient {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self::parse(&String::deserialize(deserializer)?))
    }
}

/// What a step takes its rate of.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Base {
    /// Everything that was collected.
    #[default]
    Gross,
    /// What the steps before have left.
    Remainder,
    /// What an earlier step, counted from 0, took.
    Share(usize),
}

/// `gross`, `remainder` or `share:N`.
impl Serialize for Base {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Gross => serializer.serialize_str("gross"),
            Self::Remainder => serializer.serialize_str("remainder"),
            Self::Share(step) => serializer.serialize_str(&format!("share:{step}")),
        }
    }
}

/// `gross`, `remainder` or `share:N`.
impl<'de> Deserialize<'de> for Base {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        match (text.as_str(), text.strip_prefix("share:")) {
            ("gross", _) => Ok(Self::Gross),
            ("remainder", _) => Ok(Self::Remainder),
            (_, Some(step)) => step.parse().map(Self::Share).map_err(|_| ()),
            _ => Err(()),
        }
        .map_err(|()| serde::de::Error::custom("a base is gross, remainder or share:N"))
    }
}

/// One step of a split.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SplitStep {
    /// Who gets it.
    pub recipient: Recipient,
    /// Of what.
    #[serde(default)]
    pub base: Base,
    /// How much of it.
    pub rate: Decimal,
    /// Never more than this in one calendar year; the rest stays for the residual.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub yearly_ceiling: Option<Vnd>,
}

/// Who gets an item's money.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SplitTerms {
    /// In this order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub steps: Vec<SplitStep>,
    /// Who takes what no step takes.
    pub residual: Recipient,
    /// What is kept instead by an office whose running cost is not funded from its own fees
    /// (Luật 97/2015/QH13 art. 12): the difference is the budget's.
    pub retained_if_not_autonomous: Decimal,
}

impl SplitTerms {
    /// Everything to one recipient.
    #[must_use]
    pub const fn all_to(recipient: Recipient) -> Self {
        Self {
            steps: Vec::new(),
            residual: recipient,
            retained_if_not_autonomous: Decimal::ZERO,
        }
    }

    /// The plan for an office, when `taken` has been taken from the yearly ceilings already.
    ///
    /// # Errors
    /// [`ShareError`] when the steps take more than there is or look forward.
    pub fn plan(&self, autonomous: bool, taken: &Taken) -> Result<Plan, ShareError> {
        let steps = self.steps.iter().map(|step| {
            let keeps = step.recipient == Recipient::Retained && step.base == Base::Gross;
            let rate = if keeps && !autonomous {
                self.retained_if_not_autonomous
            } else {
                step.rate
            };
            let rate = rate.fraction();
            let made = match step.base {
                Base::Gross => Step::of_whole(rate),
                Base::Remainder => Step::of_remainder(rate),
                Base::Share(from) => Step::of_step(from, rate),
            };
            match step.yearly_ceiling {
                Some(ceiling) => made.at_most(taken.left_of(ceiling, &step.recipient)),
                None => made,
            }
        });
        Plan::new(steps.collect())
    }

    /// Checks the steps once, when they are imported.
    ///
    /// # Errors
    /// [`ShareError`].
    pub fn check(&self) -> Result<(), ShareError> {
        for autonomous in [true, false] {
            self.plan(autonomous, &Taken::default())?;
        }
        Ok(())
    }
}

/// What each recipient took of an item since 1 January, for yearly ceilings.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Taken(BTreeMap<Recipient, Vnd>);

impl Taken {
    /// Adds what a recipient took.
    ///
    /// # Errors
    /// [`AmountError::OutOfRange`].
    pub fn add(&mut self, recipient: &Recipient, amount: Vnd) -> Result<(), AmountError> {
        let sum = self.0.entry(recipient.clone()).or_default();
        *sum = sum.checked_add(amount)?;
        Ok(())
    }

    fn left_of(&self, ceiling: Vnd, recipient: &Recipient) -> Vnd {
        let taken = self.0.get(recipient).copied().unwrap_or_default();
        ceiling
            .checked_sub(taken)
            .map_or(Vnd::ZERO, |left| left.max(Vnd::ZERO))
    }
}

/// What one recipient gets of a segment.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SharePart {
    /// Who.
    pub recipient: Recipient,
    /// What the step took; passed-on parts are still in it.
    pub taken: Vnd,
    /// What stays with the recipient.
    pub amount: Vnd,
}

/// Days of a period on which the same terms held, shared on their sum.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Segment {
    /// The first day with money.
    pub from: BusinessDate,
    /// The last day with money.
    pub to: BusinessDate,
    /// The version whose terms were applied.
    pub version: u32,
    /// The sum.
    pub amount: Vnd,
    /// One per recipient that gets something, the residual last; they add up to `amount`.
    pub parts: Vec<SharePart>,
}

/// Why an item's money cannot be shared.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SplitError {
    /// The steps of a version are wrong.
    #[error(transparent)]
    Share(#[from] ShareError),
    /// A sum leaves the range.
    #[error(transparent)]
    Amount(#[from] AmountError),
}

/// Shares the money of `item`, collected on `days` of one calendar year in their order.
///
/// Days on which the same split holds are shared together, whatever else of the item's terms changed
/// between them. Days before the item's first version are shared by that version. Answers nothing for an
/// item that the schedule does not know.
///
/// # Errors
/// [`SplitError`].
pub fn split_item(
    schedule: &Schedule,
    item: &ItemCode,
    days: &[(BusinessDate, Vnd)],
    autonomous: bool,
    taken: &Taken,
) -> Result<Vec<Segment>, SplitError> {
    let mut taken = taken.clone();
    let mut runs: Vec<(&ItemVersion, BusinessDate, BusinessDate, Vnd)> = Vec::new();
    for (day, amount) in days {
        let first = || schedule.versions(item).iter().min_by_key(|v| v.starts_on);
        let Some(version) = schedule.in_force(item, *day).or_else(first) else {
            return Ok(Vec::new());
        };
        match runs.last_mut() {
            Some(run) if run.0.terms.split == version.terms.split => {
                run.2 = *day;
                run.3 = run.3.checked_add(*amount)?;
            }
            _ => runs.push((version, *day, *day, *amount)),
        }
    }
    let mut segments = Vec::with_capacity(runs.len());
    for (version, from, to, amount) in runs {
        let parts = share(&version.terms.split, amount, autonomous, &mut taken)?;
        segments.push(Segment {
            from,
            to,
            version: version.version,
            amount,
            parts,
        });
    }
    Ok(segments)
}

/// Shares one sum, and notes what the recipients took.
fn share(
    terms: &SplitTerms,
    amount: Vnd,
    autonomous: bool,
    taken: &mut Taken,
) -> Result<Vec<SharePart>, SplitError> {
    let shares = terms.plan(autonomous, taken)?.split(amount)?;
    let mut parts: Vec<SharePart> = Vec::with_capacity(terms.steps.len() + 1);
    let residual = (terms.residual.clone(), shares.residual, shares.residual);
    let steps = terms
        .steps
        .iter()
        .zip(&shares.parts)
        .map(|(step, share)| (step.recipient.clone(), share.taken, share.kept));
    for (recipient, took, kept) in steps.chain([residual]) {
        if took.is_zero() {
            continue;
        }
        taken.add(&recipient, took)?;
        match parts.iter_mut().find(|part| part.recipient == recipient) {
            Some(part) => {
                part.taken = part.taken.checked_add(took)?;
                part.amount = part.amount.checked_add(kept)?;
            }
            None => parts.push(SharePart {
                recipient,
                taken: took,
                amount: kept,
            }),
        }
    }
    Ok(parts)
}

#[cfg(test)]
mod tests;
