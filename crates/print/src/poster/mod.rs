//! A payment code for a wall ([`Form::Poster`]) or a table ([`Form::Card`]).
//!
//! What stands beside the code is read from the payload itself, never passed in: bank, account, amount
//! and memo cannot say anything else than the code pays. Only what no code holds is given: the payee's
//! name with its marks, the stall, the serial number, the operator's logo.

mod card;
mod sheet;
mod symbol;
mod words;

use crate::Logo;
use crate::drawing::{Colour, Drawing, Mark};
use crate::geometry::{Area, Length};
use crate::layout::{Scale, palette};
use crate::paper::Paper;
use crate::text::{TextError, clean};
use money::format::grouped;
use std::fmt;
use std::str::FromStr;
use symbol::Code;
use vietqr::render::RenderError;
use vietqr::{Language, PayableTransfer, Payload, Service, banks};

pub use symbol::MODULE_MIN;

/// What is made of the sheet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Form {
    /// One upright page for a wall or a counter.
    #[default]
    Poster,
    /// A sheet to fold across its middle and set up on a table: the same face to both sides.
    Card,
}

impl Form {
    /// Its name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Poster => "poster",
            Self::Card => "card",
        }
    }
}

impl fmt::Display for Form {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Form {
    type Err = &'static str;

    /// Reads `poster` or `card`.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "poster" => Ok(Self::Poster),
            "card" => Ok(Self::Card),
            _ => Err("must be poster or card"),
        }
    }
}

/// Where the operator's logo stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum LogoPlace {
    /// Above everything.
    #[default]
    Header,
    /// In the middle of the code, which is then drawn at level H and read back.
    Centre,
}

impl FromStr for LogoPlace {
    type Err = &'static str;

    /// Reads `header` or `centre`.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "header" => Ok(Self::Header),
            "centre" => Ok(Self::Centre),
            _ => Err("must be header or centre"),
        }
    }
}

impl LogoPlace {
    /// Its name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Header => "header",
            Self::Centre => "centre",
        }
    }
}

impl fmt::Display for LogoPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A text on a poster.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Field {
    /// The name of who is paid.
    Payee,
    /// The bank's name.
    Bank,
    /// The account, card or merchant number.
    Account,
    /// The amount.
    Amount,
    /// The memo.
    Memo,
    /// The stall or counter.
    Place,
    /// The serial number.
    Serial,
}

impl Field {
    /// Its name in requests and options.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Payee => "payee",
            Self::Bank => "bank",
            Self::Account => "account",
            Self::Amount => "amount",
            Self::Memo => "memo",
            Self::Place => "place",
            Self::Serial => "serial",
        }
    }

    const fn name(self, language: Language) -> &'static str {
        let (vietnamese, english) = match self {
            Self::Payee => ("Tên người nhận", "The payee's name"),
            Self::Bank => ("Tên ngân hàng", "The bank's name"),
            Self::Account => ("Số tài khoản", "The account number"),
            Self::Amount => ("Số tiền", "The amount"),
            Self::Memo => ("Nội dung chuyển khoản", "The memo"),
            Self::Place => ("Quầy hoặc sạp", "The stall or counter"),
            Self::Serial => ("Số hiệu", "The serial number"),
        };
        match language {
            Language::Vietnamese => vietnamese,
            Language::English => english,
        }
    }
}

/// Why there is no poster.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PosterError {
    /// The code pays nobody in đồng through NAPAS.
    #[error("the code is not a VietQR code that pays an account, a card or a merchant")]
    NotPayable,
    /// A text cannot be printed.
    #[error("{}", self.sentence(Language::English))]
    Text {
        /// Which.
        field: Field,
        /// Why.
        error: TextError,
    },
    /// The modules would be too small to be read from paper.
    #[error("{}", self.sentence(Language::English))]
    ModuleTooSmall {
        /// How large they would be.
        module: Length,
    },
    /// The words leave no room for the code, even in the smallest type.
    #[error("{}", self.sentence(Language::English))]
    NoRoom,
    /// With the logo in its middle the code does not read as what it should.
    #[error("with this logo in its middle the code cannot be read back safely")]
    LogoHidesCode,
    /// The symbol could not be computed.
    #[error(transparent)]
    Symbol(#[from] RenderError),
}

impl PosterError {
    /// The text concerned, when it is one.
    #[must_use]
    pub const fn field(&self) -> Option<Field> {
        match self {
            Self::Text { field, .. } => Some(*field),
            _ => None,
        }
    }

    /// One sentence for a person, in the language asked for: what is wrong, and what to do.
    #[must_use]
    pub fn sentence(&self, language: Language) -> String {
        let say = |vietnamese: &str, english: &str| match language {
            Language::Vietnamese => vietnamese.to_owned(),
            Language::English => english.to_owned(),
        };
        match self {
            Self::NotPayable => say(
                "Mã này không phải mã VietQR chuyển tiền đến tài khoản, thẻ hoặc đơn vị bán hàng.",
                "This is not a VietQR code that pays an account, a card or a merchant.",
            ),
            Self::Text { field, error } => {
                format!("{} {}.", field.name(language), error.phrase(language))
            }
            Self::ModuleTooSmall { module } => {
                let (whole, rest) = (module.get() / 1_000, module.get() % 1_000 / 10);
                say(
                    &format!(
                        "Mã quá dày cho khổ giấy này: mỗi ô chỉ {whole},{rest:02} mm, cần ít nhất 0,40 mm. Hãy dùng khổ lớn hơn hoặc rút ngắn nội dung."
                    ),
                    &format!(
                        "The code is too dense for this paper: its modules would be {whole}.{rest:02} mm, and need 0.40 mm. Take larger paper or a shorter memo."
                    ),
                )
            }
            Self::NoRoom => say(
                "Chữ quá dài cho khổ giấy này. Hãy dùng khổ lớn hơn hoặc rút ngắn tên và nội dung.",
                "The words are too long for this paper. Take larger paper, or a shorter name or memo.",
            ),
            Self::LogoHidesCode => say(
                "Đặt logo này vào giữa thì mã không đọc lại được một cách an toàn. Hãy dùng logo khác hoặc đặt logo ở phía trên.",
                "With this logo in its middle the code cannot be read back safely. Use another one, or place it in the header.",
            ),
            Self::Symbol(error) => say(
                &format!("Không vẽ được mã QR: {error}."),
                &format!("The QR code cannot be drawn: {error}."),
            ),
        }
    }
}

/// A poster or table card for one code.
///
/// ```
/// use print::poster::{Form, Poster};
/// use print::{Paper, pdf::Document};
/// use vietqr::{AcquirerBin, ConsumerAccount, Transfer};
///
/// let payload = Transfer::to_account(
///     AcquirerBin::parse("970415")?,
///     ConsumerAccount::parse("113366668888")?,
/// )
/// .encode()?;
/// let poster = Poster::new(payload)?.payee("Chợ Bến Thành").place("Sạp B-07").serial("A-000123");
/// let mut document = Document::new("VietQR");
/// document.add(&poster.draw(Form::Poster, Paper::A5)?)?;
/// let pdf = document.finish()?;
/// assert!(pdf.starts_with(b"%PDF"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
#[must_use]
pub struct Poster {
    payload: Payload,
    transfer: PayableTransfer,
    payee: String,
    place: String,
    serial: String,
    logo: Option<(Logo, LogoPlace)>,
}

impl Poster {
    /// A poster of a code, without a name yet.
    ///
    /// # Errors
    /// [`PosterError::NotPayable`].
    pub fn new(payload: Payload) -> Result<Self, PosterError> {
        let transfer = vietqr::decode(payload.as_str()).payable();
        Ok(Self {
            transfer: transfer.ok_or(PosterError::NotPayable)?,
            payload,
            payee: String::new(),
            place: String::new(),
            serial: String::new(),
            logo: None,
        })
    }

    /// The name of who is paid, with its marks, as the bank shows it to the payer.
    pub fn payee(mut self, name: &str) -> Self {
        name.clone_into(&mut self.payee);
        self
    }

    /// The stall or counter, such as "Quầy 12".
    pub fn place(mut self, place: &str) -> Self {
        place.clone_into(&mut self.place);
        self
    }

    /// The serial number of this print, by which a copy or a sticker over it is noticed.
    pub fn serial(mut self, serial: &str) -> Self {
        serial.clone_into(&mut self.serial);
        self
    }

    /// The operator's logo.
    pub fn logo(mut self, logo: Logo, place: LogoPlace) -> Self {
        self.logo = Some((logo, place));
        self
    }

    /// Lays it out on a sheet.
    ///
    /// # Errors
    /// [`PosterError`]: a text that cannot be printed or has no room, a code that is too dense, a logo
    /// that hides too much. Nothing is cut to fit.
    pub fn draw(&self, form: Form, paper: Paper) -> Result<Drawing, PosterError> {
        let content = Content::of(self)?;
        match form {
            Form::Poster => sheet::draw(&content, paper),
            Form::Card => card::draw(&content, paper),
        }
    }
}

/// What is printed, cleaned and in words.
#[derive(Debug, Clone)]
pub(crate) struct Content {
    code: Code,
    header_logo: Option<Logo>,
    payee: String,
    place: String,
    serial: String,
    bank: String,
    bank_full: String,
    account_caption: &'static str,
    /// In groups of four.
    account: String,
    /// The last four characters of a longer account, and their caption.
    last: Option<(&'static str, String)>,
    amount: Option<String>,
    memo: String,
}

impl Content {
    fn of(poster: &Poster) -> Result<Self, PosterError> {
        let cleaned =
            |field, text: &str| clean(text).map_err(|error| PosterError::Text { field, error });
        let transfer = &poster.transfer;
        let (header_logo, centre_logo) = match &poster.logo {
            Some((logo, LogoPlace::Header)) => (Some(logo.clone()), None),
            Some((logo, LogoPlace::Centre)) => (None, Some(logo.clone())),
            None => (None, None),
        };
        let bank = banks::by_bin(transfer.bin.as_str());
        Ok(Self {
            code: Code::new(&poster.payload, centre_logo)?,
            header_logo,
            payee: cleaned(Field::Payee, &poster.payee)?,
            place: cleaned(Field::Place, &poster.place)?,
            serial: cleaned(Field::Serial, &poster.serial)?,
            bank: match bank {
                Some(bank) => cleaned(Field::Bank, &bank.short_name)?,
                None => format!("BIN {}", transfer.bin),
            },
            bank_full: match bank {
                Some(bank) => cleaned(Field::Bank, &bank.full_name_vi)?,
                None => String::new(),
            },
            account_caption: match transfer.service {
                Service::ToCard => "Số thẻ · Card number",
                Service::Merchant => "Mã đơn vị bán hàng · Merchant number",
                _ => "Số tài khoản · Account number",
            },
            account: in_fours(&cleaned(Field::Account, &transfer.account)?),
            last: last_four(&transfer.account),
            amount: transfer.amount.map(grouped),
            memo: cleaned(Field::Memo, transfer.purpose.as_deref().unwrap_or_default())?,
        })
    }

    fn title(&self) -> String {
        let parts = [
            "VietQR",
            &self.payee,
            &self.bank,
            &self.account,
            &self.place,
        ];
        let said: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
        said.join(" · ")
    }
}

/// An account in groups of four, to be compared by eye.
pub(crate) fn in_fours(account: &str) -> String {
    let mut grouped = String::with_capacity(account.len() * 2);
    for (index, c) in account.chars().enumerate() {
        if index > 0 && index % 4 == 0 {
            grouped.push(' ');
        }
        grouped.push(c);
    }
    grouped
}

fn last_four(account: &str) -> Option<(&'static str, String)> {
    let start = account.len().checked_sub(4).filter(|start| *start > 0)?;
    let last = account.get(start..)?;
    let caption = if last.bytes().all(|byte| byte.is_ascii_digit()) {
        "4 số cuối\u{A0}· Last\u{A0}4"
    } else {
        "4 ký tự cuối\u{A0}· Last\u{A0}4"
    };
    Some((caption, last.to_owned()))
}

/// What stands in large letters above the code.
const HEADLINE: (&str, &str) = ("Quét VietQR để thanh toán", "Scan VietQR to pay");

/// How to pay, and what to look at before confirming.
const HINT: (&str, &str) = (
    "Mở ứng dụng ngân hàng, quét mã, so đúng tên người nhận và 4 số cuối rồi mới xác nhận.",
    "Open your banking app, scan the code, check the payee's name and the last 4, then confirm.",
);

/// The payee's words shrink so far, in hundredths, before the code does.
const TEXT_STEPS: [i32; 5] = [100, 90, 80, 70, 62];

/// The code in its frame, the upper left corner of which is given.
fn code_in_frame(
    content: &Content,
    scale: Scale,
    (left, top): (Length, Length),
    side: Length,
) -> Result<Vec<Mark>, PosterError> {
    let frame = Area::new(left, top, side, side);
    let mut marks = vec![Mark::Panel {
        area: frame,
        corner: scale.tenths(50),
        fill: Some(Colour::WHITE),
        edge: Some((scale.tenths(10), palette::BRAND)),
    }];
    // The quiet zone belongs to the symbol; the frame needs only its own corners.
    marks.extend(content.code.marks(frame.inset(scale.tenths(20)))?);
    Ok(marks)
}
