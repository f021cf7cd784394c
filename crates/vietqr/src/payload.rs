//! The finished string.

use crate::{Problem, decode};
use std::fmt;

/// A payload without an error: written by this crate, or read and found valid.
///
/// The only thing that [`crate::render`] draws, so a broken string never becomes a picture.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Payload(String);

impl Payload {
    /// Takes a string that the writer has just read back.
    pub(crate) const fn checked(text: String) -> Self {
        Self(text)
    }

    /// Accepts a string that [`decode`] finds valid; white space around it is removed.
    ///
    /// ```
    /// use vietqr::Payload;
    /// let stored = "00020101021138530010A0000007270123000697041601092576788590208QRIBFTTA53037045802VN6304AE9F";
    /// assert_eq!(Payload::parse(stored).unwrap().as_str(), stored);
    /// assert_eq!(Payload::parse("hello").unwrap_err()[0].code().as_str(), "TAG_NOT_NUMERIC");
    /// ```
    ///
    /// # Errors
    /// The problems of error severity, when there are any.
    pub fn parse(text: &str) -> Result<Self, Vec<Problem>> {
        let decoded = decode(text);
        if decoded.is_valid() {
            return Ok(Self(decoded.text().to_owned()));
        }
        let mut problems = decoded.into_problems();
        problems.retain(Problem::is_error);
        Err(problems)
    }

    /// The characters to put into the symbol.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The string itself.
    #[must_use]
    pub fn into_string(self) -> String {
        self.0
    }
}

impl fmt::Display for Payload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl AsRef<str> for Payload {
    fn as_ref(&self) -> &str {
        &self.0
    }
}
