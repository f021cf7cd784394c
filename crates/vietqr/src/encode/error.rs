//! Why a payload is not written.

use crate::problem::Language;
use crate::{Path, Rule, names};

/// Why a payload is not written: the object, the rule it would break, and the value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EncodeError {
    /// A value breaks the rule of its object.
    #[error("{}", self.sentence(Language::English))]
    Refused {
        /// The object, such as 62.08.
        path: Path,
        /// What its value has to be.
        rule: Rule,
        /// The value as it was given.
        found: String,
    },
    /// The finished string does not read back as what was asked for. Never seen; it would be a fault
    /// of this crate, and a payload with it must not reach a payer.
    #[error("{}", self.sentence(Language::English))]
    ReadBack {
        /// The first object that differs.
        path: Path,
    },
}

impl EncodeError {
    pub(crate) fn refused(path: Path, rule: Rule, found: &str) -> Self {
        Self::Refused {
            path,
            rule,
            found: found.to_owned(),
        }
    }

    /// The object concerned.
    #[must_use]
    pub const fn path(&self) -> Path {
        match self {
            Self::Refused { path, .. } | Self::ReadBack { path } => *path,
        }
    }

    /// The rule, unless the fault is ours.
    #[must_use]
    pub const fn rule(&self) -> Option<Rule> {
        match self {
            Self::Refused { rule, .. } => Some(*rule),
            Self::ReadBack { .. } => None,
        }
    }

    /// One sentence for a person, in the language asked for.
    ///
    /// ```
    /// use vietqr::{AcquirerBin, Language};
    /// let error = AcquirerBin::parse("97041").unwrap_err();
    /// assert_eq!(
    ///     error.sentence(Language::English),
    ///     r#"38.01.00 (bank BIN) must be exactly 6 digits; given was "97041""#
    /// );
    /// ```
    #[must_use]
    pub fn sentence(&self, language: Language) -> String {
        let path = self.path();
        let subject = match names::name(path, language) {
            Some(name) => format!("{path} ({name})"),
            None => path.to_string(),
        };
        match (self, language) {
            (Self::Refused { rule, found, .. }, Language::English) => {
                format!("{subject} {}; given was {found:?}", rule.phrase(language))
            }
            (Self::Refused { rule, found, .. }, Language::Vietnamese) => {
                format!(
                    "{subject} {}; giá trị đưa vào là {found:?}",
                    rule.phrase(language)
                )
            }
            (Self::ReadBack { .. }, Language::English) => {
                format!("{subject} does not read back as it was asked for")
            }
            (Self::ReadBack { .. }, Language::Vietnamese) => {
                format!("{subject} đọc lại không khớp với yêu cầu")
            }
        }
    }
}
