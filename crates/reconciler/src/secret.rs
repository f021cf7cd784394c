//! A shared secret that cannot be printed by accident.

use std::fmt;

/// A secret shared with a sender or a receiver, as configured: an API key, an HMAC secret, `whsec_…`.
///
/// No `Display`, and `Debug` shows nothing of it, so it does not reach a log by being inside
/// something that is logged.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Wraps the configured text.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The secret itself, for computing with it and for storing it sealed.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}
