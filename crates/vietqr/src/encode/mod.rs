//! Writing payloads.
//!
//! Every value is checked against the rule of its object, and nothing is ever cut, replaced or
//! wrapped to make it fit: a cut account still scans, and then the money goes to a stranger.

mod error;
mod judge;
mod merchant_presented;
mod reencode;
mod transfer;
mod writer;

pub use error::EncodeError;
pub use merchant_presented::MerchantPresented;
pub use reencode::Order;
pub use transfer::Transfer;
