//! Reading what banks send: callbacks, memos, statements, and deciding what they mean.
//!
//! Pure: values in, values out. No IO, no clock, no randomness; the time of receipt is an argument.

pub mod callback;
pub mod continuity;
pub mod identity;
pub mod matching;
pub mod memo;
mod secret;
pub mod standard_webhooks;
pub mod statement;
pub mod strict_json;

pub use secret::Secret;
