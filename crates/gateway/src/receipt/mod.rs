//! Receipts as they leave the house: as XML, on paper, and as a code that proves them.
//!
//! - [`proof`]: the code on every receipt. It is signed with a key of the installation, so that anybody with
//!   the public key can tell offline whether we issued it; it is no digital signature of the collector.
//! - [`signer`]: the collector's signature, behind one place. `none` says "chưa ký số"; `test` signs with a key
//!   of the installation, and says that it is a trial.
//! - [`xml`]: a part of data and a part of signature, written by a serialiser.
//! - [`paper`]: the printed receipt.

pub mod paper;
pub mod proof;
pub mod signer;
pub mod xml;

use crate::seal::{SealError, Sealer};
use ring::signature::{ED25519, Ed25519KeyPair, UnparsedPublicKey};
use store::TenantScope;

/// What goes wrong when a receipt is shown.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReceiptError {
    /// No key could be derived.
    #[error(transparent)]
    Key(#[from] SealError),
    /// The XML could not be written.
    #[error("the XML could not be written: {0}")]
    Xml(#[from] std::io::Error),
    /// The page could not be drawn.
    #[error(transparent)]
    Paper(#[from] print::receipt::ReceiptError),
    /// The PDF could not be written.
    #[error(transparent)]
    Pdf(#[from] print::pdf::PdfError),
    /// The proof could not be written.
    #[error("the proof could not be written")]
    Proof,
}

/// A tenant's key for one purpose.
fn key(sealer: &Sealer, scope: &TenantScope, purpose: &str) -> Result<Ed25519KeyPair, SealError> {
    let seed = sealer.derive(&format!("{purpose}:{}", scope.tenant_id()))?;
    Ed25519KeyPair::from_seed_unchecked(&seed).map_err(|_| SealError::CannotSeal)
}

/// Whether `signature` over `data` is the key's.
fn holds(public_key: &[u8], data: &[u8], signature: &[u8]) -> bool {
    UnparsedPublicKey::new(&ED25519, public_key)
        .verify(data, signature)
        .is_ok()
}
