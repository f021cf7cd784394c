//! A NAPAS instant transfer: the code that every banking app in Vietnam scans.

use super::EncodeError;
use super::writer::{self, Describe, Objects};
use crate::banks::{self, Bank, Kind};
use crate::decode::{VND_NUMERIC, limits};
use crate::memo;
use crate::napas::{self, INSTANT_TRANSFER_LIMIT, NAPAS_GUID};
use crate::{AcquirerBin, ConsumerAccount, Path, Payload, Rule, Service};
use money::Vnd;
use std::borrow::Cow;

/// A transfer to an account or a card, to be written as a VietQR payload.
///
/// Names and texts lose their diacritics, as the objects demand. Everything else that does not fit is
/// refused by [`Transfer::encode`], never changed.
///
/// ```
/// use vietqr::{AcquirerBin, ConsumerAccount, Transfer};
///
/// let bin = AcquirerBin::parse("970416")?;
/// let account = ConsumerAccount::parse("257678859")?;
/// let payload = Transfer::to_account(bin, account).encode()?;
/// assert_eq!(
///     payload.as_str(),
///     "00020101021138530010A0000007270123000697041601092576788590208QRIBFTTA53037045802VN6304AE9F"
/// );
///
/// let error = Transfer::to_account(bin, account)
///     .purpose("a memo that is longer than twenty-five characters")
///     .encode()
///     .unwrap_err();
/// assert_eq!(error.path().to_string(), "62.08");
/// # Ok::<(), vietqr::EncodeError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
pub struct Transfer {
    bin: AcquirerBin,
    account: ConsumerAccount,
    service: Service,
    one_time: bool,
    amount: Option<Vnd>,
    category: Option<Box<str>>,
    /// Names and labels, one for each of [`TEXTS`].
    texts: [Option<Box<str>>; TEXTS.len()],
    purpose_limit: usize,
    any_bin: bool,
    any_amount: bool,
}

const ADDITIONAL: Path = Path::root(62);

const PURPOSE: Path = ADDITIONAL.child(8);

/// The objects of free text, in the order in which they are written.
const TEXTS: [Path; 11] = [
    Path::root(59),
    Path::root(60),
    Path::root(61),
    ADDITIONAL.child(1),
    ADDITIONAL.child(2),
    ADDITIONAL.child(3),
    ADDITIONAL.child(4),
    ADDITIONAL.child(5),
    ADDITIONAL.child(6),
    ADDITIONAL.child(7),
    PURPOSE,
];

/// Most bytes of a transfer besides its texts: 16 objects before 62, then nine headers inside it.
const BYTES_WITHOUT_TEXTS: usize = 200;

/// Digits of the largest amount in 54.
const AMOUNT_DIGITS_MAX: usize = 13;

impl Transfer {
    /// A transfer to an account number, alias or virtual account (`QRIBFTTA`), reusable until
    /// [`Transfer::one_time`] says otherwise.
    pub fn to_account(bin: AcquirerBin, account: ConsumerAccount) -> Self {
        Self::new(bin, account, Service::ToAccount)
    }

    /// A transfer to a card number (`QRIBFTTC`).
    pub fn to_card(bin: AcquirerBin, card: ConsumerAccount) -> Self {
        Self::new(bin, card, Service::ToCard)
    }

    fn new(bin: AcquirerBin, account: ConsumerAccount, service: Service) -> Self {
        Self {
            bin,
            account,
            service,
            one_time: false,
            amount: None,
            category: None,
            texts: [const { None }; TEXTS.len()],
            purpose_limit: memo::LIMIT,
            any_bin: false,
            any_amount: false,
        }
    }

    /// For one payment of one request (01 = 12). Intent decides, not the presence of an amount.
    pub fn one_time(mut self) -> Self {
        self.one_time = true;
        self
    }

    /// For many payments, such as a code on a counter (01 = 11).
    pub fn reusable(mut self) -> Self {
        self.one_time = false;
        self
    }

    /// The amount (54). Without it the payer types one.
    pub fn amount(mut self, amount: Vnd) -> Self {
        self.amount = Some(amount);
        self
    }

    /// The memo that banking apps fill in (62.08): at most 25 characters, see [`crate::memo`].
    pub fn purpose(self, text: &str) -> Self {
        self.text(PURPOSE, text)
    }

    /// Lets the memo grow to what 62 can hold, 95 characters at most. Many apps show it whole; no
    /// specification promises it.
    pub fn extended_purpose(mut self) -> Self {
        self.purpose_limit = memo::LIMIT_EXTENDED;
        self
    }

    /// The bill number (62.01). Banking apps ignore it: a payment is recognised by its memo.
    pub fn bill_number(self, text: &str) -> Self {
        self.text(ADDITIONAL.child(1), text)
    }

    /// The mobile number (62.02); `***` asks the payer.
    pub fn mobile_number(self, text: &str) -> Self {
        self.text(ADDITIONAL.child(2), text)
    }

    /// The store label (62.03); `***` asks the payer, here and in the labels below.
    pub fn store_label(self, text: &str) -> Self {
        self.text(ADDITIONAL.child(3), text)
    }

    /// The loyalty number (62.04).
    pub fn loyalty_number(self, text: &str) -> Self {
        self.text(ADDITIONAL.child(4), text)
    }

    /// The reference label (62.05).
    pub fn reference_label(self, text: &str) -> Self {
        self.text(ADDITIONAL.child(5), text)
    }

    /// The customer label (62.06).
    pub fn customer_label(self, text: &str) -> Self {
        self.text(ADDITIONAL.child(6), text)
    }

    /// The terminal label (62.07).
    pub fn terminal_label(self, text: &str) -> Self {
        self.text(ADDITIONAL.child(7), text)
    }

    /// The merchant category code of four digits (52, ISO 18245). Optional for transfers.
    pub fn merchant_category(mut self, code: &str) -> Self {
        self.category = Some(code.into());
        self
    }

    /// The name shown for the payee (59), at most 25 characters.
    pub fn merchant_name(self, name: &str) -> Self {
        self.text(Path::root(59), name)
    }

    /// The city of the payee (60), at most 15 characters.
    pub fn merchant_city(self, city: &str) -> Self {
        self.text(Path::root(60), city)
    }

    /// The postal code of the payee (61), at most 10 characters.
    pub fn postal_code(self, code: &str) -> Self {
        self.text(Path::root(61), code)
    }

    /// Writes a BIN that the shipped directory does not know as a receiver of transfers: for a member
    /// that joined after [`banks::DATA_DATE`].
    pub fn allow_unknown_bin(mut self) -> Self {
        self.any_bin = true;
        self
    }

    /// Writes an amount from [`INSTANT_TRANSFER_LIMIT`] on, which one instant transfer cannot carry.
    pub fn allow_beyond_instant_limit(mut self) -> Self {
        self.any_amount = true;
        self
    }

    fn text(mut self, path: Path, text: &str) -> Self {
        let mut slots = TEXTS.iter().zip(&mut self.texts);
        if let Some((_, slot)) = slots.find(|(own, _)| **own == path) {
            *slot = Some(text.into());
        }
        self
    }

    /// Checks every value, writes the payload and reads it back.
    ///
    /// # Errors
    /// [`EncodeError`] names the object and the rule. Nothing is cut to fit.
    pub fn encode(&self) -> Result<Payload, EncodeError> {
        self.check_bin()?;
        let mut digits = [0; AMOUNT_DIGITS_MAX];
        let amount = self.amount_digits(&mut digits)?;
        let mut checked = Checked {
            initiation: if self.one_time { "12" } else { "11" },
            bin: self.bin.as_str(),
            account: self.account.as_str(),
            service: self.service.code(),
            amount,
            category: self.category_code()?,
            texts: Default::default(),
        };
        for ((path, given), text) in TEXTS.iter().zip(&self.texts).zip(&mut checked.texts) {
            if let Some(given) = given {
                *text = self.written(*path, given)?;
            }
        }
        let texts = checked.texts.iter().map(|text| text.len());
        writer::write(&checked, BYTES_WITHOUT_TEXTS + texts.sum::<usize>())
    }

    fn check_bin(&self) -> Result<(), EncodeError> {
        let bin = self.bin.as_str();
        let receives = |bank: &Bank| bank.kind != Kind::CardBin;
        if self.any_bin || banks::by_bin(bin).is_some_and(receives) {
            return Ok(());
        }
        Err(EncodeError::refused(
            napas::BENEFICIARY_BIN,
            Rule::KnownBin,
            bin,
        ))
    }

    /// The digits of 54, without a point or zeros in front; empty when the payer types the amount.
    fn amount_digits<'d>(
        &self,
        digits: &'d mut [u8; AMOUNT_DIGITS_MAX],
    ) -> Result<&'d str, EncodeError> {
        let Some(amount) = self.amount else {
            return Ok("");
        };
        let refuse = |rule| EncodeError::refused(Path::root(54), rule, &amount.to_string());
        if !amount.is_positive() {
            return Err(refuse(Rule::AmountPositive));
        }
        if amount.get() >= INSTANT_TRANSFER_LIMIT && !self.any_amount {
            return Err(refuse(Rule::InstantLimit));
        }
        let mut rest = amount.get();
        let mut first = AMOUNT_DIGITS_MAX;
        for digit in digits.iter_mut().rev() {
            if rest == 0 {
                break;
            }
            // A remainder by ten fits; the fallback is never taken.
            *digit = b'0' + u8::try_from(rest % 10).unwrap_or_default();
            rest /= 10;
            first -= 1;
        }
        let used = digits
            .get(first..)
            .and_then(|used| str::from_utf8(used).ok());
        used.filter(|_| rest == 0)
            .ok_or_else(|| refuse(Rule::MaxLength(AMOUNT_DIGITS_MAX)))
    }

    /// A text without diacritics, within the length of its object: a memo in the narrow set that no
    /// bank rewrites, a name or label in printable ASCII.
    fn written<'t>(&self, path: Path, text: &'t str) -> Result<Cow<'t, str>, EncodeError> {
        let refuse = |rule| EncodeError::refused(path, rule, text);
        let (limit, folded) = if path == PURPOSE {
            (self.purpose_limit, memo::fold(text, memo::is_allowed))
        } else {
            let limit = limits::length_limit(path).unwrap_or(writer::VALUE_LENGTH_MAX);
            (limit, memo::fold(text, memo::is_ans))
        };
        let folded = folded.map_err(|error| refuse(error.into()))?;
        // Folded text is ASCII, so bytes are characters.
        if folded.len() > limit {
            return Err(refuse(Rule::MaxLength(limit)));
        }
        Ok(folded)
    }

    fn category_code(&self) -> Result<&str, EncodeError> {
        let code = self.category.as_deref().unwrap_or_default();
        if code.is_empty() || limits::is_digits(code, 4) {
            return Ok(code);
        }
        Err(EncodeError::refused(Path::root(52), Rule::Digits(4), code))
    }
}

/// A transfer whose values were found fit to be written; an empty one is left out.
struct Checked<'t> {
    initiation: &'static str,
    bin: &'t str,
    account: &'t str,
    service: &'static str,
    amount: &'t str,
    category: &'t str,
    /// One for each of [`TEXTS`].
    texts: [Cow<'t, str>; TEXTS.len()],
}

impl Describe for Checked<'_> {
    #[inline]
    fn describe(&self, payload: &mut impl Objects) -> Result<(), EncodeError> {
        let [name, city, postal_code, additional @ ..] = &self.texts;
        payload.object(0, "01")?;
        payload.object(1, self.initiation)?;
        payload.template(38, |account| {
            account.object(0, NAPAS_GUID)?;
            account.template(1, |beneficiary| {
                beneficiary.object(0, self.bin)?;
                beneficiary.object(1, self.account)
            })?;
            account.object(2, self.service)
        })?;
        payload.object_unless_empty(52, self.category)?;
        payload.object(53, VND_NUMERIC)?;
        payload.object_unless_empty(54, self.amount)?;
        payload.object(58, "VN")?;
        payload.object_unless_empty(59, name)?;
        payload.object_unless_empty(60, city)?;
        payload.object_unless_empty(61, postal_code)?;
        if additional.iter().all(|text| text.is_empty()) {
            return Ok(());
        }
        payload.template(62, |inside| {
            let mut texts = (1..).zip(additional);
            texts.try_for_each(|(tag, text)| inside.object_unless_empty(tag, text))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn transfer() -> Transfer {
        Transfer::to_account(
            AcquirerBin::parse("970415").unwrap(),
            ConsumerAccount::parse("113366668888").unwrap(),
        )
    }

    fn refusal(transfer: &Transfer) -> (String, Rule) {
        let error = transfer.encode().unwrap_err();
        (error.path().to_string(), error.rule().unwrap())
    }

    fn vnd(dong: i64) -> Vnd {
        Vnd::new(dong).unwrap()
    }

    #[test]
    fn the_worked_example_of_the_specification_comes_out() {
        let payload = transfer()
            .one_time()
            .amount(vnd(79_000))
            .purpose("Ủng Hộ Quỹ Vắc Xin")
            .encode()
            .unwrap();
        assert_eq!(
            payload.as_str(),
            "00020101021238560010A0000007270126000697041501121133666688880208QRIBFTTA53037045405790005802VN62220818Ung Ho Quy Vac Xin63043ACF"
        );
    }

    #[test]
    fn a_card_is_written_with_its_own_service() {
        let card = ConsumerAccount::parse("9704031101234567").unwrap();
        let payload = Transfer::to_card(AcquirerBin::parse("970403").unwrap(), card)
            .encode()
            .unwrap();
        assert_eq!(
            payload.as_str(),
            "00020101021138600010A00000072701300006970403011697040311012345670208QRIBFTTC53037045802VN63044F52"
        );
    }

    #[test]
    fn every_optional_object_is_written_in_its_place() {
        let payload = transfer()
            .amount(vnd(1))
            .merchant_category("9399")
            .merchant_name("UBND Phường Bến Thành")
            .merchant_city("TP Hồ Chí Minh")
            .postal_code("71000")
            .bill_number("HD-1")
            .mobile_number("***")
            .store_label("1")
            .loyalty_number("2")
            .reference_label("3")
            .customer_label("4")
            .terminal_label("5")
            .purpose("le phi")
            .encode()
            .unwrap();
        let decoded = crate::decode(payload.as_str());
        assert_eq!(decoded.field("59"), Some("UBND Phuong Ben Thanh"));
        assert_eq!(decoded.field("60"), Some("TP Ho Chi Minh"));
        assert_eq!(decoded.field("62.02"), Some("***"));
        assert_eq!(decoded.field("62.08"), Some("le phi"));
        // 00, 01, four in 38, 52, 53, 54, 58, and the check.
        assert_eq!(decoded.fields().count(), 11 + TEXTS.len());
    }

    #[test]
    fn an_amount_that_cannot_be_paid_is_refused() {
        let path = "54".to_owned();
        let with = |dong| transfer().amount(vnd(dong));
        assert_eq!(refusal(&with(0)), (path.clone(), Rule::AmountPositive));
        assert_eq!(refusal(&with(-5)), (path.clone(), Rule::AmountPositive));
        assert_eq!(
            refusal(&with(500_000_000)),
            (path.clone(), Rule::InstantLimit)
        );
        assert!(with(499_999_999).encode().is_ok());
        let large = with(9_999_999_999_999).allow_beyond_instant_limit();
        assert!(large.encode().is_ok());
        let larger = with(10_000_000_000_000).allow_beyond_instant_limit();
        assert_eq!(refusal(&larger), (path, Rule::MaxLength(13)));
    }

    #[test]
    fn a_memo_is_never_cut() {
        let memo = "x".repeat(26);
        let refused = ("62.08".to_owned(), Rule::MaxLength(25));
        assert_eq!(refusal(&transfer().purpose(&memo)), refused);
        assert!(
            transfer()
                .purpose(&memo)
                .extended_purpose()
                .encode()
                .is_ok()
        );
        let most = transfer().extended_purpose().purpose(&"x".repeat(95));
        assert!(most.encode().is_ok());
        // Together with another object 62 is full earlier.
        let full = most.bill_number("12345678");
        assert_eq!(refusal(&full), ("62".to_owned(), Rule::MaxLength(99)));
    }

    #[test]
    fn a_character_that_cannot_be_written_is_named() {
        let (path, rule) = refusal(&transfer().purpose("phí 🙏"));
        assert_eq!(path, "62.08");
        let character = '🙏';
        assert_eq!(
            rule,
            Rule::Character {
                character,
                position: 4
            }
        );
        let (path, _) = refusal(&transfer().merchant_name("店"));
        assert_eq!(path, "59");
    }

    #[test]
    fn a_bin_that_receives_no_transfers_needs_an_explicit_word() {
        let account = ConsumerAccount::parse("1").unwrap();
        for bin in ["970499", "970459"] {
            let transfer = Transfer::to_account(AcquirerBin::parse(bin).unwrap(), account);
            assert_eq!(refusal(&transfer), ("38.01.00".to_owned(), Rule::KnownBin));
            assert!(transfer.allow_unknown_bin().encode().is_ok());
        }
    }

    #[test]
    fn an_empty_text_leaves_its_object_out() {
        let payload = transfer().purpose("  ").merchant_name("").encode().unwrap();
        assert_eq!(payload, transfer().encode().unwrap());
    }
}
