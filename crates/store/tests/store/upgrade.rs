//! Books that an earlier version wrote hold after the upgrade.

use store::testing::{TestDatabase, run};

/// One settled payment of which 60 went to an item and 40 to the payer, and one in suspense, as the
/// schema of the first version kept them. `{n}` stands for the id number n.
const BEFORE: &str = "
insert into tenant values ({1}, 't', 'test', 'T', null, 'QH', 1);
insert into payee_account values ({1}, {2}, 0, '970436', '001', 'T', 1);
insert into payment_request (tenant_id, payment_request_id, reference, status, amount, received, late, version,
    payee_account_id, lines, body_digest, checkout_token, created_at, paid_at)
values ({1}, {3}, 'QH234567895V', 'overpaid', 60, 100, {false}, 2, {2}, '[]', {4}, 'token', 1, 2);
insert into callback values ({1}, {5}, 's', 'sepay_hmac', 1, '{}', {4}, {4});
insert into bank_credit (tenant_id, bank_credit_id, source, provider_event_id, callback_id, notice_digest, amount,
    account_number, memo, booked_at, business_date, received_at, outcome, suspense_reason, match_detail)
values ({1}, {6}, 's', 'a', {5}, {4}, 100, '001', '', 1, 20260101, 1, 'settled', null, '{}'),
       ({1}, {7}, 's', 'b', {5}, {4}, 30, '001', '', 1, 20260101, 9, 'suspense', 'no_reference', '{}');
insert into journal_entry (tenant_id, journal_entry_id, sequence, rule, business_date, posted_at, bank_credit_id)
values ({1}, {8}, 1, 'payment_settled', 20260101, 1, {6});
insert into posting values ({1}, 'bank:001', 1, {8}, 1, 'debit', 100, 100),
    ({1}, 'collected:A', 1, {8}, 2, 'credit', 60, -60), ({1}, 'payer_credit:P', 1, {8}, 3, 'credit', 40, -40);
insert into allocation values ({1}, {9}, {6}, {3}, {8}, 100, 'exact_reference', 1);
";

async fn books_are_carried_over(database: TestDatabase) {
    let old = database.open_at(1).await;
    let sqlite = old.engine_name() == "sqlite";
    let mut script = BEFORE.replace("{false}", if sqlite { "0" } else { "false" });
    for number in 1..=9 {
        let digits = format!("{number:032}");
        let id = match (sqlite, number) {
            (true, _) => format!("x'{digits}'"),
            (false, 4) => format!("'\\x{digits}'::bytea"),
            (false, _) => format!("'{digits}'::uuid"),
        };
        script = script.replace(&format!("{{{number}}}"), &id);
    }
    for statement in script.split(";\n").filter(|s| !s.trim().is_empty()) {
        run(&old, statement).await.unwrap();
    }
    old.close().await;
    let store = database.open().await;
    let check = async |statement: &str| {
        // An update that changes nothing counts the rows that are as they should be.
        run(&store, statement).await.unwrap()
    };
    let held = "update suspense_item set version = 1 where held = 30 and reason = 'no_reference' and since = 9";
    assert_eq!(check(held).await, 1);
    assert_eq!(check("update suspense_item set version = 1").await, 1);
    let kept = "insert into suspense_item select tenant_id, bank_credit_id, collected, rule, allocated_at, amount
        from allocation where collected = 60 and amount = 100 and credit_act_id is null and reverses is null";
    assert_eq!(check(kept).await, 1);
    for statement in [
        "delete from allocation",
        "delete from credit_act where 1 = 0",
    ] {
        let refused = run(&store, statement).await;
        assert!(
            statement.contains("1 = 0") || refused.is_err(),
            "{statement}"
        );
    }
    store.close().await;
}

#[tokio::test]
async fn the_books_of_the_first_version_are_carried_over_on_sqlite() {
    books_are_carried_over(TestDatabase::sqlite()).await;
}

#[tokio::test]
async fn the_books_of_the_first_version_are_carried_over_on_postgres() {
    if let Some(database) = TestDatabase::postgres().await {
        books_are_carried_over(database).await;
    }
}
