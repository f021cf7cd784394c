//! Money that a bank reports, and what became of it.

use serde::{Deserialize, Serialize};

/// Which way the money went, seen from the payee's account (ISO 20022 `CdtDbtInd`).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// Money in (`CRDT`).
    Credit,
    /// Money out (`DBIT`): never pays a request.
    Debit,
}

/// What became of one reported movement. Exactly one for each (invariant I6).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CreditOutcome {
    /// Booked and given to a request.
    Settled,
    /// Booked, claimed by nobody yet: it waits for the accountant.
    Suspense,
    /// The same movement was booked before.
    Duplicate,
    /// The same bank transaction id came before with other contents: recorded, not booked.
    Conflict,
    /// Not a credit: money out, or a test message.
    Ignored,
    /// Authentic, and not readable: kept as it came, to be read again.
    Quarantined,
}

/// Why a credit waits in suspense.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SuspenseReason {
    /// No valid reference of ours stands in the memo.
    NoReference,
    /// A valid reference, and no request has it.
    UnknownReference,
    /// Two or more different valid references in one memo.
    SeveralReferences,
    /// The request was cancelled before the money came.
    RequestCancelled,
    /// It looks like a movement that is in the books already, and not everything agrees.
    PossibleDuplicate,
    /// The money came to another account than the one the request names, or to one that the tenant does
    /// not have.
    OtherAccount,
    /// A basket or a payer is known, and the amount is not exactly what is asked.
    AmountNotExact,
    /// Two exact identifiers name different requests.
    IdentifiersDisagree,
    /// A person took a match back.
    MatchUndone,
}

macro_rules! text_forms {
    ($($type:ident { $($variant:ident = $text:literal,)* })*) => {$(
        impl $type {
            /// The text in the API and in the database.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)* }
            }

            /// Reads the text form.
            #[must_use]
            pub fn parse(text: &str) -> Option<Self> {
                match text { $($text => Some(Self::$variant),)* _ => None }
            }
        }
    )*};
}
pub(crate) use text_forms;

text_forms! {
    Direction { Credit = "credit", Debit = "debit", }
    CreditOutcome {
        Settled = "settled", Suspense = "suspense", Duplicate = "duplicate",
        Conflict = "conflict", Ignored = "ignored", Quarantined = "quarantined",
    }
    SuspenseReason {
        NoReference = "no_reference", UnknownReference = "unknown_reference",
        SeveralReferences = "several_references", RequestCancelled = "request_cancelled",
        OtherAccount = "other_account", PossibleDuplicate = "possible_duplicate",
        AmountNotExact = "amount_not_exact", IdentifiersDisagree = "identifiers_disagree",
        MatchUndone = "match_undone",
    }
}
