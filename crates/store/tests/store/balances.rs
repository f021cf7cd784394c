//! The balances that a bank reports go on from each other, or a record says where not.

use crate::on_both_engines;

on_both_engines! {
    async fn a_hole_in_the_balances_whose_record_was_damaged_is_named(office: &Office) {
        let tell = |id: u64, balance: i64| office.notice(id, 1_000, "khong ma")
            .replace("\"accumulated\":0", &format!("\"accumulated\":{balance}"));
        office.hear(&tell(1, 101_000)).await;
        office.hear(&tell(2, 109_000)).await;
        office.settled().await;
        assert!(office.store.balance_gaps(&office.scope, None, None, 10).await.unwrap().is_empty());
        office.pass_seconds(31);
        for _ in 0..400 {
            if !office.store.balance_gaps(&office.scope, Some(true), None, 10).await.unwrap().is_empty() { break; }
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
        let open = office.store.balance_gaps(&office.scope, Some(true), None, 10).await.unwrap();
        assert_eq!(open.iter().map(|gap| gap.between.missing().unwrap().get()).collect::<Vec<_>>(), [7_000]);
        office.assert_books_hold().await;
        store::testing::damage(&office.store, "update balance_gap set to_balance = to_balance + 1").await.unwrap();
        let violations = office.store.audit().await.unwrap().violations;
        assert!(violations.iter().any(|found| found.invariant.name() == "I9"), "{violations:?}");
    }
}
