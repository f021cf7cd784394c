//! Callbacks: what a bank or an aggregator posts to us when money has moved.
//!
//! Three types in a row, so that an unchecked body cannot be booked:
//!
//! 1. [`RawCallback`]: headers and the exact bytes, as received.
//! 2. [`AuthenticCallback`]: the configured sender signed these bytes. Made only by
//!    [`Dialect::authenticate`], or by the store, which keeps nothing else.
//! 3. [`Notice`]: one movement of money, the same shape for every sender.
//!
//! Each sender speaks a [`Dialect`]: one file here, one row in its table. The dialect comes from
//! the configuration of the source and never from the message, so a message cannot choose the weaker
//! scheme.
//!
//! ```
//! use payment::Timestamp;
//! use reconciler::Secret;
//! use reconciler::callback::{Dialect, RawCallback, sepay};
//!
//! let secret = Secret::new("a secret of the console");
//! let body = br#"{"id":92704,"gateway":"Vietcombank","transactionDate":"2025-11-03 14:02:37",
//!     "accountNumber":"0000123499999","code":null,"content":"QH234567895V nop phi",
//!     "transferType":"in","transferAmount":79000,"accumulated":0,"subAccount":null,
//!     "referenceCode":"FT25307111","description":""}"#;
//! let received_at = Timestamp::parse_rfc3339("2025-11-03T07:02:40Z")?;
//! let headers = sepay::sign(&secret, received_at, body).unwrap();
//! let raw = RawCallback { headers: &headers, body, received_at };
//!
//! let notices = Dialect::SepayHmac.authenticate(&raw, &[secret])?.read()?;
//! assert_eq!(notices[0].amount.get(), 79_000);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod answer;
mod canonical;
pub mod casso_list;
pub mod casso_v1;
pub mod casso_v2;
pub mod mb_balance;
mod members;
pub mod momo;
mod notice;
pub mod pay2s;
pub mod payos;
mod proof;
pub mod sepay;
pub mod sepay_bankhub;
pub mod sepay_list;
pub mod sepay_pg;
pub mod statement;
mod table;
pub mod thungan;
pub mod tingee;
pub mod token;
pub mod vietqr_vn;
pub mod vnpay;
pub mod zalopay;

use crate::Secret;
use crate::strict_json::StrictJsonError;
pub use answer::{Answer, Reply};
pub use notice::Notice;
use payment::Timestamp;
pub use table::{Carrier, Dialect, Proof};
pub use token::{TokenAnswer, TokenForm, TokenRequest};

/// Secrets of one source that are valid at the same time: the new one and, during a change, the old.
pub const LIVE_SECRETS_MAX: usize = 2;

/// The longest difference between clocks that a source may be set to allow, in seconds: a week.
pub const TOLERANCE_SECONDS_MAX: i64 = 7 * 86_400;

/// A callback as it came in. Nothing in it is to be believed yet.
#[derive(Debug, Clone, Copy)]
pub struct RawCallback<'a> {
    /// Names in lower case, values as received; a repeated header stands here repeatedly.
    pub headers: &'a [(String, String)],
    /// The exact bytes of the message, wherever the sender puts it ([`Carrier`]): the body, or the query
    /// of a GET as it stands in the request line. Signatures are over bytes, and a round trip through
    /// JSON changes them.
    pub body: &'a [u8],
    /// Our clock, when the last byte arrived.
    pub received_at: Timestamp,
}

impl<'a> RawCallback<'a> {
    /// The value of a header that may stand only once. Two of them are refused: a proxy and we might
    /// not look at the same one.
    fn header(
        &self,
        name: &str,
        missing: AuthenticationError,
    ) -> Result<&'a str, AuthenticationError> {
        let mut values = self
            .headers
            .iter()
            .filter(|(header, _)| header.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str());
        match (values.next(), values.next()) {
            (None, _) => Err(missing),
            (Some(value), None) => Ok(value),
            (Some(_), Some(_)) => Err(AuthenticationError::DuplicateHeader),
        }
    }
}

/// Why a callback is not from the configured sender. It is refused, and kept apart from the books.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum AuthenticationError {
    /// The header with the signature or key is not there.
    #[error("the header with the signature or key is missing")]
    MissingSignature,
    /// A header that carries the proof stands twice.
    #[error("a header that carries the signature stands twice")]
    DuplicateHeader,
    /// The signature or key has the wrong form, or does not fit the bytes under any live secret.
    #[error("the signature does not match the body")]
    BadSignature,
    /// The timestamp is missing or does not have the sender's form.
    #[error("the timestamp is missing or not in the sender's form")]
    BadTimestamp,
    /// The signed time is further from our clock than the source allows, or the token has ended: a
    /// replay, or a wrong clock.
    #[error("the signed time is further from the time of receipt than the source allows")]
    StaleTimestamp,
    /// The source has no usable secret, or more than [`LIVE_SECRETS_MAX`]: nothing can be authentic.
    #[error("the source has no usable secret")]
    NoUsableSecret,
}

impl AuthenticationError {
    /// A stable code for logs, metrics and the command line.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::MissingSignature => "missing_signature",
            Self::DuplicateHeader => "duplicate_header",
            Self::BadSignature => "bad_signature",
            Self::BadTimestamp => "bad_timestamp",
            Self::StaleTimestamp => "stale_timestamp",
            Self::NoUsableSecret => "no_usable_secret",
        }
    }
}

/// An authentic callback that does not keep its sender's contract. It is quarantined with its bytes,
/// never dropped: there may be money behind it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{pointer}\" {rule}")]
pub struct MalformedCallback {
    /// JSON pointer (RFC 6901) to the member; empty for the whole body.
    pub pointer: String,
    /// What the member should have kept, as a predicate: "must be a whole number".
    pub rule: &'static str,
}

impl From<StrictJsonError> for MalformedCallback {
    fn from(error: StrictJsonError) -> Self {
        Self {
            pointer: error.pointer,
            rule: error.rule.as_str(),
        }
    }
}

/// What the operator has set for one source: the settings decide, the message never does.
#[derive(Debug, Clone, Copy)]
pub struct Source<'a> {
    /// The name in its address. Tokens are bound to it.
    pub name: &'a str,
    /// How it signs and words its messages.
    pub dialect: Dialect,
    /// The live secrets, at most [`LIVE_SECRETS_MAX`].
    pub secrets: &'a [Secret],
    /// How far a signed time may be from ours, in seconds; `None` is what the dialect proposes.
    pub tolerance_seconds: Option<i64>,
    /// The account under which money is booked when the sender names none ([`Dialect::needs_account`]).
    pub account: Option<&'a str>,
}

impl<'a> Source<'a> {
    /// A source with nothing set but its secrets.
    #[must_use]
    pub const fn new(name: &'a str, dialect: Dialect, secrets: &'a [Secret]) -> Self {
        Self {
            name,
            dialect,
            secrets,
            tolerance_seconds: None,
            account: None,
        }
    }

    /// The allowed difference of clocks where the dialect proposes `proposed` seconds.
    fn tolerance(&self, proposed: i64) -> i64 {
        self.tolerance_seconds
            .unwrap_or(proposed)
            .clamp(0, TOLERANCE_SECONDS_MAX)
    }

    fn check_secrets(&self) -> Result<(), AuthenticationError> {
        let usable = |secret| self.dialect.is_usable(secret);
        // An empty secret would be one that everybody knows, so one unusable secret stops all.
        if self.secrets.is_empty()
            || self.secrets.len() > LIVE_SECRETS_MAX
            || !self.secrets.iter().all(usable)
        {
            return Err(AuthenticationError::NoUsableSecret);
        }
        Ok(())
    }

    /// Checks that this source sent these bytes, just now.
    ///
    /// Comparisons take the same time wherever the difference is.
    ///
    /// # Errors
    /// [`AuthenticationError`]; say no more than that to the sender.
    pub fn authenticate(
        &self,
        raw: &RawCallback<'a>,
    ) -> Result<AuthenticCallback<'a>, AuthenticationError> {
        self.check_secrets()?;
        self.dialect.check(raw, self)?;
        Ok(AuthenticCallback {
            dialect: self.dialect,
            body: raw.body,
            account: self.account,
        })
    }

    /// Answers a request for a token of this source, in the form of its dialect.
    ///
    /// `None` for a dialect that works without tokens.
    ///
    /// # Errors
    /// [`AuthenticationError`] when the credentials are not the source's.
    pub fn grant(&self, raw: &RawCallback<'_>) -> Option<Result<TokenAnswer, AuthenticationError>> {
        let form = self.dialect.token_form()?;
        Some(self.check_secrets().and_then(|()| form.answer(raw, self)))
    }
}

/// Bytes that the configured sender is known to have sent. Only these can be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AuthenticCallback<'a> {
    dialect: Dialect,
    body: &'a [u8],
    account: Option<&'a str>,
}

impl<'a> AuthenticCallback<'a> {
    /// A message whose sender is known without a proof in it: one that was authenticated when it came and
    /// was kept since, or a row of a list that we asked the sender for.
    ///
    /// Whoever calls this vouches for that. What anybody can send goes through [`Source::authenticate`].
    #[must_use]
    pub const fn from_store(dialect: Dialect, body: &'a [u8]) -> Self {
        Self {
            dialect,
            body,
            account: None,
        }
    }

    /// With the account that the source's settings gave when the callback came, for senders that name
    /// none in their messages.
    #[must_use]
    pub const fn booked_on(mut self, account: Option<&'a str>) -> Self {
        self.account = account;
        self
    }

    /// The movements of money that it reports.
    ///
    /// # Errors
    /// [`MalformedCallback`] with the first member that breaks the contract.
    pub fn read(&self) -> Result<Vec<Notice>, MalformedCallback> {
        self.dialect.read(self.body, self.account)
    }

    /// The dialect that it is written in.
    #[must_use]
    pub const fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// The exact bytes, for keeping.
    #[must_use]
    pub const fn body(&self) -> &'a [u8] {
        self.body
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_dialect_reads_back_from_its_name() {
        for dialect in Dialect::ALL {
            assert_eq!(Dialect::parse(dialect.as_str()), Some(dialect));
        }
        assert_eq!(Dialect::parse("none"), None);
    }

    #[test]
    fn without_a_usable_secret_nothing_is_authentic() {
        let headers = [("authorization".to_owned(), "Apikey ".to_owned())];
        let raw = RawCallback {
            headers: &headers,
            body: b"{}",
            received_at: Timestamp::from_seconds(0),
        };
        for dialect in Dialect::ALL {
            let empty = Secret::new("");
            for secrets in [vec![], vec![empty.clone()], vec![Secret::new("k"); 3]] {
                let verdict = dialect.authenticate(&raw, &secrets);
                assert_eq!(verdict, Err(AuthenticationError::NoUsableSecret));
            }
        }
    }
}
