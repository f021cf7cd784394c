//! pgledger: a ledger of SQL functions inside PostgreSQL. A payment is two transfers in one call, from
//! the bank's account over a clearing account to what is collected: the accounts that every payment
//! touches.

use super::rate;
use anyhow::{Context, ensure};
use sqlx::AssertSqlSafe;
use sqlx::postgres::PgPoolOptions;
use std::path::Path;
use std::time::Duration;

const ACCOUNT: &str = "select id from pgledger_create_account($1, 'VND')";
const PAYMENT: &str = "select count(*) from pgledger_create_transfers(
    array[($1, $2, $4)::transfer_request, ($2, $3, $4)::transfer_request])";
const ENTRIES: &str = "select count(*) from pgledger_entries_view";

/// Payments per second, after loading pgledger's SQL from `file` into the empty database.
pub async fn measure(
    url: &str,
    file: &Path,
    payments: u64,
    connections: u64,
) -> anyhow::Result<u64> {
    let sql = std::fs::read_to_string(file)
        .with_context(|| format!("{} cannot be read", file.display()))?;
    let pool = PgPoolOptions::new()
        .max_connections(u32::try_from(connections)?)
        .acquire_timeout(Duration::from_secs(60))
        .connect(url)
        .await?;
    // Its authors' file, chosen by the person who runs this, into a database that is thrown away.
    sqlx::raw_sql(AssertSqlSafe(sql))
        .execute(&pool)
        .await
        .context("pgledger's SQL does not load")?;
    let mut accounts = Vec::new();
    for name in ["bank", "clearing", "collected"] {
        let (id,): (String,) = sqlx::query_as(ACCOUNT).bind(name).fetch_one(&pool).await?;
        accounts.push(id);
    }
    let own = (pool.clone(), accounts);
    let rate = rate(payments, connections, move |number| {
        let (pool, accounts) = own.clone();
        async move {
            let mut payment = sqlx::query_as(PAYMENT);
            for account in &accounts {
                payment = payment.bind(account);
            }
            let (transfers,): (i64,) = payment
                .bind(i64::try_from(10_000 + number % 1_000 * 500)?)
                .fetch_one(&pool)
                .await?;
            ensure!(transfers == 2, "pgledger made {transfers} transfers");
            Ok(())
        }
    })
    .await?;
    let (entries,): (i64,) = sqlx::query_as(ENTRIES).fetch_one(&pool).await?;
    ensure!(
        u64::try_from(entries)? == payments * 4,
        "the peer's books do not hold"
    );
    pool.close().await;
    Ok(rate)
}
