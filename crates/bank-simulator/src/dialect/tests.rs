use super::*;
use payment::Direction;
use reconciler::callback::{AuthenticationError, RawCallback};

const NOW: Timestamp = Timestamp::from_seconds(1_762_153_357);

fn transfer() -> BookedTransfer {
    BookedTransfer {
        event_id: "1762153357000001".to_owned(),
        account_number: "0123456789".to_owned(),
        amount: Vnd::new(79_000).unwrap(),
        memo: "QH234567895V nộp \"phí\"".to_owned(),
        payer_memo: "QH234567895V nộp \"phí\"".to_owned(),
        bank_reference: "FT153357000001".to_owned(),
        booked_at: NOW,
        balance_after: Vnd::new(179_000).unwrap(),
    }
}

fn secret() -> Secret {
    Secret::new("whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX")
}

#[test]
fn what_is_written_in_each_dialect_verifies_and_reads_back_as_the_truth() {
    let transfer = transfer();
    for dialect in Dialect::ALL {
        assert!(is_spoken(dialect));
        let body = body(dialect, "MBBank", &transfer, transfer.amount).unwrap();
        let headers = sign(dialect, &secret(), &transfer.event_id, NOW, &body).unwrap();
        let raw = RawCallback {
            headers: &headers,
            body: &body,
            received_at: NOW,
        };
        let notices = dialect
            .authenticate(&raw, &[secret()])
            .unwrap()
            .read()
            .unwrap();
        let [notice] = notices.as_slice() else {
            panic!("{notices:?}")
        };
        assert_eq!(notice.provider_event_id, transfer.event_id);
        assert_eq!(notice.direction, Direction::Credit);
        assert_eq!(notice.amount, transfer.amount);
        assert_eq!(notice.account_number, transfer.account_number);
        assert_eq!(notice.memo, transfer.memo);
        assert_eq!(
            notice.bank_reference.as_ref(),
            Some(&transfer.bank_reference)
        );
        assert_eq!(notice.booked_at, transfer.booked_at);
        assert_eq!(notice.balance_after, Some(transfer.balance_after));
        assert!(!notice.is_test);
    }
}

#[test]
fn a_callback_signed_301_seconds_ago_is_refused_as_stale() {
    for dialect in [Dialect::SepayHmac, Dialect::Thungan] {
        let headers = sign(dialect, &secret(), "1", NOW.plus_seconds(-301), b"{}").unwrap();
        let raw = RawCallback {
            headers: &headers,
            body: b"{}",
            received_at: NOW,
        };
        let verdict = dialect.authenticate(&raw, &[secret()]);
        assert_eq!(verdict, Err(AuthenticationError::StaleTimestamp));
    }
}

#[test]
fn the_body_of_sepay_has_the_members_of_sepay() {
    let body = body(
        Dialect::SepayHmac,
        "MBBank",
        &transfer(),
        Vnd::new(79_000).unwrap(),
    )
    .unwrap();
    let expected = concat!(
        r#"{"id":1762153357000001,"gateway":"MBBank","transactionDate":"2025-11-03 14:02:37","#,
        r#""accountNumber":"0123456789","code":null,"content":"QH234567895V nộp \"phí\"","#,
        r#""transferType":"in","transferAmount":79000,"accumulated":179000,"subAccount":null,"#,
        r#""referenceCode":"FT153357000001","#,
        r#""description":"BankAPINotify QH234567895V nộp \"phí\""}"#,
    );
    assert_eq!(String::from_utf8(body).unwrap(), expected);
}
