//! The collector's signature.
//!
//! A signature in the sense of the law needs the collector's certificate, which lies in a token or with a
//! provider. What reaches it is a variant of [`SignerKind`] and an arm here.

use super::{ReceiptError, key};
use crate::seal::Sealer;
use ledger::receipt::SignerKind;
use ring::signature::KeyPair;
use store::TenantScope;

/// A signature with what a reader needs to check it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signature {
    /// What it is worth, for people.
    pub note: &'static str,
    /// The public key.
    pub public_key: Vec<u8>,
    /// The signature.
    pub bytes: Vec<u8>,
}

/// Signs the data of a receipt; nothing when nobody signs.
///
/// # Errors
/// [`ReceiptError::Key`].
pub fn sign(
    kind: SignerKind,
    sealer: &Sealer,
    scope: &TenantScope,
    data: &[u8],
) -> Result<Option<Signature>, ReceiptError> {
    match kind {
        SignerKind::None => Ok(None),
        SignerKind::Test => {
            let pair = key(sealer, scope, "receipt-test-signer")?;
            Ok(Some(Signature {
                note: "Chữ ký thử nghiệm, không có giá trị pháp lý",
                public_key: pair.public_key().as_ref().to_vec(),
                bytes: pair.sign(data).as_ref().to_vec(),
            }))
        }
    }
}
