//! Money in Vietnamese đồng.
//!
//! The đồng has no decimals, so an amount is a whole number. [`Vnd`] is the only money type of the
//! project: checked, bounded, never a float. Pure: no IO, no clock, no randomness.

pub mod format;
pub mod share;
mod vnd;
pub mod words;

pub use vnd::{AmountError, Vnd};
