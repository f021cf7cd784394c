//! Identifiers. Each kind is a type of its own and shows its kind in its text (`preq_…`, `evt_…`), so
//! that mixing two kinds compiles nowhere and reads wrong everywhere.
//!
//! They hold a UUID (version 7 when we make them: sortable by time, kind to indexes). An id is not a
//! secret and grants nothing.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::str::FromStr;
use uuid::Uuid;

/// A text that is not an id of the kind that was needed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not an identifier of the form {prefix}_ followed by 32 hexadecimal digits")]
pub struct IdError {
    /// The prefix of the kind that was needed.
    pub prefix: &'static str,
}

macro_rules! identifiers {
    ($($(#[$doc:meta])* $name:ident = $prefix:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Uuid);

        impl $name {
            /// The prefix of this kind in its text form.
            pub const PREFIX: &'static str = $prefix;

            /// The id that holds `uuid`.
            #[must_use]
            pub const fn from_uuid(uuid: Uuid) -> Self {
                Self(uuid)
            }

            /// The UUID inside, as the databases store it.
            #[must_use]
            pub const fn uuid(self) -> Uuid {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!($prefix, "_{}"), self.0.simple())
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }

        impl FromStr for $name {
            type Err = IdError;

            fn from_str(text: &str) -> Result<Self, IdError> {
                let wrong = IdError { prefix: $prefix };
                let digits = text
                    .strip_prefix(concat!($prefix, "_"))
                    .filter(|digits| digits.len() == 32)
                    // One id has one text: upper-case digits would be a second one.
                    .filter(|digits| !digits.bytes().any(|byte| byte.is_ascii_uppercase()))
                    .ok_or_else(|| wrong.clone())?;
                Uuid::try_parse(digits).map(Self).map_err(|_| wrong)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
            }
        }
    )*};
}

identifiers! {
    /// A tenant: one office, school or market board, in live or in test mode.
    TenantId = "ten";
    /// An API key (the public half; the secret half is stored only as a digest).
    ApiKeyId = "key";
    /// A payee's bank account.
    PayeeAccountId = "acct";
    /// A request for payment.
    PaymentRequestId = "preq";
    /// One stored callback: the bytes that a bank or an aggregator sent.
    CallbackId = "cb";
    /// One movement on a payee's account, as the bank reported it.
    BankCreditId = "pay";
    /// A credit, or a part of it, given to a request.
    AllocationId = "aloc";
    /// What a person decided about a credit.
    CreditActId = "act";
    /// A virtual account or a payer's code that is registered.
    PayerIdentifierId = "pid";
    /// Several requests under one reference.
    BasketId = "bskt";
    /// A balanced journal entry.
    JournalEntryId = "je";
    /// A change of state that the portal is told about.
    EventId = "evt";
    /// An address of the portal to which events are delivered.
    EndpointId = "we";
    /// One event on its way to one endpoint.
    DeliveryId = "del";
    /// A file that was imported into the fee schedule.
    FeeImportId = "fimp";
    /// A bank statement that was imported.
    StatementImportId = "stmt";
    /// A hole in the balances that a bank reports.
    BalanceGapId = "gap";
    /// The sharing of a period's money.
    SplitRunId = "split";
    /// A payment order to the budget or to another office.
    RemittanceId = "rem";
    /// A numbered receipt.
    ReceiptId = "rcpt";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_of_another_kind_is_refused() {
        let id = PaymentRequestId::from_uuid(Uuid::from_u128(7));
        assert_eq!(id.to_string(), "preq_00000000000000000000000000000007");
        assert_eq!(id.to_string().parse(), Ok(id));
        assert!(id.to_string().parse::<EventId>().is_err());
        assert!(
            "preq_0000000000000000000000000000000G"
                .parse::<PaymentRequestId>()
                .is_err()
        );
        assert!("preq_".parse::<PaymentRequestId>().is_err());
    }

    #[test]
    fn one_id_has_exactly_one_text() {
        let hyphenated = "preq_00000000-0000-0000-0000-000000000007";
        let upper_case = "preq_0000000000000000000000000000000A";
        assert!(hyphenated.parse::<PaymentRequestId>().is_err());
        assert!(upper_case.parse::<PaymentRequestId>().is_err());
    }
}
