//! What banks send, in its true form.

use payment::Timestamp;
use reconciler::Secret;
use reconciler::callback::{momo, sepay, vnpay};
use serde_json::{Value, json};

pub fn now() -> Timestamp {
    gateway::app::now()
}

/// A SePay message about money in.
pub fn sepay_notice(id: u64, amount: i64, memo: &str) -> Value {
    json!({
        "id": id, "gateway": "Vietcombank", "transactionDate": now().vietnam_local(),
        "accountNumber": super::ACCOUNT, "code": null, "content": memo, "transferType": "in",
        "transferAmount": amount, "accumulated": 0, "subAccount": null,
        "referenceCode": format!("FT{id}"), "description": format!("BankAPINotify {memo}")
    })
}

pub fn sign_sepay(secret: &str, body: &[u8]) -> Vec<(String, String)> {
    sign_sepay_at(secret, body, now())
}

pub fn sign_sepay_at(secret: &str, body: &[u8], at: Timestamp) -> Vec<(String, String)> {
    sepay::sign(&Secret::new(secret), at, body)
        .unwrap()
        .to_vec()
}

/// A line of a statement: when, the bank's reference, the signed amount, the balance after, the memo.
#[derive(Debug, Clone)]
pub struct Booked {
    pub at: Timestamp,
    pub reference: String,
    pub amount: i64,
    pub balance: i64,
    pub memo: String,
}

/// A statement as a bank's internet branch exports it: header words, times, a running balance.
pub fn statement(account: &str, lines: &[Booked]) -> String {
    let mut text = format!(
        "Số tài khoản: {account}\nNgày giao dịch;Số tham chiếu;Ghi nợ;Ghi có;Số dư;Diễn giải\n"
    );
    for line in lines {
        let local = line.at.vietnam_local();
        let (day, time) = local.split_once(' ').unwrap();
        let mut day: Vec<&str> = day.split('-').collect();
        day.reverse();
        let amount = line.amount.unsigned_abs();
        let (debit, credit) = if line.amount < 0 {
            (amount.to_string(), String::new())
        } else {
            (String::new(), amount.to_string())
        };
        text.push_str(&format!(
            "{} {time};{};{debit};{credit};{};{}\n",
            day.join("/"),
            line.reference,
            line.balance,
            line.memo
        ));
    }
    text
}

/// A message of VietQR.vn about money in.
pub fn sync_notice(id: &str, amount: i64, memo: &str) -> Value {
    json!({
        "transactionid": id, "transactiontime": now().micros() / 1_000,
        "referencenumber": format!("FT{id}"), "amount": amount, "content": memo,
        "bankaccount": super::ACCOUNT, "transType": "C"
    })
}

/// A signed query of VNPAY about money in.
pub fn vnpay_query(id: &str, amount: i64, memo: &str) -> String {
    let pay_date: String = now()
        .vietnam_local()
        .chars()
        .filter(char::is_ascii_digit)
        .collect();
    let amount = (amount * 100).to_string();
    let parameters = [
        ("vnp_Amount", amount.as_str()),
        ("vnp_BankTranNo", id),
        ("vnp_OrderInfo", memo),
        ("vnp_PayDate", pay_date.as_str()),
        ("vnp_ResponseCode", "00"),
        ("vnp_TransactionNo", id),
        ("vnp_TransactionStatus", "00"),
        ("vnp_TxnRef", id),
    ];
    let parameters = parameters.map(|(name, value)| (name.to_owned(), value.to_owned()));
    vnpay::sign(
        &Secret::new(super::SECRET),
        &parameters.into_iter().collect(),
    )
    .unwrap()
}

/// A signed message of MoMo about money in.
pub fn momo_notice(id: i64, amount: i64, memo: &str) -> String {
    let mut message = json!({
        "partnerCode": "MOMOLAB01", "orderId": memo, "requestId": id.to_string(), "amount": amount,
        "orderInfo": memo, "orderType": "momo_wallet", "transId": id, "resultCode": 0,
        "message": "Thành công.", "payType": "qr", "responseTime": now().micros() / 1_000,
        "extraData": ""
    });
    let secret = Secret::new(super::SYNC_SECRET);
    let signature = momo::sign(&secret, message.as_object().unwrap()).unwrap();
    message["signature"] = signature.into();
    message.to_string()
}
