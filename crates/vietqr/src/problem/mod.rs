//! What can be wrong with a payload: a stable code, a place, a position, a severity, a sentence.
//!
//! The codes are a contract with every program that reads them: they are only ever added to.

mod sentence;

use crate::{Path, Rule, Span};
use std::fmt;

/// A language for sentences.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Language {
    /// Tiếng Việt.
    Vietnamese,
    /// English.
    English,
}

/// Whether a payload with this problem may still be paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Severity {
    /// The payload is refused.
    Error,
    /// The payload can be used; a generator should do better.
    Warning,
}

impl Severity {
    /// `error` or `warning`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
        }
    }
}

/// The four classes of codes; only [`Class::Error`] refuses a payload.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Class {
    /// Refused: the payee, the amount or the whole string is unsure.
    Error,
    /// Against the specification, harmless to the payment; a validator reports it.
    Strict,
    /// Characters that some apps drop or garble.
    Text,
    /// Legal and worth knowing.
    Warning,
}

macro_rules! codes {
    ($($(#[$doc:meta])+ $name:ident = $text:literal, $class:ident;)+) => {
        /// What is wrong, as a stable code.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Code { $($(#[$doc])+ $name,)+ }

        impl Code {
            /// Every code.
            pub const ALL: &[Self] = &[$(Self::$name),+];

            /// The code as programs read it, without the place.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text),+ }
            }

            /// Its class.
            #[must_use]
            pub const fn class(self) -> Class {
                match self { $(Self::$name => Class::$class),+ }
            }
        }
    };
}

codes! {
    /// Nothing but white space.
    Empty = "EMPTY", Error;
    /// More than the largest QR symbol can hold.
    TooLarge = "TOO_LARGE", Error;
    /// An object does not begin with two digits.
    TagNotNumeric = "TAG_NOT_NUMERIC", Error;
    /// The length of an object is not two digits.
    LengthNotNumeric = "LENGTH_NOT_NUMERIC", Error;
    /// The length of an object is 00.
    LengthZero = "LENGTH_ZERO", Error;
    /// A value is shorter than its length says.
    LengthOverrun = "LENGTH_OVERRUN", Error;
    /// Characters at the end that are no object.
    TrailingData = "TRAILING_DATA", Error;
    /// No object 63.
    CrcMissing = "CRC_MISSING", Error;
    /// The check does not fit the characters before it.
    CrcMismatch = "CRC_MISMATCH", Error;
    /// Objects after 63, which the check does not cover.
    CrcNotLast = "CRC_NOT_LAST", Error;
    /// 00 stands somewhere else than first.
    PfiNotFirst = "PFI_NOT_FIRST", Error;
    /// A mandatory object is absent.
    Missing = "MISSING", Error;
    /// An ID stands twice in one level.
    Duplicate = "DUPLICATE", Error;
    /// A value breaks its rule.
    BadValue = "BAD_VALUE", Error;
    /// A value is longer than allowed.
    TooLong = "TOO_LONG", Error;
    /// A template does not consist of whole objects.
    NestedMalformed = "NESTED_MALFORMED", Error;
    /// Two accounts where one was expected: nobody can know whom to pay.
    Ambiguous = "AMBIGUOUS", Error;
    /// The generator counted bytes instead of characters.
    ByteLength = "BYTE_LENGTH", Error;
    /// The generator counted UTF-16 units instead of characters.
    Utf16Length = "UTF16_LENGTH", Error;

    /// An object that the specification wants is absent.
    StrictMissing = "STRICT:MISSING", Strict;
    /// A text is longer than the specification allows.
    StrictTooLong = "STRICT:TOO_LONG", Strict;
    /// A value breaks a rule that cannot harm the payment.
    StrictBadValue = "STRICT:BAD_VALUE", Strict;
    /// A template of another party that is none; kept as opaque text.
    StrictNotTemplate = "STRICT:NOT_TEMPLATE", Strict;
    /// An object that NAPAS does not define in 38.01.
    StrictUnknown = "STRICT:UNKNOWN", Strict;

    /// A character outside printable ASCII where only that is allowed.
    Charset = "CHARSET", Text;
    /// Text that is not in Unicode normalisation form C.
    NotNfc = "NOT_NFC", Text;

    /// The check is written in lower case.
    WarnCrcLowercase = "WARN:CRC_LOWERCASE", Warning;
    /// A reusable code with a fixed amount.
    WarnStaticWithAmount = "WARN:STATIC_WITH_AMOUNT", Warning;
    /// A one-time code in which the payer types the amount.
    WarnDynamicNoAmount = "WARN:DYNAMIC_NO_AMOUNT", Warning;
    /// No service code; read as a merchant payment.
    WarnServiceDefaultQrpush = "WARN:SERVICE_DEFAULT_QRPUSH", Warning;
    /// A reusable cash withdrawal code.
    WarnQrcashStatic = "WARN:QRCASH_STATIC", Warning;
    /// An object that EMVCo keeps for itself.
    WarnRfuPresent = "WARN:RFU_PRESENT", Warning;
    /// An amount with zeros in front.
    WarnLeadingZeros = "WARN:LEADING_ZEROS", Warning;
    /// Longer than the 512 characters that EMVCo recommends.
    WarnPayloadOver512 = "WARN:PAYLOAD_OVER_512", Warning;
    /// White space around the payload.
    WarnTrailingWhitespace = "WARN:TRAILING_WHITESPACE", Warning;
    /// A BIN that the directory does not know.
    WarnUnknownBin = "WARN:UNKNOWN_BIN", Warning;
    /// The VietQR account stands under another ID than 38.
    WarnVietqrOutside38 = "WARN:VIETQR_OUTSIDE_38", Warning;
}

impl Code {
    /// Whether a payload with it is refused.
    #[must_use]
    pub const fn severity(self) -> Severity {
        match self.class() {
            Class::Error => Severity::Error,
            Class::Strict | Class::Text | Class::Warning => Severity::Warning,
        }
    }

    /// Whether [`Problem::issue`] carries the place. The other codes say it all by themselves.
    const fn names_place(self) -> bool {
        match self {
            Self::Empty
            | Self::TooLarge
            | Self::TagNotNumeric
            | Self::TrailingData
            | Self::CrcMissing
            | Self::CrcMismatch
            | Self::CrcNotLast
            | Self::PfiNotFirst => false,
            Self::WarnLeadingZeros => true,
            _ => !matches!(self.class(), Class::Warning),
        }
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What a problem is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Place {
    /// The payload as a whole.
    Whole,
    /// One data object.
    At(Path),
    /// The merchant accounts, 02–51 together.
    Accounts,
    /// 55, 56 and 57 together.
    Fees,
    /// The VietQR accounts together.
    VietQr,
}

/// `38.01.00`, `02-51`, `55/56/57` or `VIETQR`; empty for the whole payload.
impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Whole => Ok(()),
            Self::At(path) => path.fmt(f),
            Self::Accounts => f.write_str("02-51"),
            Self::Fees => f.write_str("55/56/57"),
            Self::VietQr => f.write_str("VIETQR"),
        }
    }
}

/// One thing that is wrong with a payload, or worth knowing about it.
///
/// ```
/// use vietqr::{Language, Severity, decode};
/// let decoded = decode("00020101021238560010A0000007270126000697041501121133666688880208QRIBFTTA5303704540105802VN62220818Ung Ho Quy Vac Xin63045FCC");
/// let problem = &decoded.problems()[0];
/// assert_eq!(problem.issue(), "BAD_VALUE:54");
/// assert_eq!(problem.severity(), Severity::Error);
/// assert_eq!(problem.span().start, 79);
/// assert!(problem.sentence(Language::Vietnamese).starts_with("54 (số tiền) phải lớn hơn 0"));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    code: Code,
    place: Place,
    span: Span,
    rule: Option<Rule>,
    found: Option<String>,
    expected: Option<String>,
}

/// How much of a foreign value a sentence repeats.
const FOUND_CHARACTERS_MAX: usize = 40;

impl Problem {
    pub(crate) const fn new(code: Code, place: Place, span: Span) -> Self {
        Self {
            code,
            place,
            span,
            rule: None,
            found: None,
            expected: None,
        }
    }

    pub(crate) const fn rule(mut self, rule: Rule) -> Self {
        self.rule = Some(rule);
        self
    }

    pub(crate) fn found(mut self, found: &str) -> Self {
        self.found = Some(found.chars().take(FOUND_CHARACTERS_MAX).collect());
        self
    }

    pub(crate) fn expected(mut self, expected: impl Into<String>) -> Self {
        self.expected = Some(expected.into());
        self
    }

    /// The rule that the value breaks, when the code alone does not say it.
    pub(crate) const fn broken_rule(&self) -> Option<Rule> {
        self.rule
    }

    /// The beginning of the value concerned.
    pub(crate) fn found_value(&self) -> Option<&str> {
        self.found.as_deref()
    }

    /// The stable code, without the place.
    #[must_use]
    pub const fn code(&self) -> Code {
        self.code
    }

    /// What it is about.
    #[must_use]
    pub const fn place(&self) -> Place {
        self.place
    }

    /// The data object it is about, when it is a single one.
    #[must_use]
    pub const fn path(&self) -> Option<Path> {
        match self.place {
            Place::At(path) => Some(path),
            _ => None,
        }
    }

    /// The characters of the input concerned; for something absent, an empty span where it could be.
    #[must_use]
    pub const fn span(&self) -> Span {
        self.span
    }

    /// Error, strict, text or warning.
    #[must_use]
    pub const fn class(&self) -> Class {
        self.code.class()
    }

    /// Whether the payload is refused for it.
    #[must_use]
    pub const fn severity(&self) -> Severity {
        self.code.severity()
    }

    /// Whether the payload is refused for it.
    #[must_use]
    pub fn is_error(&self) -> bool {
        self.severity() == Severity::Error
    }

    /// The code with its place, such as `BAD_VALUE:54` or `WARN:UNKNOWN_BIN`.
    #[must_use]
    pub fn issue(&self) -> String {
        if self.code.names_place() && self.place != Place::Whole {
            format!("{}:{}", self.code, self.place)
        } else {
            self.code.as_str().to_owned()
        }
    }

    /// One sentence for a person, in the language asked for. Values from the payload are quoted with
    /// control and direction characters made visible; escape the sentence for HTML like any text.
    #[must_use]
    pub fn sentence(&self, language: Language) -> String {
        sentence::of(self, language)
    }
}

/// The English sentence.
impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.sentence(Language::English))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_code_is_unique_and_its_prefix_tells_its_class() {
        let codes: BTreeSet<_> = Code::ALL.iter().map(|code| code.as_str()).collect();
        assert_eq!(codes.len(), Code::ALL.len());
        for code in Code::ALL {
            let text = code.as_str();
            assert_eq!(
                text.starts_with("STRICT:"),
                code.class() == Class::Strict,
                "{code}"
            );
            assert_eq!(
                text.starts_with("WARN:"),
                code.class() == Class::Warning,
                "{code}"
            );
        }
    }

    #[test]
    fn every_code_has_a_sentence_in_both_languages() {
        for code in Code::ALL {
            let problem = Problem::new(*code, Place::At(Path::root(54)), Span::default());
            let english = problem.sentence(Language::English);
            let vietnamese = problem.sentence(Language::Vietnamese);
            assert!(
                english.ends_with('.') && vietnamese.ends_with('.'),
                "{code}"
            );
            assert_ne!(english, vietnamese, "{code}");
        }
    }
}
