//! The printed receipt.

use super::xml::{kind_name, means_name};
use super::{ReceiptError, proof, signer, xml};
use crate::seal::Sealer;
use ledger::receipt::number_text;
use money::words::words;
use payment::FeeKind;
use print::Paper;
use print::pdf::Document;
use print::receipt::Receipt as Printed;
use store::TenantScope;
use store::receipt::Receipt;

/// A receipt as PDF. `copy` is 0 for the original; every later print says that it is a copy.
///
/// # Errors
/// [`ReceiptError`].
pub fn pdf(
    sealer: &Sealer,
    scope: &TenantScope,
    receipt: &Receipt,
    copy: i64,
    paper: Paper,
) -> Result<Vec<u8>, ReceiptError> {
    let printed = printed(sealer, scope, receipt, copy)?;
    let mut document = Document::new(format!(
        "{} {} {}",
        kind_name(receipt.kind),
        receipt.series,
        number_text(receipt.number)
    ));
    for page in printed.pages(paper)? {
        document.add(&page)?;
    }
    Ok(document.finish()?)
}

fn printed(
    sealer: &Sealer,
    scope: &TenantScope,
    receipt: &Receipt,
    copy: i64,
) -> Result<Printed, ReceiptError> {
    let content = &receipt.content;
    let collector = &content.collector;
    let data = xml::data(receipt)?;
    let signature = signer::sign(receipt.signer, sealer, scope, &data)?;
    let mut collectors = vec![collector.name.clone()];
    collectors.extend(
        collector
            .tax_code
            .iter()
            .map(|code| format!("Mã số thuế: {code}")),
    );
    collectors.extend(collector.address.iter().map(|at| format!("Địa chỉ: {at}")));
    let mut facts = Vec::new();
    let mut fact = |name: &str, value: Option<&str>| {
        if let Some(value) = value {
            facts.push((name.to_owned(), value.to_owned()));
        }
    };
    fact("Người nộp tiền", content.payer_name.as_deref());
    fact("Mã hồ sơ", content.external_id.as_deref());
    fact("Mã thanh toán", Some(&content.reference));
    fact("Hình thức thanh toán", Some(means_name(content.means)));
    if let Some(old) = &content.replaces {
        let old = format!(
            "ký hiệu {} số {} ngày {}",
            old.series,
            number_text(old.number),
            old.issued_on.vietnam_display()
        );
        fact("Thay thế biên lai", Some(&old));
    }
    let mut stamps = Vec::new();
    if copy > 0 {
        stamps.push(format!("BẢN SAO (lần {copy})"));
    }
    if let Some(cancelled) = &receipt.cancellation {
        let day = cancelled.at.business_date().vietnam_display();
        stamps.push(format!("ĐÃ HỦY ngày {day}"));
    }
    let title_en = match receipt.kind {
        FeeKind::LePhi => "Charge receipt",
        _ => "Fee receipt",
    };
    let day = receipt.issued_on;
    let signed = signature.map_or("Chưa ký số", |signature| signature.note);
    Ok(Printed {
        collector: collectors,
        numbers: vec![
            format!("Ký hiệu mẫu: {}", receipt.form_code),
            format!("Ký hiệu: {}", receipt.series),
            format!("Số: {}", number_text(receipt.number)),
        ],
        title: kind_name(receipt.kind).to_uppercase(),
        title_en: format!("({title_en})"),
        date: format!(
            "Ngày {:02} tháng {:02} năm {}",
            day.day(),
            day.month(),
            day.year()
        ),
        stamps,
        facts,
        headings: ("Tên phí, lệ phí".to_owned(), "Số tiền (đồng)".to_owned()),
        lines: content
            .lines
            .iter()
            .map(|line| (line.name.clone(), money::format::grouped(line.amount)))
            .collect(),
        total: (
            "Tổng cộng".to_owned(),
            money::format::grouped(receipt.amount),
        ),
        words: format!("Số tiền bằng chữ: {}", words(receipt.amount)),
        signature: vec!["Người thu tiền".to_owned(), signed.to_owned()],
        proof_hint: "Mã kiểm tra: thungan receipt verify".to_owned(),
        proof: proof::write(sealer, scope, receipt, &data)?,
    })
}
