//! A request for payment and its states.

use crate::credit::text_forms;
use crate::{BusinessDate, FeeKind, Flow, Measure, Timestamp};
use money::{AmountError, Vnd};
use serde::{Deserialize, Serialize};

/// Where a request stands. A function of what was allocated to it, of its expiry and of a
/// cancellation: see [`RequestStatus::after_allocation`] (invariant I11).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RequestStatus {
    /// Waiting; nothing has arrived.
    Open,
    /// Something has arrived, not all.
    Underpaid,
    /// Exactly the amount has arrived.
    Paid,
    /// More than the amount has arrived; the surplus is the payer's.
    Overpaid,
    /// Withdrawn by the portal before any money came.
    Cancelled,
    /// Nothing arrived in time. Money can still land here: then it is paid, late.
    Expired,
}

text_forms! {
    RequestStatus {
        Open = "open", Underpaid = "underpaid", Paid = "paid", Overpaid = "overpaid",
        Cancelled = "cancelled", Expired = "expired",
    }
}

impl RequestStatus {
    /// The state of a request for `amount` when `received` has been allocated to it.
    ///
    /// Only for requests that are not cancelled: money for a cancelled one waits in suspense.
    #[must_use]
    pub fn after_allocation(amount: Vnd, received: Vnd) -> Self {
        match received.cmp(&amount) {
            std::cmp::Ordering::Equal => Self::Paid,
            std::cmp::Ordering::Greater => Self::Overpaid,
            std::cmp::Ordering::Less if received.is_positive() => Self::Underpaid,
            std::cmp::Ordering::Less => Self::Open,
        }
    }

    /// Whether a screen may stop waiting: all the money is there, or none is wanted any more.
    #[must_use]
    pub const fn is_final_for_payer(self) -> bool {
        matches!(self, Self::Paid | Self::Overpaid | Self::Cancelled)
    }
}

/// One thing that is paid for: a fee item of the tenant, or plain text.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Line {
    /// The code of the fee item; the ledger collects under it.
    pub item: ItemCode,
    /// What the payer reads.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// The price of the line, zero or more đồng.
    pub amount: Vnd,
    /// How the price came about; none when the line said its amount itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pricing: Option<Box<Pricing>>,
}

/// How the fee schedule priced a line. It stays with the request whatever the schedule says later.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pricing {
    /// The version of the item.
    pub version: u32,
    /// What the item is in law.
    pub kind: FeeKind,
    /// The day whose price it is, in Vietnam.
    pub priced_on: BusinessDate,
    /// What is counted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    /// How much was asked for.
    #[serde(default)]
    pub measure: Measure,
    /// Before any reduction; none when the line said its amount itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub list_amount: Option<Vnd>,
    /// The one reduction that was applied.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reduction: Option<Reduction>,
}

/// The one reduction that was applied.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Reduction {
    /// For filing online.
    Discount {
        /// The province, when it holds in one alone.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        region: Option<String>,
    },
    /// For a group of payers.
    Relief {
        /// Its code.
        code: ItemCode,
        /// The reason.
        name: String,
        /// The reference to the proof.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        proof: Option<String>,
    },
}

/// The code of a fee item, such as `CT-BANSAO`: 1 to 40 letters A–Z, digits, `-`, `_`, `.`.
///
/// It becomes part of a ledger account's code (`collected:CT-BANSAO`), which is why the alphabet is
/// narrow.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize)]
#[serde(transparent)]
pub struct ItemCode(String);

impl ItemCode {
    /// What an amount without lines is collected under.
    pub const UNSPECIFIED: &'static str = "UNSPECIFIED";

    /// Reads a code.
    ///
    /// # Errors
    /// A sentence naming the rule.
    pub fn parse(text: &str) -> Result<Self, ItemCodeError> {
        let allowed = |byte: u8| {
            byte.is_ascii_uppercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'_' | b'.')
        };
        if (1..=40).contains(&text.len()) && text.bytes().all(allowed) {
            Ok(Self(text.to_owned()))
        } else {
            Err(ItemCodeError)
        }
    }

    /// The code for an amount that names no item.
    #[must_use]
    pub fn unspecified() -> Self {
        Self(Self::UNSPECIFIED.to_owned())
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A text that is not an item code.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("an item code has 1 to 40 characters: A-Z, 0-9, '-', '_' and '.'")]
pub struct ItemCodeError;

impl<'de> Deserialize<'de> for ItemCode {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

/// Who pays, as far as the portal wants us to know. Personal data: never logged.
#[derive(Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Payer {
    /// The portal's own id of the payer (a pupil code, a citizen's account).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// The name, for receipts and lists.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

/// Says only that there is a payer: names stay out of logs.
impl std::fmt::Debug for Payer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Payer { .. }")
    }
}

/// A request that has been read and checked, and not yet stored.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NewPaymentRequest {
    /// The portal's own id.
    pub external_id: Option<String>,
    /// The flow, which is the reference's prefix.
    pub flow: Flow,
    /// What is paid for; at least one line; the sum is the amount.
    pub lines: Vec<Line>,
    /// What the payer reads.
    pub description: Option<String>,
    /// Who pays.
    pub payer: Payer,
    /// From when on nothing is expected any more.
    pub expires_at: Option<Timestamp>,
    /// The portal's own data, as canonical JSON text.
    pub metadata: Option<String>,
}

impl NewPaymentRequest {
    /// The sum of the lines.
    ///
    /// # Errors
    /// [`AmountError::OutOfRange`] when it does not fit.
    pub fn amount(&self) -> Result<Vnd, AmountError> {
        Vnd::sum(self.lines.iter().map(|line| line.amount))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn an_item_code_cannot_smuggle_a_second_account_name() {
        assert!(ItemCode::parse("CT-BANSAO").is_ok());
        for bad in ["", "a", "CT BANSAO", "X:Y", "Đ", &"A".repeat(41)] {
            assert!(ItemCode::parse(bad).is_err(), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn a_request_is_paid_only_when_exactly_its_amount_was_received(
            amount in 1i64..1_000_000_000, received in 0i64..2_000_000_000
        ) {
            let status = RequestStatus::after_allocation(
                Vnd::new(amount).unwrap(), Vnd::new(received).unwrap());
            prop_assert_eq!(status == RequestStatus::Paid, amount == received);
            prop_assert_eq!(status == RequestStatus::Overpaid, received > amount);
            prop_assert_eq!(status == RequestStatus::Open, received == 0);
        }
    }
}
