//! Every word that a page shows, in Vietnamese and in English.
//!
//! One table: a line without both languages does not compile, and the tests of [`super`] refuse a
//! template that brings words of its own.

use super::Language;

/// Declares [`Text`] and its two values from lines `name: "tiếng Việt", "English";`.
macro_rules! texts {
    ($($name:ident: $vi:literal, $en:literal;)+) => {
        /// The words of all pages in one language; [`Text::of`] chooses.
        #[derive(Debug)]
        pub struct Text {
            $(#[doc = $en] pub $name: &'static str,)+
        }

        static VIETNAMESE: Text = Text { $($name: $vi,)+ };
        static ENGLISH: Text = Text { $($name: $en,)+ };

        /// The table as rows (name, Vietnamese, English), for the tests.
        #[cfg(test)]
        pub(super) const ROWS: &[(&str, &str, &str)] = &[$((stringify!($name), $vi, $en)),+];
    };
}

impl Text {
    /// The words in `language`.
    #[must_use]
    pub fn of(language: Language) -> &'static Self {
        match language {
            Language::Vietnamese => &VIETNAMESE,
            Language::English => &ENGLISH,
        }
    }
}

texts! {
    // Every page
    language_switch: "Ngôn ngữ", "Language";
    skip_to_content: "Đến nội dung chính", "Skip to the content";
    software: "ThuNgân: phần mềm yêu cầu thanh toán và đối soát, không giữ tiền của ai.", "ThuNgân: software that requests payments and reconciles them. It never holds money.";
    reload: "Tải lại", "Reload";
    without_script: "Trang này không tự cập nhật vì JavaScript đang tắt.", "This page does not update by itself because JavaScript is off.";
    connection_lost: "Mất kết nối. Đang thử lại…", "Connection lost. Trying again…";
    test_mode: "Chế độ thử nghiệm. Không chuyển tiền thật.", "Test mode. Do not send real money.";

    // States
    status_open: "Chờ thanh toán", "Awaiting payment";
    status_underpaid: "Chưa đủ tiền", "Underpaid";
    status_paid: "Đã thanh toán", "Paid";
    status_overpaid: "Thừa tiền", "Overpaid";
    status_cancelled: "Đã hủy", "Cancelled";
    status_expired: "Hết hạn", "Expired";
    status_late: "đến muộn", "late";

    // Checkout: asking
    checkout_title: "Thanh toán", "Payment";
    collected_by: "Đơn vị thu", "Collected by";
    amount_due: "Số tiền cần thanh toán", "Amount to pay";
    amount_missing: "Số tiền còn thiếu", "Amount still missing";
    in_words: "Bằng chữ", "In words";
    scan: "Quét mã VietQR bằng ứng dụng ngân hàng", "Scan the VietQR code with your banking app";
    qr_alt: "Mã VietQR của khoản thanh toán này", "The VietQR code of this payment";
    save_qr: "Lưu ảnh mã QR", "Save the QR image";
    same_phone: "Trả bằng chính điện thoại này? Lưu ảnh mã QR, mở ứng dụng ngân hàng rồi chọn quét mã từ ảnh.", "Paying with this very phone? Save the QR image, open your banking app and scan from a picture.";
    no_qr_for_rest: "Mã QR không còn đúng số tiền. Hãy nhập tay theo thông tin chuyển khoản.", "The QR code no longer has the right amount. Enter the transfer by hand from the details.";
    details: "Thông tin chuyển khoản", "Transfer details";
    payee: "Tên tài khoản", "Account name";
    bank: "Ngân hàng", "Bank";
    account: "Số tài khoản", "Account number";
    amount: "Số tiền", "Amount";
    memo: "Nội dung chuyển khoản", "Transfer message";
    keep_memo: "Giữ nguyên nội dung chuyển khoản.", "Keep the transfer message exactly as it is.";
    keep_memo_why: "Phần tô đậm là mã thanh toán: nhờ mã này, tiền của bạn được ghi nhận đúng người, đúng khoản.", "The highlighted part is the payment reference: by it your money is credited to the right person and purpose.";
    check_payee: "Trước khi xác nhận, hãy so tên tài khoản và số tiền trong ứng dụng ngân hàng với trang này.", "Before you confirm, compare the account name and the amount in your banking app with this page.";
    straight_to_account: "Tiền đi thẳng từ ngân hàng của bạn vào tài khoản của đơn vị thu.", "The money goes straight from your bank to the account of the collecting office.";
    copy: "Sao chép", "Copy";
    copied: "Đã chép", "Copied";
    copy_failed: "Hãy tự chọn và sao chép", "Select and copy it yourself";
    copy_payee: "Sao chép tên tài khoản", "Copy the account name";
    copy_account: "Sao chép số tài khoản", "Copy the account number";
    copy_amount: "Sao chép số tiền", "Copy the amount";
    copy_memo: "Sao chép nội dung chuyển khoản", "Copy the transfer message";
    expires_at: "Hạn thanh toán", "Pay before";
    time_left: "Còn lại", "Time left";
    time_over: "Đã hết thời gian", "The time is over";
    day: "ngày", "day";
    days: "ngày", "days";
    waiting: "Đang chờ tiền vào tài khoản. Trang này tự cập nhật, bạn không cần tải lại.", "Waiting for the money to arrive. This page updates by itself; no need to reload.";
    purpose: "Khoản thu", "What this is for";
    total: "Tổng cộng", "Total";
    received: "Đã nhận", "Received";
    remaining: "Còn thiếu", "Still missing";

    // Checkout: outcomes
    paid_heading: "Đã thanh toán", "Paid";
    paid_lead: "Đơn vị thu đã nhận đủ tiền. Bạn có thể đóng trang này.", "The collecting office has received the full amount. You may close this page.";
    paid_late: "Tiền đến sau hạn nhưng vẫn được ghi nhận đầy đủ.", "The money arrived after the deadline and has been recorded in full.";
    paid_at: "Thời điểm nhận", "Received at";
    reference: "Mã thanh toán", "Payment reference";
    nothing_due_heading: "Không phải nộp tiền", "Nothing to pay";
    nothing_due_lead: "Khoản thu này là 0 đồng. Bạn không cần chuyển khoản.", "This request is for zero đồng. No transfer is needed.";
    underpaid_heading: "Chưa đủ tiền", "Not fully paid yet";
    underpaid_lead: "Đã nhận một phần. Vui lòng chuyển tiếp đúng số tiền còn thiếu, với cùng nội dung chuyển khoản.", "A part has arrived. Please transfer exactly the missing amount, with the same transfer message.";
    overpaid_heading: "Đã thanh toán, có tiền thừa", "Paid, with a surplus";
    overpaid_lead: "Tiền thừa là của bạn. Hãy liên hệ đơn vị thu để được hoàn lại, kèm mã thanh toán bên dưới.", "The surplus is yours. Contact the collecting office to have it returned, and give the payment reference below.";
    surplus: "Tiền thừa", "Surplus";
    expired_heading: "Đã hết hạn thanh toán", "This request has expired";
    expired_lead: "Vui lòng không chuyển khoản theo yêu cầu này nữa. Hãy đề nghị đơn vị thu lập yêu cầu mới.", "Please do not transfer against this request any more. Ask the collecting office for a new one.";
    expired_sent: "Nếu bạn đã chuyển: tiền đến muộn vẫn được ghi nhận, và trang này sẽ tự cập nhật.", "If you have already transferred: late money is still recorded, and this page will show it.";
    cancelled_heading: "Yêu cầu đã hủy. Đừng chuyển khoản.", "Cancelled. Do not pay.";
    cancelled_lead: "Đơn vị thu đã hủy yêu cầu này. Mã QR và nội dung chuyển khoản cũ không còn dùng được.", "The collecting office has withdrawn this request. Its QR code and transfer message are no longer in use.";
    cancelled_sent: "Nếu bạn đã chuyển: hãy liên hệ đơn vị thu, kèm mã thanh toán bên dưới.", "If you have already transferred: contact the collecting office and give the payment reference below.";
    contact: "Liên hệ", "Contact";

    // Shop
    shop_title: "Quầy thu phí, lệ phí", "Fee counter";
    shop_role: "Bộ phận Một cửa", "One-stop service desk";
    shop_demo: "Bản chạy thử: ngân hàng giả lập, tiền giả lập. Không chuyển tiền thật.", "Demonstration: a simulated bank and simulated money. Do not send real money.";
    new_request: "Lập yêu cầu thanh toán", "New payment request";
    fee: "Loại phí, lệ phí", "Fee";
    dossier: "Mã hồ sơ", "Dossier code";
    payer_name: "Người nộp", "Payer";
    create: "Lập yêu cầu", "Create the request";
    requests: "Yêu cầu gần đây", "Recent requests";
    no_requests: "Chưa có yêu cầu nào. Hãy lập yêu cầu đầu tiên.", "No requests yet. Create the first one.";
    description: "Nội dung", "Description";
    created_at: "Lập lúc", "Created";
    payer_page: "Trang thanh toán", "Payer’s page";
    simulate: "Ngân hàng giả lập báo có", "Simulated bank credit";
    simulate_short: "Giả lập", "Simulate";
    scenario_exact: "Đúng tiền", "Exact";
    scenario_short: "Thiếu tiền", "Too little";
    scenario_over: "Thừa tiền", "Too much";
    scenario_twice: "Trả hai lần", "Paid twice";
    scenario_repeated: "Báo lặp lại", "Reported again";
    scenario_mangled_memo: "Nội dung bị méo", "Mangled message";
    scenario_forged_signature: "Giả chữ ký", "Forged signature";
    scenario_exact_hint: "Chuyển đúng số còn thiếu.", "Transfers exactly what is missing.";
    scenario_short_hint: "Chuyển ít hơn số còn thiếu.", "Transfers less than what is missing.";
    scenario_over_hint: "Chuyển nhiều hơn số còn thiếu.", "Transfers more than what is missing.";
    scenario_twice_hint: "Hai lần chuyển thật; lần thứ hai là tiền thừa của người nộp.", "Two real transfers; the second is the payer's surplus.";
    scenario_repeated_hint: "Ngân hàng gửi cùng một thông báo ba lần; tiền chỉ được tính một lần.", "The bank sends the same notice three times; the money counts once.";
    scenario_mangled_memo_hint: "Ngân hàng chèn, cắt, đổi chữ trong nội dung chuyển khoản.", "The bank inserts, cuts and changes letters in the transfer message.";
    scenario_forged_signature_hint: "Kẻ gian gửi thông báo có chữ ký sai; thông báo phải bị từ chối.", "An attacker sends a notice with a wrong signature; it must be refused.";
    webhooks: "Thông báo gửi về quầy", "Webhooks received by the counter";
    no_webhooks: "Chưa có thông báo nào.", "No webhooks yet.";
    arrived_at: "Nhận lúc", "Arrived";
    event_type: "Loại", "Type";
    webhook_id: "Mã thông báo", "Webhook id";
    signature: "Chữ ký", "Signature";
    signature_good: "Đúng", "Valid";
    signature_bad: "Sai", "Invalid";
    request: "Yêu cầu", "Request";
    ledger: "Sổ cái", "Ledger";
    ledger_hint: "Bảng cân đối thử, cập nhật sau mỗi khoản tiền.", "Trial balance, updated with every credit.";
    ledger_account: "Tài khoản", "Account";
    debit: "Nợ", "Debit";
    credit: "Có", "Credit";
    balance: "Số dư", "Balance";
    balanced: "Cân", "Balanced";
    not_balanced: "Lệch", "Not balanced";
    no_postings: "Chưa có bút toán nào.", "No postings yet.";
    collections_csv: "Bảng kê thu (CSV)", "Collections (CSV)";
    api_contract: "Đặc tả API", "API contract";
    notice_created: "Đã lập yêu cầu", "Request created";
    notice_simulated: "Đã gửi thông báo ngân hàng", "Bank notice sent";
    notice_accepted: "được tiếp nhận", "accepted";
    notice_refused: "bị từ chối", "refused";
    notice_failed: "Không thực hiện được", "That did not work";

    // Ledger accounts
    ledger_bank: "Tiền gửi ngân hàng", "Bank account";
    ledger_cash: "Tiền mặt tại quầy", "Cash at the counter";
    ledger_in_transit: "Tiền đang chuyển", "In transit";
    ledger_payer_receivable: "Phải thu người nộp", "Receivable from payers";
    ledger_collected: "Phí, lệ phí đã thu", "Fees collected";
    ledger_payable_budget: "Phải nộp ngân sách", "Owed to the budget";
    ledger_payable_other: "Phải trả bên khác", "Owed to others";
    ledger_retained: "Được để lại", "Retained";
    ledger_suspense: "Chờ xác định", "Unidentified money";
    ledger_payer_credit: "Tiền thừa của người nộp", "Payers’ surplus";
    ledger_refund_due: "Phải hoàn trả", "Refunds due";
    ledger_other: "Khác", "Other";

    // Error pages
    error_not_found: "Không tìm thấy trang", "Page not found";
    error_not_found_lead: "Đường liên kết có thể bị thiếu hoặc sai ký tự. Hãy quét lại mã hoặc mở lại liên kết mà đơn vị thu đã gửi.", "The link may be incomplete or mistyped. Scan the code again, or open the link that the office sent you once more.";
    error_bad_request: "Không đọc được thông tin đã gửi", "What was sent could not be read";
    error_bad_request_lead: "Hãy quay lại, kiểm tra các ô đã nhập và gửi lại.", "Go back, check the fields and send them again.";
    error_too_many: "Quá nhiều lượt truy cập", "Too many requests";
    error_too_many_lead: "Vui lòng đợi một lát rồi tải lại trang.", "Please wait a moment and reload the page.";
    error_unavailable: "Hệ thống tạm thời bận", "Temporarily unavailable";
    error_unavailable_lead: "Vui lòng tải lại trang sau ít phút. Tiền đã chuyển không bị mất.", "Please reload in a few minutes. Money that was sent is not lost.";
    error_do_not_pay: "Không chuyển tiền theo một trang không hiện tên đơn vị thu và mã thanh toán.", "Do not send money on the word of a page that shows no collecting office and no payment reference.";
    error_code: "Mã lỗi", "Code";
    error_request_id: "Mã tra cứu", "Request id";
}
