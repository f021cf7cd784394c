//! The lines of a request: what is asked for, and what it costs.
//!
//! An item of the fee schedule is priced by the server and keeps its version. A line says its amount
//! itself only for an item that allows it, for an item of the operator's settings, or for none.

use super::body::checked_text;
use crate::problem::Problems;
use ledger::fee::{Circumstances, Claim, ItemVersion, Schedule, price};
use money::Vnd;
use payment::request::{ItemCode, Line, Pricing};
use payment::{BusinessDate, Measure, Quantity};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use store::tenant::{FeeItem, Profile};

/// How a dossier comes in: some prices are lower for those that are filed online.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub(in crate::routes) enum Filed {
    /// Through a portal.
    Online,
    /// At a counter or by post.
    #[default]
    Counter,
}

#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(in crate::routes) struct LineBody {
    #[serde(default)]
    item: Option<String>,
    #[serde(default)]
    description: Option<String>,
    #[serde(default)]
    amount: Option<i64>,
    #[serde(default)]
    quantity: Option<Quantity>,
    // A body is compared by its digest when it is repeated, so members that came later are left out of
    // it when they are not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    base_amount: Option<Vnd>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    copies: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    months: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    days: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    volume: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    relief: Option<Claim>,
}

impl LineBody {
    const fn measure(&self) -> Measure {
        Measure {
            quantity: self.quantity,
            base_amount: self.base_amount,
            copies: self.copies,
            months: self.months,
            days: self.days,
            volume: self.volume,
        }
    }
}

/// The codes that these lines name, as far as they are codes.
pub(in crate::routes) fn codes(lines: &[LineBody]) -> BTreeSet<ItemCode> {
    lines
        .iter()
        .take(LINES_MAX)
        .filter_map(|line| ItemCode::parse(line.item.as_deref()?).ok())
        .collect()
}

/// Lines of one request at most.
pub(in crate::routes) const LINES_MAX: usize = 100;

/// What prices are read from.
pub(in crate::routes) struct PriceList {
    /// The items as they are listed.
    pub(in crate::routes) items: Vec<FeeItem>,
    /// Their versions.
    pub(in crate::routes) schedule: Schedule,
    /// The office.
    pub(in crate::routes) profile: Profile,
    /// The day whose prices hold.
    pub(in crate::routes) day: BusinessDate,
    /// How the dossier comes in.
    pub(in crate::routes) filed: Filed,
}

impl PriceList {
    /// Reads one line, noting everything that is wrong with it.
    pub(in crate::routes) fn line(
        &self,
        index: usize,
        line: LineBody,
        problems: &mut Problems,
    ) -> Option<Line> {
        let at = format!("/lines/{index}");
        let item = match line.item.as_deref().map(ItemCode::parse) {
            None => ItemCode::unspecified(),
            Some(Ok(code)) => code,
            Some(Err(error)) => {
                problems.add(
                    format!("{at}/item"),
                    format!("không hợp lệ: {error}"),
                    error.to_string(),
                );
                return None;
            }
        };
        let description = checked_text(
            &format!("{at}/description"),
            line.description.as_deref(),
            200,
            problems,
        );
        if !self.schedule.knows(&item) {
            return self.unscheduled(&at, item, description, &line, problems);
        }
        let Some(version) = self.schedule.in_force(&item, self.day) else {
            problems.add(
                format!("{at}/item"),
                format!(
                    "khoản này không có mức thu vào ngày {}",
                    self.day.vietnam_display()
                ),
                format!("this item has no price on {}", self.day),
            );
            return None;
        };
        let amounts = match line.amount {
            None => self.scheduled(&at, version, &line, problems),
            Some(dong) => explicit(&at, version, &line, dong, problems),
        };
        let (amount, list_amount, reduction) = amounts?;
        let measure = line.measure();
        Some(Line {
            item,
            description: description.or_else(|| Some(version.terms.name.clone())),
            amount,
            pricing: Some(Box::new(Pricing {
                version: version.version,
                kind: version.terms.kind,
                priced_on: self.day,
                unit: version.terms.unit.clone(),
                measure,
                list_amount,
                reduction,
            })),
        })
    }

    /// The price by the schedule.
    fn scheduled(
        &self,
        at: &str,
        version: &ItemVersion,
        line: &LineBody,
        problems: &mut Problems,
    ) -> Option<(Vnd, Option<Vnd>, Option<payment::request::Reduction>)> {
        let proof = format!("{at}/relief/proof");
        let claim = line.relief.as_ref().map(|claim| Claim {
            code: claim.code.clone(),
            proof: checked_text(&proof, claim.proof.as_deref(), 200, problems),
        });
        let circumstances = Circumstances {
            day: self.day,
            online: self.filed == Filed::Online,
            region: self.profile.province.as_deref(),
        };
        match price(version, &line.measure(), claim.as_ref(), circumstances) {
            Ok(priced) => Some((priced.amount, Some(priced.list_amount), priced.reduction)),
            Err(error) => {
                problems.add(
                    format!("{at}/{}", error.member()),
                    error.vietnamese(),
                    error.to_string(),
                );
                None
            }
        }
    }

    /// An item of the operator's settings, or none at all.
    fn unscheduled(
        &self,
        at: &str,
        item: ItemCode,
        description: Option<String>,
        line: &LineBody,
        problems: &mut Problems,
    ) -> Option<Line> {
        let listed = self
            .items
            .iter()
            .find(|listed| listed.item_code == item.as_str());
        let plain = Measure {
            quantity: None,
            ..line.measure()
        };
        if plain != Measure::default() || line.relief.is_some() {
            problems.add(
                at,
                "chỉ khoản thu trong biểu phí mới dùng base_amount, copies, months, days, volume, relief",
                "only an item of the fee schedule takes base_amount, copies, months, days, volume or relief",
            );
            return None;
        }
        let priced = match (line.amount, line.quantity) {
            (Some(dong), None) => Vnd::new(dong).ok().filter(|amount| *amount >= Vnd::ZERO),
            (None, quantity) => {
                let price = listed
                    .and_then(|listed| listed.unit_price)
                    .and_then(|price| Vnd::new(price).ok());
                let quantity = quantity.unwrap_or(Quantity::ONE).as_whole();
                price
                    .zip(quantity)
                    .and_then(|(price, quantity)| price.checked_mul(quantity).ok())
            }
            (Some(_), Some(_)) => {
                problems.add(
                    format!("{at}/quantity"),
                    "quantity chỉ dùng cho khoản thu có giá trong danh mục, không kèm amount",
                    "quantity is only for an item with a listed price, without amount",
                );
                return None;
            }
        };
        let Some(amount) = priced else {
            problems.add(format!("{at}/amount"),
                "cần số nguyên đồng từ 0, hoặc item có giá trong danh mục (GET /v1/fee-items) với quantity nguyên từ 1",
                "needs a whole number of đồng from 0, or an item with a listed price (GET /v1/fee-items) and a whole quantity from 1");
            return None;
        };
        Some(Line {
            description: description.or_else(|| listed.map(|listed| listed.name.clone())),
            item,
            amount,
            pricing: None,
        })
    }
}

/// An amount that the line says itself, for a scheduled item that allows it.
fn explicit(
    at: &str,
    version: &ItemVersion,
    line: &LineBody,
    dong: i64,
    problems: &mut Problems,
) -> Option<(Vnd, Option<Vnd>, Option<payment::request::Reduction>)> {
    let amount = Vnd::new(dong).ok().filter(|amount| *amount >= Vnd::ZERO);
    let alone = line.measure() == Measure::default() && line.relief.is_none();
    if !version.terms.allows_explicit_amount() {
        problems.add(
            format!("{at}/amount"),
            "khoản này được tính giá theo biểu phí; bỏ amount",
            "this item is priced by the fee schedule; leave amount out",
        );
    } else if !alone {
        problems.add(
            format!("{at}/amount"),
            "amount không đi kèm quantity, base_amount hay relief",
            "amount does not go with quantity, base_amount or relief",
        );
    } else if amount.is_none() {
        problems.add(
            format!("{at}/amount"),
            "phải là số nguyên đồng từ 0",
            "must be a whole number of đồng from 0",
        );
    } else {
        return amount.map(|amount| (amount, None, None));
    }
    None
}
