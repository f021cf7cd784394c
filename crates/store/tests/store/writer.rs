//! Many callers at once, several writers on one database, and an orderly end.

use crate::office::Office;
use crate::on_both_engines;
use payment::RequestStatus;
use store::callback::Recorded;

on_both_engines! {
    async fn concurrent_copies_of_one_callback_through_two_writers_book_one_entry(office: &Office) {
        let request = office.ask(&[("A", 100)]).await;
        let body = office.notice(1, 100, request.reference.as_str());
        let (second, _task) = office.another_writer();
        let copies = (0..400).map(|index| {
            let writer = if index % 2 == 0 { office.writer.clone() } else { second.clone() };
            let callback = office.callback(&body);
            tokio::spawn(async move { writer.record_callback(callback).await.unwrap() })
        });
        let mut new = 0;
        for copy in copies.collect::<Vec<_>>() {
            if matches!(copy.await.unwrap(), Recorded::New(_)) { new += 1; }
        }
        assert_eq!(new, 1);
        office.settled().await;
        assert_eq!(office.status(&request).await, RequestStatus::Paid);
        let findings = office.store.audit().await.unwrap();
        assert_eq!((findings.counted.callbacks, findings.counted.journal_entries), (1, 1));
        office.assert_books_hold().await;
    }

    async fn two_writers_settle_interleaved_payments_of_the_same_requests_exactly_once(office: &Office) {
        let mut requests = Vec::new();
        for _ in 0..8 { requests.push(office.ask(&[("A", 1_000)]).await); }
        let (second, _task) = office.another_writer();
        let mut sent = Vec::new();
        for round in 0..10u64 {
            for (index, request) in requests.iter().enumerate() {
                let writer = if (round + index as u64).is_multiple_of(2) { office.writer.clone() } else { second.clone() };
                let body = office.notice(1_000 + round * 8 + index as u64, 100, request.reference.as_str());
                let callback = office.callback(&body);
                sent.push(tokio::spawn(async move { writer.record_callback(callback).await.unwrap() }));
            }
        }
        for one in sent { one.await.unwrap(); }
        office.settled().await;
        for request in &requests {
            let paid = office.see(request).await;
            assert_eq!((paid.status, paid.received.get()), (RequestStatus::Paid, 1_000));
        }
        let bank = office.balances().await.into_iter().find(|(code, _)| code.starts_with("bank:")).unwrap();
        assert_eq!(bank.1, 8_000);
        office.assert_books_hold().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stopped_writer_finishes_what_it_accepted_and_takes_nothing_new() {
    let mut office = Office::open_sqlite().await;
    let request = office.ask(&[("A", 100)]).await;
    let callbacks: Vec<_> = (0..50)
        .map(|id| office.callback(&office.notice(id + 1, 2, request.reference.as_str())))
        .collect();
    let accepted: Vec<_> = callbacks
        .into_iter()
        .map(|callback| {
            let writer = office.writer.clone();
            tokio::spawn(async move { writer.record_callback(callback).await })
        })
        .collect();
    let mut answered = 0;
    for one in accepted {
        answered += i64::from(one.await.unwrap().is_ok());
    }
    office.stop().await;
    assert_eq!(office.see(&request).await.received.get(), answered * 2);
    let late = office.callback(&office.notice(999, 2, "x"));
    assert!(matches!(
        office.writer.record_callback(late).await,
        Err(store::StoreError::Stopped)
    ));
    office.assert_books_hold().await;
}

/// SQLite rolls back by itself when it cannot grow; nothing may be stuck afterwards.
#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_refuses_and_with_space_again_everything_is_written() {
    let office = Office::open_sqlite().await;
    let request = office.ask(&[("A", 100)]).await;
    // The file may not grow; the limit ends with the connection that met it.
    store::testing::run(&office.store, "pragma max_page_count = 1")
        .await
        .unwrap();
    let large = office.notice(1, 100, &"x".repeat(3_000));
    let mut refused = false;
    for copy in 0..50 {
        let callback = office.callback(&large.replace("Vietcombank", &format!("Bank {copy}")));
        match office.writer.record_callback(callback).await {
            Ok(_) => {}
            Err(error) => {
                assert!(error.is_temporary(), "{error:?}");
                refused = true;
                break;
            }
        }
    }
    assert!(refused, "the file never filled");
    let good = office.notice(900, 100, request.reference.as_str());
    let mut heard = office.writer.record_callback(office.callback(&good)).await;
    for _ in 0..20 {
        if heard.is_ok() {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        heard = office.writer.record_callback(office.callback(&good)).await;
    }
    heard.unwrap();
    office.settled().await;
    assert_eq!(office.status(&request).await, RequestStatus::Paid);
    office.assert_books_hold().await;
}
