//! The double-entry fee ledger: accounts, balanced entries, one file per posting rule, and the
//! invariants that everything else is checked against.
//!
//! Pure: values in, values out. The caller loads balances and writes what comes back.

mod account;
mod chain;
mod entry;
pub mod fee;
pub mod invariants;
pub mod period;
pub mod receipt;
pub mod remit;
pub mod rules;
pub mod split;

pub use account::{AccountCode, AccountCodeError, AccountType};
pub use chain::{ChainHash, ChainRecord};
pub use entry::{EntryError, JournalEntry, Posting, Side};
