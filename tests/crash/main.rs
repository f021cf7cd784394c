//! Ending things at the worst moment: nothing acknowledged is lost, nothing is booked twice, and the
//! books balance (I7, I17).
//!
//! - [`kills`]: SIGKILL at random moments, and an abort at every place between two steps of a write;
//! - [`database`]: SIGKILL to PostgreSQL itself, a stop and a start, two gateways of which one is
//!   frozen, and connections cut at the commit by a proxy of ours;
//! - [`disk`]: power loss, a full disk, a disk that fails to sync or is slow.
//!
//! Each run prints its seed. `THUNGAN_CRASH_SEED=N` repeats the choices of an earlier run (moments,
//! amounts, memos), though not the machine's own timing. `THUNGAN_CRASH_KILLS=1000` runs longer.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "test code"
)]

#[path = "../support/mod.rs"]
#[allow(
    unused_macros,
    unused_imports,
    reason = "each test binary uses its part"
)]
mod support;

mod cluster;
mod database;
mod disk;
mod kills;
mod life;
mod load;
mod proxy;
mod truth;
