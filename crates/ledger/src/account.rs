//! Internal accounts, independent of any legal chart.

use payment::request::ItemCode;
use serde::Serialize;
use std::fmt;

/// On which side of the books an account normally stands.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum AccountType {
    /// What we have: a debit balance.
    Asset,
    /// What we owe or hold for others: a credit balance.
    Liability,
}

impl AccountType {
    /// The text in the API and in the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Asset => "asset",
            Self::Liability => "liability",
        }
    }
}

/// The code of an account: a kind, and for most kinds a name after a colon, such as
/// `collected:CT-BANSAO`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize)]
#[serde(transparent)]
pub struct AccountCode(String);

/// A text that is not an account code.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "an account code is `suspense`, or a kind and a name: `bank:NUMBER`, `collected:ITEM`, `payer_credit:PAYER`"
)]
pub struct AccountCodeError;

/// The kinds that exist so far, with their side.
const KINDS: [(&str, AccountType); 9] = [
    ("bank", AccountType::Asset),
    // Fees are collected for others until the period's split: a liability, not income
    // (Thông tư 107/2017/TT-BTC, account 3373).
    ("collected", AccountType::Liability),
    ("payer_credit", AccountType::Liability),
    // Cash in a drawer.
    ("cash", AccountType::Asset),
    // What the period's split gave to the budget, to other offices, and to the office itself.
    ("payable_budget", AccountType::Liability),
    ("payable_other", AccountType::Liability),
    ("retained", AccountType::Liability),
    // Money that is no payment, kept apart until the accountant says in the books of the office what it is.
    ("other_receipts", AccountType::Liability),
    ("refund_due", AccountType::Liability),
];

const SUSPENSE: &str = "suspense";

impl AccountCode {
    /// The payee's bank account `number`.
    #[must_use]
    pub fn bank(number: &str) -> Self {
        Self(format!("bank:{number}"))
    }

    /// What was collected for one fee item and not yet split.
    #[must_use]
    pub fn collected(item: &ItemCode) -> Self {
        Self(format!("collected:{}", item.as_str()))
    }

    /// Cash in the drawer `counter`.
    #[must_use]
    pub fn cash(counter: &str) -> Self {
        Self(format!("cash:{counter}"))
    }

    /// What the state budget is owed of one fee item.
    #[must_use]
    pub fn payable_budget(item: &ItemCode) -> Self {
        Self(format!("payable_budget:{}", item.as_str()))
    }

    /// What another office is owed of one fee item.
    #[must_use]
    pub fn payable_other(recipient: &str, item: &ItemCode) -> Self {
        Self(format!("payable_other:{recipient}:{}", item.as_str()))
    }

    /// What the office keeps of one fee item.
    #[must_use]
    pub fn retained(item: &ItemCode) -> Self {
        Self(format!("retained:{}", item.as_str()))
    }

    /// Money that nobody has claimed yet.
    #[must_use]
    pub fn suspense() -> Self {
        Self(SUSPENSE.to_owned())
    }

    /// What a payer paid beyond the amount asked: theirs until refunded or used.
    #[must_use]
    pub fn payer_credit(payer: &str) -> Self {
        Self(format!("payer_credit:{payer}"))
    }

    /// Money on the bank account `number` that is no payment.
    #[must_use]
    pub fn other_receipts(number: &str) -> Self {
        Self(format!("other_receipts:{number}"))
    }

    /// What is to go back to payers from the bank account `number`.
    #[must_use]
    pub fn refund_due(number: &str) -> Self {
        Self(format!("refund_due:{number}"))
    }

    /// Reads a code.
    ///
    /// # Errors
    /// [`AccountCodeError`] for a kind that does not exist or a missing name.
    pub fn parse(text: &str) -> Result<Self, AccountCodeError> {
        let named = text
            .split_once(':')
            .is_some_and(|(kind, name)| !name.is_empty() && KINDS.iter().any(|(k, _)| *k == kind));
        if text == SUSPENSE || named {
            Ok(Self(text.to_owned()))
        } else {
            Err(AccountCodeError)
        }
    }

    /// On which side of the books it stands.
    #[must_use]
    pub fn account_type(&self) -> AccountType {
        let kind = self.0.split(':').next().unwrap_or_default();
        KINDS
            .iter()
            .find(|(name, _)| *name == kind)
            .map_or(AccountType::Liability, |(_, account_type)| *account_type)
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for AccountCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_that_a_rule_makes_can_be_read_back() {
        let item = ItemCode::parse("CT-BANSAO").unwrap();
        for code in [
            AccountCode::bank("0011001234567"),
            AccountCode::collected(&item),
            AccountCode::suspense(),
            AccountCode::payer_credit("QH234567895V"),
            AccountCode::cash("quay-1"),
            AccountCode::payable_budget(&item),
            AccountCode::payable_other("Công an tỉnh", &item),
            AccountCode::retained(&item),
            AccountCode::other_receipts("0011001234567"),
            AccountCode::refund_due("0011001234567"),
        ] {
            assert_eq!(AccountCode::parse(code.as_str()), Ok(code.clone()));
        }
        for bad in ["", "bank", "bank:", "suspense:x", "petty_cash:1"] {
            assert_eq!(AccountCode::parse(bad), Err(AccountCodeError), "{bad}");
        }
    }

    #[test]
    fn only_bank_and_cash_are_assets() {
        assert_eq!(AccountCode::bank("1").account_type(), AccountType::Asset);
        assert_eq!(AccountCode::cash("1").account_type(), AccountType::Asset);
        assert_eq!(
            AccountCode::suspense().account_type(),
            AccountType::Liability
        );
    }
}
