//! Whose code is it? Asked of the collected payloads.

#![allow(clippy::unwrap_used, reason = "a helper of a test may fail the test")]

use serde_json::Value;
use vietqr::{Scheme, Service, decode};

fn schemes(id: &str) -> Vec<(Scheme, String)> {
    let vectors: Vec<Value> = serde_json::from_str(include_str!("data/vectors.json")).unwrap();
    let vector = vectors.iter().find(|vector| vector["id"] == id).unwrap();
    let schemes = decode(vector["payload"].as_str().unwrap()).schemes();
    schemes
        .into_iter()
        .map(|(scheme, path)| (scheme, path.to_string()))
        .collect()
}

#[test]
fn every_collected_scheme_is_recognised_with_its_place() {
    let to_account = Scheme::VietQr(Some(Service::ToAccount));
    let cases: &[(&str, &[(Scheme, &str)])] = &[
        ("vietqr-io-doc", &[(to_account, "38")]),
        (
            "napas-static-card",
            &[(Scheme::VietQr(Some(Service::ToCard)), "38")],
        ),
        (
            "napas-qrcash",
            &[(Scheme::VietQr(Some(Service::Cash)), "38")],
        ),
        (
            "syn-service-missing",
            &[(Scheme::VietQr(Some(Service::Merchant)), "38")],
        ),
        ("syn-service-unknown", &[(Scheme::VietQr(None), "38")]),
        ("momo-psp", &[(to_account, "38"), (Scheme::MoMo, "38")]),
        ("momo-banviet", &[(to_account, "38"), (Scheme::MoMo, "38")]),
        (
            "wallet-with-26",
            &[
                (Scheme::Unknown, "26"),
                (to_account, "38"),
                (Scheme::ZaloPay, "38"),
            ],
        ),
        ("vnpay-merchant", &[(Scheme::VnPay, "26")]),
        ("evn-bill", &[(Scheme::ElectricityBill, "26")]),
        (
            "syn-vnpay-and-vietqr",
            &[(Scheme::VnPay, "26"), (to_account, "38")],
        ),
        (
            "dongri-laoqr",
            &[(Scheme::UnionPay, "15"), (Scheme::LaoQr, "38")],
        ),
        ("promptpay-bill", &[(Scheme::PromptPay, "30")]),
        ("qris-shopee", &[(Scheme::Qris, "26")]),
        (
            "qris-foundation",
            &[(Scheme::Qris, "26"), (Scheme::Qris, "51")],
        ),
        ("sgqr-soba", &[(Scheme::Nets, "26"), (Scheme::SgQr, "51")]),
        ("paynow-uen", &[(Scheme::PayNow, "26")]),
        (
            "bharatqr-payu",
            &[
                (Scheme::Visa, "02"),
                (Scheme::Mastercard, "04"),
                (Scheme::EmvCo, "06"),
                (Scheme::EmvCo, "08"),
                (Scheme::BharatQr, "26"),
                (Scheme::BharatQr, "27"),
            ],
        ),
        ("peru-yape-opaque", &[(Scheme::Yape, "39")]),
        ("khqr-individual", &[(Scheme::Khqr, "29")]),
        ("pix-static", &[(Scheme::Pix, "26")]),
        (
            "emvco-spec-sample",
            &[(Scheme::Unknown, "29"), (Scheme::Unknown, "31")],
        ),
        ("mal-url", &[]),
    ];
    for (id, expected) in cases {
        let expected: Vec<_> = expected
            .iter()
            .map(|(scheme, path)| (*scheme, (*path).to_owned()))
            .collect();
        assert_eq!(schemes(id), expected, "{id}");
    }
}

/// Scheme, payee, country, currency, amount and reference of the first scheme that is not plain VietQR.
#[test]
fn every_recognised_scheme_says_whom_it_pays_how_much_and_what_for() {
    type Expected = (&'static str, Scheme, [&'static str; 5]);
    let cases: &[Expected] = &[
        (
            "vietqr-io-doc",
            Scheme::VietQr(Some(Service::ToAccount)),
            ["113366668888", "VN", "704", "79000", "Ung Ho Quy Vac Xin"],
        ),
        (
            "momo-psp",
            Scheme::MoMo,
            ["PSP123456789000000", "VN", "704", "", "MOMOW2W12345678"],
        ),
        (
            "momo-banviet",
            Scheme::MoMo,
            ["99MM24011M34875080", "VN", "704", "", "MOMOW2W34875080"],
        ),
        (
            "wallet-with-26",
            Scheme::ZaloPay,
            ["99ZP24009M07248267", "VN", "704", "", ""],
        ),
        (
            "vnpay-merchant",
            Scheme::VnPay,
            ["0108799042", "VN", "704", "", ""],
        ),
        (
            "vnpay-dynamic",
            Scheme::VnPay,
            ["01F8009256", "VN", "704", "10200", "65244"],
        ),
        (
            "evn-bill",
            Scheme::ElectricityBill,
            ["0100101114-019", "VN", "704", "", "PD00000000000"],
        ),
        (
            "dongri-laoqr",
            Scheme::LaoQr,
            ["mchVKyozC3MbjS51h67qal4Os", "LA", "418", "", ""],
        ),
        (
            "promptpay-dynamic",
            Scheme::PromptPay,
            ["0066801111111", "TH", "764", "20.15", ""],
        ),
        (
            "promptpay-bill",
            Scheme::PromptPay,
            ["0112233445566", "TH", "764", "", "CUSTOMER001"],
        ),
        (
            "qris-foundation",
            Scheme::Qris,
            ["936000140001248574", "ID", "360", "", ""],
        ),
        (
            "sgqr-soba",
            Scheme::Nets,
            ["11168661400", "SG", "702", "", ""],
        ),
        (
            "paynow-uen",
            Scheme::PayNow,
            ["201207337D", "SG", "702", "10.00", ""],
        ),
        (
            "bharatqr-payu",
            Scheme::BharatQr,
            [
                "yellowqr.payutest.94@hdfcbank",
                "IN",
                "356",
                "",
                "STQ9y45z1cv3z545092",
            ],
        ),
        (
            "peru-yape-opaque",
            Scheme::Yape,
            ["acfba6cb922753c690f09280f365d7a2", "PE", "604", "", ""],
        ),
        (
            "khqr-individual",
            Scheme::Khqr,
            ["test_user@devb", "KH", "116", "1000", "INV-2024-001"],
        ),
        (
            "pix-static",
            Scheme::Pix,
            ["123e4567-e12b-12d1-a456-426655440000", "BR", "986", "", ""],
        ),
        (
            "pix-dynamic-url",
            Scheme::Pix,
            [
                "pix.example.com/qr/v2/8b3da2f39a4140d1a91abd93113bd441",
                "BR",
                "986",
                "",
                "",
            ],
        ),
    ];
    let vectors: Vec<Value> = serde_json::from_str(include_str!("data/vectors.json")).unwrap();
    for (id, scheme, expected) in cases {
        let vector = vectors.iter().find(|vector| vector["id"] == *id).unwrap();
        let decoded = decode(vector["payload"].as_str().unwrap());
        let recognised = decoded.recognised();
        let found = recognised.iter().find(|found| found.scheme == *scheme);
        let found = found.unwrap();
        let said = [
            found.payee,
            found.country,
            found.currency,
            found.amount,
            found.reference,
        ];
        assert_eq!(said.map(Option::unwrap_or_default), *expected, "{id}");
    }
}
