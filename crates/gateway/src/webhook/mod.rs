//! Telling the portals: Standard Webhooks 1.0.0, with retries over days.

pub mod address;
mod deliver;
mod lane;
mod schedule;
mod send;

pub use deliver::run;
pub use send::AGENT;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// A new signing secret: 32 random bytes in the form of Standard Webhooks.
#[must_use]
pub fn new_secret() -> String {
    format!("whsec_{}", STANDARD.encode(rand::random::<[u8; 32]>()))
}
