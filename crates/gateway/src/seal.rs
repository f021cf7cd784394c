//! Sealing the secrets that we need back (callback and webhook secrets) before they are stored.
//!
//! XChaCha20-Poly1305 under the operator's master key; a database or a backup alone gives nothing
//! away. The purpose is bound in, so that a sealed secret cannot be moved elsewhere.

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{Key, XChaCha20Poly1305, XNonce};
use hmac::{Hmac, Mac};
use secrecy::{ExposeSecret, SecretBox, SecretString};
use sha2::Sha256;
use std::sync::Arc;

/// Bytes of the nonce in front of the sealed text.
const NONCE: usize = 24;

/// Seals and opens under one master key.
#[derive(Clone)]
pub struct Sealer {
    cipher: XChaCha20Poly1305,
    /// What other keys are derived from.
    root: Arc<SecretBox<[u8; 32]>>,
}

impl std::fmt::Debug for Sealer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Sealer { .. }")
    }
}

/// Why a sealed secret cannot be opened, or a master key cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// The master key is not 64 hexadecimal digits.
    #[error("the master key must be 64 hexadecimal digits (32 random bytes)")]
    BadMasterKey,
    /// Sealed under another master key, for another purpose, or damaged.
    #[error("a stored secret cannot be opened: is this the master key it was sealed with?")]
    CannotOpen,
    /// The cipher refused; never happens for the sizes we use.
    #[error("a secret could not be sealed")]
    CannotSeal,
}

impl Sealer {
    /// A sealer under the master key in `hex`.
    ///
    /// # Errors
    /// [`SealError::BadMasterKey`].
    pub fn new(hex: &SecretString) -> Result<Self, SealError> {
        let bytes = hex::decode(hex.expose_secret().trim()).map_err(|_| SealError::BadMasterKey)?;
        let key = Key::try_from(bytes.as_slice()).map_err(|_| SealError::BadMasterKey)?;
        Ok(Self {
            cipher: XChaCha20Poly1305::new(&key),
            root: Arc::new(SecretBox::new(Box::new(keyed(
                &bytes,
                "thungan derived keys 1",
            )?))),
        })
    }

    /// A key of 32 bytes for one purpose; the same under the same master key. It tells nothing about the
    /// master key or about the key for another purpose.
    ///
    /// # Errors
    /// [`SealError::CannotSeal`].
    pub fn derive(&self, purpose: &str) -> Result<[u8; 32], SealError> {
        keyed(self.root.expose_secret(), purpose)
    }

    /// Seals `secret` for `purpose`, under a fresh random nonce.
    ///
    /// # Errors
    /// [`SealError::CannotSeal`].
    pub fn seal(&self, purpose: &str, secret: &str) -> Result<Vec<u8>, SealError> {
        let nonce: [u8; NONCE] = rand::random();
        let payload = Payload {
            msg: secret.as_bytes(),
            aad: purpose.as_bytes(),
        };
        let sealed = self
            .cipher
            .encrypt(&XNonce::from(nonce), payload)
            .map_err(|_| SealError::CannotSeal)?;
        Ok([nonce.as_slice(), &sealed].concat())
    }

    /// Opens what was sealed for `purpose`.
    ///
    /// # Errors
    /// [`SealError::CannotOpen`].
    pub fn open(&self, purpose: &str, sealed: &[u8]) -> Result<String, SealError> {
        let (nonce, text) = sealed
            .split_first_chunk::<NONCE>()
            .ok_or(SealError::CannotOpen)?;
        let payload = Payload {
            msg: text,
            aad: purpose.as_bytes(),
        };
        let opened = self
            .cipher
            .decrypt(&XNonce::from(*nonce), payload)
            .map_err(|_| SealError::CannotOpen)?;
        String::from_utf8(opened).map_err(|_| SealError::CannotOpen)
    }
}

/// HMAC-SHA-256 of a purpose.
fn keyed(key: &[u8], purpose: &str) -> Result<[u8; 32], SealError> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).map_err(|_| SealError::CannotSeal)?;
    mac.update(purpose.as_bytes());
    Ok(mac.finalize().into_bytes().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_opens_only_under_its_key_and_for_its_purpose() {
        let sealer = |digit: &str| Sealer::new(&digit.repeat(64).into()).unwrap();
        let sealed = sealer("a").seal("callback:x", "canary").unwrap();
        assert_eq!(sealer("a").open("callback:x", &sealed).unwrap(), "canary");
        assert_eq!(
            sealer("a").open("callback:y", &sealed),
            Err(SealError::CannotOpen)
        );
        assert_eq!(
            sealer("b").open("callback:x", &sealed),
            Err(SealError::CannotOpen)
        );
        assert!(!sealed.windows(6).any(|window| window == b"canary"));
        assert_eq!(
            sealer("a").open("callback:x", &sealed[..10]),
            Err(SealError::CannotOpen)
        );
    }
}
