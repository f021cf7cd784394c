//! Callbacks of every sender: what its documentation promises, what a forger might try, and what holds
//! for any bytes.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // a test helper may fail loudly

mod mutations;
mod properties;
mod samples;
mod tokens;
mod vectors;
