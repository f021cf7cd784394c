//! Which payment schemes a code speaks.
//!
//! A code may carry several accounts, one object of 02–51 for each scheme, and the payer's app chooses.
//! A scheme is recognised by its globally unique identifier and never by the ID around it: the Lao
//! national code also stands in 38.

use crate::decode::{Decoded, Object, PROMPT};
use crate::napas::{NAPAS_GUID, Service};
use crate::path::Path;
use std::fmt;

/// A payment scheme that Vietnamese scanners meet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Scheme {
    /// VietQR, with what it asks of NAPAS. An unknown service code has none.
    VietQr(Option<Service>),
    /// VNPAY-QR, paid through VNPAY only.
    VnPay,
    /// MoMo, reached through a VietQR virtual account.
    MoMo,
    /// ZaloPay, reached through a VietQR virtual account.
    ZaloPay,
    /// ShopeePay.
    ShopeePay,
    /// A state electricity bill: to show, not to pay.
    ElectricityBill,
    /// PromptPay, Thailand.
    PromptPay,
    /// PayNow, Singapore.
    PayNow,
    /// NETS, Singapore.
    Nets,
    /// SGQR, Singapore: one code for several schemes.
    SgQr,
    /// QRIS, Indonesia.
    Qris,
    /// QR Ph, Philippines.
    QrPh,
    /// PIX, Brazil.
    Pix,
    /// BharatQR and UPI, India.
    BharatQr,
    /// FPS, Hong Kong.
    Fps,
    /// KHQR, Cambodia.
    Khqr,
    /// Lao QR, Laos.
    LaoQr,
    /// Yape, Peru.
    Yape,
    /// Visa (02–03).
    Visa,
    /// Mastercard (04–05).
    Mastercard,
    /// Discover (09–10).
    Discover,
    /// American Express (11–12).
    AmericanExpress,
    /// JCB (13–14).
    Jcb,
    /// UnionPay (15–16).
    UnionPay,
    /// An ID that EMVCo keeps for card networks (06–08, 17–25).
    EmvCo,
    /// None that we know.
    Unknown,
}

impl Scheme {
    /// The name people use for it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::VietQr(_) => "VietQR",
            Self::VnPay => "VNPAY-QR",
            Self::MoMo => "MoMo",
            Self::ZaloPay => "ZaloPay",
            Self::ShopeePay => "ShopeePay",
            Self::ElectricityBill => "EVN",
            Self::PromptPay => "PromptPay",
            Self::PayNow => "PayNow",
            Self::Nets => "NETS",
            Self::SgQr => "SGQR",
            Self::Qris => "QRIS",
            Self::QrPh => "QR Ph",
            Self::Pix => "PIX",
            Self::BharatQr => "BharatQR / UPI",
            Self::Fps => "FPS",
            Self::Khqr => "KHQR",
            Self::LaoQr => "Lao QR",
            Self::Yape => "Yape",
            Self::Visa => "Visa",
            Self::Mastercard => "Mastercard",
            Self::Discover => "Discover",
            Self::AmericanExpress => "American Express",
            Self::Jcb => "JCB",
            Self::UnionPay => "UnionPay",
            Self::EmvCo => "EMVCo",
            Self::Unknown => "unknown",
        }
    }
}

impl fmt::Display for Scheme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Identifiers in 26–51, whole.
const GUIDS: [(&str, Scheme); 10] = [
    ("A000000775", Scheme::VnPay),
    ("vn.airpay.www", Scheme::ShopeePay),
    ("SG.PAYNOW", Scheme::PayNow),
    ("SG.COM.NETS", Scheme::Nets),
    ("SG.SGQR", Scheme::SgQr),
    ("com.p2pqrpay", Scheme::QrPh),
    ("br.gov.bcb.pix", Scheme::Pix),
    ("A000000524", Scheme::BharatQr),
    ("hk.com.hkicl", Scheme::Fps),
    ("A005266284662577", Scheme::LaoQr),
];

/// Identifiers in 26–51 of which only the start is fixed.
const GUID_STARTS: [(&str, Scheme); 2] =
    [("A000000677", Scheme::PromptPay), ("ID.CO.", Scheme::Qris)];

/// One way to pay that a code offers, in the words of its scheme.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Recognised<'a> {
    /// Whose code it is.
    pub scheme: Scheme,
    /// The object 02–51 that carries the account.
    pub path: Path,
    /// Who is paid, as the scheme writes it: an account, a merchant number, a handle, an address.
    pub payee: Option<&'a str>,
    /// The country of the code (58).
    pub country: Option<&'a str>,
    /// The currency (53, ISO 4217 numeric).
    pub currency: Option<&'a str>,
    /// The amount as it is written (54); `None` when the payer types it.
    pub amount: Option<&'a str>,
    /// What the payee recognises the payment by: the scheme's own reference, else the reference label
    /// (62.05), bill (62.01), customer (62.06) or memo (62.08), the first that is there and no `***`.
    pub reference: Option<&'a str>,
}

impl Decoded {
    /// The schemes of a code, in the order of the input, each with the object 02–51 that carries it.
    /// A wallet reached through a virtual account stands beside its VietQR. Says nothing about
    /// validity, and nothing at all when the string could not be walked.
    ///
    /// ```
    /// use vietqr::{Scheme, Service};
    /// let decoded = vietqr::decode("00020101021126280010A0000007750110010215477838560010A0000007270126000697041501121133666688880208QRIBFTTA5204581253037045802VN5907QUAN AN6005HANOI630443DB");
    /// let schemes: Vec<_> = decoded.schemes().into_iter().map(|(scheme, _)| scheme).collect();
    /// assert_eq!(schemes, [Scheme::VnPay, Scheme::VietQr(Some(Service::ToAccount))]);
    /// ```
    #[must_use]
    pub fn schemes(&self) -> Vec<(Scheme, Path)> {
        let recognised = self.recognised().into_iter();
        recognised.map(|one| (one.scheme, one.path)).collect()
    }

    /// [`Decoded::schemes`] with whom each of them pays, how much and what for. To be shown: only
    /// [`Decoded::payable`] says that a code can be paid. Text from a stranger: escape it.
    ///
    /// ```
    /// use vietqr::Scheme;
    /// let decoded = vietqr::decode("00020101021226370009SG.PAYNOW010120210201207337D03010520400005303702540510.005802SG5916Nerdherd Pte Ltd6009Singapore6304F832");
    /// let [code] = decoded.recognised()[..] else { panic!("one scheme") };
    /// assert_eq!(code.scheme, Scheme::PayNow);
    /// assert_eq!((code.payee, code.amount), (Some("201207337D"), Some("10.00")));
    /// assert_eq!((code.country, code.currency), (Some("SG"), Some("702")));
    /// assert_eq!(decoded.payable(), None);
    /// ```
    #[must_use]
    pub fn recognised(&self) -> Vec<Recognised<'_>> {
        let mut found = Vec::new();
        if self.fields().next().is_none() {
            return found;
        }
        let code = Code::of(self);
        let mut objects = self.objects().peekable();
        while let Some(object) = objects.next() {
            let mut inside = Vec::new();
            while let Some(child) = objects.next_if(|child| child.path.depth() > 1) {
                inside.push(child);
            }
            let tag = object.path.root_tag();
            match tag {
                2..=25 => found.push(code.pay(card_network(tag), object.path, Some(object.value))),
                26..=51 if object.is_template => {
                    account_schemes(object.path, &inside, code, &mut found)
                }
                26..=51 => {
                    let scheme = opaque_scheme(object.value, code.country.unwrap_or_default());
                    found.push(code.pay(scheme, object.path, Some(object.value)));
                }
                _ => {}
            }
        }
        found
    }
}

/// What the schemes of one code have in common.
#[derive(Clone, Copy)]
struct Code<'a> {
    country: Option<&'a str>,
    currency: Option<&'a str>,
    amount: Option<&'a str>,
    reference: Option<&'a str>,
}

impl<'a> Code<'a> {
    fn of(decoded: &'a Decoded) -> Self {
        let root = |tag| decoded.field_at(Path::root(tag));
        let labels = [5, 1, 6, 8].map(|tag| decoded.field_at(Path::root(62).child(tag)));
        Self {
            country: root(58),
            currency: root(53),
            amount: root(54),
            reference: labels.into_iter().flatten().find(|label| *label != PROMPT),
        }
    }

    const fn pay(self, scheme: Scheme, path: Path, payee: Option<&'a str>) -> Recognised<'a> {
        Recognised {
            scheme,
            path,
            payee,
            country: self.country,
            currency: self.currency,
            amount: self.amount,
            reference: self.reference,
        }
    }
}

/// The schemes of one account template, with the objects inside it.
fn account_schemes<'a>(
    account: Path,
    inside: &[Object<'a>],
    code: Code<'a>,
    found: &mut Vec<Recognised<'a>>,
) {
    let value = |path: Path| {
        let mut objects = inside.iter().filter(|object| !object.is_template);
        objects
            .find(|object| object.path == path)
            .map(|object| object.value)
    };
    let guid = value(account.child(0)).unwrap_or_default();
    if !guid.eq_ignore_ascii_case(NAPAS_GUID) {
        let scheme = scheme_of_guid(guid, code.country.unwrap_or_default());
        let first = || value(account.child(1)).or_else(|| value(account.child(25)));
        let payee = match scheme {
            // The handle stands where others have their identifier.
            Scheme::Khqr => Some(guid),
            // 01 says what kind of number 02 is.
            Scheme::PayNow | Scheme::Nets => value(account.child(2)),
            Scheme::Qris if account.root_tag() == 51 => value(account.child(2)),
            Scheme::LaoQr => value(account.child(3)),
            // A mobile number, a citizen's or tax number, or a wallet.
            Scheme::PromptPay => first()
                .or_else(|| value(account.child(2)))
                .or_else(|| value(account.child(3))),
            _ => first(),
        };
        let mut recognised = code.pay(scheme, account, payee);
        if guid.eq_ignore_ascii_case(PROMPTPAY_BILL) {
            recognised.reference = value(account.child(2)).or(code.reference);
        }
        found.push(recognised);
        return;
    }
    let service = match value(account.child(2)) {
        None => Some(Service::Merchant),
        Some(code) => Service::from_code(code),
    };
    let beneficiary = account.child(1);
    let bin = value(beneficiary.child(0)).unwrap_or_default();
    let number = value(beneficiary.child(1));
    found.push(code.pay(Scheme::VietQr(service), account, number));
    let begins = |start| number.is_some_and(|number| number.starts_with(start));
    // BVBank carries the virtual accounts of two wallets; the prefix tells which.
    let wallet = match bin {
        "971025" => Scheme::MoMo,
        "970454" if begins("99MM") => Scheme::MoMo,
        "970454" if begins("99ZP") => Scheme::ZaloPay,
        _ => return,
    };
    found.push(code.pay(wallet, account, number));
}

/// The identifier of PromptPay's bill payment, whose 02 is the payee's reference.
const PROMPTPAY_BILL: &str = "A000000677010112";

fn scheme_of_guid(guid: &str, country: &str) -> Scheme {
    let starts = |start: &str| {
        let head = guid.get(..start.len());
        head.is_some_and(|head| head.eq_ignore_ascii_case(start))
    };
    let whole = GUIDS
        .iter()
        .find(|(known, _)| guid.eq_ignore_ascii_case(known));
    if let Some((_, scheme)) = whole {
        return *scheme;
    }
    if let Some((_, scheme)) = GUID_STARTS.iter().find(|(known, _)| starts(known)) {
        return *scheme;
    }
    match country {
        // Bakong writes the account handle where the identifier belongs.
        "KH" if guid.contains('@') => Scheme::Khqr,
        "VN" if guid == "00" => Scheme::ElectricityBill,
        _ => Scheme::Unknown,
    }
}

fn opaque_scheme(value: &str, country: &str) -> Scheme {
    let is_identifier = value.len() == 32 && value.bytes().all(|b| b.is_ascii_hexdigit());
    if is_identifier && country == "PE" {
        Scheme::Yape
    } else {
        Scheme::Unknown
    }
}

/// Who owns a plain account ID (EMVCo MPM table 4.3).
const fn card_network(tag: u8) -> Scheme {
    match tag {
        2..=3 => Scheme::Visa,
        4..=5 => Scheme::Mastercard,
        9..=10 => Scheme::Discover,
        11..=12 => Scheme::AmericanExpress,
        13..=14 => Scheme::Jcb,
        15..=16 => Scheme::UnionPay,
        _ => Scheme::EmvCo,
    }
}
