//! The sentences, both languages side by side, so that a change to one is seen beside the other.

use super::{Code, Language, Place, Problem};
use crate::{Path, names};

/// The sentence of a problem.
pub(super) fn of(problem: &Problem, language: Language) -> String {
    let (english, vietnamese) = both(problem);
    let sentence = match language {
        Language::English => english,
        Language::Vietnamese => vietnamese,
    };
    // A sentence may begin with the name of its object.
    let mut characters = sentence.chars();
    match characters.next() {
        Some(first) => first.to_uppercase().chain(characters).collect(),
        None => sentence,
    }
}

/// English, Vietnamese. Sentences are made for a person reading one problem; making both costs
/// nothing that matters.
fn both(problem: &Problem) -> (String, String) {
    let at = problem.span.start;
    let (en, vi) = (
        subject(problem.place, Language::English),
        subject(problem.place, Language::Vietnamese),
    );
    let expected = problem.expected.as_deref().unwrap_or_default();
    let found = problem.found.as_deref().unwrap_or_default();
    match problem.code {
        Code::Empty => pair("The payload is empty.", "Mã không có nội dung."),
        Code::TooLarge => pair(
            "The payload is longer than any QR symbol can hold (2,953 bytes).",
            "Nội dung dài hơn sức chứa của mọi mã QR (2.953 byte).",
        ),
        Code::TagNotNumeric if problem.place == Place::Whole && at == 0 => pair(
            "This is not an EMVCo payment code: it does not begin with digits.",
            "Đây không phải mã thanh toán theo chuẩn EMVCo: nội dung không bắt đầu bằng chữ số.",
        ),
        Code::TagNotNumeric => (
            format!("At character {at} an object must begin with two digits."),
            format!("Ở ký tự {at}, mỗi trường phải bắt đầu bằng hai chữ số."),
        ),
        Code::LengthNotNumeric => (
            format!("The length of {en} at character {at} is not two digits."),
            format!("Độ dài của {vi} ở ký tự {at} không phải hai chữ số."),
        ),
        Code::LengthZero => (
            format!("{en} has the length 00; an empty object must be left out."),
            format!("{vi} có độ dài 00; trường rỗng phải bỏ hẳn."),
        ),
        Code::LengthOverrun => (
            format!("{en} announces {expected} characters and only {found} are left."),
            format!("{vi} khai {expected} ký tự nhưng chỉ còn {found} ký tự."),
        ),
        Code::TrailingData => (
            format!(
                "From character {at} on there is no whole object; the payload is cut or something was added."
            ),
            format!("Từ ký tự {at} không còn trường trọn vẹn; nội dung bị cắt hoặc bị thêm."),
        ),
        Code::CrcMissing => pair(
            "The check (object 63) is missing; the end of the payload may be cut off.",
            "Thiếu mã kiểm tra (trường 63); phần cuối có thể đã bị cắt.",
        ),
        Code::CrcMismatch => (
            format!("The check is {found:?} and should be {expected}; some character was changed."),
            format!("Mã kiểm tra là {found:?}, đúng ra là {expected}; nội dung đã bị thay đổi."),
        ),
        Code::CrcNotLast => pair(
            "Objects follow the check (63); they are protected by nothing.",
            "Có trường đứng sau mã kiểm tra (63); phần đó không được bảo vệ.",
        ),
        Code::PfiNotFirst => pair(
            "The payload format (00) must be the first object.",
            "Phiên bản dữ liệu (00) phải là trường đầu tiên.",
        ),
        Code::Missing | Code::StrictMissing => {
            (format!("{en} is missing."), format!("Thiếu {vi}."))
        }
        Code::Duplicate => (
            format!("{en} stands twice; two readers could take different ones."),
            format!("{vi} xuất hiện hai lần; mỗi ứng dụng có thể đọc một giá trị khác."),
        ),
        Code::NestedMalformed => (
            format!("{en} does not consist of whole objects (from character {at})."),
            format!("{vi} không gồm các trường trọn vẹn (từ ký tự {at})."),
        ),
        Code::Ambiguous => pair(
            "There are several VietQR accounts; nobody can know whom to pay.",
            "Có nhiều tài khoản VietQR trong một mã; không biết phải trả cho ai.",
        ),
        Code::ByteLength => (
            format!(
                "The lengths count bytes instead of characters, first in {en}; the generator has to be fixed."
            ),
            format!(
                "Độ dài được đếm theo byte thay vì ký tự, bắt đầu ở {vi}; cần sửa chương trình tạo mã."
            ),
        ),
        Code::Utf16Length => (
            format!(
                "The lengths count UTF-16 units instead of characters, first in {en}; the generator has to be fixed."
            ),
            format!(
                "Độ dài được đếm theo đơn vị UTF-16 thay vì ký tự, bắt đầu ở {vi}; cần sửa chương trình tạo mã."
            ),
        ),
        Code::BadValue | Code::TooLong | Code::StrictTooLong | Code::StrictBadValue => {
            broken_rule(problem, &en, &vi)
        }
        Code::StrictNotTemplate => (
            format!("{en} is not a template; it is kept as plain text."),
            format!("{vi} không phải nhóm trường; được giữ nguyên dạng văn bản."),
        ),
        Code::StrictUnknown => (
            format!("{en} is not defined by NAPAS."),
            format!("{vi} không có trong quy định của NAPAS."),
        ),
        Code::Charset => (
            format!(
                "{en} holds characters outside printable ASCII; some apps drop or garble them."
            ),
            format!(
                "{vi} có ký tự ngoài bảng chữ không dấu; một số ứng dụng bỏ hoặc hiển thị sai."
            ),
        ),
        Code::NotNfc => (
            format!(
                "{en} is not in composed Unicode form (NFC), so its length may be counted differently."
            ),
            format!("{vi} không ở dạng Unicode dựng sẵn (NFC), nên độ dài có thể bị đếm khác."),
        ),
        Code::WarnCrcLowercase => pair(
            "The check is written in lower case; capital letters are the rule.",
            "Mã kiểm tra viết bằng chữ thường; đúng quy định là chữ in hoa.",
        ),
        Code::WarnStaticWithAmount => pair(
            "A reusable code (01 = 11) carries a fixed amount.",
            "Mã dùng nhiều lần (01 = 11) lại có sẵn số tiền.",
        ),
        Code::WarnDynamicNoAmount => pair(
            "A one-time code (01 = 12) carries no amount; the payer types it.",
            "Mã dùng một lần (01 = 12) không có số tiền; người trả phải tự nhập.",
        ),
        Code::WarnServiceDefaultQrpush => pair(
            "The service code (38.02) is absent; the code is read as a merchant payment (QRPUSH).",
            "Không có mã dịch vụ (38.02); mã được hiểu là thanh toán cho đơn vị chấp nhận thẻ (QRPUSH).",
        ),
        Code::WarnQrcashStatic => pair(
            "A cash withdrawal code should be usable once only (01 = 12).",
            "Mã rút tiền nên là mã dùng một lần (01 = 12).",
        ),
        Code::WarnRfuPresent => (
            format!("{en} is reserved by EMVCo; it is kept and ignored."),
            format!("{vi} được EMVCo dành riêng; được giữ lại và bỏ qua."),
        ),
        Code::WarnLeadingZeros => (
            format!("{en} has zeros in front: {found:?}."),
            format!("{vi} có số 0 thừa ở đầu: {found:?}."),
        ),
        Code::WarnPayloadOver512 => pair(
            "The payload is longer than the 512 characters that EMVCo recommends.",
            "Nội dung dài hơn 512 ký tự mà EMVCo khuyến nghị.",
        ),
        Code::WarnTrailingWhitespace => pair(
            "White space around the payload was ignored.",
            "Đã bỏ qua khoảng trắng ở hai đầu.",
        ),
        Code::WarnUnknownBin => (
            format!("The BIN {found:?} is in no bank directory we know."),
            format!("Mã BIN {found:?} không có trong danh mục ngân hàng đã biết."),
        ),
        Code::WarnVietqrOutside38 => (
            format!("The VietQR account stands in {en}; its place is 38."),
            format!("Tài khoản VietQR nằm ở {vi}; đúng ra phải ở trường 38."),
        ),
    }
}

/// `54 (amount) must be a whole number of đồng; it is "79000.50".`
fn broken_rule(problem: &Problem, en: &str, vi: &str) -> (String, String) {
    let (mut english, mut vietnamese) = match problem.rule {
        Some(rule) => (
            format!("{en} {}", rule.phrase(Language::English)),
            format!("{vi} {}", rule.phrase(Language::Vietnamese)),
        ),
        None => (format!("{en} is not valid"), format!("{vi} không hợp lệ")),
    };
    match &problem.found {
        Some(found) => {
            english += &format!("; it is {found:?}.");
            vietnamese += &format!("; giá trị đọc được là {found:?}.");
        }
        None => {
            english.push('.');
            vietnamese.push('.');
        }
    }
    (english, vietnamese)
}

/// `Object 54 (amount)`, `trường 54 (số tiền)`: how a sentence names its place.
fn subject(place: Place, language: Language) -> String {
    match (place, language) {
        (Place::At(path), _) => object(path, language),
        (Place::Whole, Language::English) => "the payload".to_owned(),
        (Place::Whole, Language::Vietnamese) => "nội dung mã".to_owned(),
        (Place::Accounts, Language::English) => "merchant account (any of 02–51)".to_owned(),
        (Place::Accounts, Language::Vietnamese) => {
            "thông tin tài khoản nhận (một trong các trường 02–51)".to_owned()
        }
        (Place::Fees, Language::English) => "55, 56 and 57 (tip or fee)".to_owned(),
        (Place::Fees, Language::Vietnamese) => "55, 56 và 57 (tiền thêm hoặc phí)".to_owned(),
        (Place::VietQr, Language::English) => "the VietQR account".to_owned(),
        (Place::VietQr, Language::Vietnamese) => "tài khoản VietQR".to_owned(),
    }
}

fn object(path: Path, language: Language) -> String {
    match names::name(path, language) {
        Some(name) => format!("{path} ({name})"),
        None => match language {
            Language::English => format!("object {path}"),
            Language::Vietnamese => format!("trường {path}"),
        },
    }
}

fn pair(english: &str, vietnamese: &str) -> (String, String) {
    (english.to_owned(), vietnamese.to_owned())
}
