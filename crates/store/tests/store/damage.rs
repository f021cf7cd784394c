//! The audit names a damaged row of every kind, and the database itself refuses to change history.

use crate::acting::allocate;
use crate::importing;
use crate::office::Office;
use crate::on_both_engines;
use store::suspense::Choice;
use store::testing::damage;

/// What is done to which table, and the words that the audit must find for it.
const DAMAGES: &[(&str, &str, &str)] = &[
    ("posting", "update posting set amount = amount + 1 where side = 'credit'", "I1 journal_entry"),
    ("posting", "update posting set balance_after = balance_after + 5 where account_code = 'suspense'", "I2 posting suspense"),
    ("posting", "delete from posting where account_code = 'collected:A'", "I1 journal_entry"),
    ("account", "update account set balance = balance + 7 where account_code = 'suspense'", "I2 account suspense"),
    ("account", "delete from account where account_code = 'suspense'", "I2 account suspense"),
    ("account", "update account set sequence = sequence + 1 where account_code = 'suspense'", "I2 account suspense"),
    ("journal_entry", "delete from journal_entry where sequence = 1", "I5 journal_entry #2"),
    ("journal_entry", "update journal_entry set bank_credit_id = null where sequence = 2", "I7 bank_credit"),
    ("callback", "delete from callback where body_digest = (select body_digest from callback order by body_digest limit 1)", "I5 bank_credit"),
    ("callback_message", "delete from callback_message", "I6 callback"),
    ("callback_message", "update callback_message set outcome = 'ignored' where outcome = 'settled'", "I6 callback_message"),
    ("bank_credit", "update bank_credit set amount = amount + 1000", "I5 bank_credit"),
    ("bank_credit", "update bank_credit set memo = 'other memo'", "I5 bank_credit"),
    ("bank_credit", "update bank_credit set account_number = '1'", "I5 bank_credit"),
    ("bank_credit", "delete from bank_credit where outcome = 'suspense'", "I5 bank_credit"),
    ("allocation", "update allocation set amount = amount - 1 where reverses is null", "I8 bank_credit"),
    ("allocation", "delete from allocation", "I8 bank_credit"),
    ("payment_request", "update payment_request set status = 'paid', paid_at = 1 where received = 0", "I11 payment_request"),
    ("payment_request", "update payment_request set received = 99", "I11 payment_request"),
    ("payment_request", "update payment_request set version = version + 1", "I15 payment_request"),
    (
        "payment_request",
        "update payment_request set payload = 'another account'",
        "I5 payment_request",
    ),
    (
        "payment_request",
        "update payment_request set lines = replace(lines, '\"A\"', '\"B\"')",
        "I5 payment_request",
    ),
    (
        "payment_request",
        "update payment_request set amount = amount + 1 where received = 0",
        "I5 payment_request",
    ),
    (
        "payment_request",
        "delete from payment_request where received = 0",
        "I5 payment_request",
    ),
    (
        "allocation",
        "update allocation set payment_request_id =
            (select payment_request_id from payment_request where received = 0)",
        "I5 bank_credit",
    ),
    (
        "payee_account",
        "update payee_account set account_number = '999'",
        "I5 payee_account",
    ),
    ("event", "delete from event where sequence = 2", "I5 event #3"),
    ("event", "update event set subject = 'preq_x' where sequence = 1", "I15 payment_request"),
    ("audit_record", "update audit_record set actor = 'someone else' where sequence = 2", "I5 audit_record #2"),
    ("audit_record", "delete from audit_record where sequence = 1", "I5 audit_record #2"),
    ("tenant_head", "update tenant_head set event_sequence = event_sequence + 1", "I5 tenant_head"),
    ("tenant_head", "update tenant_head set journal_sequence = 0", "I5 tenant_head"),
    ("callback_pending", "insert into callback_pending (tenant_id, callback_id, received_at, attempts, next_attempt_at)
        select tenant_id, callback_id, 1, 0, 9000000000000000 from callback", "I6 callback"),
];

/// The same for rows that only acts of people make.
const ACT_DAMAGES: &[(&str, &str, &str)] = &[
    (
        "allocation",
        "update allocation set amount = 100000 where reverses is null and credit_act_id is not null",
        "I8 bank_credit",
    ),
    (
        "allocation",
        "update allocation set collected = collected - 1 where reverses is null",
        "I11 payment_request",
    ),
    (
        "allocation",
        "delete from allocation where reverses is not null",
        "I8 credit_act",
    ),
    (
        "allocation",
        "update allocation set credit_act_id = null where reverses is null and credit_act_id is not null",
        "I8 bank_credit",
    ),
    (
        "credit_act",
        "update credit_act set amount = amount + 1 where kind = 'allocated'",
        "I5 bank_credit",
    ),
    (
        "credit_act",
        "update credit_act set amount = amount + 1 where kind = 'refund_out'",
        "I10 credit_act",
    ),
    (
        "credit_act",
        "update credit_act set reason = 'another reason' where kind = 'allocated'",
        "I5 bank_credit",
    ),
    (
        "credit_act",
        "update credit_act set actor = 'somebody else' where kind = 'undone'",
        "I5 bank_credit",
    ),
    (
        "credit_act",
        "update credit_act set undoes_act_id = null where kind = 'undone'",
        "I8 allocation",
    ),
    (
        "credit_act",
        "update credit_act set kind = 'refund_out' where kind = 'not_a_payment'",
        "I5 bank_credit",
    ),
    (
        "credit_act",
        "delete from credit_act where kind = 'duplicate_confirmed'",
        "I10 bank_credit",
    ),
    (
        "audit_record",
        "delete from audit_record where action = 'credit.allocated'",
        "I5 bank_credit",
    ),
    (
        "suspense_item",
        "update suspense_item set held = held + 1",
        "I10 bank_credit",
    ),
    (
        "suspense_item",
        "delete from suspense_item where held > 0",
        "I10 bank_credit",
    ),
    (
        "suspense_item",
        "update suspense_item set version = version + 1",
        "I15 bank_credit",
    ),
];

/// The same for rows that only imports of statements make.
const IMPORT_DAMAGES: &[(&str, &str, &str)] = &[
    (
        "statement_line",
        "update statement_line set amount = amount + 1 where direction = 'debit'",
        "I5 statement_line",
    ),
    (
        "statement_line",
        "update statement_line set memo = 'another memo' where direction = 'credit'",
        "I5 statement_line",
    ),
    (
        "statement_line",
        "update statement_line set amount = amount + 1 where direction = 'credit'",
        "I7 bank_credit",
    ),
    (
        "statement_line",
        "update statement_line set balance_after = balance_after - 1",
        "I5 statement_line",
    ),
    (
        "statement_line",
        "update statement_line set direction = 'debit' where direction = 'credit'",
        "I7 statement_line",
    ),
    (
        "statement_line",
        "delete from statement_line where direction = 'debit'",
        "I5 statement_import",
    ),
    (
        "statement_file",
        "delete from statement_file",
        "I5 statement_import",
    ),
    (
        "statement_import",
        "update statement_import set file_name = 'another.csv'",
        "I5 statement_import",
    ),
    (
        "statement_import",
        "update statement_import set feed = 'statement:other'",
        "I5 statement_import",
    ),
    (
        "statement_import",
        "update statement_import set account_hint = '9990001112223'",
        "I5 statement_import",
    ),
    (
        "statement_summary",
        "update statement_summary set closing = closing + 1",
        "I5 statement_import",
    ),
    (
        "statement_error",
        "update statement_error set number = number + 1",
        "I5 statement_import",
    ),
    (
        "statement_error",
        "delete from statement_error",
        "I5 statement_import",
    ),
    (
        "statement_job",
        "update statement_job set stored = stored - 1",
        "I5 statement_import",
    ),
    (
        "statement_job",
        "delete from statement_job",
        "I5 statement_import",
    ),
    (
        "credit_report",
        "delete from credit_report where source like 'statement:%'",
        "I6 statement_line",
    ),
    (
        "credit_report",
        "delete from credit_report where source not like 'statement:%'",
        "I5 credit_report",
    ),
    (
        "credit_report",
        "update credit_report set bank_credit_id = (
            select bank_credit_id from bank_credit where outcome = 'suspense'
         ) where source like 'statement:%'",
        "I8 credit_report",
    ),
    (
        "credit_report",
        "update credit_report set audit_sequence = 1",
        "I5 credit_report",
    ),
    (
        "reconciliation_explanation",
        "update reconciliation_explanation set reason = 'another reason'",
        "I5 reconciliation_explanation",
    ),
    (
        "reconciliation_explanation",
        "delete from reconciliation_explanation",
        "I5 reconciliation_explanation",
    ),
];

/// One request paid in part and one open, one credit in suspense: every kind of row exists.
async fn some_history(office: &Office) {
    let request = office.ask(&[("A", 100)]).await;
    office.ask(&[("A", 100)]).await;
    office.pay(&request, 60).await;
    office.hear(&office.notice(500, 40, "khong co ma")).await;
    office.settled().await;
    office.assert_books_hold().await;
}

/// The same, and each act once, on a credit of its own; of two allocations one is taken back.
async fn some_acts(office: &Office) {
    some_history(office).await;
    let request = &office.ask(&[("A", 100)]).await;
    for (amount, choice) in [
        (11, None),
        (12, Some(Choice::NotAPayment)),
        (13, Some(Choice::RefundOut)),
    ] {
        let credit = office.unclaimed(amount).await;
        let choice = choice.unwrap_or_else(|| allocate(&[(request, amount)]));
        office.act(credit, choice).await;
    }
    let credit = office.unclaimed(14).await;
    office.act(credit, allocate(&[(request, 14)])).await;
    office.act(credit, Choice::Undo(None)).await;
    let copy = office.possible_duplicate(15).await;
    office.act(copy, Choice::ConfirmDuplicate).await;
    office.assert_books_hold().await;
}

/// A statement with a payment that was heard, one that was not and comes late, one that nobody claims,
/// money out, and a row that cannot be read; something of it is explained.
async fn some_import(office: &Office) {
    let [heard, missed] = [
        office.ask(&[("A", 100)]).await,
        office.ask(&[("A", 110)]).await,
    ];
    importing::some_import(office, &heard, &missed).await;
    office.assert_books_hold().await;
}

async fn each_damage_is_named(
    damages: &[(&str, &str, &str)],
    open: impl AsyncFn() -> Option<Office>,
    live: impl AsyncFn(&Office),
) {
    let Some(office) = open().await else { return };
    live(&office).await;
    let whole = office.leave().await;
    let mut silent = Vec::new();
    for (table, statement, words) in damages {
        let database = whole.copy().await;
        let store = database.open().await;
        let touched = damage(&store, statement).await.unwrap();
        assert!(touched > 0, "nothing damaged: {statement}");
        let findings = store.audit().await.unwrap();
        store.close().await;
        let named = findings
            .violations
            .iter()
            .any(|violation| violation.to_string().starts_with(words));
        if !named {
            silent.push(format!(
                "{table}: {statement}\n  wanted {words}\n  got {:?}",
                findings.violations
            ));
        }
    }
    assert!(silent.is_empty(), "{}", silent.join("\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_audit_names_a_damaged_row_of_every_kind_on_sqlite() {
    let open = async || Some(Office::open_sqlite().await);
    each_damage_is_named(DAMAGES, open, some_history).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_audit_names_a_damaged_row_of_every_kind_on_postgres() {
    each_damage_is_named(DAMAGES, Office::open_postgres, some_history).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_audit_names_a_damaged_row_of_every_act_on_sqlite() {
    let open = async || Some(Office::open_sqlite().await);
    each_damage_is_named(ACT_DAMAGES, open, some_acts).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_audit_names_a_damaged_row_of_every_act_on_postgres() {
    each_damage_is_named(ACT_DAMAGES, Office::open_postgres, some_acts).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_audit_names_a_damaged_row_of_every_import_on_sqlite() {
    let open = async || Some(Office::open_sqlite().await);
    each_damage_is_named(IMPORT_DAMAGES, open, some_import).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_audit_names_a_damaged_row_of_every_import_on_postgres() {
    each_damage_is_named(IMPORT_DAMAGES, Office::open_postgres, some_import).await;
}

on_both_engines! {
    async fn a_damaged_request_that_is_due_keeps_no_other_from_expiring(office: &Office) {
        let damaged = office.ask(&[("A", 100)]).await;
        let good = office.ask(&[("A", 100)]).await;
        let statement = format!("update payment_request set lines = '[]x' where reference = '{}'", damaged.reference);
        damage(&office.store, &statement).await.unwrap();
        office.pass_seconds(3601);
        let mut status = office.status(&good).await;
        for _ in 0..1000 {
            if status == payment::RequestStatus::Expired { break; }
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
            status = office.status(&good).await;
        }
        assert_eq!(status, payment::RequestStatus::Expired);
        // And money still settles while the damaged row stays due.
        office.pay(&good, 100).await;
        assert_eq!(office.status(&good).await, payment::RequestStatus::Paid);
    }

    async fn a_changed_byte_of_a_stored_callback_is_named(office: &Office) {
        some_history(office).await;
        let changed = match office.store.engine_name() {
            "sqlite" => "update callback set body = cast(replace(cast(body as text), '40', '41') as blob)",
            _ => "update callback set body = convert_to(replace(convert_from(body, 'UTF8'), '40', '41'), 'UTF8')",
        };
        damage(&office.store, changed).await.unwrap();
        let findings = office.store.audit().await.unwrap();
        assert!(findings.violations.iter().any(|v| v.to_string().starts_with("I5 callback ")), "{findings:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn history_cannot_be_changed_while_the_triggers_stand() {
    for office in [
        Some(Office::open_sqlite().await),
        Office::open_postgres().await,
    ]
    .into_iter()
    .flatten()
    {
        some_acts(&office).await;
        some_import(&office).await;
        for table in [
            "callback",
            "callback_message",
            "bank_credit",
            "journal_entry",
            "posting",
            "allocation",
            "credit_act",
            "event",
            "audit_record",
            "statement_import",
            "statement_file",
            "statement_summary",
            "statement_error",
            "statement_line",
            "credit_report",
            "reconciliation_explanation",
        ] {
            for statement in [
                format!("delete from {table}"),
                format!("update {table} set tenant_id = tenant_id"),
            ] {
                let refused = store::testing::run(&office.store, &statement)
                    .await
                    .unwrap_err();
                assert!(
                    format!("{refused:?}").contains("append-only"),
                    "{statement}: {refused:?}"
                );
            }
        }
    }
}
