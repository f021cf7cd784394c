//! The header that makes a write safe to repeat.

use crate::problem::{Code, Problem};
use actix_web::HttpRequest;
use actix_web::http::header::HeaderName;
use sha2::{Digest, Sha256};
use store::payment_request::IdempotencyKey;

/// The caller's `Idempotency-Key` with the digest of method, path and body.
///
/// # Errors
/// A problem when the key is not 1 to 255 visible ASCII characters.
pub fn key(
    request: &HttpRequest,
    operation: &'static str,
    body: &[u8],
) -> Result<Option<IdempotencyKey>, Problem> {
    let name = HeaderName::from_static("idempotency-key");
    let Some(value) = request.headers().get(&name) else {
        return Ok(None);
    };
    let key = value.to_str().unwrap_or_default();
    let plain =
        (1..=255).contains(&key.len()) && key.bytes().all(|byte| (0x21..=0x7e).contains(&byte));
    if !plain {
        return Err(Problem::parameter(
            "Idempotency-Key",
            "Idempotency-Key phải có 1 đến 255 ký tự ASCII nhìn thấy được.",
            "Idempotency-Key must have 1 to 255 visible ASCII characters.",
        ));
    }
    let digest = Sha256::new()
        .chain_update(format!("{}\n{}\n", request.method(), request.path()))
        .chain_update(body)
        .finalize();
    Ok(Some(IdempotencyKey {
        operation,
        key: key.to_owned(),
        digest: digest.into(),
    }))
}

/// The key was used with another body.
#[must_use]
pub fn key_reused() -> Problem {
    Problem::new(
        Code::IdempotencyKeyReused,
        "Idempotency-Key này đã dùng cho nội dung khác; mỗi yêu cầu mới cần khóa mới.",
        "This Idempotency-Key was used with another body; a new request needs a new key.",
    )
}
