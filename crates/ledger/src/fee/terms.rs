//! What one version of an item says.

use super::{Discount, FeeKind, PriceRule, Relief};
use crate::remit::Rhythm;
use crate::split::SplitTerms;
use serde::{Deserialize, Serialize};

/// The whole content of a version. Two versions with equal terms are one.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ItemTerms {
    /// What it is in law.
    pub kind: FeeKind,
    /// Its name.
    pub name: String,
    /// Its name in English.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name_en: Option<String>,
    /// What is counted: "bản", "lần/người".
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    /// The rule it rests on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub legal_basis: Option<String>,
    /// How it is priced; without it a line must say its amount.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub price: Option<PriceRule>,
    /// Whether a line may say its amount although there is a price.
    #[serde(default)]
    pub explicit_amount: bool,
    /// Lower prices for online filing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub discounts: Vec<Discount>,
    /// Lower prices for groups of payers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reliefs: Vec<Relief>,
    /// Who gets what was collected.
    pub split: SplitTerms,
    /// When it must be passed on.
    pub remit: Rhythm,
    /// When the payer gets it back, in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refund_rule: Option<String>,
    /// Chương of the state budget's index.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub budget_chapter: Option<String>,
    /// Tiểu mục of the state budget's index.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub budget_item: Option<String>,
    /// Where it is used: one_stop, school, market.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    /// Where the figures come from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// How sure they are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub certainty: Option<String>,
    /// Anything else that a reader must know.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

impl ItemTerms {
    /// Whether a line may say its amount itself.
    #[must_use]
    pub const fn allows_explicit_amount(&self) -> bool {
        self.explicit_amount || self.price.is_none()
    }
}
