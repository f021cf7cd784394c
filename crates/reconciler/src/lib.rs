//! Reading what banks send: callbacks, memos, statements, and deciding what they mean.
//!
//! Pure: values in, values out. No IO, no clock, no randomness; the time of receipt is an argument.

pub mod memo;
