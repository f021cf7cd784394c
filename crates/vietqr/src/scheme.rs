//! Which payment schemes a code speaks.
//!
//! A code may carry several accounts, one object of 02–51 for each scheme, and the payer's app chooses.
//! A scheme is recognised by its globally unique identifier and never by the ID around it: the Lao
//! national code also stands in 38.

use crate::decode::{Decoded, Object};
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
        let mut schemes = Vec::new();
        if self.fields().next().is_none() {
            return schemes;
        }
        let country = self.field_at(Path::root(58)).unwrap_or_default();
        let mut objects = self.objects().peekable();
        while let Some(object) = objects.next() {
            let path = object.path;
            let mut inside = Vec::new();
            while let Some(child) = objects.next_if(|child| child.path.depth() > 1) {
                inside.push(child);
            }
            match path.root_tag() {
                2..=25 => schemes.push((card_network(path.root_tag()), path)),
                26..=51 if object.is_template => {
                    account_schemes(path, &inside, country, &mut schemes);
                }
                26..=51 => schemes.push((opaque_scheme(object.value, country), path)),
                _ => {}
            }
        }
        schemes
    }
}

/// The schemes of one account template, with the objects inside it.
fn account_schemes(
    account: Path,
    inside: &[Object<'_>],
    country: &str,
    schemes: &mut Vec<(Scheme, Path)>,
) {
    let value = |path: Path| {
        let found = inside
            .iter()
            .find(|object| object.path == path && !object.is_template);
        found.map(|object| object.value)
    };
    let guid = value(account.child(0)).unwrap_or_default();
    if !guid.eq_ignore_ascii_case(NAPAS_GUID) {
        schemes.push((scheme_of_guid(guid, country), account));
        return;
    }
    let service = match value(account.child(2)) {
        None => Some(Service::Merchant),
        Some(code) => Service::from_code(code),
    };
    schemes.push((Scheme::VietQr(service), account));
    let beneficiary = account.child(1);
    let bin = value(beneficiary.child(0)).unwrap_or_default();
    let number = value(beneficiary.child(1)).unwrap_or_default();
    // BVBank carries the virtual accounts of two wallets; the prefix tells which.
    match bin {
        "971025" => schemes.push((Scheme::MoMo, account)),
        "970454" if number.starts_with("99MM") => schemes.push((Scheme::MoMo, account)),
        "970454" if number.starts_with("99ZP") => schemes.push((Scheme::ZaloPay, account)),
        _ => {}
    }
}

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
