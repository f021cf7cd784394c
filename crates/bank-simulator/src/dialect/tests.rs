use super::*;
use payment::Direction;
use reconciler::callback::{
    AuthenticationError, MalformedCallback, Notice, RawCallback, Reply, Source,
};

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

fn secret(dialect: Dialect) -> Secret {
    forged(
        dialect,
        &Secret::new("whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX"),
    )
}

/// A callback as its sender makes it, with the token that it would have fetched.
fn signed(dialect: Dialect, at: Timestamp) -> Signed {
    let transfer = transfer();
    let body = body(dialect, "MBBank", &transfer, transfer.amount).unwrap();
    let token = token::issue("bank", &secret(dialect), at);
    let (secret, id) = (secret(dialect), &transfer.event_id);
    sign(dialect, &secret, token.as_deref(), id, at, &body).unwrap()
}

fn authenticate(dialect: Dialect, signed: &Signed) -> Result<Vec<Notice>, AuthenticationError> {
    let secrets = [secret(dialect)];
    let source = Source {
        account: Some("0123456789"),
        ..Source::new("bank", dialect, &secrets)
    };
    let raw = RawCallback {
        headers: &signed.headers,
        body: &signed.message,
        received_at: NOW,
    };
    Ok(source.authenticate(&raw)?.read().unwrap())
}

#[test]
fn what_is_written_in_each_dialect_verifies_and_reads_back_as_the_truth() {
    let transfer = transfer();
    for dialect in Dialect::ALL {
        let name = dialect.as_str();
        assert!(is_spoken(dialect));
        let notices = authenticate(dialect, &signed(dialect, NOW)).unwrap();
        let [notice] = notices.as_slice() else {
            panic!("{name}: {notices:?}")
        };
        assert!(
            notice.provider_event_id.contains(&transfer.event_id),
            "{name}"
        );
        assert_eq!(notice.direction, Direction::Credit, "{name}");
        assert_eq!(notice.amount, transfer.amount, "{name}");
        assert_eq!(notice.account_number, transfer.account_number, "{name}");
        assert_eq!(notice.booked_at, transfer.booked_at, "{name}");
        assert!(!notice.is_test, "{name}");
        if dialect == Dialect::Zalopay {
            assert_eq!(notice.memo, "251103_QH234567895Vnpph");
        } else {
            assert_eq!(notice.memo, transfer.memo, "{name}");
        }
        // Where a sender has no place for them, it says nothing, and nothing is made up.
        let says_balance = matches!(
            dialect,
            Dialect::SepayHmac
                | Dialect::SepayApiKey
                | Dialect::SepayOauth2
                | Dialect::CassoV1
                | Dialect::CassoV2
                | Dialect::Thungan
        );
        let balance = says_balance.then_some(transfer.balance_after);
        assert_eq!(notice.balance_after, balance, "{name}");
        assert!(notice.bank_reference.is_some(), "{name}");
    }
    for dialect in Dialect::POLLED {
        assert!(!is_spoken(dialect));
    }
}

#[test]
fn a_callback_signed_too_long_ago_is_refused_as_stale_where_a_time_is_signed() {
    for dialect in [
        Dialect::SepayHmac,
        Dialect::Thungan,
        Dialect::CassoV2,
        Dialect::Tingee,
        Dialect::VietqrVn,
    ] {
        let old = signed(dialect, NOW.plus_seconds(-stale_seconds(dialect)));
        let verdict = authenticate(dialect, &old);
        assert_eq!(verdict, Err(AuthenticationError::StaleTimestamp));
    }
}

#[test]
fn a_forgery_is_refused_in_every_dialect() {
    let transfer = transfer();
    for dialect in Dialect::ALL {
        let other = forged(
            dialect,
            &Secret::new("whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIz"),
        );
        let body = body(dialect, "MBBank", &transfer, transfer.amount).unwrap();
        let token = token::issue("bank", &other, NOW);
        let signed = sign(dialect, &other, token.as_deref(), "1", NOW, &body).unwrap();
        assert!(
            authenticate(dialect, &signed).is_err(),
            "{}",
            dialect.as_str()
        );
    }
}

#[test]
fn each_sender_hears_our_answers_as_what_they_are() {
    for dialect in Dialect::ALL {
        let hears = |reply: &Reply<'_>| match dialect.answer(reply) {
            Some(answer) => is_acknowledged(dialect, answer.status, answer.body.as_bytes()),
            None => is_acknowledged(dialect, 503, b"{}"),
        };
        let name = dialect.as_str();
        assert!(hears(&Reply::Accepted { receipt: "r" }), "{name}");
        assert!(hears(&Reply::Repeated { receipt: "r" }), "{name}");
        assert!(!hears(&Reply::TryAgain), "{name}");
        assert!(
            !hears(&Reply::Refused(AuthenticationError::BadSignature)),
            "{name}"
        );
        let malformed = MalformedCallback {
            pointer: String::new(),
            rule: "must be JSON",
        };
        assert!(!hears(&Reply::Unreadable(&malformed)), "{name}");
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
