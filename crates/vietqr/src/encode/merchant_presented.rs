//! Any EMVCo merchant-presented code: other schemes, merchant codes of an acquirer, read codes edited.
//!
//! For a plain transfer use [`crate::Transfer`], which is quicker and knows more of what the banks
//! refuse. Here the reader is the judge: what it would report of a foreign code is refused in ours.

use super::judge::Judge;
use super::writer::{self, Leaves};
use super::{EncodeError, Order};
use crate::decode::{Decoded, decode, limits};
use crate::napas::{self, INSTANT_TRANSFER_LIMIT, NAPAS_GUID};
use crate::{AcquirerBin, ConsumerAccount, Path, Payload, Rule, Service, memo};
use money::Vnd;
use std::borrow::Cow;
use std::collections::BTreeSet;
use unicode_normalization::UnicodeNormalization;

/// A merchant-presented payload to be written, object by object.
///
/// ```
/// use vietqr::MerchantPresented;
///
/// let payload = MerchantPresented::new("SG", "702")
///     .one_time()
///     .account_template(26, "SG.PAYNOW", &[(1, "2"), (2, "201207337D"), (3, "0")])
///     .merchant_category("0000")
///     .amount("10.00")
///     .merchant_name("Nerdherd Pte Ltd")
///     .merchant_city("Singapore")
///     .encode()?;
/// assert_eq!(
///     payload.as_str(),
///     "00020101021226370009SG.PAYNOW010120210201207337D03010520400005303702540510.005802SG5916Nerdherd Pte Ltd6009Singapore6304F832"
/// );
/// # Ok::<(), vietqr::EncodeError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
pub struct MerchantPresented {
    values: Vec<Value>,
    order: Order,
    judge: Judge,
    any_amount: bool,
}

/// A value and where it came from: what was read is written back as it was, what is given is checked.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Value {
    path: Path,
    text: String,
    given: bool,
}

macro_rules! texts {
    ($($(#[$doc:meta])+ $name:ident = $path:expr;)+) => {
        $($(#[$doc])+
        pub fn $name(self, text: &str) -> Self {
            self.set($path, text)
        })+
    };
}

impl MerchantPresented {
    /// A reusable code in this country (58, ISO 3166 alpha-2) and currency (53, ISO 4217 numeric).
    pub fn new(country: &str, currency: &str) -> Self {
        let empty = Self {
            values: Vec::new(),
            order: Order::Canonical,
            judge: Judge::default(),
            any_amount: false,
        };
        empty
            .set(Path::root(0), "01")
            .reusable()
            .set(Path::root(53), currency)
            .set(Path::root(58), country)
    }

    /// A code that was read, to be edited: everything that is not changed is written again as it was,
    /// unknown objects and harmless faults included. `None` when it is not valid.
    ///
    /// ```
    /// use vietqr::{MerchantPresented, Order, Path, decode};
    /// let read = decode("00020101021138530010A0000007270123000697041601092576788590208QRIBFTTA53037045802VN6304AE9F");
    /// let edited = MerchantPresented::from_decoded(&read, Order::Preserved)
    ///     .expect("the code is valid")
    ///     .one_time()
    ///     .amount("10000")
    ///     .purpose("Chuyen tien")
    ///     .encode()?;
    /// assert_eq!(decode(edited.as_str()).field("54"), Some("10000"));
    /// # Ok::<(), vietqr::EncodeError>(())
    /// ```
    #[must_use]
    pub fn from_decoded(decoded: &Decoded, order: Order) -> Option<Self> {
        if !decoded.is_valid() {
            return None;
        }
        let values = decoded.fields().filter(|(path, _)| *path != CRC);
        Some(Self {
            values: values
                .map(|(path, text)| Value {
                    path,
                    text: text.to_owned(),
                    given: false,
                })
                .collect(),
            order,
            judge: Judge::forgiving(decoded.problems()),
            any_amount: false,
        })
    }

    /// Sets the value at any path, in place of an earlier one. The named setters below do the same.
    pub fn set(mut self, path: Path, text: &str) -> Self {
        let value = Value {
            path,
            text: text.to_owned(),
            given: true,
        };
        match self.values.iter_mut().find(|old| old.path == path) {
            Some(old) => *old = value,
            None => {
                let at = self.place_for(path);
                self.values.insert(at, value);
            }
        }
        self
    }

    /// Removes the value at a path, or the whole template.
    pub fn without(mut self, path: Path) -> Self {
        let inside = |value: &Value| {
            let parent = value.path.parent();
            value.path == path
                || parent == Some(path)
                || parent.and_then(|p| p.parent()) == Some(path)
        };
        self.values.retain(|value| !inside(value));
        self
    }

    /// After the last value of the innermost template around it, so that templates stay in one piece.
    fn place_for(&self, path: Path) -> usize {
        let shared = |value: &Value| {
            let pairs = value.path.tags().iter().zip(path.tags());
            pairs.take_while(|(a, b)| a == b).count()
        };
        let most = self.values.iter().map(shared).max().unwrap_or_default();
        let last = self.values.iter().rposition(|value| shared(value) == most);
        last.map_or(0, |last| last + 1)
    }

    /// For one payment (01 = 12).
    pub fn one_time(self) -> Self {
        self.set(Path::root(1), "12")
    }

    /// For many payments (01 = 11).
    pub fn reusable(self) -> Self {
        self.set(Path::root(1), "11")
    }

    /// An account of a card network, 02–25: a plain value.
    pub fn account(self, tag: u8, value: &str) -> Self {
        self.set(Path::root(tag), value)
    }

    /// An account of any other scheme, 26–51: its identifier (00) and the objects that it defines.
    pub fn account_template(self, tag: u8, guid: &str, objects: &[(u8, &str)]) -> Self {
        self.template(Path::root(tag), guid, objects)
    }

    /// The NAPAS account (38). A [`Service::Merchant`] account is issued by an acquirer: never make
    /// one up.
    pub fn vietqr(self, bin: AcquirerBin, account: ConsumerAccount, service: Service) -> Self {
        self.set(napas::ACCOUNT.child(0), NAPAS_GUID)
            .set(napas::BENEFICIARY_BIN, bin.as_str())
            .set(napas::BENEFICIARY_ACCOUNT, account.as_str())
            .set(napas::SERVICE, service.code())
    }

    /// The app asks the payer for a tip (55 = 01).
    pub fn prompt_for_tip(self) -> Self {
        self.without_fees().set(Path::root(55), "01")
    }

    /// A fixed fee on top of the amount (55 = 02, 56).
    pub fn fixed_fee(self, amount: &str) -> Self {
        self.without_fees()
            .set(Path::root(55), "02")
            .set(Path::root(56), amount)
    }

    /// A fee in percent on top of the amount (55 = 03, 57), such as `02.50`.
    pub fn percentage_fee(self, percentage: &str) -> Self {
        self.without_fees()
            .set(Path::root(55), "03")
            .set(Path::root(57), percentage)
    }

    fn without_fees(self) -> Self {
        self.without(Path::root(55))
            .without(Path::root(56))
            .without(Path::root(57))
    }

    texts! {
        /// The merchant category code (52, ISO 18245), four digits.
        merchant_category = Path::root(52);
        /// The amount (54): digits, with a point and decimals where the currency has them.
        amount = Path::root(54);
        /// The merchant's name (59), at most 25 characters without diacritics.
        merchant_name = Path::root(59);
        /// The merchant's city (60), at most 15 characters without diacritics.
        merchant_city = Path::root(60);
        /// The postal code (61), at most 10 characters.
        postal_code = Path::root(61);
        /// The bill number (62.01); `***` asks the payer, here and down to the purpose.
        bill_number = ADDITIONAL.child(1);
        /// The mobile number (62.02).
        mobile_number = ADDITIONAL.child(2);
        /// The store label (62.03).
        store_label = ADDITIONAL.child(3);
        /// The loyalty number (62.04).
        loyalty_number = ADDITIONAL.child(4);
        /// The reference label (62.05).
        reference_label = ADDITIONAL.child(5);
        /// The customer label (62.06).
        customer_label = ADDITIONAL.child(6);
        /// The terminal label (62.07).
        terminal_label = ADDITIONAL.child(7);
        /// The purpose of the transaction (62.08), which banking apps take as the memo.
        purpose = ADDITIONAL.child(8);
        /// What the app asks of the payer (62.09): A address, M mobile number, E e-mail.
        consumer_data_request = ADDITIONAL.child(9);
        /// The merchant's tax number (62.10).
        merchant_tax_id = ADDITIONAL.child(10);
        /// The merchant channel (62.11), three characters.
        merchant_channel = ADDITIONAL.child(11);
    }

    /// An object of a payment system inside the additional data, 62.50–62.99.
    pub fn additional_template(self, tag: u8, guid: &str, objects: &[(u8, &str)]) -> Self {
        self.template(ADDITIONAL.child(tag), guid, objects)
    }

    /// Name and city in another language (64, ISO 639 code): the one place where diacritics are fully
    /// legal. No Vietnamese app is known to show it.
    pub fn alternate_language(self, language: &str, name: &str, city: Option<&str>) -> Self {
        let template = Path::root(64);
        let named = self
            .set(template.child(0), language)
            .set(template.child(1), name);
        match city {
            Some(city) => named.set(template.child(2), city),
            None => named,
        }
    }

    /// A template of another party, 80–99.
    pub fn unreserved_template(self, tag: u8, guid: &str, objects: &[(u8, &str)]) -> Self {
        self.template(Path::root(tag), guid, objects)
    }

    fn template(self, template: Path, guid: &str, objects: &[(u8, &str)]) -> Self {
        objects
            .iter()
            .fold(self.set(template.child(0), guid), |code, (tag, value)| {
                code.set(template.child(*tag), value)
            })
    }

    /// Accepts a NAPAS account at a bank that the shipped directory does not know.
    pub fn allow_unknown_bin(mut self) -> Self {
        self.judge.allow_unknown_bin();
        self
    }

    /// Lets the memo of 62.08 grow to what 62 can hold; see [`crate::Transfer::extended_purpose`].
    pub fn extended_purpose(mut self) -> Self {
        self.judge.allow_extended_purpose();
        self
    }

    /// Accepts an amount from [`INSTANT_TRANSFER_LIMIT`] on in a code for an instant transfer.
    pub fn allow_beyond_instant_limit(mut self) -> Self {
        self.any_amount = true;
        self
    }

    /// Checks every value, writes the payload and reads it back.
    ///
    /// Texts that must be printable ASCII lose their diacritics; texts of 64 and of other parties are
    /// composed (NFC). Nothing is cut.
    ///
    /// # Errors
    /// [`EncodeError`] names the object and the rule.
    pub fn encode(&self) -> Result<Payload, EncodeError> {
        let parents = self.values.iter().filter_map(|value| value.path.parent());
        let templates: BTreeSet<Path> = parents.collect();
        let mut texts = Vec::with_capacity(self.values.len());
        for value in &self.values {
            let is_template = templates.contains(&value.path);
            texts.push((value.path, text_of(value, is_template)?));
        }
        if self.order == Order::Canonical {
            texts.sort_unstable_by_key(|(path, _)| *path);
        }
        let values = texts.iter().map(|(path, text)| (*path, &**text));
        let values: Vec<(Path, &str)> = values.collect();
        let leaves = Leaves(&values);
        let payload = writer::write(&leaves, leaves.bytes())?;
        let decoded = decode(payload.as_str());
        for problem in decoded.problems() {
            self.judge.check(problem)?;
        }
        self.check_transfer(&decoded)?;
        // A plain value in a template's place may read as objects; then the reader sees another thing.
        let mut read = decoded.fields();
        for (path, text) in values {
            if read.next() != Some((path, text)) {
                return Err(EncodeError::refused(path, Rule::PlainOrTemplate, text));
            }
        }
        Ok(payload)
    }

    /// An instant transfer has a limit, and no banking app is known to honour a tip or fee on one.
    fn check_transfer(&self, decoded: &Decoded) -> Result<(), EncodeError> {
        let Some(transfer) = decoded.payable() else {
            return Ok(());
        };
        if !matches!(transfer.service, Service::ToAccount | Service::ToCard) {
            return Ok(());
        }
        let is_beyond = |amount: Vnd| amount.get() >= INSTANT_TRANSFER_LIMIT;
        let beyond = !self.any_amount && transfer.amount.is_some_and(is_beyond);
        for value in self.values.iter().filter(|value| value.given) {
            let rule = match value.path.root_tag() {
                54 if beyond => Rule::InstantLimit,
                55..=57 => Rule::MerchantCodesOnly,
                _ => continue,
            };
            return Err(EncodeError::refused(value.path, rule, &value.text));
        }
        Ok(())
    }
}

fn text_of(value: &Value, is_template: bool) -> Result<Cow<'_, str>, EncodeError> {
    let (path, text) = (value.path, value.text.as_str());
    let refuse = |rule| EncodeError::refused(path, rule, text);
    if path == CRC {
        return Err(refuse(Rule::Automatic));
    }
    if is_template {
        return Err(refuse(Rule::PlainOrTemplate));
    }
    if !value.given {
        return Ok(Cow::Borrowed(text));
    }
    if limits::is_reserved(path) {
        return Err(refuse(Rule::Reserved));
    }
    if limits::must_be_ans(path) {
        return memo::fold(text, memo::is_ans).map_err(|error| refuse(error.into()));
    }
    Ok(Cow::Owned(text.nfc().collect()))
}

const CRC: Path = Path::root(63);
const ADDITIONAL: Path = Path::root(62);
