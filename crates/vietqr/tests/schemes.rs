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
