//! EMVCo merchant-presented QR payloads, and the Vietnamese profile that NAPAS calls VietQR.
//!
//! Four things, all pure (no IO, no clock, no randomness):
//!
//! - **write**: [`Transfer`] builds a NAPAS transfer code, refuses what would be wrong with the name
//!   of the object and of the rule, and reads its own string back before returning it;
//! - **read**: [`decode`] takes any string, never panics, and says everything that is wrong with it,
//!   in Vietnamese and in English, each with a stable code and a position;
//! - **look up**: [`banks`] is the directory of members, by BIN, code, name or former name;
//! - **draw**: [`render`] turns a [`Payload`] into PNG, SVG or terminal text.
//!
//! ```
//! use money::Vnd;
//! use vietqr::{AcquirerBin, ConsumerAccount, Transfer};
//!
//! let payload = Transfer::to_account(
//!     AcquirerBin::parse("970415")?,
//!     ConsumerAccount::parse("113366668888")?,
//! )
//! .one_time()
//! .amount(Vnd::new(79_000)?)
//! .purpose("Ủng Hộ Quỹ Vắc Xin")
//! .encode()?;
//! assert!(payload.as_str().ends_with("0818Ung Ho Quy Vac Xin63043ACF"));
//!
//! let transfer = vietqr::decode(payload.as_str()).payable().expect("we just wrote it");
//! assert_eq!(transfer.amount, Some(Vnd::new(79_000)?));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Numbers such as 62.08 are the data-object IDs of the EMVCo specification, outermost first.

pub mod banks;
pub mod crc;
mod decode;
mod encode;
pub mod memo;
mod names;
mod napas;
mod path;
mod payload;
mod problem;
pub mod render;
mod rule;
mod scheme;
mod tlv;
mod work;

pub use decode::{Decoded, Object, PayableTransfer, decode};
pub use encode::{EncodeError, MerchantPresented, Order, Transfer};
pub use napas::{AcquirerBin, ConsumerAccount, INSTANT_TRANSFER_LIMIT, NAPAS_GUID, Service};
pub use path::{Path, Span};
pub use payload::Payload;
pub use problem::{Class, Code, Language, Place, Problem, Severity};
pub use rule::Rule;
pub use scheme::{Recognised, Scheme};
