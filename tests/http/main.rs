//! The black-box suite: the real binary over HTTP, on SQLite and on PostgreSQL.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "test code"
)]

#[path = "../support/mod.rs"]
mod support;

mod asking;
mod contract;
mod day;
mod gaps;
mod hearing;
mod house;
mod importing;
mod keys;
mod paying;
mod polling;
mod pricing;
mod proving;
mod receipts;
mod running;
mod schema;
mod senders;
mod telling;
mod walls;
mod zoo;
