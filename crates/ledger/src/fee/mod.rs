//! The fee schedule: what is collected, at which price, since when, and who gets it.
//!
//! Everything here is dated data. An item has versions; each version has a first day and perhaps a last
//! one, so a price switches by itself at midnight in Vietnam. A request keeps the version that it was
//! priced with.

mod decimal;
pub mod import;
pub mod price;
mod pricing;
mod reduction;
mod schedule;
mod terms;

pub use decimal::Decimal;
pub use payment::request::Reduction;
pub use payment::{FeeKind, Measure, Quantity};
pub use price::{PriceError, PriceRule, RuleError};
pub use pricing::{Circumstances, Claim, Priced, price};
pub use reduction::{Discount, Effect, Relief, Window};
pub use schedule::{ItemVersion, Schedule};
pub use terms::ItemTerms;
