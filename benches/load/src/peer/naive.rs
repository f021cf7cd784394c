//! A transaction per payment, statement by statement: the event once, the request found and marked
//! paid, the payment, three hot balances, four postings, the outbox.

use super::rate;
use anyhow::ensure;
use sqlx::postgres::PgPoolOptions;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use std::path::Path;
use std::time::Duration;

const SCHEMA: &str = include_str!("naive.sql");
/// The accounts that every payment touches.
const ACCOUNTS: [&str; 3] = ["bank", "collected", "clearing"];

/// One payment, on either driver: the statements are the same text.
macro_rules! pay {
    ($begin:expr, $number:expr) => {{
        let number = i64::try_from($number)?;
        let reference = format!("R{number}");
        let mut tx = $begin;
        let new =
            sqlx::query("insert into event (id, body) values ($1, $2) on conflict do nothing")
                .bind(format!("E{number}"))
                .bind(&reference)
                .execute(&mut *tx)
                .await?;
        ensure!(new.rows_affected() == 1, "an event came twice");
        let (request, amount): (i64, i64) =
            sqlx::query_as("select id, amount from request where reference = $1")
                .bind(&reference)
                .fetch_one(&mut *tx)
                .await?;
        sqlx::query("update request set status = 'paid' where id = $1")
            .bind(request)
            .execute(&mut *tx)
            .await?;
        sqlx::query("insert into payment (id, request, amount) values ($1, $2, $3)")
            .bind(number)
            .bind(request)
            .bind(amount)
            .execute(&mut *tx)
            .await?;
        for (position, (account, signed)) in (0i64..).zip([
            ("bank", amount),
            ("clearing", -amount),
            ("clearing", amount),
            ("collected", -amount),
        ]) {
            if position != 2 {
                sqlx::query("update account set balance = balance + $2 where code = $1")
                    .bind(account)
                    .bind(if account == "clearing" { 0 } else { signed })
                    .execute(&mut *tx)
                    .await?;
            }
            sqlx::query(
                "insert into posting (payment, position, account, amount) values ($1, $2, $3, $4)",
            )
            .bind(number)
            .bind(position)
            .bind(account)
            .bind(signed)
            .execute(&mut *tx)
            .await?;
        }
        sqlx::query("insert into outbox (id, body) values ($1, $2)")
            .bind(number)
            .bind(&reference)
            .execute(&mut *tx)
            .await?;
        tx.commit().await?;
        anyhow::Ok(())
    }};
}

/// Fills the tables with what is to be paid, in one transaction.
macro_rules! prepare {
    ($pool:expr, $payments:expr) => {{
        sqlx::raw_sql(SCHEMA).execute($pool).await?;
        let mut tx = $pool.begin().await?;
        for account in ACCOUNTS {
            sqlx::query("insert into account (code, balance) values ($1, 0)")
                .bind(account)
                .execute(&mut *tx)
                .await?;
        }
        for number in 0..i64::try_from($payments)? {
            sqlx::query(
                "insert into request (id, reference, amount, status) values ($1, $2, $3, 'open')",
            )
            .bind(number)
            .bind(format!("R{number}"))
            .bind(10_000 + number % 1_000 * 500)
            .execute(&mut *tx)
            .await?;
        }
        tx.commit().await?;
    }};
}

/// The run counts only when every payment is there once and the postings balance.
macro_rules! check {
    ($pool:expr, $payments:expr) => {{
        let (count, sum): (i64, i64) = sqlx::query_as(
            "select (select count(*) from payment), (select cast(sum(amount) as bigint) from posting)",
        )
        .fetch_one($pool)
        .await?;
        ensure!(
            (u64::try_from(count)?, sum) == ($payments, 0),
            "the peer's books do not hold"
        );
    }};
}

/// Payments per second on SQLite with full durability.
pub async fn sqlite(folder: &Path, payments: u64, connections: u64) -> anyhow::Result<u64> {
    let file = folder.join("naive.sqlite");
    let options = SqliteConnectOptions::new()
        .filename(&file)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .busy_timeout(Duration::from_secs(60));
    let pool = SqlitePoolOptions::new()
        .max_connections(u32::try_from(connections)?)
        .acquire_timeout(Duration::from_secs(60))
        .connect_with(options)
        .await?;
    prepare!(&pool, payments);
    let own = pool.clone();
    let rate = rate(payments, connections, move |number| {
        let pool = own.clone();
        async move { pay!(pool.begin_with("BEGIN IMMEDIATE").await?, number) }
    })
    .await?;
    check!(&pool, payments);
    pool.close().await;
    Ok(rate)
}

/// Payments per second on PostgreSQL with its default durability.
pub async fn postgres(url: &str, payments: u64, connections: u64) -> anyhow::Result<u64> {
    let pool = PgPoolOptions::new()
        .max_connections(u32::try_from(connections)?)
        .acquire_timeout(Duration::from_secs(60))
        .connect(url)
        .await?;
    prepare!(&pool, payments);
    let own = pool.clone();
    let rate = rate(payments, connections, move |number| {
        let pool = own.clone();
        async move { pay!(pool.begin().await?, number) }
    })
    .await?;
    check!(&pool, payments);
    pool.close().await;
    Ok(rate)
}
