//! Bearer tokens that we issue to a sender which asks for one before it calls.
//!
//! A token carries its end and a keyed hash over the source's name and that end. Nothing is stored, so
//! every gateway over one database accepts the token of every other, and changing the source's secret
//! ends all tokens that were issued under the old one. It can do one thing only: post to its source.

use super::proof::{self, HmacSha256};
use super::{AuthenticationError, RawCallback, Source};
use crate::Secret;
use payment::Timestamp;
use serde::Deserialize;
use std::borrow::Cow;

/// How long a token is good for, in seconds.
pub const LIFETIME_SECONDS: i64 = 300;

/// How a sender asks for its token, and what it wants to hear.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenForm {
    /// `Authorization: Basic` at `api/token_generate` below the address of the source; the answer has
    /// `access_token`, `token_type` and `expires_in`. VietQR.vn and MB.
    Basic,
    /// JSON with `clientId` and `clientSecret` at `oauth/token` below the address of the source; the
    /// answer has `data` with `accessToken`, `refreshToken` and `expiredIn`. SePay.
    ClientCredentials,
}

/// The answer to a request for a token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenAnswer {
    /// JSON in the sender's form. It holds the token: never log it.
    pub body: String,
}

/// A sender's request for a token: JSON, perhaps with the credentials in a header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenRequest {
    /// The header with the credentials, if they are not in the body.
    pub header: Option<(String, String)>,
    /// The body.
    pub body: String,
}

fn text(source: &str, ends_at: i64) -> String {
    format!("thungan-callback-token/1\n{source}\n{ends_at}")
}

/// A token for `source` under `secret`, good from `now` for [`LIFETIME_SECONDS`].
#[must_use]
pub fn issue(source: &str, secret: &Secret, now: Timestamp) -> Option<String> {
    let ends_at = now.seconds().checked_add(LIFETIME_SECONDS)?;
    let signed = text(source, ends_at);
    let mac = proof::signature::<HmacSha256>(secret.expose(), &[signed.as_bytes()])?;
    Some(format!("{ends_at}.{mac}"))
}

/// Checks the bearer token of a callback.
pub(super) fn authenticate(
    raw: &RawCallback<'_>,
    source: &Source<'_>,
) -> Result<(), AuthenticationError> {
    let token = proof::after_scheme(raw, &["Bearer"])?;
    let (ends_at, mac) = token
        .split_once('.')
        .ok_or(AuthenticationError::BadSignature)?;
    let ends_at = proof::digits(ends_at).ok_or(AuthenticationError::BadSignature)?;
    let mac = proof::lower_hex(mac)?;
    let signed = text(source.name, ends_at);
    proof::one_of(source.secrets, |secret| {
        proof::is_signature::<HmacSha256>(secret.expose(), &[signed.as_bytes()], &mac)
    })?;
    // Only now is the end believed. One that lies further ahead than we ever issue is from a clock
    // that was wrong, and would live too long.
    let now = raw.received_at.seconds();
    if now >= ends_at || ends_at.saturating_sub(now) > 2 * LIFETIME_SECONDS {
        return Err(AuthenticationError::StaleTimestamp);
    }
    Ok(())
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ClientCredentials<'a> {
    #[serde(borrow)]
    client_id: Cow<'a, str>,
    #[serde(borrow)]
    client_secret: Cow<'a, str>,
}

impl TokenForm {
    /// Where the sender asks, below the address of its source.
    #[must_use]
    pub const fn path(self) -> &'static str {
        match self {
            Self::Basic => "api/token_generate",
            Self::ClientCredentials => "oauth/token",
        }
    }

    /// The credentials as `name:secret`, wherever this form has them.
    fn credentials(self, raw: &RawCallback<'_>) -> Result<String, AuthenticationError> {
        match self {
            Self::Basic => proof::basic(raw),
            Self::ClientCredentials => {
                crate::strict_json::check_strict(raw.body, crate::strict_json::Limits::default())
                    .map_err(|_| AuthenticationError::BadSignature)?;
                let given: ClientCredentials<'_> = serde_json::from_slice(raw.body)
                    .map_err(|_| AuthenticationError::MissingSignature)?;
                // A colon in the name would move the border between the two.
                if given.client_id.contains(':') {
                    return Err(AuthenticationError::BadSignature);
                }
                Ok(format!("{}:{}", given.client_id, given.client_secret))
            }
        }
    }

    /// Checks the credentials of a request for a token and answers it.
    pub(super) fn answer(
        self,
        raw: &RawCallback<'_>,
        source: &Source<'_>,
    ) -> Result<TokenAnswer, AuthenticationError> {
        let given = self.credentials(raw)?;
        let mut granted = None;
        // All are compared, whichever fits.
        for secret in source.secrets {
            if proof::same_text(&given, secret.expose()) {
                granted = Some(secret);
            }
        }
        let secret = granted.ok_or(AuthenticationError::BadSignature)?;
        let token = issue(source.name, secret, raw.received_at)
            .ok_or(AuthenticationError::NoUsableSecret)?;
        let body = match self {
            Self::Basic => serde_json::json!({
                "access_token": token, "token_type": "Bearer", "expires_in": LIFETIME_SECONDS,
            }),
            // The sender requires a refresh token; ours is the same short-lived token, and nothing
            // here takes it in exchange: asking again with the credentials is the way.
            Self::ClientCredentials => serde_json::json!({
                "data": {"accessToken": token, "refreshToken": token, "expiredIn": LIFETIME_SECONDS},
            }),
        };
        Ok(TokenAnswer {
            body: body.to_string(),
        })
    }

    /// The request for a token, as the sender makes it. For simulators and tests.
    #[must_use]
    pub fn request(self, secret: &Secret) -> Option<TokenRequest> {
        let (name, key) = proof::pair(secret)?;
        Some(match self {
            Self::Basic => TokenRequest {
                header: Some(proof::basic_header(secret)),
                body: "{}".to_owned(),
            },
            Self::ClientCredentials => TokenRequest {
                header: None,
                body: serde_json::json!({"clientId": name, "clientSecret": key}).to_string(),
            },
        })
    }

    /// The token in an answer of ours. For simulators and tests.
    #[must_use]
    pub fn read_answer(self, body: &[u8]) -> Option<String> {
        let answer: serde_json::Value = serde_json::from_slice(body).ok()?;
        let token = match self {
            Self::Basic => &answer["access_token"],
            Self::ClientCredentials => &answer["data"]["accessToken"],
        };
        token.as_str().map(str::to_owned)
    }
}

/// The header of a callback that carries this token. For simulators and tests.
#[must_use]
pub fn bearer_header(token: &str) -> (String, String) {
    (proof::AUTHORIZATION.to_owned(), format!("Bearer {token}"))
}
