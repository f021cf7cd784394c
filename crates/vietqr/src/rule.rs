//! The rules a value can break, in words. Writer and reader share them, so that both say the same
//! about the same mistake.

use crate::memo::MemoError;
use crate::problem::Language;
use std::borrow::Cow;
use std::fmt;

/// What a value has to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Rule {
    /// Must be there.
    Required,
    /// Must not be empty: a length of 00 does not exist.
    NotEmpty,
    /// At most this many characters.
    MaxLength(usize),
    /// Exactly this many characters.
    Length(usize),
    /// Exactly this many ASCII digits.
    Digits(usize),
    /// One of the listed values.
    OneOf(&'static str),
    /// ASCII letters and digits only.
    LettersAndDigits,
    /// Two upper-case letters (ISO 3166-1 alpha-2).
    CountryCode,
    /// Digits and at most one point, beginning with a digit.
    AmountFormat,
    /// More than zero; an open amount is expressed by leaving the object out.
    AmountPositive,
    /// Whole đồng.
    AmountWhole,
    /// No more decimals than the currency has.
    AmountDecimals,
    /// Below the limit of one instant transfer.
    InstantLimit,
    /// Between 00.01 and 99.99, without a percent sign.
    Percentage,
    /// 56 only and always with 55 = 02, 57 only and always with 55 = 03.
    FeesAgree,
    /// Letters A, M and E, each at most once.
    ConsumerDataLetters,
    /// A BIN of the directory.
    KnownBin,
    /// No character that cannot be written there; `position` counts characters from 0.
    Character {
        /// The offending character.
        character: char,
        /// Its place in the value.
        position: usize,
    },
    /// Whole objects of ID, length and value.
    Template,
    /// Written in capital letters as NAPAS assigned it.
    GuidCase,
    /// Reserved by EMVCo: never written.
    Reserved,
    /// Written by the program itself.
    Automatic,
    /// Either a plain value or objects inside, not both.
    PlainOrTemplate,
    /// At least one merchant account, 02–51.
    AccountRequired,
    /// Only one VietQR account.
    OneVietQr,
    /// The VietQR account stands in 38.
    VietQrIn38,
    /// Not defined by the scheme that owns the template.
    Undefined,
    /// Printable ASCII only.
    PrintableAscii,
    /// Written only in merchant codes (`QRPUSH`), not in transfers.
    MerchantCodesOnly,
    /// No zeros in front.
    NoLeadingZeros,
    /// The whole payload has at most 512 characters.
    PayloadLength,
}

impl Rule {
    /// The rule as a phrase that follows the name of the object.
    #[must_use]
    pub fn phrase(self, language: Language) -> Cow<'static, str> {
        match language {
            Language::English => self.english(),
            Language::Vietnamese => self.vietnamese(),
        }
    }

    fn english(self) -> Cow<'static, str> {
        Cow::Borrowed(match self {
            Self::Required => "must be present",
            Self::NotEmpty => "must not be empty",
            Self::MaxLength(limit) => return format!("has at most {limit} characters").into(),
            Self::Length(length) => return format!("has exactly {length} characters").into(),
            Self::Digits(count) => return format!("must be exactly {count} digits").into(),
            Self::OneOf(values) => return format!("must be one of {values}").into(),
            Self::LettersAndDigits => "may hold only letters A–Z, a–z and digits",
            Self::CountryCode => "must be two capital letters (ISO 3166)",
            Self::AmountFormat => "must be digits with at most one decimal point",
            Self::AmountPositive => {
                "must be more than zero; leave the object out when the payer types the amount"
            }
            Self::AmountWhole => "must be a whole number of đồng",
            Self::AmountDecimals => "has more decimals than its currency",
            Self::InstantLimit => "must be below 500,000,000 đồng for one instant transfer",
            Self::Percentage => "must be a percentage between 00.01 and 99.99",
            Self::FeesAgree => {
                "must agree: 56 stands exactly with 55 = 02, and 57 exactly with 55 = 03"
            }
            Self::ConsumerDataLetters => "may hold the letters A, M and E, each once",
            Self::KnownBin => "must be the transfer BIN of a known bank",
            Self::Character {
                character,
                position,
            } => {
                return format!("cannot hold the character {character:?} at position {position}")
                    .into();
            }
            Self::Template => "must be made of whole objects (ID, length, value)",
            Self::GuidCase => "should be written in capital letters",
            Self::Reserved => "is reserved by EMVCo and is never written",
            Self::Automatic => "is written by the program itself",
            Self::PlainOrTemplate => "is either a plain value or a template, not both",
            Self::AccountRequired => "must be present: one of 02–51 says whom to pay",
            Self::OneVietQr => "must be the only VietQR account",
            Self::VietQrIn38 => "must stand in 38",
            Self::Undefined => "is not defined by NAPAS",
            Self::PrintableAscii => "may hold only printable ASCII",
            Self::MerchantCodesOnly => "is written only in merchant codes, not in transfers",
            Self::NoLeadingZeros => "must not have zeros in front",
            Self::PayloadLength => "opens a payload of at most 512 characters",
        })
    }

    fn vietnamese(self) -> Cow<'static, str> {
        Cow::Borrowed(match self {
            Self::Required => "phải có mặt",
            Self::NotEmpty => "không được để trống",
            Self::MaxLength(limit) => return format!("dài tối đa {limit} ký tự").into(),
            Self::Length(length) => return format!("phải dài đúng {length} ký tự").into(),
            Self::Digits(count) => return format!("phải gồm đúng {count} chữ số").into(),
            Self::OneOf(values) => return format!("phải là một trong các giá trị {values}").into(),
            Self::LettersAndDigits => "chỉ được gồm chữ cái không dấu và chữ số",
            Self::CountryCode => "phải là hai chữ cái in hoa (ISO 3166)",
            Self::AmountFormat => "phải gồm các chữ số và nhiều nhất một dấu chấm thập phân",
            Self::AmountPositive => {
                "phải lớn hơn 0; bỏ hẳn trường này nếu người trả tự nhập số tiền"
            }
            Self::AmountWhole => "phải là số đồng nguyên, không có phần lẻ",
            Self::AmountDecimals => "có nhiều chữ số thập phân hơn loại tiền cho phép",
            Self::InstantLimit => "phải dưới 500.000.000 đồng cho một lần chuyển nhanh",
            Self::Percentage => "phải là tỷ lệ phần trăm từ 00.01 đến 99.99",
            Self::FeesAgree => "phải khớp nhau: 56 chỉ đi cùng 55 = 02, còn 57 chỉ đi cùng 55 = 03",
            Self::ConsumerDataLetters => "chỉ được gồm các chữ A, M, E, mỗi chữ một lần",
            Self::KnownBin => "phải là mã BIN nhận chuyển khoản của một ngân hàng đã biết",
            Self::Character {
                character,
                position,
            } => {
                return format!("không được chứa ký tự {character:?} ở vị trí {position}").into();
            }
            Self::Template => "phải gồm các trường trọn vẹn (mã, độ dài, giá trị)",
            Self::GuidCase => "nên viết bằng chữ in hoa",
            Self::Reserved => "được EMVCo dành riêng, không được ghi",
            Self::Automatic => "do chương trình tự ghi",
            Self::PlainOrTemplate => "chỉ được là giá trị đơn hoặc nhóm trường, không cả hai",
            Self::AccountRequired => "phải có mặt: một trong các trường 02–51 cho biết trả cho ai",
            Self::OneVietQr => "phải là tài khoản VietQR duy nhất",
            Self::VietQrIn38 => "phải nằm ở trường 38",
            Self::Undefined => "không có trong quy định của NAPAS",
            Self::PrintableAscii => "chỉ được gồm ký tự ASCII in được",
            Self::MerchantCodesOnly => {
                "chỉ dùng cho mã thanh toán của đơn vị, không dùng cho mã chuyển khoản"
            }
            Self::NoLeadingZeros => "không được có số 0 thừa ở đầu",
            Self::PayloadLength => "mở đầu một mã dài tối đa 512 ký tự",
        })
    }
}

impl From<MemoError> for Rule {
    fn from(error: MemoError) -> Self {
        Self::Character {
            character: error.character,
            position: error.position,
        }
    }
}

/// The English phrase.
impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.english())
    }
}
