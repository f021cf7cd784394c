//! The command line as its users meet it: the real binary, its arguments, its pipes, its exit codes.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "test code"
)]

mod binary;
mod callback;
mod memo;
mod pipes;
mod poster;
mod qr;
mod usage;
mod words;
