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
