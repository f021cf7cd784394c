//! Receipts over HTTP: what a paid request gets, on paper and as XML, and what proves it offline.

use crate::support::bank::sepay_notice;
use crate::support::{Gateway, on_both_engines};
use gateway::receipt::{proof, xml};
use quick_xml::events::Event;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use std::process::Command;

const SCHEDULE: &str = "code,name_vi,kind,amount_vnd,retained_percent,remitted_percent\n\
    SAO,Phí cấp bản sao,phi,79000,50,50\nDK,Lệ phí đăng ký,le_phi,21000,0,100\nGIAY,Giấy,gia_dich_vu,500,,\n";

/// A name that means something to a spreadsheet, a browser, a terminal and a reader of XML.
const HOSTILE: &str = "=HYPERLINK(\"http://x\") </DuLieu><a b='c'>&amp;]]> 店";

/// A request for both kinds that is paid; its receipts.
async fn paid(gateway: &Gateway, payer: &str) -> Vec<Value> {
    let imported = gateway
        .call(
            Method::POST,
            "/v1/fee-schedule/imports",
            Some(json!({"csv": SCHEDULE})),
        )
        .await;
    assert!(imported.status.is_success(), "{}", imported.text);
    let request = gateway
        .ask(json!({
            "external_id": "HS-7", "payer": {"name": payer},
            "lines": [{"item": "SAO"}, {"item": "DK"}, {"item": "GIAY"}, {"amount": 1_000}],
        }))
        .await;
    let memo = request["reference"].as_str().unwrap();
    gateway
        .hear(&sepay_notice(9_001, 101_500, memo).to_string())
        .await;
    gateway.until(request["id"].as_str().unwrap(), "paid").await;
    let list = gateway.get("/v1/receipts?payment_request=HS-7").await;
    list["data"].as_array().unwrap().clone()
}

async fn bytes(gateway: &Gateway, method: Method, path: &str, body: Option<Value>) -> Vec<u8> {
    let mut request = gateway
        .client
        .request(method, format!("{}{path}", gateway.base_url))
        .bearer_auth(&gateway.key);
    if let Some(body) = body {
        request = request.json(&body);
    }
    let response = request.send().await.unwrap();
    assert_eq!(response.status(), StatusCode::OK, "{path}");
    response.bytes().await.unwrap().to_vec()
}

/// Every text of an XML file with the element that it stands in, as another reader sees them.
fn texts(document: &[u8]) -> Vec<(String, String)> {
    let text = std::str::from_utf8(document).unwrap();
    let mut reader = quick_xml::Reader::from_str(text);
    let (mut found, mut open): (Vec<(String, String)>, Vec<String>) = (Vec::new(), Vec::new());
    let mut add = |open: &[String], text: &str| {
        let name = open.last().unwrap().clone();
        match found.last_mut() {
            Some((last, before)) if *last == name && !before.is_empty() => before.push_str(text),
            _ => found.push((name, text.to_owned())),
        }
    };
    loop {
        match reader.read_event().unwrap() {
            Event::Start(tag) => open.push(tag.name().as_ref().to_owned()),
            Event::End(_) => {
                open.pop();
            }
            Event::Text(text) if !open.is_empty() => add(&open, &text),
            Event::GeneralRef(name) => {
                let text = match &*name {
                    "lt" => "<",
                    "gt" => ">",
                    "amp" => "&",
                    "quot" => "\"",
                    "apos" => "'",
                    other => panic!("{other}"),
                };
                add(&open, text);
            }
            Event::Eof => return found,
            _ => {}
        }
    }
}

fn verify(arguments: &[&str]) -> (Option<i32>, Value) {
    let output = Command::new(env!("CARGO_BIN_EXE_thungan"))
        .args(["receipt", "verify", "--json"])
        .args(arguments)
        .output()
        .unwrap();
    let json = serde_json::from_slice(&output.stdout).unwrap_or_default();
    (output.status.code(), json)
}

on_both_engines! {
    async fn a_paid_request_has_apart_receipts_for_phi_and_le_phi(gateway: &Gateway) {
        let receipts = paid(gateway, "Trần Thị Ví Dụ").await;
        let year = &gateway::app::now().business_date().year().to_string()[2..];
        let facts = |receipt: &Value| (receipt["kind"].clone(), receipt["series"].clone(), receipt["number_text"].clone(),
            receipt["amount"].clone(), receipt["amount_in_words"].clone(), receipt["signer"].clone());
        assert_eq!(receipts.iter().map(facts).collect::<Vec<_>>(), [
            (json!("phi"), json!(format!("BP-{year}E")), json!("0000001"), json!(79_000), json!("Bảy mươi chín nghìn đồng"), json!("none")),
            (json!("le_phi"), json!(format!("BL-{year}E")), json!("0000001"), json!(21_000), json!("Hai mươi mốt nghìn đồng"), json!("test")),
        ]);
        assert_eq!(receipts[0]["content"]["lines"], json!([{"item": "SAO", "name": "Phí cấp bản sao", "amount": 79_000}]));
        assert_eq!(receipts[0]["content"]["external_id"], "HS-7");
        let theirs = gateway.call_as(&gateway.neighbour_key, Method::GET, &format!("/v1/receipts/{}", receipts[0]["id"].as_str().unwrap()), None).await;
        assert_eq!(theirs.status, StatusCode::NOT_FOUND);
        gateway.assert_books_hold();
    }

    async fn the_code_on_a_receipt_is_checked_offline_and_a_forged_one_is_refused(gateway: &Gateway) {
        let receipts = paid(gateway, HOSTILE).await;
        let key = gateway.get("/v1/receipts/verification-key").await;
        let key = key["public_key"].as_str().unwrap();
        let code = receipts[0]["proof"].as_str().unwrap();
        let folder = tempfile::tempdir().unwrap();
        let file = |index: usize, id: &str| (folder.path().join(format!("{index}.xml")), format!("/v1/receipts/{id}/xml"));
        let mut files = Vec::new();
        for (index, receipt) in receipts.iter().enumerate() {
            let (path, address) = file(index, receipt["id"].as_str().unwrap());
            std::fs::write(&path, bytes(gateway, Method::GET, &address, None).await).unwrap();
            files.push(path.to_str().unwrap().to_owned());
        }
        let (status, said) = verify(&["--key", key, "--xml", &files[0], code]);
        assert_eq!(status, Some(0), "{said}");
        assert_eq!((&said["authentic"], &said["amount"], &said["number"], &said["xml_agrees"], &said["tax_code"]),
            (&json!(true), &json!(79_000), &json!(1), &json!(true), &json!("0300000000")));
        assert_eq!(verify(&["--key", key, "--xml", &files[1], code]).0, Some(1), "the XML of another receipt");
        let changed = std::fs::read_to_string(&files[0]).unwrap().replace("<So>0000001</So>", "<So>0000002</So>");
        std::fs::write(&files[0], changed).unwrap();
        assert_eq!(verify(&["--key", key, "--xml", &files[0], code]).0, Some(1), "a changed XML");
        // Every single change of the code is seen, and another office's key proves nothing.
        for at in 0..code.len() {
            let mut forged = code.as_bytes().to_vec();
            forged[at] = if forged[at] == b'A' { b'B' } else { b'A' };
            let forged = String::from_utf8(forged).unwrap();
            // The last symbol carries bits that must be zero: then it is not readable.
            assert!(proof::verify(key, &forged, None).is_err(), "{at}: {forged}");
        }
        let other = gateway.call_as(&gateway.neighbour_key, Method::GET, "/v1/receipts/verification-key", None).await;
        assert_eq!(verify(&["--key", other.json["public_key"].as_str().unwrap(), code]).0, Some(1));
        assert_eq!(verify(&["--key", key, "TNBL1.e30"]).0, Some(1));
    }

    async fn a_hostile_name_stays_a_name_in_the_xml_and_the_signature_holds_over_it(gateway: &Gateway) {
        let receipts = paid(gateway, HOSTILE).await;
        for (receipt, signed) in receipts.iter().zip([false, true]) {
            let address = format!("/v1/receipts/{}/xml", receipt["id"].as_str().unwrap());
            let document = bytes(gateway, Method::GET, &address, None).await;
            let found = texts(&document);
            assert!(found.contains(&("Ten".to_owned(), HOSTILE.to_owned())), "{found:?}");
            assert!(found.iter().any(|(name, text)| name == "TongTienBangChu" && text == receipt["amount_in_words"].as_str().unwrap()));
            let said = |wanted: &str| found.iter().find(|(name, _)| name == wanted).map(|(_, text)| text.clone());
            let data = xml::data_of(&document).unwrap();
            if signed {
                use base64::Engine;
                use base64::engine::general_purpose::STANDARD;
                let (public, signature) = (said("KhoaCongKhai").unwrap(), said("GiaTri").unwrap());
                let public = ring::signature::UnparsedPublicKey::new(&ring::signature::ED25519, STANDARD.decode(public).unwrap());
                let signature = STANDARD.decode(signature).unwrap();
                public.verify(data, &signature).unwrap();
                let mut changed = data.to_vec();
                changed[20] ^= 1;
                assert!(public.verify(&changed, &signature).is_err());
            } else {
                assert_eq!(said("TrangThai").as_deref(), Some("Chưa ký số"));
            }
        }
    }

    async fn a_receipt_is_printed_once_as_the_original_and_then_as_a_copy(gateway: &Gateway) {
        let receipts = paid(gateway, HOSTILE).await;
        let id = receipts[0]["id"].as_str().unwrap();
        let print = async |paper: &str| bytes(gateway, Method::POST, &format!("/v1/receipts/{id}/prints"), Some(json!({"paper": paper}))).await;
        let text = |pdf: &[u8]| {
            let folder = tempfile::tempdir().unwrap();
            let file = folder.path().join("receipt.pdf");
            std::fs::write(&file, pdf).unwrap();
            let output = Command::new("pdftotext").arg("-layout").arg(&file).arg("-").output().unwrap();
            assert!(output.status.success());
            String::from_utf8(output.stdout).unwrap()
        };
        let original = text(&print("a5").await);
        for words in ["BIÊN LAI THU PHÍ", "0000001", "79.000", "Bảy mươi chín nghìn đồng", "Chưa ký số", "01BLP0-001", "=HYPERLINK", "0300000000"] {
            assert!(original.contains(words), "{words}: {original}");
        }
        assert!(!original.contains("BẢN SAO"));
        assert!(text(&print("a4").await).contains("BẢN SAO (lần 1)"));
        let cancelled = gateway.call(Method::POST, &format!("/v1/receipts/{id}/cancel"), Some(json!({"reason": "Thu nhầm"}))).await;
        assert_eq!(cancelled.json["status"], "cancelled");
        let third = text(&print("a5").await);
        assert!(third.contains("BẢN SAO (lần 2)") && third.contains("ĐÃ HỦY"), "{third}");
        assert_eq!(gateway.get(&format!("/v1/receipts/{id}")).await["prints"], 3);
        gateway.assert_books_hold();
    }
}
