//! Posting rules, one file per business event.

mod covering;
pub mod credit_in_suspense;
pub mod duplicate_confirmed;
pub mod not_a_payment;
pub mod payment_settled;
pub mod period_split;
pub mod refund_out;
pub mod remittance;
pub mod suspense_identified;
pub mod suspense_restored;

pub use covering::{Covered, RequestPart};
