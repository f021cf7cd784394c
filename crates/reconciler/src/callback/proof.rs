//! What a sender proves itself with, compared in constant time: keyed hashes, shared keys, pairs.

use super::{AuthenticationError, RawCallback};
use crate::Secret;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use hmac::digest::KeyInit;
use hmac::{Hmac, Mac};
use payment::Timestamp;
use sha2::{Digest as _, Sha256, Sha512};
use subtle::ConstantTimeEq as _;

/// The header of keys and tokens.
pub(super) const AUTHORIZATION: &str = "authorization";

/// HMAC-SHA256.
pub(super) type HmacSha256 = Hmac<Sha256>;
/// HMAC-SHA512.
pub(super) type HmacSha512 = Hmac<Sha512>;

/// A secret that stands alone: anything but nothing.
pub(super) fn is_text(secret: &Secret) -> bool {
    !secret.expose().is_empty()
}

/// Both halves of a secret written `name:secret`. A name holds no colon (RFC 7617).
pub(super) fn pair(secret: &Secret) -> Option<(&str, &str)> {
    let (name, rest) = secret.expose().split_once(':')?;
    (!name.is_empty() && !rest.is_empty()).then_some((name, rest))
}

/// A secret of two halves.
pub(super) fn is_pair(secret: &Secret) -> bool {
    pair(secret).is_some()
}

/// Whether two texts are equal, without telling where they differ or how long the secret one is.
pub(super) fn same_text(given: &str, secret: &str) -> bool {
    let (given, secret) = (
        Sha256::digest(given.as_bytes()),
        Sha256::digest(secret.as_bytes()),
    );
    bool::from(given.as_slice().ct_eq(secret.as_slice()))
}

/// Accepts when one of the secrets fits. Each is tried whichever fits.
pub(super) fn one_of(
    secrets: &[Secret],
    fits: impl Fn(&Secret) -> bool,
) -> Result<(), AuthenticationError> {
    if secrets.iter().fold(false, |any, secret| any | fits(secret)) {
        Ok(())
    } else {
        Err(AuthenticationError::BadSignature)
    }
}

/// The keyed hash over the parts, one after the other.
pub(super) fn keyed<M: Mac + KeyInit>(key: &str, parts: &[&[u8]]) -> Option<M> {
    // HMAC takes keys of any length, so this is never `None`.
    let mut mac = <M as KeyInit>::new_from_slice(key.as_bytes()).ok()?;
    for part in parts {
        Mac::update(&mut mac, part);
    }
    Some(mac)
}

/// The keyed hash in lower-case hex, as senders write it.
pub(super) fn signature<M: Mac + KeyInit>(key: &str, parts: &[&[u8]]) -> Option<String> {
    Some(hex::encode(keyed::<M>(key, parts)?.finalize().into_bytes()))
}

/// Whether `signature` is the keyed hash, in constant time. A signature of another length is none.
pub(super) fn is_signature<M: Mac + KeyInit>(key: &str, parts: &[&[u8]], signature: &[u8]) -> bool {
    keyed::<M>(key, parts).is_some_and(|mac| mac.verify_slice(signature).is_ok())
}

/// Lower-case hex digits: one signature has one spelling.
pub(super) fn lower_hex(digits: &str) -> Result<Vec<u8>, AuthenticationError> {
    if digits.bytes().any(|digit| digit.is_ascii_uppercase()) {
        return Err(AuthenticationError::BadSignature);
    }
    hex::decode(digits).map_err(|_| AuthenticationError::BadSignature)
}

/// What follows the name of the authentication scheme. Scheme names are case-insensitive in HTTP
/// (RFC 9110, 11.1); one space follows.
pub(super) fn after_scheme<'a>(
    raw: &RawCallback<'a>,
    schemes: &[&str],
) -> Result<&'a str, AuthenticationError> {
    let value = raw.header(AUTHORIZATION, AuthenticationError::MissingSignature)?;
    let (scheme, rest) = value
        .split_once(' ')
        .ok_or(AuthenticationError::BadSignature)?;
    if schemes
        .iter()
        .any(|known| known.eq_ignore_ascii_case(scheme))
    {
        Ok(rest)
    } else {
        Err(AuthenticationError::BadSignature)
    }
}

/// The user and password of `Authorization: Basic`, still joined by their colon.
pub(super) fn basic(raw: &RawCallback<'_>) -> Result<String, AuthenticationError> {
    let encoded = after_scheme(raw, &["Basic"])?;
    let bytes = BASE64
        .decode(encoded)
        .map_err(|_| AuthenticationError::BadSignature)?;
    String::from_utf8(bytes).map_err(|_| AuthenticationError::BadSignature)
}

/// The value of `Authorization: Basic` for a pair.
pub(super) fn basic_header(secret: &Secret) -> (String, String) {
    let value = format!("Basic {}", BASE64.encode(secret.expose()));
    (AUTHORIZATION.to_owned(), value)
}

/// Refuses a signed time too far from the time of receipt.
pub(super) fn check_freshness(
    received_at: Timestamp,
    signed_at: Timestamp,
    tolerance_seconds: i64,
) -> Result<(), AuthenticationError> {
    if received_at.seconds().abs_diff(signed_at.seconds()) > tolerance_seconds.unsigned_abs() {
        return Err(AuthenticationError::StaleTimestamp);
    }
    Ok(())
}

/// A number written in decimal digits and nothing else, so that one number has one spelling.
pub(super) fn digits(text: &str) -> Option<i64> {
    let plain = !text.is_empty()
        && text.bytes().all(|byte| byte.is_ascii_digit())
        && (text == "0" || !text.starts_with('0'));
    plain.then(|| text.parse().ok()).flatten()
}
