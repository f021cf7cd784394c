//! The pages in a real Chromium, served by the real binary.
//!
//! Every test leaves pictures of what it saw in `browser-screenshots` below the folder that cargo
//! gives to integration tests (`target/tmp`).

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "test code"
)]

#[path = "../support/mod.rs"]
#[allow(
    unused_imports,
    unused_macros,
    reason = "SQLite is enough for what a browser shows"
)]
mod support;

mod chromium;
mod hostile;
mod paying;
mod shop;
mod states;
