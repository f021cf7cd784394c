//! Every SQL statement of ThuNgân, on SQLite and PostgreSQL.
//!
//! A statement is a file under `sql/`: `name.sql` when both engines read the same text, or the pair
//! `name.sqlite.sql` and `name.postgres.sql`. [`Store`] and [`Tx`] are enums of the two engines; the
//! macros of [`engine`] run one text on whichever connection is inside. There is no trait to mock: a
//! test opens a real database.
//!
//! All writes go through the [`writer`]: one task that takes what waits, runs it in one transaction,
//! commits, and only then answers each caller. Reads take a [`TenantScope`], which only this crate can
//! make, from a credential that was checked.

// First: the statement macros must stand before the modules that use them.
#[macro_use]
mod engine;
#[macro_use]
mod bulk;

pub mod administration;
mod allocate;
pub mod api_key;
pub mod audit;
pub mod basket;
pub mod callback;
pub mod copy;
pub mod delivery;
pub mod endpoint;
mod error;
pub mod event;
pub mod fee;
pub mod gap;
pub mod journal;
pub mod payer;
pub mod payment_request;
pub mod period;
pub mod quarantine;
pub mod receipt;
mod recent;
pub mod reconciliation;
pub mod remittance;
pub mod report;
mod settle;
pub mod split;
pub mod statement;
pub mod suspense;
pub mod tenant;
#[cfg(feature = "testing")]
pub mod testing;
pub mod writer;

#[cfg(feature = "testing")]
pub(crate) use testing::crash_point;

/// A place where the crash tests end the process. In the program that is shipped there is nothing.
#[cfg(not(feature = "testing"))]
pub(crate) const fn crash_point(_name: &'static str) {}

pub use engine::{Options, Store, Tx};
pub use error::StoreError;
pub use tenant::TenantScope;
pub use writer::{Change, Environment, Writer};
