//! Posting rules, one file per business event.

pub mod credit_in_suspense;
pub mod payment_settled;
pub mod period_split;
pub mod remittance;
