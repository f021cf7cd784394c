//! The nouns of a payment: ids, time, the payment reference, the request and its states, the money
//! that a bank reports.
//!
//! Pure: no IO, no clock, no randomness. Time and random bytes come in as arguments, so every
//! decision made from these values can be replayed in a test.

pub mod credit;
pub mod id;
mod kind;
mod measure;
mod reference;
pub mod request;
pub mod text;
mod time;

pub use credit::{CreditOutcome, Direction, SuspenseReason};
pub use id::*;
pub use kind::FeeKind;
pub use measure::{Measure, Quantity, QuantityError};
pub use reference::*;
pub use request::{NewPaymentRequest, RequestStatus};
pub use time::{BusinessDate, TimeError, Timestamp};
