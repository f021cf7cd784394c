//! What a sender hears.

use super::{AuthenticationError, MalformedCallback};
use std::borrow::Cow;

/// The answer in the sender's own words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The body: JSON, or nothing.
    pub body: Cow<'static, str>,
}

/// What became of a callback, to be told to its sender.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reply<'a> {
    /// Stored: it is safe with us.
    Accepted {
        /// What the sender may quote to us: the same for every repeat of the same bytes.
        receipt: &'a str,
    },
    /// The same bytes were stored before.
    Repeated {
        /// The same as the first time.
        receipt: &'a str,
    },
    /// Authentic, and in quarantine because it cannot be read.
    Unreadable(&'a MalformedCallback),
    /// Not from the configured sender.
    Refused(AuthenticationError),
    /// Nothing was stored: we are full, or our database is away. The sender shall come again.
    TryAgain,
}

/// An answer with a fixed body.
pub(super) const fn fixed(status: u16, body: &'static str) -> Option<Answer> {
    Some(Answer {
        status,
        body: Cow::Borrowed(body),
    })
}

/// 2xx and `{"success": true}`; whatever else happened is told as a problem of RFC 9457. Fits every
/// sender that looks at the status alone, and those that want this body too.
pub(super) fn success(reply: &Reply<'_>) -> Option<Answer> {
    match reply {
        Reply::Accepted { .. } | Reply::Repeated { .. } => fixed(200, r#"{"success": true}"#),
        _ => None,
    }
}
