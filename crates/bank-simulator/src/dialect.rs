//! How each sender words and signs its messages, and what it takes as an acknowledgement.

use crate::{BookedTransfer, SimulatorError};
use money::Vnd;
use payment::Timestamp;
use reconciler::Secret;
use reconciler::callback::{
    Carrier, Dialect, casso_v1, casso_v2, momo, pay2s, payos, sepay, sepay_pg, thungan, tingee,
    token, vnpay, zalopay,
};
use serde::Serialize;
use serde_json::{Map, Value, json};

/// SePay's message, its members in SePay's order.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SepayMessage<'a> {
    id: i64,
    gateway: &'a str,
    transaction_date: String,
    account_number: &'a str,
    code: Option<&'a str>,
    content: &'a str,
    transfer_type: &'static str,
    transfer_amount: Vnd,
    accumulated: Vnd,
    sub_account: Option<&'a str>,
    reference_code: &'a str,
    description: String,
}

/// The message of our own contract.
#[derive(Serialize)]
struct ThunganMessage<'a> {
    notification_id: &'a str,
    account_number: &'a str,
    credit_debit_indicator: &'static str,
    amount: Vnd,
    currency: &'static str,
    booked_at: Timestamp,
    remittance_information: &'a str,
    bank_reference: &'a str,
    balance_after: Vnd,
    debtor_name: &'static str,
    debtor_account: &'static str,
}

/// A callback as it goes out.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Signed {
    /// The headers that prove the sender.
    pub headers: Vec<(String, String)>,
    /// The message: the body, or the query of a GET.
    pub message: Vec<u8>,
}

/// Whether the simulator speaks this dialect; asked before any money moves.
pub(crate) fn is_spoken(dialect: Dialect) -> bool {
    dialect.carrier() != Carrier::Poll
}

/// How old a signature has to be that its receiver calls it stale, where the dialect signs a time.
pub(crate) const fn stale_seconds(dialect: Dialect) -> i64 {
    match dialect {
        // These receivers allow a day, because the sender names no window.
        Dialect::CassoV2 | Dialect::Tingee => 86_401,
        _ => 301,
    }
}

/// A secret that the sender does not have, in the form that the dialect wants.
pub(crate) fn forged(dialect: Dialect, secret: &Secret) -> Secret {
    if dialect.is_usable(secret) {
        secret.clone()
    } else {
        Secret::new(format!("forger:{}", secret.expose()))
    }
}

/// The message that reports this transfer, with this amount, before it is signed.
pub(crate) fn body(
    dialect: Dialect,
    gateway: &str,
    transfer: &BookedTransfer,
    amount: Vnd,
) -> Result<Vec<u8>, SimulatorError> {
    let local = transfer.booked_at.vietnam_local();
    let millis = transfer.booked_at.micros().div_euclid(1_000);
    // Drawn from an i64, so it always reads back.
    let number: i64 = transfer.event_id.parse().unwrap_or(i64::MAX);
    let body = match dialect {
        Dialect::SepayHmac | Dialect::SepayApiKey | Dialect::SepayOauth2 => {
            serde_json::to_vec(&SepayMessage {
                id: number,
                gateway,
                transaction_date: local,
                account_number: &transfer.account_number,
                code: None,
                content: &transfer.memo,
                transfer_type: "in",
                transfer_amount: amount,
                accumulated: transfer.balance_after,
                sub_account: None,
                reference_code: &transfer.bank_reference,
                description: format!("BankAPINotify {}", transfer.memo),
            })
        }
        Dialect::SepayBankhub => serde_json::to_vec(&json!({
            "gateway": gateway, "transaction_date": local,
            "account_number": transfer.account_number, "bank_account_xid": "simulated",
            "va": null, "payment_code": null, "content": transfer.memo,
            "transfer_type": "credit", "amount": amount,
            "reference_code": transfer.bank_reference, "accumulated": 0,
            "transaction_id": transfer.event_id,
        })),
        Dialect::SepayPg => serde_json::to_vec(&json!({
            "timestamp": transfer.booked_at.seconds(), "notification_type": "ORDER_PAID",
            "order": {
                "id": transfer.event_id, "order_id": transfer.event_id, "order_status": "CAPTURED",
                "order_currency": "VND", "order_amount": format!("{amount}.00"),
                "order_invoice_number": transfer.event_id, "order_description": transfer.memo,
            },
            "transaction": {
                "id": transfer.event_id, "payment_method": "BANK_TRANSFER",
                "transaction_id": transfer.bank_reference, "transaction_type": "PAYMENT",
                "transaction_date": local, "transaction_status": "APPROVED",
                "transaction_amount": amount.to_string(), "transaction_currency": "VND",
            },
            "customer": {"id": "1"},
        })),
        Dialect::CassoV1 => serde_json::to_vec(&json!({"error": 0, "data": [{
            "id": number, "tid": transfer.bank_reference, "description": transfer.memo,
            "amount": amount, "cusum_balance": transfer.balance_after, "when": local,
            "bank_sub_acc_id": transfer.account_number, "subAccId": transfer.account_number,
            "virtualAccount": "", "virtualAccountName": "", "corresponsiveName": PAYER,
            "corresponsiveAccount": PAYER_ACCOUNT, "corresponsiveBankId": "",
            "corresponsiveBankName": "",
        }]})),
        Dialect::CassoV2 => serde_json::to_vec(&json!({"error": 0, "data": {
            "id": number, "reference": transfer.bank_reference, "description": transfer.memo,
            "amount": amount, "runningBalance": transfer.balance_after,
            "transactionDateTime": local, "accountNumber": transfer.account_number,
            "bankName": gateway, "bankAbbreviation": gateway, "virtualAccountNumber": "",
            "virtualAccountName": "", "counterAccountName": PAYER,
            "counterAccountNumber": PAYER_ACCOUNT, "counterAccountBankId": "",
            "counterAccountBankName": "",
        }})),
        Dialect::Payos => serde_json::to_vec(&json!({
            "code": "00", "desc": "success", "success": true,
            "data": {
                "orderCode": number, "amount": amount, "description": transfer.memo,
                "accountNumber": transfer.account_number, "reference": transfer.bank_reference,
                "transactionDateTime": local, "currency": "VND",
                "paymentLinkId": transfer.event_id, "code": "00", "desc": "success",
                "counterAccountBankId": "", "counterAccountBankName": "",
                "counterAccountName": PAYER, "counterAccountNumber": PAYER_ACCOUNT,
                "virtualAccountName": "", "virtualAccountNumber": "",
            },
        })),
        Dialect::VietqrVn => serde_json::to_vec(&json!({
            "transactionid": transfer.event_id, "transactiontime": millis,
            "referencenumber": transfer.bank_reference, "amount": amount,
            "content": transfer.memo, "bankaccount": transfer.account_number, "orderId": "",
            "sign": "", "terminalCode": "", "urlLink": "", "serviceCode": "",
            "subTerminalCode": "", "transType": "C",
        })),
        Dialect::MbBalance => serde_json::to_vec(&json!({
            "transactionid": transfer.event_id, "transactiontime": millis,
            "referencenumber": transfer.bank_reference, "amount": amount,
            "content": transfer.memo, "bankaccount": transfer.account_number, "transType": "C",
            "reciprocalAccount": PAYER_ACCOUNT, "reciprocalBankCode": "", "va": "",
            "valueDate": millis,
        })),
        Dialect::Pay2s => serde_json::to_vec(&json!({"transactions": [{
            "id": transfer.event_id, "gateway": gateway, "transactionDate": local,
            "transactionNumber": transfer.bank_reference,
            "accountNumber": transfer.account_number, "content": transfer.memo,
            "transferType": "IN", "transferAmount": amount, "checksum": "",
        }]})),
        Dialect::Tingee => serde_json::to_vec(&json!({
            "clientId": "simulated", "transactionCode": transfer.event_id, "amount": amount,
            "content": transfer.memo, "bank": gateway, "bankBin": "",
            "accountNumber": transfer.account_number, "vaAccountNumber": "",
            "transactionDate": tingee::compact(transfer.booked_at), "additionalData": [],
        })),
        Dialect::Vnpay => serde_json::to_vec(&json!({
            "vnp_Amount": format!("{amount}00"), "vnp_BankCode": "NCB",
            "vnp_BankTranNo": transfer.bank_reference, "vnp_CardType": "ATM",
            "vnp_OrderInfo": transfer.memo,
            "vnp_PayDate": tingee::compact(transfer.booked_at), "vnp_ResponseCode": "00",
            "vnp_TmnCode": "SIMULATE", "vnp_TransactionNo": transfer.event_id,
            "vnp_TransactionStatus": "00", "vnp_TxnRef": transfer.event_id,
        })),
        Dialect::Momo => serde_json::to_vec(&json!({
            "partnerCode": "SIMULATED", "orderId": transfer.event_id,
            "requestId": transfer.event_id, "amount": amount, "orderInfo": transfer.memo,
            "orderType": "momo_wallet", "transId": number, "resultCode": 0,
            "message": "Successful.", "payType": "qr", "responseTime": millis, "extraData": "",
        })),
        Dialect::Zalopay => serde_json::to_vec(&json!({
            "app_id": 1, "app_trans_id": order_of_zalopay(transfer), "app_time": millis,
            "app_user": "simulated", "amount": amount, "embed_data": "{}", "item": "[]",
            "zp_trans_id": number, "server_time": millis, "channel": 38,
            "merchant_user_id": "simulated", "user_fee_amount": 0, "discount_amount": 0,
        })),
        Dialect::Thungan => serde_json::to_vec(&ThunganMessage {
            notification_id: &transfer.event_id,
            account_number: &transfer.account_number,
            credit_debit_indicator: "CRDT",
            amount,
            currency: "VND",
            booked_at: transfer.booked_at,
            remittance_information: &transfer.memo,
            bank_reference: &transfer.bank_reference,
            balance_after: transfer.balance_after,
            debtor_name: PAYER,
            debtor_account: PAYER_ACCOUNT,
        }),
        _ => return Err(SimulatorError::UnknownDialect { dialect }),
    };
    // Texts and numbers only: writing them to memory cannot fail.
    body.map_err(|_| SimulatorError::UnknownDialect { dialect })
}

const PAYER: &str = "TRAN THI VI DU";
const PAYER_ACCOUNT: &str = "0011000000001";

/// ZaloPay knows an order by `yymmdd_` and the merchant's own part, at most 40 characters. A merchant
/// puts the reference there, so the simulated one puts what the payer would have typed.
fn order_of_zalopay(transfer: &BookedTransfer) -> String {
    let day: String = tingee::compact(transfer.booked_at)
        .chars()
        .skip(2)
        .take(6)
        .collect();
    let own = transfer
        .memo
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .take(33);
    format!("{day}_{}", own.collect::<String>())
}

/// The message with the proof of its sender at this time; `None` when the secret cannot be used.
///
/// `token` is the one that the sender has fetched, where it has to fetch one.
pub(crate) fn sign(
    dialect: Dialect,
    secret: &Secret,
    token: Option<&str>,
    message_id: &str,
    at: Timestamp,
    message: &[u8],
) -> Option<Signed> {
    let with = |headers: Vec<(String, String)>| {
        Some(Signed {
            headers,
            message: message.to_vec(),
        })
    };
    let members = || serde_json::from_slice::<Map<String, Value>>(message).ok();
    match dialect {
        Dialect::SepayHmac => with(sepay::sign(secret, at, message)?.to_vec()),
        Dialect::SepayApiKey | Dialect::SepayBankhub => with(vec![sepay::api_key_header(secret)]),
        Dialect::SepayPg => with(vec![sepay_pg::secret_header(secret)]),
        Dialect::CassoV1 => with(vec![casso_v1::token_header(secret)]),
        Dialect::CassoV2 => with(vec![casso_v2::sign(secret, at, message)?]),
        Dialect::Pay2s => with(vec![pay2s::token_header(secret)]),
        Dialect::Tingee => with(tingee::sign(secret, at, message)?.to_vec()),
        Dialect::SepayOauth2 | Dialect::VietqrVn | Dialect::MbBalance => {
            with(vec![token::bearer_header(token?)])
        }
        Dialect::Thungan => with(thungan::sign(secret, message_id, at, message)?.to_vec()),
        Dialect::Payos => {
            let mut body = members()?;
            let signature = payos::sign(secret, body.get("data")?.as_object()?)?;
            body.insert("signature".to_owned(), signature.into());
            in_body(&body)
        }
        Dialect::Momo => {
            let mut body = members()?;
            let signature = momo::sign(secret, &body)?;
            body.insert("signature".to_owned(), signature.into());
            in_body(&body)
        }
        Dialect::Zalopay => Some(Signed {
            headers: Vec::new(),
            message: zalopay::sign(secret, str::from_utf8(message).ok()?)?.into_bytes(),
        }),
        Dialect::Vnpay => {
            let parameters = members()?.into_iter().map(|(name, value)| {
                let value = value.as_str().unwrap_or_default().to_owned();
                (name, value)
            });
            let query = vnpay::sign(secret, &parameters.collect())?;
            Some(Signed {
                headers: Vec::new(),
                message: query.into_bytes(),
            })
        }
        _ => None,
    }
}

fn in_body(body: &Map<String, Value>) -> Option<Signed> {
    Some(Signed {
        headers: Vec::new(),
        message: serde_json::to_vec(body).ok()?,
    })
}

/// Whether the sender takes this answer as "delivered".
pub(crate) fn is_acknowledged(dialect: Dialect, status: u16, body: &[u8]) -> bool {
    let json = || serde_json::from_slice::<Value>(body).unwrap_or_default();
    match dialect {
        Dialect::Vnpay => status == 200 && matches!(json()["RspCode"].as_str(), Some("00" | "02")),
        Dialect::Zalopay => status == 200 && matches!(json()["return_code"].as_i64(), Some(1 | 2)),
        Dialect::Momo => status == 204,
        Dialect::Pay2s => status == 200 && json()["success"] == true,
        Dialect::VietqrVn | Dialect::MbBalance => {
            (200..300).contains(&status) && json()["error"] == false
        }
        Dialect::SepayOauth2 => status == 201,
        Dialect::SepayBankhub => (200..300).contains(&status) && json()["success"] == true,
        Dialect::SepayPg | Dialect::Tingee => status == 200,
        _ => (200..300).contains(&status),
    }
}

#[cfg(test)]
mod tests;
