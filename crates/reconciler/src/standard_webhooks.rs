//! Standard Webhooks 1.0 signatures: symmetric, version `v1`.
//!
//! Used in both directions: for the events that we send, and for a bank that builds its notices to
//! our contract. The signature is HMAC-SHA256 over `<id>.<timestamp>.<body>`, base64, behind `v1,`;
//! several stand in one header, separated by spaces, while a secret is being changed.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use hmac::{Hmac, KeyInit as _, Mac as _};
use payment::Timestamp;
use sha2::Sha256;
use std::fmt;

/// The header with the message's id, the same in every repeat.
pub const ID_HEADER: &str = "webhook-id";
/// The header with the time of this attempt, in seconds since 1970.
pub const TIMESTAMP_HEADER: &str = "webhook-timestamp";
/// The header with one or more signatures.
pub const SIGNATURE_HEADER: &str = "webhook-signature";

/// How far sender's and receiver's clocks may be apart, in seconds.
pub const TOLERANCE_SECONDS: i64 = 300;

/// Signatures that are looked at in one header.
const SIGNATURES_MAX: usize = 8;

/// A signing key, written `whsec_<base64>`.
#[derive(Clone, PartialEq, Eq)]
pub struct Key(Vec<u8>);

/// A text that is not a signing key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a signing key is written whsec_ and the base64 of 24 to 64 bytes")]
pub struct KeyError;

/// Why a message is not authentic.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum VerifyError {
    /// The id is empty or holds a dot, which would blur the border to the timestamp.
    #[error("the message id is empty or contains a dot")]
    BadId,
    /// The timestamp is not a number of seconds.
    #[error("the timestamp is not a whole number of seconds since 1970")]
    BadTimestamp,
    /// The timestamp is further than [`TOLERANCE_SECONDS`] from now.
    #[error("the timestamp is more than 300 seconds from now")]
    StaleTimestamp,
    /// No `v1` signature fits the message under any of the keys.
    #[error("no signature fits the message")]
    BadSignature,
}

impl Key {
    /// Reads `whsec_<base64>`.
    ///
    /// # Errors
    /// [`KeyError`] for another form, and for a key outside the 24 to 64 bytes of the standard.
    pub fn parse(text: &str) -> Result<Self, KeyError> {
        let encoded = text.strip_prefix("whsec_").ok_or(KeyError)?;
        let bytes = BASE64.decode(encoded).map_err(|_| KeyError)?;
        Self::from_bytes(&bytes)
    }

    /// A key of these bytes, which the caller drew at random.
    ///
    /// # Errors
    /// [`KeyError`] outside 24 to 64 bytes.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, KeyError> {
        if (24..=64).contains(&bytes.len()) {
            Ok(Self(bytes.to_vec()))
        } else {
            Err(KeyError)
        }
    }

    /// The form that is shown once to its owner: `whsec_<base64>`.
    #[must_use]
    pub fn expose(&self) -> String {
        format!("whsec_{}", BASE64.encode(&self.0))
    }

    fn mac(&self, id: &str, timestamp: &str, body: &[u8]) -> Option<Hmac<Sha256>> {
        // HMAC takes keys of any length, so this is never `None`.
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.0).ok()?;
        for part in [id.as_bytes(), b".", timestamp.as_bytes(), b".", body] {
            mac.update(part);
        }
        Some(mac)
    }
}

/// Shows nothing of the key.
impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key(whsec_…)")
    }
}

/// The value of the signature header: one `v1,<base64>` per key, in the order of the keys. Both the
/// old and the new key sign while a secret is being changed, so that the receiver may switch any time.
#[must_use]
pub fn sign(keys: &[Key], id: &str, timestamp: Timestamp, body: &[u8]) -> String {
    let timestamp = timestamp.seconds().to_string();
    let signatures = keys.iter().filter_map(|key| {
        let mac = key.mac(id, &timestamp, body)?;
        Some(format!("v1,{}", BASE64.encode(mac.finalize().into_bytes())))
    });
    signatures.collect::<Vec<_>>().join(" ")
}

/// Checks the three header values, exactly as received, against the exact bytes of the body.
///
/// Entries of other versions are skipped (`v1a` is the asymmetric one); only `v1` is ever believed.
///
/// # Errors
/// [`VerifyError`].
pub fn verify(
    keys: &[Key],
    id: &str,
    timestamp: &str,
    signatures: &str,
    body: &[u8],
    now: Timestamp,
) -> Result<(), VerifyError> {
    verify_within(
        TOLERANCE_SECONDS,
        keys,
        id,
        timestamp,
        signatures,
        body,
        now,
    )
}

/// [`verify`] with another tolerance between the clocks, in seconds.
///
/// # Errors
/// [`VerifyError`].
pub fn verify_within(
    tolerance_seconds: i64,
    keys: &[Key],
    id: &str,
    timestamp: &str,
    signatures: &str,
    body: &[u8],
    now: Timestamp,
) -> Result<(), VerifyError> {
    if id.is_empty() || id.contains('.') {
        return Err(VerifyError::BadId);
    }
    let sent = parse_seconds(timestamp).ok_or(VerifyError::BadTimestamp)?;
    if now.seconds().abs_diff(sent) > tolerance_seconds.unsigned_abs() {
        return Err(VerifyError::StaleTimestamp);
    }
    let mut authentic = false;
    for signature in signatures.split(' ').take(SIGNATURES_MAX) {
        let Some((version, encoded)) = signature.split_once(',') else {
            return Err(VerifyError::BadSignature);
        };
        if version != "v1" {
            continue;
        }
        let Ok(signature) = BASE64.decode(encoded) else {
            continue;
        };
        for key in keys {
            // `verify_slice` compares in constant time and wants all 32 bytes.
            authentic |= key
                .mac(id, timestamp, body)
                .is_some_and(|mac| mac.verify_slice(&signature).is_ok());
        }
    }
    if authentic {
        Ok(())
    } else {
        Err(VerifyError::BadSignature)
    }
}

/// Seconds since 1970, digits only: `i64::from_str` would also take a sign.
pub(crate) fn parse_seconds(text: &str) -> Option<i64> {
    let digits = (1..=12).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    digits.then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(seed: u8) -> Key {
        Key::from_bytes(&[seed; 32]).unwrap()
    }

    #[test]
    fn what_was_signed_verifies_with_either_key_during_a_change() {
        let now = Timestamp::from_seconds(1_762_153_357);
        let header = sign(&[key(1), key(2)], "evt_1", now, b"{}");
        for keys in [&[key(1)][..], &[key(2)], &[key(3), key(2)]] {
            let verdict = verify(keys, "evt_1", "1762153357", &header, b"{}", now);
            assert_eq!(verdict, Ok(()));
        }
        let verdict = verify(&[key(3)], "evt_1", "1762153357", &header, b"{}", now);
        assert_eq!(verdict, Err(VerifyError::BadSignature));
    }

    #[test]
    fn a_signature_without_keys_never_verifies() {
        let now = Timestamp::from_seconds(0);
        assert_eq!(sign(&[], "evt_1", now, b"{}"), "");
        let verdict = verify(&[], "evt_1", "0", "", b"{}", now);
        assert_eq!(verdict, Err(VerifyError::BadSignature));
    }

    #[test]
    fn an_id_with_a_dot_cannot_move_the_border_to_the_timestamp() {
        let now = Timestamp::from_seconds(2);
        // Signed as id "a.1" at 2; the same signed text reads as id "a" at 1 with another body.
        let header = sign(&[key(1)], "a.1", now, b"x");
        let verdict = verify(&[key(1)], "a.1", "2", &header, b"x", now);
        assert_eq!(verdict, Err(VerifyError::BadId));
    }

    #[test]
    fn the_window_is_three_hundred_seconds_either_way() {
        let sent = Timestamp::from_seconds(1_000_000);
        let header = sign(&[key(1)], "evt_1", sent, b"{}");
        let at = |now: i64| {
            let now = Timestamp::from_seconds(now);
            verify(&[key(1)], "evt_1", "1000000", &header, b"{}", now)
        };
        assert_eq!((at(1_000_300), at(999_700)), (Ok(()), Ok(())));
        assert_eq!(at(1_000_301), Err(VerifyError::StaleTimestamp));
        assert_eq!(at(999_699), Err(VerifyError::StaleTimestamp));
    }

    #[test]
    fn a_key_reads_back_and_a_short_one_is_refused() {
        assert_eq!(Key::parse(&key(7).expose()), Ok(key(7)));
        assert_eq!(Key::parse("whsec_AAAA"), Err(KeyError));
        assert_eq!(Key::parse("AAAA"), Err(KeyError));
        assert_eq!(format!("{:?}", key(7)), "Key(whsec_…)");
    }
}
