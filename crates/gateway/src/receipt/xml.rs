//! A receipt as XML: `DuLieu` with what stands on it, `ChuKy` with the signature over the bytes of `DuLieu`.
//!
//! The layout of the tax authority's own file is not public text that could be followed here; this one names
//! the same fields (Nghị định 123/2020 art. 32.2, 33), so that a provider's adapter can translate it.

use super::{ReceiptError, signer};
use crate::seal::Sealer;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ledger::receipt::{Means, number_text};
use money::words::words;
use payment::FeeKind;
use quick_xml::Writer;
use quick_xml::events::BytesText;
use std::borrow::Cow;
use std::io;
use store::TenantScope;
use store::receipt::Receipt;

/// The tags around the data part.
const OPEN: &str = "<DuLieu>";
const CLOSE: &str = "</DuLieu>";

/// A text without the characters that XML 1.0 cannot hold. They do not come in through the API; the file
/// must stay readable whatever is stored.
fn legal(text: &str) -> Cow<'_, str> {
    let is_legal = |c: char| matches!(c, '\t' | '\n' | '\r' | '\u{20}'..='\u{D7FF}' | '\u{E000}'..='\u{FFFD}' | '\u{10000}'..);
    if text.chars().all(is_legal) {
        return Cow::Borrowed(text);
    }
    let replaced = text
        .chars()
        .map(|c| if is_legal(c) { c } else { '\u{FFFD}' });
    Cow::Owned(replaced.collect())
}

fn field(writer: &mut Writer<Vec<u8>>, name: &str, text: &str) -> io::Result<()> {
    let text = legal(text);
    writer
        .create_element(name)
        .write_text_content(BytesText::new(&text))?;
    Ok(())
}

/// The data part: the same bytes for the same receipt, for ever.
///
/// # Errors
/// [`ReceiptError::Xml`].
pub fn data(receipt: &Receipt) -> Result<Vec<u8>, ReceiptError> {
    let mut writer = Writer::new(Vec::new());
    let content = &receipt.content;
    writer.create_element("DuLieu").write_inner_content(|w| {
        field(w, "LoaiBienLai", kind_name(receipt.kind))?;
        field(w, "KyHieuMau", &receipt.form_code)?;
        field(w, "KyHieu", &receipt.series)?;
        field(w, "So", &number_text(receipt.number))?;
        field(w, "NgayLap", &receipt.issued_on.to_string())?;
        field(w, "DonViTienTe", "VND")?;
        w.create_element("ToChucThu").write_inner_content(|w| {
            field(w, "Ten", &content.collector.name)?;
            field(
                w,
                "MaSoThue",
                content.collector.tax_code.as_deref().unwrap_or_default(),
            )?;
            field(
                w,
                "DiaChi",
                content.collector.address.as_deref().unwrap_or_default(),
            )
        })?;
        w.create_element("NguoiNop").write_inner_content(|w| {
            field(w, "Ten", content.payer_name.as_deref().unwrap_or_default())
        })?;
        field(
            w,
            "MaHoSo",
            content.external_id.as_deref().unwrap_or_default(),
        )?;
        field(w, "MaThanhToan", &content.reference)?;
        field(w, "HinhThucThanhToan", means_name(content.means))?;
        w.create_element("DanhSachKhoanThu")
            .write_inner_content(|w| {
                for line in &content.lines {
                    w.create_element("KhoanThu").write_inner_content(|w| {
                        field(w, "Ma", line.item.as_str())?;
                        field(w, "Ten", &line.name)?;
                        field(w, "SoTien", &line.amount.get().to_string())
                    })?;
                }
                Ok(())
            })?;
        field(w, "TongTien", &receipt.amount.get().to_string())?;
        field(w, "TongTienBangChu", &words(receipt.amount))?;
        if let Some(old) = &content.replaces {
            w.create_element("ThayThe").write_inner_content(|w| {
                field(w, "KyHieuMau", &old.form_code)?;
                field(w, "KyHieu", &old.series)?;
                field(w, "So", &number_text(old.number))?;
                field(w, "NgayLap", &old.issued_on.to_string())
            })?;
        }
        Ok(())
    })?;
    Ok(writer.into_inner())
}

/// The whole file.
///
/// # Errors
/// [`ReceiptError`].
pub fn document(
    sealer: &Sealer,
    scope: &TenantScope,
    receipt: &Receipt,
) -> Result<Vec<u8>, ReceiptError> {
    let data = data(receipt)?;
    let signature = signer::sign(receipt.signer, sealer, scope, &data)?;
    let mut rest = Writer::new(Vec::new());
    if let Some(cancelled) = &receipt.cancellation {
        rest.create_element("Huy").write_inner_content(|w| {
            field(w, "Ngay", &cancelled.at.business_date().to_string())?;
            field(w, "LyDo", &cancelled.reason)
        })?;
    }
    rest.create_element("ChuKy")
        .write_inner_content(|w| match &signature {
            None => field(w, "TrangThai", "Chưa ký số"),
            Some(signature) => {
                field(w, "TrangThai", signature.note)?;
                field(w, "ThuatToan", "Ed25519")?;
                field(w, "KhoaCongKhai", &STANDARD.encode(&signature.public_key))?;
                field(w, "GiaTri", &STANDARD.encode(&signature.bytes))
            }
        })?;
    let mut document = b"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<BienLai>".to_vec();
    document.extend(data);
    document.extend(rest.into_inner());
    document.extend(b"</BienLai>\n");
    Ok(document)
}

/// The data part of a file, as bytes.
#[must_use]
pub fn data_of(document: &[u8]) -> Option<&[u8]> {
    let text = std::str::from_utf8(document).ok()?;
    let from = text.find(OPEN)?;
    // Texts are escaped, so the tags stand nowhere else.
    let to = text.rfind(CLOSE)? + CLOSE.len();
    document.get(from..to)
}

/// What people call a receipt of this kind.
#[must_use]
pub fn kind_name(kind: FeeKind) -> &'static str {
    match kind {
        FeeKind::LePhi => "Biên lai thu lệ phí",
        _ => "Biên lai thu phí",
    }
}

/// How it was paid, for people.
#[must_use]
pub fn means_name(means: Means) -> &'static str {
    match means {
        Means::Transfer => "Chuyển khoản",
        Means::NothingDue => "Không phải nộp",
    }
}
