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

mod members;
mod notice;
pub mod sepay;
pub mod thungan;

use crate::Secret;
use crate::strict_json::StrictJsonError;
pub use notice::Notice;
use payment::Timestamp;

/// Secrets of one source that are valid at the same time: the new one and, during a change, the old.
pub const LIVE_SECRETS_MAX: usize = 2;

/// A callback as it came in. Nothing in it is to be believed yet.
#[derive(Debug, Clone, Copy)]
pub struct RawCallback<'a> {
    /// Names in lower case, values as received; a repeated header stands here repeatedly.
    pub headers: &'a [(String, String)],
    /// The exact bytes: signatures are over bytes, and a round trip through JSON changes them.
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

/// Why a callback is not from the configured sender. The answer is 401, and nothing is kept but a row
/// in the security log.
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
    /// The timestamp is missing or is not a number of seconds.
    #[error("the timestamp is missing or not a whole number of seconds")]
    BadTimestamp,
    /// The timestamp is more than 300 seconds from our clock: a replay, or a wrong clock.
    #[error("the timestamp is more than 300 seconds from the time of receipt")]
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

/// What a sender wants to hear.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The body, JSON.
    pub body: &'static str,
}

/// How a sender proves itself and words its notices.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Dialect {
    /// SePay's bank webhook, signed with HMAC-SHA256. The one to choose at SePay.
    SepayHmac,
    /// SePay's bank webhook with an API key in a header: it proves the sender but not the body, and
    /// can be replayed by whoever has seen it once.
    SepayApiKey,
    /// Our own contract, for a bank that builds to us: Standard Webhooks and ISO 20022 names.
    Thungan,
}

/// Everything that differs between senders.
struct Row {
    name: &'static str,
    authenticate: fn(&RawCallback<'_>, &[Secret]) -> Result<(), AuthenticationError>,
    is_usable: fn(&Secret) -> bool,
    read: fn(&[u8]) -> Result<Vec<Notice>, MalformedCallback>,
    success: Answer,
}

/// Satisfies SePay's old rule (this body) and its new one (any 2xx).
const SUCCESS: Answer = Answer {
    status: 200,
    body: r#"{"success": true}"#,
};

impl Dialect {
    /// All dialects, in the order in which people are shown them.
    pub const ALL: [Self; 3] = [Self::SepayHmac, Self::SepayApiKey, Self::Thungan];

    /// The table of senders.
    #[rustfmt::skip]
    const fn row(self) -> Row {
        match self {
            Self::SepayHmac   => Row { name: "sepay_hmac",    authenticate: sepay::authenticate_hmac,    is_usable: sepay::is_usable,   read: sepay::read,   success: SUCCESS },
            Self::SepayApiKey => Row { name: "sepay_api_key", authenticate: sepay::authenticate_api_key, is_usable: sepay::is_usable,   read: sepay::read,   success: SUCCESS },
            Self::Thungan     => Row { name: "thungan",       authenticate: thungan::authenticate,       is_usable: thungan::is_usable, read: thungan::read, success: SUCCESS },
        }
    }

    /// Reads the name of a dialect.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|dialect| dialect.as_str() == name)
    }

    /// The name in the configuration, the API and the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        self.row().name
    }

    /// Whether a secret can be used with this dialect; asked when the source is configured.
    #[must_use]
    pub fn is_usable(self, secret: &Secret) -> bool {
        (self.row().is_usable)(secret)
    }

    /// Checks that one of the source's live secrets signed these bytes, just now.
    ///
    /// Comparisons take the same time wherever the difference is.
    ///
    /// # Errors
    /// [`AuthenticationError`]; say no more than 401 to the sender.
    pub fn authenticate<'a>(
        self,
        raw: &RawCallback<'a>,
        secrets: &[Secret],
    ) -> Result<AuthenticCallback<'a>, AuthenticationError> {
        let usable = |secret| self.is_usable(secret);
        // An empty secret would be one that everybody knows, so one unusable secret stops all.
        if secrets.is_empty() || secrets.len() > LIVE_SECRETS_MAX || !secrets.iter().all(usable) {
            return Err(AuthenticationError::NoUsableSecret);
        }
        (self.row().authenticate)(raw, secrets)?;
        Ok(AuthenticCallback {
            dialect: self,
            body: raw.body,
        })
    }

    /// What to answer when the callback is stored, now and at every authentic repeat.
    #[must_use]
    pub const fn success_answer(self) -> Answer {
        self.row().success
    }
}

/// Bytes that the configured sender is known to have sent. Only these can be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AuthenticCallback<'a> {
    dialect: Dialect,
    body: &'a [u8],
}

impl<'a> AuthenticCallback<'a> {
    /// A callback that was authenticated when it came, to be read now or once more.
    ///
    /// The store vouches: it only keeps what was authenticated. Nobody else may call this.
    #[must_use]
    pub const fn from_store(dialect: Dialect, body: &'a [u8]) -> Self {
        Self { dialect, body }
    }

    /// The movements of money that it reports.
    ///
    /// # Errors
    /// [`MalformedCallback`] with the first member that breaks the contract.
    pub fn read(&self) -> Result<Vec<Notice>, MalformedCallback> {
        (self.dialect.row().read)(self.body)
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
