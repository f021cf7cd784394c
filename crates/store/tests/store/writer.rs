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

/// Repeats, conflicts, twins through a second source, unknown references, several payments of one
/// request: `length` messages drawn from a few ids, so that they meet each other often.
fn drawn_messages(seed: u64, length: usize) -> Vec<(&'static str, u64, i64, usize, &'static str)> {
    let mut state = seed;
    let mut draw = |below: u64| {
        // SplitMix64: the same messages on every machine.
        state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (mixed ^ (mixed >> 31)) % below
    };
    (0..length)
        .map(|_| {
            let source = ["sepay-main", "sepay-second"][usize::try_from(draw(2)).unwrap()];
            let amount = [40, 100][usize::try_from(draw(2)).unwrap()];
            let request = usize::try_from(draw(5)).unwrap();
            let words = ["nop phi", "chuyen tien"][usize::try_from(draw(2)).unwrap()];
            (source, draw(12) + 1, amount, request, words)
        })
        .collect()
}

/// What became of the drawn messages, heard one by one or all at once.
async fn hear_drawn(
    office: &Office,
    seed: u64,
    at_once: bool,
) -> (Vec<String>, Vec<i64>, Vec<i64>) {
    let mut requests = Vec::new();
    for _ in 0..4 {
        requests.push(office.ask(&[("A", 100)]).await);
    }
    for (source, id, amount, request, words) in drawn_messages(seed, 60) {
        let reference = requests
            .get(request)
            .map_or("no reference here".to_owned(), |request| {
                request.reference.to_string()
            });
        let body = office.notice(id, amount, &format!("{reference} {words}"));
        let mut callback = office.callback(&body);
        callback.source = source.to_owned();
        if at_once {
            // It is due when the clock gets there, and so are all the others.
            callback.received_at = office.now().plus_seconds(1);
        }
        office.writer.record_callback(callback).await.unwrap();
        if !at_once {
            office.settled().await;
        }
    }
    if at_once {
        office.pass_seconds(2);
        office.settled().await;
    }
    office.assert_books_hold().await;
    let outcomes = office
        .outcomes()
        .await
        .iter()
        .map(|outcome| outcome.as_str().to_owned())
        .collect();
    let mut received = Vec::new();
    for request in &requests {
        received.push(office.see(request).await.received.get());
    }
    let mut balances: Vec<i64> = office
        .balances()
        .await
        .into_iter()
        .map(|(_, balance)| balance)
        .collect();
    balances.sort_unstable();
    (outcomes, received, balances)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_decides_each_notice_as_if_it_had_come_alone() {
    for seed in [1, 22, 333, 4_444] {
        let alone = hear_drawn(&Office::open_sqlite().await, seed, false).await;
        for kind in ["settled", "suspense", "duplicate", "conflict"] {
            assert!(
                alone.0.iter().any(|outcome| outcome == kind),
                "seed {seed} has no {kind}"
            );
        }
        let together = hear_drawn(&Office::open_sqlite().await, seed, true).await;
        assert_eq!(alone, together, "seed {seed} on SQLite");
        if let Some(postgres) = Office::open_postgres().await {
            let together = hear_drawn(&postgres, seed, true).await;
            assert_eq!(alone, together, "seed {seed} on PostgreSQL");
        }
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
    // The file may not grow any more.
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
    // Space again. The limit is gone already where the connection that met it was replaced.
    store::testing::run(&office.store, "pragma max_page_count = 1000000")
        .await
        .unwrap();
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
