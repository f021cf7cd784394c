//! The callbacks of `tests/data`: what each sender's documentation promises, and our own contract.

use payment::{Direction, Timestamp};
use reconciler::Secret;
use reconciler::callback::{
    AuthenticCallback, AuthenticationError, Dialect, MalformedCallback, Notice, RawCallback, Reply,
    Source, TokenForm, payos, sepay,
};
use reconciler::standard_webhooks::{self, Key};
use serde_json::{Map, Value, json};

fn vectors(file: &str) -> Vec<Value> {
    let path = format!("{}/../../tests/data/{file}", env!("CARGO_MANIFEST_DIR"));
    let file: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    file["vectors"].as_array().unwrap().clone()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

/// Headers as an object or as a list of pairs, names in lower case.
fn headers(vector: &Value) -> Vec<(String, String)> {
    match &vector["request"]["headers"] {
        Value::Null => Vec::new(),
        Value::Object(headers) => {
            let lower = |(name, value): (&String, &Value)| (name.to_lowercase(), text(value));
            headers.iter().map(lower).collect()
        }
        list => {
            let pairs = list.as_array().unwrap().iter();
            pairs.map(|pair| (text(&pair[0]), text(&pair[1]))).collect()
        }
    }
}

/// What the gateway would make of a vector: whether it is authentic, what it reports, the answer.
struct Verdict {
    read: Result<Result<Vec<Notice>, MalformedCallback>, AuthenticationError>,
    answer: Option<(u16, String)>,
}

fn judge(dialect: Dialect, vector: &Value, secret: &str, body: &str) -> Verdict {
    let (secrets, headers) = ([Secret::new(secret)], headers(vector));
    let source = Source {
        account: vector["account"].as_str(),
        ..Source::new("nguon-mau", dialect, &secrets)
    };
    let raw = RawCallback {
        headers: &headers,
        body: body.as_bytes(),
        received_at: Timestamp::from_seconds(vector["now"].as_i64().unwrap_or(1_762_135_960)),
    };
    let read = source.authenticate(&raw).map(|callback| callback.read());
    let reply = match &read {
        Err(error) => Reply::Refused(*error),
        Ok(Err(malformed)) => Reply::Unreadable(malformed),
        Ok(Ok(_)) if vector["expect"]["repeat"] == true => Reply::Repeated { receipt: "r1" },
        Ok(Ok(_)) => Reply::Accepted { receipt: "r1" },
    };
    let answer = dialect.answer(&reply);
    Verdict {
        answer: answer.map(|answer| (answer.status, answer.body.into_owned())),
        read,
    }
}

impl Verdict {
    fn notices(&self) -> &[Notice] {
        self.read.as_ref().unwrap().as_ref().unwrap()
    }

    fn answer_json(&self) -> Value {
        serde_json::from_str(&self.answer.as_ref().unwrap().1).unwrap()
    }
}

/// Compares what a vector says about one movement, under the names of the vectors.
fn check_event(notice: &Notice, event: &Value, id: &Value) {
    let direction = match notice.direction {
        Direction::Credit => "in",
        Direction::Debit => "out",
    };
    let read = json!({
        "provider_id": notice.provider_event_id,
        "direction": direction,
        "amount": notice.amount,
        "account": notice.account_number,
        "bank_ref": notice.bank_reference,
        "memo": notice.memo,
        "balance": notice.balance_after,
    });
    for (name, expected) in event.as_object().into_iter().flatten() {
        if name == "time" {
            let booked = Timestamp::parse_rfc3339(expected.as_str().unwrap()).unwrap();
            assert_eq!(notice.booked_at, booked, "{id}");
        } else {
            assert_eq!(&read[name], expected, "{id} {name}");
        }
    }
}

/// Vectors that say all in one form: `valid`, `reason`, `malformed`, `events`, `reply`.
fn check_file(dialect: Dialect, file: &str) {
    for vector in vectors(file) {
        let id = json!([file, vector["id"]]);
        let (body, secret) = (text(&vector["request"]["body"]), text(&vector["secret"]));
        let verdict = judge(dialect, &vector, &secret, &body);
        let expect = &vector["expect"];
        match &verdict.read {
            Err(error) => {
                assert_eq!(expect["valid"], false, "{id}: {error}");
                assert_eq!(expect["reason"], error.code(), "{id}");
            }
            Ok(Err(malformed)) => assert_eq!(expect["malformed"], malformed.pointer, "{id}"),
            Ok(Ok(notices)) => {
                assert_eq!(expect["valid"], true, "{id}");
                let events = expect["events"].as_array().unwrap();
                assert_eq!(notices.len(), events.len(), "{id}");
                for (notice, event) in notices.iter().zip(events) {
                    check_event(notice, event, &id);
                }
                let (status, body) = verdict.answer.unwrap();
                assert_eq!(
                    json!({"status": status, "body": body}),
                    expect["reply"],
                    "{id}"
                );
            }
        }
    }
}

#[test]
fn bankhub_the_payment_gateway_pay2s_and_tingee_are_read_as_documented() {
    check_file(Dialect::SepayBankhub, "callbacks/sepay-bankhub.json");
    check_file(Dialect::SepayPg, "callbacks/sepay-pg.json");
    check_file(Dialect::Pay2s, "callbacks/pay2s.json");
    check_file(Dialect::Tingee, "callbacks/tingee.json");
}

/// Casso's vectors: one event, several, none, or a test message.
fn check_casso(dialect: Dialect, file: &str) {
    for vector in vectors(file) {
        let id = json!([file, vector["id"]]);
        let (body, secret) = (text(&vector["request"]["body"]), text(&vector["secret"]));
        let mut vector = vector;
        if let Some((time, _)) = headers(&vector)
            .iter()
            .find_map(|(name, value)| (name == "x-casso-signature").then(|| value.clone()))
            .unwrap_or_default()
            .strip_prefix("t=")
            .and_then(|rest| rest.split_once(','))
        {
            // Received two seconds after it was signed.
            vector["now"] = json!(time.parse::<i64>().unwrap() / 1_000 + 2);
        }
        let verdict = judge(dialect, &vector, &secret, &body);
        let expect = &vector["expect"];
        assert_eq!(
            verdict.read.is_ok(),
            expect["valid"] == true,
            "{id}: {:?}",
            verdict.read
        );
        if verdict.read.is_err() {
            assert_eq!(verdict.read, Err(AuthenticationError::BadSignature), "{id}");
            continue;
        }
        assert_eq!(
            verdict.answer,
            Some((200, r#"{"success": true}"#.to_owned())),
            "{id}"
        );
        let notices = verdict.notices();
        if let Some(events) = expect["events"].as_array() {
            assert_eq!(notices.len(), events.len(), "{id}");
            for (notice, event) in notices.iter().zip(events) {
                check_event(notice, event, &id);
            }
        } else {
            check_event(&notices[0], &expect["event"], &id);
        }
        let is_ping = expect["ping"] == true;
        assert!(
            notices.iter().all(|notice| notice.is_test == is_ping),
            "{id}"
        );
    }
}

#[test]
fn cassos_webhooks_are_authenticated_and_read_as_documented() {
    check_casso(Dialect::CassoV1, "callbacks/casso-v1.json");
    check_casso(Dialect::CassoV2, "callbacks/casso-v2.json");
}

#[test]
fn a_casso_signature_older_than_a_day_is_stale_unless_the_source_allows_more() {
    let vector = &vectors("callbacks/casso-v2.json")[0];
    let secrets = [Secret::new(text(&vector["secret"]))];
    let (headers, body) = (headers(vector), text(&vector["request"]["body"]));
    let verdict = |tolerance_seconds, late: i64| {
        let source = Source {
            tolerance_seconds,
            ..Source::new("c", Dialect::CassoV2, &secrets)
        };
        let raw = RawCallback {
            headers: &headers,
            body: body.as_bytes(),
            received_at: Timestamp::from_seconds(1_762_135_953 + late),
        };
        source.authenticate(&raw).map(|_| ())
    };
    assert_eq!(verdict(None, 86_400), Ok(()));
    assert_eq!(
        verdict(None, 86_401),
        Err(AuthenticationError::StaleTimestamp)
    );
    assert_eq!(verdict(Some(172_800), 86_401), Ok(()));
    assert_eq!(
        verdict(Some(60), 61),
        Err(AuthenticationError::StaleTimestamp)
    );
}

#[test]
fn payos_webhooks_are_judged_like_its_official_libraries_judge_them() {
    for vector in vectors("callbacks/payos-webhook.json") {
        let id = &vector["id"];
        let key = vector["verify_key"]
            .as_str()
            .or(vector["key"].as_str())
            .unwrap();
        let verdict = judge(
            Dialect::Payos,
            &vector,
            key,
            vector["body"].as_str().unwrap(),
        );
        assert_eq!(verdict.read.is_ok(), vector["node_verify"] == "ok", "{id}");
        if verdict.read.is_err() {
            continue;
        }
        let notice = &verdict.notices()[0];
        let body: Value = serde_json::from_str(vector["body"].as_str().unwrap()).unwrap();
        assert_eq!(
            notice.amount.get(),
            body["data"]["amount"].as_i64().unwrap(),
            "{id}"
        );
        assert_eq!(
            notice.is_test,
            vector["note"]
                .as_str()
                .unwrap()
                .contains("registration test")
        );
        let known = format!(
            "{}:{}",
            text(&body["data"]["paymentLinkId"]),
            text(&body["data"]["reference"])
        );
        assert_eq!(notice.provider_event_id, known, "{id}");
    }
}

#[test]
fn the_signed_text_of_payos_and_its_signature_are_those_of_the_official_library() {
    for vector in vectors("callbacks/payos-body-signature.json") {
        let data: &Map<String, Value> = vector["data"].as_object().unwrap();
        assert_eq!(
            payos::signed_text(data),
            vector["canonical"],
            "{}",
            vector["id"]
        );
        let signature = payos::sign(&Secret::new(text(&vector["key"])), data).unwrap();
        assert_eq!(signature, vector["signature"], "{}", vector["id"]);
    }
}

#[test]
fn vietqr_vn_fetches_a_token_and_then_reports_movements() {
    let mut token = None;
    for vector in vectors("callbacks/vietqr-vn.json") {
        let id = &vector["id"];
        let expect = &vector["expect"];
        let secret = "vietqr-don-vi-01:mat-khau-lab";
        if vector["step"] == "token" {
            let secrets = [Secret::new(secret)];
            let headers = headers(&vector);
            let raw = RawCallback {
                headers: &headers,
                body: b"{}",
                received_at: Timestamp::from_seconds(1_762_135_950),
            };
            let source = Source::new("nguon-mau", Dialect::VietqrVn, &secrets);
            let granted = source.grant(&raw).unwrap();
            assert_eq!(granted.is_ok(), expect["status"] == 200, "{id}");
            if let Ok(answer) = granted {
                token = TokenForm::Basic.read_answer(answer.body.as_bytes());
                let body: Value = serde_json::from_str(&answer.body).unwrap();
                assert_eq!(body["token_type"], expect["body_has"]["token_type"]);
                assert_eq!(body["expires_in"], expect["body_has"]["expires_in"]);
            }
            continue;
        }
        let mut vector = vector.clone();
        let bearer = text(&vector["request"]["headers"]["Authorization"]);
        vector["request"]["headers"]["Authorization"] =
            bearer.replace("<token>", token.as_deref().unwrap()).into();
        let body = text(&vector["request"]["body"]);
        let verdict = judge(Dialect::VietqrVn, &vector, secret, &body);
        let status = expect["status"].as_u64().unwrap();
        assert_eq!(
            u64::from(verdict.answer.as_ref().unwrap().0),
            status,
            "{id}"
        );
        let answer = verdict.answer_json();
        if status == 401 {
            assert_eq!(
                (&answer["error"], &answer["object"]),
                (&json!(true), &Value::Null)
            );
            assert!(answer["errorReason"].is_string() && answer["toastMessage"].is_string());
            continue;
        }
        assert_eq!(
            answer,
            json!({"error": false, "errorReason": "000", "toastMessage": "",
                "object": {"reftransactionid": "r1"}}),
            "{id}"
        );
        check_event(&verdict.notices()[0], &expect["event"], id);
    }
    assert!(Dialect::VietqrVn.reference_is_unique());
}

#[test]
fn mbs_balance_notices_are_read_and_answered_with_the_codes_of_a_connected_party() {
    let all = vectors("callbacks/bank-direct.json");
    let notices = all
        .iter()
        .filter(|vector| vector["scheme"] == "MB balance notice (transaction-sync)");
    let mut seen = 0;
    for vector in notices {
        let id = &vector["id"];
        let secret = "mb:mat-khau-lab";
        let now = Timestamp::from_seconds(1_762_135_960);
        let token = reconciler::callback::token::issue("nguon-mau", &Secret::new(secret), now);
        let mut vector = vector.clone();
        vector["request"] =
            json!({"headers": {"Authorization": format!("Bearer {}", token.unwrap())}});
        let body = text(&vector["body"]);
        let verdict = judge(Dialect::MbBalance, &vector, secret, &body);
        let (answer, expect) = (verdict.answer_json(), &vector["expect"]);
        assert_eq!(answer["error"], expect["reply"]["error"], "{id}");
        assert_eq!(
            answer["errorReason"], expect["reply"]["errorReason"],
            "{id}"
        );
        if expect["reply"]["error"] == false {
            check_event(&verdict.notices()[0], &expect["event"], id);
            assert_eq!(
                verdict.notices()[0].counterparty_account.as_deref(),
                Some("0000987650001")
            );
        } else {
            assert_eq!(verdict.answer.unwrap().0, 400, "{id}");
        }
        seen += 1;
    }
    assert_eq!(seen, 3);
}

/// What VNPAY's vectors say about 04 (another amount) is a comparison with the order before answering.
/// We take the money first and compare in the books, so 00 is the answer there.
#[test]
fn vnpays_calls_are_verified_read_and_answered_with_its_codes() {
    for vector in vectors("callbacks/vnpay-ipn.json") {
        let id = &vector["id"];
        let mut vector = vector.clone();
        let query = text(&vector["request"]["query"]);
        vector["request"]["headers"] = json!({});
        vector["account"] = json!("0011001234567");
        let verdict = judge(Dialect::Vnpay, &vector, &text(&vector["secret"]), &query);
        let expect = &vector["expect"];
        assert_eq!(verdict.read.is_ok(), expect["valid"] == true, "{id}");
        assert_eq!(
            verdict.read.is_ok(),
            vector["library_says_verified"] == true,
            "{id}"
        );
        if let Some(code) = expect["reply"]["RspCode"].as_str() {
            let code = if code == "04" { "00" } else { code };
            assert_eq!(verdict.answer_json()["RspCode"], code, "{id}");
        }
        assert_eq!(verdict.answer.as_ref().unwrap().0, 200, "{id}");
        if verdict.read.is_err() {
            continue;
        }
        assert_eq!(
            verdict.notices().len(),
            usize::from(expect["paid"] != false),
            "{id}"
        );
        if let Some(amount) = expect["amount"].as_i64() {
            let notice = &verdict.notices()[0];
            assert_eq!(notice.amount.get(), amount, "{id}");
            assert_eq!(
                notice.provider_code.as_deref(),
                expect["order"].as_str(),
                "{id}"
            );
            assert_eq!(notice.account_number, "0011001234567");
        }
    }
}

#[test]
fn momos_messages_are_verified_and_only_paid_ones_are_money() {
    for vector in vectors("callbacks/momo-ipn.json") {
        let id = &vector["id"];
        let secret = format!(
            "{}:{}",
            text(&vector["access_key"]),
            text(&vector["secret"])
        );
        let mut vector = vector.clone();
        vector["account"] = json!("0011001234567");
        let body = text(&vector["request"]["body"]);
        let verdict = judge(Dialect::Momo, &vector, &secret, &body);
        let expect = &vector["expect"];
        assert_eq!(verdict.read.is_ok(), expect["valid"] == true, "{id}");
        assert_eq!(verdict.answer, Some((204, String::new())), "{id}");
        assert_eq!(
            verdict.notices().len(),
            usize::from(expect["paid"] == true),
            "{id}"
        );
        if let Some(amount) = expect["amount"].as_i64() {
            assert_eq!(verdict.notices()[0].amount.get(), amount, "{id}");
        }
        let body: Value = serde_json::from_str(&body).unwrap();
        let signed =
            reconciler::callback::momo::sign(&Secret::new(secret), body.as_object().unwrap());
        assert_eq!(signed.as_deref(), body["signature"].as_str(), "{id}");
    }
}

#[test]
fn zalopays_callbacks_are_verified_over_the_text_as_received() {
    for vector in vectors("callbacks/zalopay-callback.json") {
        let id = &vector["id"];
        let mut vector = vector.clone();
        vector["account"] = json!("0011001234567");
        let body = text(&vector["request"]["body"]);
        let verdict = judge(Dialect::Zalopay, &vector, &text(&vector["key2"]), &body);
        let expect = &vector["expect"];
        assert_eq!(verdict.read.is_ok(), expect["valid"] == true, "{id}");
        if let Some(code) = expect["reply"]["return_code"].as_i64() {
            assert_eq!(verdict.answer_json()["return_code"], code, "{id}");
        }
        if let Some(amount) = expect["amount"].as_i64() {
            assert_eq!(verdict.notices()[0].amount.get(), amount, "{id}");
            let order = "251103_1001";
            assert_eq!(
                verdict.notices()[0].provider_code.as_deref(),
                Some(order),
                "{id}"
            );
        }
    }
}

#[test]
fn what_a_list_says_about_a_movement_is_what_the_webhook_said() {
    use crate::samples::{polled, sample};
    for (sent, list) in [
        (Dialect::SepayHmac, Dialect::SepayList),
        (Dialect::CassoV1, Dialect::CassoList),
    ] {
        let sent = sample(sent);
        let by_webhook = &sent.authenticate().unwrap().read().unwrap()[0];
        let row = polled(list);
        let by_list = &AuthenticCallback::from_store(list, &row).read().unwrap()[0];
        assert_eq!(by_list.provider_event_id, by_webhook.provider_event_id);
        assert_eq!(by_list.direction, by_webhook.direction);
        assert_eq!(by_list.amount, by_webhook.amount);
        assert_eq!(by_list.account_number, by_webhook.account_number);
        assert_eq!(by_list.bank_reference, by_webhook.bank_reference);
        assert_eq!(by_list.booked_at, by_webhook.booked_at);
        assert_eq!(by_list.balance_after, by_webhook.balance_after);
    }
}

#[test]
fn a_listed_movement_goes_in_or_out_and_never_both() {
    let row = String::from_utf8(crate::samples::polled(Dialect::SepayList)).unwrap();
    let read = |row: &str| AuthenticCallback::from_store(Dialect::SepayList, row.as_bytes()).read();
    let out = row
        .replace("\"79000.00\"", "\"0.00\"")
        .replace("amount_out\":\"0.00", "amount_out\":\"500000.00");
    let notice = &read(&out).unwrap()[0];
    assert_eq!(
        (notice.direction, notice.amount.get()),
        (Direction::Debit, 500_000)
    );
    let both = row.replace("amount_out\":\"0.00", "amount_out\":\"500000.00");
    let none = row.replace("79000.00", "0.00");
    let cents = row.replace("79000.00", "79000.01");
    for wrong in [both, none, cents] {
        assert!(read(&wrong).is_err(), "{wrong}");
    }
}

/// What each sender must hear, beside its success: from the senders' own documentation.
#[test]
fn every_sender_that_has_a_form_for_it_hears_why_or_when_to_come_again() {
    let malformed = MalformedCallback {
        pointer: "/amount".to_owned(),
        rule: "must be given",
    };
    let refused = Reply::Refused(AuthenticationError::BadSignature);
    let heard = |dialect: Dialect, reply: &Reply<'_>| {
        let answer = dialect.answer(reply).unwrap();
        let body: Value = serde_json::from_str(&answer.body).unwrap();
        (answer.status, body)
    };
    let code = |(status, body): (u16, Value), name: &str| (status, body[name].clone());
    let unreadable = Reply::Unreadable(&malformed);
    assert_eq!(
        code(heard(Dialect::VietqrVn, &unreadable), "errorReason"),
        (400, json!("002"))
    );
    assert_eq!(
        code(heard(Dialect::VietqrVn, &Reply::TryAgain), "errorReason"),
        (503, json!("005"))
    );
    assert_eq!(
        code(heard(Dialect::VietqrVn, &refused), "error"),
        (401, json!(true))
    );
    assert_eq!(
        code(heard(Dialect::Vnpay, &refused), "RspCode"),
        (200, json!("97"))
    );
    assert_eq!(
        code(heard(Dialect::Vnpay, &Reply::TryAgain), "RspCode"),
        (200, json!("99"))
    );
    assert_eq!(
        code(heard(Dialect::Zalopay, &refused), "return_code"),
        (200, json!(-1))
    );
    assert_eq!(
        code(heard(Dialect::Zalopay, &Reply::TryAgain), "return_code"),
        (200, json!(0))
    );
    let receipt = Reply::Accepted { receipt: "r1" };
    assert_eq!(Dialect::SepayOauth2.answer(&receipt).unwrap().status, 201);
    // The others only look at the status; a problem tells them and the operator.
    for dialect in [
        Dialect::SepayHmac,
        Dialect::CassoV2,
        Dialect::Payos,
        Dialect::Pay2s,
    ] {
        assert_eq!(dialect.answer(&refused), None);
        assert_eq!(dialect.answer(&Reply::TryAgain), None);
    }
}

#[test]
fn sepay_webhooks_are_authenticated_and_read_as_documented() {
    for vector in vectors("callbacks/sepay-webhook.json") {
        let id = &vector["id"];
        let dialect = match vector["mode"].as_str() {
            Some("apikey") => Dialect::SepayApiKey,
            _ => Dialect::SepayHmac,
        };
        let body = text(&vector["request"]["body"]);
        let outcome = judge(dialect, &vector, &text(&vector["secret"]), &body).read;
        let expect = &vector["expect"];
        assert_eq!(outcome.is_ok(), expect["valid"].as_bool().unwrap(), "{id}");
        match outcome {
            Ok(notices) => {
                let notices = notices.unwrap();
                assert_eq!(notices.len(), 1, "{id}");
                check_event(&notices[0], &expect["event"], id);
            }
            Err(AuthenticationError::StaleTimestamp) => assert_eq!(expect["reason"], "timestamp"),
            Err(_) => assert_ne!(expect["reason"], "timestamp", "{id}"),
        }
    }
}

#[test]
fn sepays_key_is_also_taken_behind_bearer() {
    let all = vectors("callbacks/sepay-webhook.json");
    let secret = text(&all[0]["secret"]);
    let mut vector = all[0].clone();
    for (scheme, is_taken) in [("Apikey", true), ("Bearer", true), ("Basic", false)] {
        vector["request"]["headers"] = json!({"Authorization": format!("{scheme} {secret}")});
        let body = text(&vector["request"]["body"]);
        let verdict = judge(Dialect::SepayApiKey, &vector, &secret, &body);
        assert_eq!(verdict.read.is_ok(), is_taken, "{scheme}");
    }
}

#[test]
fn what_sepay_leaves_empty_is_unknown() {
    let all = vectors("callbacks/sepay-webhook.json");
    let read = |at: usize| {
        let body = text(&all[at]["request"]["body"]);
        let verdict = judge(Dialect::SepayHmac, &all[at], "spk_lab_7Qz2vN8xR4", &body);
        verdict.notices()[0].clone()
    };
    let full = &read(0);
    assert_eq!(full.balance_after.unwrap().get(), 19_077_000);
    assert_eq!(
        full.memo_full.as_deref(),
        Some("BankAPINotify HP T11 LOP 3A DHK3M9QX")
    );
    assert_eq!(full.memos().count(), 2);
    // An accumulated balance of 0, empty code, sub-account and description.
    let sparse = &read(2);
    assert_eq!(sparse.balance_after, None);
    assert_eq!(
        (
            &sparse.provider_code,
            &sparse.virtual_account,
            &sparse.memo_full
        ),
        (&None, &None, &None)
    );
    assert_eq!(sparse.memos().collect::<Vec<_>>(), ["Nộp tiền"]);
}

#[test]
fn a_sepay_message_that_breaks_its_contract_names_the_member() {
    let good = text(&vectors("callbacks/sepay-webhook.json")[0]["request"]["body"]);
    let table: &[(&str, &str, &str)] = &[
        ("\"id\":92704", "\"id\":\"92704\"", "/id"),
        ("\"id\":92704", "\"id\":0", "/id"),
        ("\"id\":92704", "\"id\":null", "/id"),
        ("\"id\":92704,", "", "/id"),
        ("\"id\":92704", "\"id\":92704,\"id\":92705", "/id"),
        ("\"in\"", "\"IN\"", "/transferType"),
        ("\"in\"", "true", "/transferType"),
        ("2277000", "2277000.0", "/transferAmount"),
        ("2277000", "2.277e6", "/transferAmount"),
        ("2277000", "-2277000", "/transferAmount"),
        ("2277000", "0", "/transferAmount"),
        ("2277000", "9000000000000001", "/transferAmount"),
        ("2277000", "99999999999999999999", "/transferAmount"),
        ("19077000", "\"19077000\"", "/accumulated"),
        (
            "2025-11-03 14:02:37",
            "2025-11-03T14:02:37",
            "/transactionDate",
        ),
        (
            "2025-11-03 14:02:37",
            "2025-02-30 14:02:37",
            "/transactionDate",
        ),
        ("\"0000123499999\"", "123499999", "/accountNumber"),
        ("\"0000123499999\"", "\"\"", "/accountNumber"),
        (
            "\"HP T11 LOP 3A DHK3M9QX\",\"transferType\"",
            "[],\"transferType\"",
            "/content",
        ),
        (
            "HP T11 LOP 3A DHK3M9QX\",\"transferType\"",
            "\\u0000\",\"transferType\"",
            "/content",
        ),
    ];
    for (from, to, pointer) in table {
        let body = good.replacen(from, to, 1);
        assert_ne!(body, good, "{from} does not occur");
        let malformed = AuthenticCallback::from_store(Dialect::SepayHmac, body.as_bytes())
            .read()
            .unwrap_err();
        assert_eq!(malformed.pointer, *pointer, "{from} -> {to}: {malformed}");
    }
    let deep = good.replacen(
        "\"code\":null",
        &format!("\"code\":{}{}", "[".repeat(16), "]".repeat(16)),
        1,
    );
    assert!(
        AuthenticCallback::from_store(Dialect::SepayHmac, deep.as_bytes())
            .read()
            .is_err()
    );
}

#[test]
fn the_signer_of_the_simulator_makes_the_documented_headers() {
    let vector = &vectors("callbacks/sepay-webhook.json")[0];
    let secret = Secret::new(text(&vector["secret"]));
    let body = text(&vector["request"]["body"]);
    let sent = Timestamp::from_seconds(1_762_153_357);
    let mut signed = sepay::sign(&secret, sent, body.as_bytes())
        .unwrap()
        .to_vec();
    signed.sort();
    let mut documented = headers(vector);
    documented.retain(|(name, _)| name != "content-type");
    documented.sort();
    assert_eq!(signed, documented);
}

#[test]
fn our_own_dialect_keeps_its_contract() {
    for vector in vectors("callbacks/thungan.json") {
        let id = &vector["id"];
        let secrets: Vec<Secret> = vector["secrets"]
            .as_array()
            .unwrap()
            .iter()
            .map(|secret| Secret::new(text(secret)))
            .collect();
        let expect = &vector["expect"];
        let (headers, body) = (headers(&vector), text(&vector["request"]["body"]));
        let raw = RawCallback {
            headers: &headers,
            body: body.as_bytes(),
            received_at: Timestamp::from_seconds(vector["now"].as_i64().unwrap()),
        };
        let read = Dialect::Thungan
            .authenticate(&raw, &secrets)
            .map(|callback| callback.read().map_err(|malformed| malformed.pointer));
        match read {
            Err(error) => {
                assert_eq!(expect["authentic"], false, "{id}: {error}");
                assert_eq!(expect["code"], error.code(), "{id}");
            }
            Ok(read) => {
                assert_eq!(expect["authentic"], true, "{id}");
                match read {
                    Err(pointer) => assert_eq!(expect["malformed"], pointer, "{id}"),
                    Ok(notices) => {
                        assert!(expect["malformed"].is_null(), "{id} should be malformed");
                        check_notice(&notices[0], &expect["notice"], id);
                    }
                }
            }
        }
    }
}

fn check_notice(notice: &Notice, expected: &Value, id: &Value) {
    let read = json!({
        "provider_event_id": notice.provider_event_id,
        "direction": notice.direction,
        "amount": notice.amount,
        "account_number": notice.account_number,
        "virtual_account": notice.virtual_account,
        "memo": notice.memo,
        "provider_code": notice.provider_code,
        "bank_reference": notice.bank_reference,
        "booked_at": notice.booked_at,
        "balance_after": notice.balance_after,
        "is_test": notice.is_test,
        "counterparty_name": notice.counterparty_name,
        "counterparty_account": notice.counterparty_account,
    });
    for (name, expected) in expected.as_object().into_iter().flatten() {
        assert_eq!(&read[name], expected, "{id} {name}");
    }
}

#[test]
fn standard_webhooks_of_the_official_library_verify_and_are_reproduced() {
    for vector in vectors("standard-webhooks.json") {
        let id = &vector["id"];
        let key = Key::parse(vector["secret"].as_str().unwrap()).unwrap();
        let header = |name| text(&vector["request"]["headers"][name]);
        let (message, sent) = (header("webhook-id"), header("webhook-timestamp"));
        let signatures = header("webhook-signature");
        let body = text(&vector["request"]["body"]);
        let now = Timestamp::from_seconds(vector["now"].as_i64().unwrap());
        let verdict = standard_webhooks::verify(
            std::slice::from_ref(&key),
            &message,
            &sent,
            &signatures,
            body.as_bytes(),
            now,
        );
        let valid = vector["expect"]["valid"].as_bool().unwrap();
        assert_eq!(verdict.is_ok(), valid, "{id}: {verdict:?}");
        let sent = Timestamp::from_seconds(sent.parse().unwrap());
        let ours = standard_webhooks::sign(&[key], &message, sent, body.as_bytes());
        assert_eq!(
            signatures.split(' ').any(|signature| signature == ours),
            valid,
            "{id}"
        );
    }
}
