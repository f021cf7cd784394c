//! What the data objects are called (EMVCo MPM chapter 4, NAPAS v1.0), in both languages.

use crate::napas;
use crate::path::Path;
use crate::problem::Language;

/// The name of the object at `path`, when it has one.
pub(crate) fn name(path: Path, language: Language) -> Option<&'static str> {
    let (english, vietnamese) = match (path.root_tag(), path.depth()) {
        (tag, 1) => root(tag)?,
        (62, 2) => additional_data(path.last_tag())?,
        (64, 2) => language_template(path.last_tag())?,
        (26..=51, _) => account(path)?,
        _ => return None,
    };
    Some(match language {
        Language::English => english,
        Language::Vietnamese => vietnamese,
    })
}

const fn root(tag: u8) -> Option<(&'static str, &'static str)> {
    Some(match tag {
        0 => ("payload format", "phiên bản dữ liệu"),
        1 => ("point of initiation", "kiểu mã (tĩnh hay động)"),
        38 => ("VietQR account", "thông tin tài khoản VietQR"),
        2..=51 => ("merchant account", "thông tin tài khoản nhận"),
        52 => ("merchant category", "mã ngành hàng"),
        53 => ("currency", "mã tiền tệ"),
        54 => ("amount", "số tiền"),
        55 => ("tip or fee indicator", "cách tính tiền thêm"),
        56 => ("fixed fee", "phí cố định"),
        57 => ("percentage fee", "phí theo tỷ lệ"),
        58 => ("country", "mã quốc gia"),
        59 => ("merchant name", "tên đơn vị nhận"),
        60 => ("merchant city", "thành phố"),
        61 => ("postal code", "mã bưu chính"),
        62 => ("additional data", "thông tin bổ sung"),
        63 => ("check (CRC)", "mã kiểm tra (CRC)"),
        64 => ("alternate language", "tên bằng ngôn ngữ khác"),
        _ => return None,
    })
}

const fn additional_data(tag: u8) -> Option<(&'static str, &'static str)> {
    Some(match tag {
        1 => ("bill number", "số hoá đơn"),
        2 => ("mobile number", "số điện thoại"),
        3 => ("store label", "mã cửa hàng"),
        4 => ("loyalty number", "số thẻ khách hàng thân thiết"),
        5 => ("reference label", "mã tham chiếu"),
        6 => ("customer label", "mã khách hàng"),
        7 => ("terminal label", "mã điểm bán"),
        8 => ("purpose of transaction (memo)", "nội dung chuyển khoản"),
        9 => ("consumer data request", "yêu cầu thông tin người trả"),
        10 => ("merchant tax ID", "mã số thuế đơn vị nhận"),
        11 => ("merchant channel", "kênh bán hàng"),
        _ => return None,
    })
}

const fn language_template(tag: u8) -> Option<(&'static str, &'static str)> {
    Some(match tag {
        0 => ("language", "mã ngôn ngữ"),
        1 => (
            "merchant name in that language",
            "tên đơn vị bằng ngôn ngữ đó",
        ),
        2 => ("city in that language", "thành phố bằng ngôn ngữ đó"),
        _ => return None,
    })
}

fn account(path: Path) -> Option<(&'static str, &'static str)> {
    // An account may stand under any ID of 26–51; the names below 38 are those of NAPAS.
    if path.tags().get(1) == Some(&0) {
        return Some(("scheme identifier", "mã định danh hệ thống"));
    }
    if path.root_tag() != 38 {
        return None;
    }
    Some(match path {
        napas::BENEFICIARY_BIN => ("bank BIN", "mã BIN ngân hàng"),
        napas::BENEFICIARY_ACCOUNT => ("account or card number", "số tài khoản hoặc số thẻ"),
        napas::SERVICE => ("service code", "mã dịch vụ"),
        path if path.depth() == 2 && path.last_tag() == 1 => ("beneficiary", "bên thụ hưởng"),
        _ => return None,
    })
}
