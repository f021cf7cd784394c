//! The whole contents of a database go into another one, whichever engines they are on.

use crate::office::Office;
use crate::on_both_engines;
use std::collections::BTreeSet;
use store::Store;
use store::copy::{Cell, CopyError, Digester, NOT_COPIED, Role, Table, TableDigest};
use store::testing::{TestDatabase, columns, run};
use uuid::Uuid;

/// Everything in `from` goes into `to`; the digests as they were read.
async fn copy(from: &Store, to: &Store, id: Uuid, office: &Office) -> Vec<TableDigest> {
    let mut snapshot = from.snapshot().await.unwrap();
    let mut intake = to.intake(snapshot.versions()).await.unwrap();
    let mut digests = Vec::new();
    for table in snapshot.tables().to_vec() {
        let mut digester = Digester::new(&table);
        let mut rows = snapshot.rows(&table);
        loop {
            let page = rows.page().await.unwrap();
            if page.is_empty() {
                break;
            }
            digester.add(&page);
            intake.write(&table, &page).await.unwrap();
        }
        let digest = digester.finish();
        assert_eq!(intake.digest(&table.name).await.unwrap(), digest);
        digests.push(digest);
    }
    assert_eq!(
        intake.heads().await.unwrap(),
        snapshot.heads().await.unwrap()
    );
    intake.commit(id, office.now()).await.unwrap();
    digests
}

/// A life that leaves rows with every kind of value, and texts that a bad copy would mangle.
async fn life(office: &Office) {
    let request = office
        .ask(&[("CT-CHUKY", 10_000), ("CT-BANSAO", 4_000)])
        .await;
    office.pay(&request, 14_000).await;
    let short = office.ask(&[("A", 100)]).await;
    office.pay(&short, 40).await;
    let awkward = "tab\there\\N \\ \"quoted\" 'q' {1,2} \u{1F4B0} tiền đồng ệ";
    office.hear(&office.notice(9_001, 777, awkward)).await;
    office
        .hear("{\"not\": \"a notice\",\r\n\t\"x\": \"\\\\N\"}")
        .await;
    office.settled().await;
    office.assert_books_hold().await;
}

async fn both_targets() -> Vec<TestDatabase> {
    [Some(TestDatabase::sqlite()), TestDatabase::postgres().await]
        .into_iter()
        .flatten()
        .collect()
}

on_both_engines! {
    async fn a_copy_on_either_engine_has_the_same_digests_and_keeps_every_promise(office: &Office) {
        life(office).await;
        for database in both_targets().await {
            let target = Store::connect(database.options()).await.unwrap();
            let id = Uuid::now_v7();
            let digests = copy(&office.store, &target, id, office).await;
            for filled in ["posting", "event", "audit_record", "payment_request", "callback_message"] {
                assert!(digests.iter().any(|digest| digest.table == filled && digest.rows > 1), "{filled}");
            }
            // Until somebody says that it is whole, nobody works on it.
            assert!(matches!(target.migrate().await, Err(store::StoreError::Unfinished)));
            assert_eq!(target.copy_marks().await.unwrap(), [(id, Role::Unfinished)]);
            assert!(matches!(target.intake(&[1]).await, Err(CopyError::Unfinished)));
            target.mark_copy(id, Role::Whole, office.now()).await.unwrap();
            target.migrate().await.unwrap();
            let (here, there) = (office.store.audit().await.unwrap(), target.audit().await.unwrap());
            assert!(there.violations.is_empty(), "{:?}", there.violations);
            assert_eq!(here.counted, there.counted);
            target.mark_copy(id, Role::Moved, office.now()).await.unwrap();
            assert!(matches!(target.migrate().await, Err(store::StoreError::Moved)));
            target.close().await;
        }
    }

    /// The list comes from the catalogue; here it is held against another reading of it.
    async fn no_table_is_forgotten_not_even_one_that_comes_later(office: &Office) {
        // Each engine refuses the other's.
        run(&office.store, "create table latecomer (tenant_id integer not null, word text, primary key (tenant_id)) strict").await.ok();
        run(&office.store, "create table latecomer (tenant_id bigint not null, word text, primary key (tenant_id))").await.ok();
        let snapshot = office.store.snapshot().await.unwrap();
        let copied: BTreeSet<(String, String)> = snapshot.tables().iter()
            .flat_map(|table| table.columns.iter().map(|column| (table.name.clone(), column.name.clone())))
            .collect();
        let all: BTreeSet<(String, String)> = columns(&office.store).await.unwrap().into_iter()
            .filter(|(table, _)| table != NOT_COPIED)
            .collect();
        assert_eq!(copied, all);
        assert!(copied.contains(&("latecomer".to_owned(), "word".to_owned())));
        assert!(snapshot.tables().iter().all(|table| !table.key.is_empty()));
    }

    async fn a_table_without_an_order_or_with_a_type_of_one_engine_cannot_be_forgotten_silently(office: &Office) {
        run(&office.store, "create table heap (word text)").await.unwrap();
        assert!(matches!(office.store.snapshot().await, Err(CopyError::NoKey(table)) if table == "heap"));
        run(&office.store, "drop table heap").await.unwrap();
        run(&office.store, "create table loose (id int primary key, amount real)").await.unwrap();
        assert!(office.store.snapshot().await.is_err());
    }

    async fn a_database_with_one_row_or_with_tables_of_others_is_not_filled(office: &Office) {
        let versions = office.store.snapshot().await.unwrap().versions().to_vec();
        assert!(matches!(office.store.intake(&versions).await, Err(CopyError::NotEmpty(_))));
        let elsewhere = TestDatabase::sqlite();
        let store = Store::connect(elsewhere.options()).await.unwrap();
        run(&store, "create table somebody_elses (id integer primary key)").await.unwrap();
        assert!(matches!(store.intake(&versions).await, Err(CopyError::Foreign(table)) if table == "somebody_elses"));
        let fresh = TestDatabase::sqlite();
        let store = Store::connect(fresh.options()).await.unwrap();
        let mut newer = versions.clone();
        newer.push(9_999);
        assert!(matches!(store.intake(&newer).await, Err(CopyError::UnknownSchema(9_999))));
    }

    async fn a_row_that_refers_to_nothing_or_does_not_fit_leaves_the_target_empty(office: &Office) {
        life(office).await;
        for database in both_targets().await {
            let target = Store::connect(database.options()).await.unwrap();
            let mut snapshot = office.store.snapshot().await.unwrap();
            let table = snapshot.tables().iter().find(|table| table.name == "posting").unwrap().clone();
            let rows = snapshot.rows(&table).page().await.unwrap();
            let mut intake = target.intake(snapshot.versions()).await.unwrap();
            let mut damaged = rows[0].clone();
            damaged[0] = Cell::Text("not an id".to_owned());
            assert!(matches!(intake.write(&table, &[damaged]).await, Err(CopyError::Value(_))));
            let other = Table { key: vec!["amount".to_owned()], ..table.clone() };
            assert!(matches!(intake.write(&other, &rows).await, Err(CopyError::OtherTable(_))));
            // Postings whose entries, accounts and tenants are missing.
            intake.write(&table, &rows).await.unwrap();
            assert!(intake.commit(Uuid::now_v7(), office.now()).await.is_err());
            // As empty as before: it can be filled.
            let again = target.intake(snapshot.versions()).await;
            assert!(again.is_ok(), "{:?}", again.err());
        }
    }
}
