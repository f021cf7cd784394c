//! The parts of object 38 that NAPAS defines.

use crate::{EncodeError, Path, Rule};
use std::fmt;

/// The globally unique identifier that marks a NAPAS account template (object 38.00).
pub const NAPAS_GUID: &str = "A000000727";

/// The first amount in đồng that one NAPAS 247 transfer no longer carries.
///
/// ### Rationale
/// A larger amount is legal in the format, but the payer's bank refuses it, or worse sends it by the
/// slow rail without our memo. The writer refuses it unless told otherwise.
pub const INSTANT_TRANSFER_LIMIT: i64 = 500_000_000;

pub(crate) const ACCOUNT: Path = Path::root(38);
pub(crate) const BENEFICIARY_BIN: Path = ACCOUNT.child(1).child(0);
pub(crate) const BENEFICIARY_ACCOUNT: Path = ACCOUNT.child(1).child(1);
pub(crate) const SERVICE: Path = ACCOUNT.child(2);

/// Longest account value that NAPAS allows (38.01.01).
pub(crate) const ACCOUNT_LENGTH_MAX: usize = 19;

/// The bank that holds the account: six digits assigned to the member (38.01.00).
///
/// ```
/// use vietqr::AcquirerBin;
/// assert_eq!(AcquirerBin::parse("970415").unwrap().as_str(), "970415");
/// assert!(AcquirerBin::parse("97044168").is_err());
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AcquirerBin([u8; 6]);

impl AcquirerBin {
    /// Reads exactly six ASCII digits. Whether a bank has this number is asked of [`crate::banks`].
    ///
    /// # Errors
    /// [`EncodeError::Refused`] at 38.01.00.
    pub fn parse(text: &str) -> Result<Self, EncodeError> {
        match <[u8; 6]>::try_from(text.as_bytes()) {
            Ok(digits) if digits.iter().all(u8::is_ascii_digit) => Ok(Self(digits)),
            _ => Err(EncodeError::refused(BENEFICIARY_BIN, Rule::Digits(6), text)),
        }
    }

    /// The six digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        // Only ASCII digits get in, so this never falls back.
        str::from_utf8(&self.0).unwrap_or_default()
    }
}

/// The account, card or alias that receives the money (38.01.01): 1 to 19 ASCII letters or digits,
/// case kept.
///
/// ```
/// use vietqr::ConsumerAccount;
/// assert_eq!(ConsumerAccount::parse("113366668888").unwrap().as_str(), "113366668888");
/// assert!(ConsumerAccount::parse("1133 6666 8888").is_err(), "clean the input first");
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ConsumerAccount {
    characters: [u8; ACCOUNT_LENGTH_MAX],
    length: u8,
}

impl ConsumerAccount {
    /// Reads an account as it is written, without cleaning: a removed character could make it
    /// somebody else's.
    ///
    /// No Luhn check for cards and no prefix check: the official samples and several members break
    /// both.
    ///
    /// # Errors
    /// [`EncodeError::Refused`] at 38.01.01.
    pub fn parse(text: &str) -> Result<Self, EncodeError> {
        let refuse = |rule| Err(EncodeError::refused(BENEFICIARY_ACCOUNT, rule, text));
        if text.is_empty() {
            return refuse(Rule::NotEmpty);
        }
        if !text.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            return refuse(Rule::LettersAndDigits);
        }
        let mut characters = [0; ACCOUNT_LENGTH_MAX];
        let (Some(used), Ok(length)) = (characters.get_mut(..text.len()), u8::try_from(text.len()))
        else {
            return refuse(Rule::MaxLength(ACCOUNT_LENGTH_MAX));
        };
        used.copy_from_slice(text.as_bytes());
        Ok(Self { characters, length })
    }

    /// Reads an account as people type and print it, in groups with spaces, dots or hyphens. For a form
    /// that shows the result before it is used; a file or an API should be read by
    /// [`ConsumerAccount::parse`].
    ///
    /// ```
    /// use vietqr::ConsumerAccount;
    /// let account = ConsumerAccount::parse_typed(" 1133 6666-8888 ")?;
    /// assert_eq!(account.as_str(), "113366668888");
    /// assert_eq!(account.grouped(), "1133 6666 8888");
    /// # Ok::<(), vietqr::EncodeError>(())
    /// ```
    ///
    /// # Errors
    /// Those of [`ConsumerAccount::parse`].
    pub fn parse_typed(text: &str) -> Result<Self, EncodeError> {
        let is_separator = |c: char| c.is_whitespace() || matches!(c, '.' | '-');
        let joined: String = text.chars().filter(|c| !is_separator(*c)).collect();
        Self::parse(&joined)
    }

    /// The account in groups of four, to be printed beside the code and compared by eye.
    #[must_use]
    pub fn grouped(&self) -> String {
        let mut grouped = String::with_capacity(ACCOUNT_LENGTH_MAX + 4);
        for (index, character) in self.as_str().chars().enumerate() {
            if index > 0 && index % 4 == 0 {
                grouped.push(' ');
            }
            grouped.push(character);
        }
        grouped
    }

    /// The account as written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        let used = self.characters.get(..usize::from(self.length));
        // Only ASCII letters and digits get in, so this never falls back.
        used.and_then(|bytes| str::from_utf8(bytes).ok())
            .unwrap_or_default()
    }
}

/// What the code asks NAPAS to do (38.02).
///
/// ```
/// use vietqr::Service;
/// assert_eq!(Service::from_code("QRIBFTTA"), Some(Service::ToAccount));
/// assert_eq!(Service::ToCard.code(), "QRIBFTTC");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Service {
    /// `QRIBFTTA`: instant transfer to an account.
    ToAccount,
    /// `QRIBFTTC`: instant transfer to a card number.
    ToCard,
    /// `QRPUSH`: payment to a merchant through its acquirer; also what an absent 38.02 means.
    Merchant,
    /// `QRCASH`: cash withdrawal at a machine.
    Cash,
}

impl Service {
    /// The service of a code, or `None` when NAPAS does not define it.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Some(match code {
            "QRIBFTTA" => Self::ToAccount,
            "QRIBFTTC" => Self::ToCard,
            "QRPUSH" => Self::Merchant,
            "QRCASH" => Self::Cash,
            _ => return None,
        })
    }

    /// The code as it stands in 38.02.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::ToAccount => "QRIBFTTA",
            Self::ToCard => "QRIBFTTC",
            Self::Merchant => "QRPUSH",
            Self::Cash => "QRCASH",
        }
    }
}

impl fmt::Display for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

macro_rules! text_of {
    ($($name:ident),+) => {$(
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Debug::fmt(self.as_str(), f)
            }
        }

        impl std::str::FromStr for $name {
            type Err = EncodeError;

            fn from_str(text: &str) -> Result<Self, EncodeError> {
                Self::parse(text)
            }
        }
    )+};
}

text_of!(AcquirerBin, ConsumerAccount);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bin_is_six_ascii_digits() {
        for text in ["", "97041", "9704155", "97041a", "９７０４", "97 415"] {
            assert!(AcquirerBin::parse(text).is_err(), "{text}");
        }
        assert_eq!(AcquirerBin::parse("000000").unwrap().to_string(), "000000");
    }

    #[test]
    fn an_account_is_one_to_nineteen_letters_or_digits_with_its_case() {
        for text in ["1", "99MM24011M34875080", "aB9", "1234567890123456789"] {
            assert_eq!(ConsumerAccount::parse(text).unwrap().as_str(), text);
        }
        for text in ["", "12345678901234567890", "12-34", "tài", "1 2"] {
            assert!(ConsumerAccount::parse(text).is_err(), "{text}");
        }
    }
}
