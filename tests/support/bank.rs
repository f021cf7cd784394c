//! What banks send, in its true form.

use payment::Timestamp;
use reconciler::Secret;
use reconciler::callback::sepay;
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
