//! One authentic callback of each dialect, as its sender makes it.

use payment::Timestamp;
use reconciler::Secret;
use reconciler::callback::{
    AuthenticCallback, AuthenticationError, Dialect, RawCallback, Source, casso_v1, casso_v2, momo,
    pay2s, payos, sepay, sepay_pg, thungan, tingee, token, vnpay, zalopay,
};
use serde_json::{Value, json};

/// 2025-11-03T14:02:37+07:00.
pub const SENT: i64 = 1_762_153_357;
/// The name of the source that the samples are sent to.
pub const SOURCE: &str = "nguon-mau";
/// The account of sources whose senders name none.
pub const ACCOUNT: &str = "0011001234567";

/// A callback that is authentic as it stands.
#[derive(Clone)]
pub struct Sample {
    pub dialect: Dialect,
    pub source: String,
    pub secrets: Vec<Secret>,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
    pub received: i64,
}

impl Sample {
    pub fn authenticate(&self) -> Result<AuthenticCallback<'_>, AuthenticationError> {
        let source = Source {
            account: Some(ACCOUNT),
            ..Source::new(&self.source, self.dialect, &self.secrets)
        };
        source.authenticate(&RawCallback {
            headers: &self.headers,
            body: &self.body,
            received_at: Timestamp::from_seconds(self.received),
        })
    }
}

/// A secret of the form that the dialect wants; `seed` makes them differ.
pub fn secret(dialect: Dialect, seed: u8) -> Secret {
    let letter = char::from(b'a' + seed % 26);
    let text = match dialect {
        Dialect::Thungan => {
            // 32 letters are the base64 of 24 bytes.
            return Secret::new(format!("whsec_{}", letter.to_string().repeat(32)));
        }
        Dialect::SepayOauth2 | Dialect::VietqrVn | Dialect::MbBalance | Dialect::Momo => {
            format!("don-vi-{letter}:khoa-lab-7Qz2vN8xR4-{letter}")
        }
        _ => format!("spk_lab_7Qz2vN8xR4bM1kT5_{letter}"),
    };
    Secret::new(text)
}

fn sepay_body() -> Value {
    json!({
        "id": 92704, "gateway": "Vietcombank", "transactionDate": "2025-11-03 14:02:37",
        "accountNumber": ACCOUNT, "code": null, "content": "QH234567895V nộp phí",
        "transferType": "in", "transferAmount": 79_000, "accumulated": 179_000, "subAccount": null,
        "referenceCode": "FT25307111", "description": "x"
    })
}

fn transaction_sync_body() -> Value {
    json!({
        "transactionid": "a1b2c3d4-0001", "transactiontime": SENT * 1_000,
        "referencenumber": "FT25307111", "amount": 79_000, "content": "QH234567895V nop phi",
        "bankaccount": ACCOUNT, "transType": "C"
    })
}

/// The message before it is signed.
fn message(dialect: Dialect) -> Value {
    match dialect {
        Dialect::SepayHmac | Dialect::SepayApiKey | Dialect::SepayOauth2 => sepay_body(),
        Dialect::SepayBankhub => json!({
            "gateway": "MBBank", "transaction_date": "2025-11-03 14:02:37",
            "account_number": ACCOUNT, "bank_account_xid": "b1", "va": null, "payment_code": null,
            "content": "QH234567895V", "transfer_type": "credit", "amount": 79_000,
            "reference_code": "FT25307111", "accumulated": 0, "transaction_id": "tx-1"
        }),
        Dialect::SepayPg => json!({
            "timestamp": SENT, "notification_type": "ORDER_PAID",
            "order": {"id": "1", "order_id": "NPS1", "order_status": "CAPTURED",
                "order_currency": "VND", "order_amount": "79000.00",
                "order_invoice_number": "QH234567895V", "order_description": "Nộp phí"},
            "transaction": {"id": "9", "payment_method": "BANK_TRANSFER",
                "transaction_id": "68ba94ac80123", "transaction_date": "2025-11-03 14:02:37",
                "transaction_status": "APPROVED", "transaction_amount": "79000",
                "transaction_currency": "VND"},
            "customer": {"id": "1"}
        }),
        Dialect::CassoV1 => json!({"error": 0, "data": [
            {"id": 6789, "tid": "FT25307111", "description": "QH234567895V", "amount": 79_000,
             "cusum_balance": 179_000, "when": "2025-11-03 14:02:37", "bank_sub_acc_id": ACCOUNT,
             "subAccId": ACCOUNT, "virtualAccount": ""},
            {"id": 6790, "tid": "FT25307112", "description": "PHI SMS", "amount": -11_000,
             "cusum_balance": 168_000, "when": "2025-11-03 14:02:38", "subAccId": ACCOUNT},
        ]}),
        Dialect::CassoV2 => json!({"error": 0, "data": {
            "id": 218_901, "reference": "FT25307111", "description": "QH234567895V nộp phí",
            "amount": 79_000, "runningBalance": 179_000,
            "transactionDateTime": "2025-11-03 14:02:37", "accountNumber": ACCOUNT,
            "counterAccountName": null
        }}),
        Dialect::Payos => json!({"code": "00", "desc": "success", "success": true, "data": {
            "orderCode": 1001, "amount": 79_000, "description": "QH234567895V",
            "accountNumber": ACCOUNT, "reference": "FT25307111",
            "transactionDateTime": "2025-11-03 14:02:37", "currency": "VND",
            "paymentLinkId": "3f9a1c0e5b7d42689a0cbd1e2f3a4b5c", "code": "00", "desc": "success",
            "counterAccountBankId": "970436", "counterAccountBankName": "",
            "counterAccountName": "TRAN THI VI DU", "counterAccountNumber": "0000987650001",
            "virtualAccountName": "", "virtualAccountNumber": null
        }}),
        Dialect::VietqrVn | Dialect::MbBalance => transaction_sync_body(),
        Dialect::Pay2s => json!({"transactions": [{
            "id": "1788052", "gateway": "ACB", "transactionDate": "2025-11-03 14:02:37",
            "transactionNumber": "10418", "accountNumber": ACCOUNT, "content": "QH234567895V",
            "transferType": "IN", "transferAmount": 79_000,
            "checksum": "7e2b3bbc03d1083017e3d2a96d3b8e01"
        }]}),
        Dialect::Tingee => json!({
            "clientId": "631033dfff96932f", "transactionCode": "FT25307111", "amount": 79_000,
            "content": "QH234567895V", "bank": "BIDV", "bankBin": "970418",
            "accountNumber": ACCOUNT, "vaAccountNumber": "V1T40524094111",
            "transactionDate": "20251103140237", "additionalData": []
        }),
        Dialect::Vnpay => json!({
            "vnp_Amount": "7900000", "vnp_BankCode": "NCB", "vnp_BankTranNo": "VNP14500001",
            "vnp_CardType": "ATM", "vnp_OrderInfo": "QH234567895V nop phi & le phi",
            "vnp_PayDate": "20251103140237", "vnp_ResponseCode": "00", "vnp_TmnCode": "LABTMN01",
            "vnp_TransactionNo": "14500001", "vnp_TransactionStatus": "00", "vnp_TxnRef": "1001"
        }),
        Dialect::Momo => json!({
            "partnerCode": "MOMOLAB01", "orderId": "QH234567895V", "requestId": "req-1001",
            "amount": 79_000, "orderInfo": "Nộp phí", "orderType": "momo_wallet",
            "transId": 4_088_878_653_i64, "resultCode": 0, "message": "Thành công.",
            "payType": "qr", "responseTime": SENT * 1_000, "extraData": ""
        }),
        Dialect::Zalopay => json!({
            "app_id": 2553, "app_trans_id": "251103_QH234567895V", "app_time": SENT * 1_000 - 9_000,
            "app_user": "u", "amount": 79_000, "embed_data": "{}", "item": "[]",
            "zp_trans_id": 251_103_000_000_389_i64, "server_time": SENT * 1_000, "channel": 38
        }),
        Dialect::Thungan => json!({
            "notification_id": "N1", "account_number": ACCOUNT, "credit_debit_indicator": "CRDT",
            "amount": 79_000, "currency": "VND", "booked_at": "2025-11-03T14:02:37+07:00",
            "remittance_information": "QH234567895V", "balance_after": 179_000, "test": false
        }),
        other => panic!("{} has no sample", other.as_str()),
    }
}

/// A callback as its sender makes it with this secret, sent to [`SOURCE`] at [`SENT`].
pub fn sample_with(dialect: Dialect, secret: Secret) -> Sample {
    let sent = Timestamp::from_seconds(SENT);
    let message = message(dialect);
    let mut body = message.to_string().into_bytes();
    let mut headers = Vec::new();
    match dialect {
        Dialect::SepayHmac => headers.extend(sepay::sign(&secret, sent, &body).unwrap()),
        Dialect::SepayApiKey | Dialect::SepayBankhub => {
            headers.push(sepay::api_key_header(&secret));
        }
        Dialect::SepayPg => headers.push(sepay_pg::secret_header(&secret)),
        Dialect::CassoV1 => headers.push(casso_v1::token_header(&secret)),
        Dialect::CassoV2 => headers.push(casso_v2::sign(&secret, sent, &body).unwrap()),
        Dialect::Pay2s => headers.push(pay2s::token_header(&secret)),
        Dialect::Tingee => headers.extend(tingee::sign(&secret, sent, &body).unwrap()),
        Dialect::SepayOauth2 | Dialect::VietqrVn | Dialect::MbBalance => {
            let token = token::issue(SOURCE, &secret, sent).unwrap();
            headers.push(token::bearer_header(&token));
        }
        Dialect::Thungan => {
            headers.extend(thungan::sign(&secret, "msg_lab0001", sent, &body).unwrap());
        }
        Dialect::Payos => {
            let mut whole = message;
            let signature = payos::sign(&secret, whole["data"].as_object().unwrap()).unwrap();
            whole["signature"] = signature.into();
            body = whole.to_string().into_bytes();
        }
        Dialect::Momo => {
            let mut whole = message;
            let signature = momo::sign(&secret, whole.as_object().unwrap()).unwrap();
            whole["signature"] = signature.into();
            body = whole.to_string().into_bytes();
        }
        Dialect::Zalopay => {
            body = zalopay::sign(&secret, &message.to_string())
                .unwrap()
                .into_bytes();
        }
        Dialect::Vnpay => {
            let parameters = message.as_object().unwrap().iter();
            let text = |value: &Value| value.as_str().unwrap().to_owned();
            let parameters = parameters
                .map(|(name, value)| (name.clone(), text(value)))
                .collect();
            body = vnpay::sign(&secret, &parameters).unwrap().into_bytes();
        }
        other => panic!("{} has no sample", other.as_str()),
    }
    Sample {
        dialect,
        source: SOURCE.to_owned(),
        secrets: vec![secret],
        headers,
        body,
        received: SENT + 2,
    }
}

pub fn sample(dialect: Dialect) -> Sample {
    sample_with(dialect, secret(dialect, 0))
}

/// The movements of the lists that we ask for.
pub fn polled(dialect: Dialect) -> Vec<u8> {
    let row = match dialect {
        Dialect::SepayList => json!({
            "id": "92704", "bank_brand_name": "Vietcombank", "account_number": ACCOUNT,
            "transaction_date": "2025-11-03 14:02:37", "amount_out": "0.00",
            "amount_in": "79000.00", "accumulated": "179000.00",
            "transaction_content": "QH234567895V nộp phí", "reference_number": "FT25307111",
            "code": null, "sub_account": null, "bank_account_id": "19"
        }),
        Dialect::CassoList => json!({
            "id": 6789, "tid": "FT25307111", "description": "QH234567895V", "amount": 79_000,
            "cusum_balance": 179_000, "when": "2025-11-03T14:02:37", "bankSubAccId": ACCOUNT,
            "paymentChannel": "", "virtualAccount": "", "accountId": 733
        }),
        Dialect::Statement => json!({
            "feed": "statement:bidv-b:r:b", "file_digest": "00", "lines": [{
                "line_id": "0123456789abcdef0123456789abcdef", "number": 4, "account_number": ACCOUNT,
                "virtual_account": null, "amount": 79_000, "booked_at": "2025-11-03T07:02:37Z",
                "balance_after": 179_000, "bank_reference": "FT25307111",
                "memo": "QH234567895V nộp phí", "memo_full": null,
                "counterparty_name": null, "counterparty_account": null
            }]
        }),
        other => panic!("{} is not polled", other.as_str()),
    };
    row.to_string().into_bytes()
}
