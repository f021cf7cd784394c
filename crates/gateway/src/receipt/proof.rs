//! The code that proves a receipt without a connection.
//!
//! `TNBL1.` + base64url of a short JSON text + `.` + base64url of an Ed25519 signature over everything before
//! the second dot. The prefix is signed with it, so that no other text of ours can be taken for a proof.

use super::{ReceiptError, holds, key};
use crate::seal::Sealer;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::signature::KeyPair;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use store::TenantScope;
use store::receipt::Receipt;

const PREFIX: &str = "TNBL1";

/// No proof of ours is longer; nothing longer is read.
pub const LENGTH_MAX: usize = 1_000;

/// What is proved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Proved {
    /// The collector's tax code.
    #[serde(rename = "t")]
    pub tax_code: Option<String>,
    /// Ký hiệu mẫu.
    #[serde(rename = "f")]
    pub form_code: String,
    /// Ký hiệu.
    #[serde(rename = "s")]
    pub series: String,
    /// Its number.
    #[serde(rename = "n")]
    pub number: i64,
    /// Its day.
    #[serde(rename = "d")]
    pub issued_on: payment::BusinessDate,
    /// The sum in đồng.
    #[serde(rename = "a")]
    pub amount: i64,
    /// The first 16 bytes of SHA-256 over the data part of the XML, hexadecimal.
    #[serde(rename = "x")]
    pub data_digest: String,
}

/// Why a text proves nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ProofError {
    /// It is no proof at all.
    #[error("this is not the code of a receipt")]
    Unreadable,
    /// The signature is not this key's.
    #[error(
        "the signature is not that of this key: the receipt is forged, changed, or another office's"
    )]
    Forged,
    /// The XML is of another receipt, or was changed.
    #[error("the XML is not the one that the code speaks of")]
    OtherData,
}

/// The first 16 bytes of the digest of an XML's data part.
#[must_use]
pub fn data_digest(data: &[u8]) -> String {
    let digest = Sha256::digest(data);
    hex::encode(digest.get(..16).unwrap_or_default())
}

/// The public half of the key with which a tenant's proofs are signed, in base64url.
///
/// # Errors
/// [`ReceiptError::Key`].
pub fn public_key(sealer: &Sealer, scope: &TenantScope) -> Result<String, ReceiptError> {
    let pair = key(sealer, scope, "receipt-proof")?;
    Ok(URL_SAFE_NO_PAD.encode(pair.public_key().as_ref()))
}

/// The proof of a receipt whose XML has this data part.
///
/// # Errors
/// [`ReceiptError`].
pub fn write(
    sealer: &Sealer,
    scope: &TenantScope,
    receipt: &Receipt,
    data: &[u8],
) -> Result<String, ReceiptError> {
    let proved = Proved {
        tax_code: receipt.content.collector.tax_code.clone(),
        form_code: receipt.form_code.clone(),
        series: receipt.series.clone(),
        number: receipt.number,
        issued_on: receipt.issued_on,
        amount: receipt.amount.get(),
        data_digest: data_digest(data),
    };
    let json = serde_json::to_string(&proved).map_err(|_| ReceiptError::Proof)?;
    let signed = format!("{PREFIX}.{}", URL_SAFE_NO_PAD.encode(json));
    let signature = key(sealer, scope, "receipt-proof")?.sign(signed.as_bytes());
    Ok(format!(
        "{signed}.{}",
        URL_SAFE_NO_PAD.encode(signature.as_ref())
    ))
}

/// Reads a proof and checks it under a public key in base64url; with the data part of an XML also that.
///
/// # Errors
/// [`ProofError`].
pub fn verify(public_key: &str, proof: &str, data: Option<&[u8]>) -> Result<Proved, ProofError> {
    if proof.len() > LENGTH_MAX {
        return Err(ProofError::Unreadable);
    }
    let decode = |text: &str| {
        let decoded = URL_SAFE_NO_PAD.decode(text);
        decoded.map_err(|_| ProofError::Unreadable)
    };
    let (signed, signature) = proof.rsplit_once('.').ok_or(ProofError::Unreadable)?;
    let json = signed
        .strip_prefix(PREFIX)
        .and_then(|rest| rest.strip_prefix('.'))
        .ok_or(ProofError::Unreadable)?;
    if !holds(&decode(public_key)?, signed.as_bytes(), &decode(signature)?) {
        return Err(ProofError::Forged);
    }
    let proved: Proved =
        serde_json::from_slice(&decode(json)?).map_err(|_| ProofError::Unreadable)?;
    if data.is_some_and(|data| data_digest(data) != proved.data_digest) {
        return Err(ProofError::OtherData);
    }
    Ok(proved)
}
