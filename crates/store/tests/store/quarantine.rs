//! What could not be taken at first is judged again, and its money is booked once.

use crate::on_both_engines;
use payment::{CreditOutcome, RequestStatus};
use store::callback::Recorded;
use store::quarantine::{Apart, Rerun};

on_both_engines! {
    async fn a_callback_that_reads_after_all_settles_once_and_keeps_its_first_outcome(office: &Office) {
        let request = office.ask(&[("CT-CHUKY", 10_000)]).await;
        let memo = request.reference.to_string();
        let mut callback = office.callback(&office.notice(office.number(), 10_000, &memo));
        // As a program that could not read it would have kept it.
        callback.malformed = Some("\"/content\" must be text".to_owned());
        let id = callback.id;
        assert_eq!(office.writer.record_callback(callback.clone()).await.unwrap(), Recorded::New(id));
        let kept = office.store.quarantine(&office.scope, None, 10).await.unwrap();
        assert_eq!(kept.len(), 1);
        assert_eq!((kept[0].id, &kept[0].why), (id, &Apart::NotReadable("\"/content\" must be text".to_owned())));
        assert!(office.store.quarantined(&office.scope, id).await.unwrap().is_some());
        assert_eq!(office.status(&request).await, RequestStatus::Open);
        office.assert_books_hold().await;

        let again = || office.writer.requeue(office.scope.clone(), id, "key_a".to_owned(), office.now());
        let (one, other) = tokio::join!(again(), again());
        let mut both = [one.unwrap(), other.unwrap()];
        both.sort_by_key(|done| *done == Rerun::NotKept);
        assert_eq!(both, [Rerun::Queued, Rerun::NotKept]);
        office.settled().await;
        assert_eq!(office.status(&request).await, RequestStatus::Paid);
        assert_eq!(office.outcomes().await, [CreditOutcome::Settled, CreditOutcome::Quarantined]);
        assert!(office.store.quarantine(&office.scope, None, 10).await.unwrap().is_empty());
        assert_eq!(again().await.unwrap(), Rerun::NotKept);
        office.assert_books_hold().await;
        // The sender comes again with the same bytes.
        assert_eq!(office.writer.record_callback(callback).await.unwrap(), Recorded::Repeat);
    }
}
