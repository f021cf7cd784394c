//! What the gateway is compared with, measured in the same run on the same machine and disk.

mod naive;
mod pgledger;

use crate::machine;
use anyhow::Context;
use std::future::Future;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;
use tokio::task::JoinSet;

/// Who is compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Peer {
    /// The way that everyone writes first: a transaction per payment, statement by statement through
    /// sqlx, on tables as small as they can be.
    Naive,
    /// pgledger's two transfers per payment on hot accounts; PostgreSQL only. Its SQL is not ours to
    /// ship: give its file with --peer-sql.
    Pgledger,
}

/// Where a peer writes.
#[derive(Clone, Debug)]
pub enum Place {
    /// A folder for a SQLite file.
    Folder(PathBuf),
    /// The address of an empty PostgreSQL database.
    Postgres(String),
}

/// Measures payments per second of a peer: `payments` of them over `connections` at once.
pub async fn measure(
    peer: Peer,
    place: &Place,
    sql: Option<&Path>,
    payments: u64,
    connections: u64,
) -> anyhow::Result<u64> {
    match (peer, place) {
        (Peer::Naive, Place::Folder(folder)) => naive::sqlite(folder, payments, connections).await,
        (Peer::Naive, Place::Postgres(url)) => naive::postgres(url, payments, connections).await,
        (Peer::Pgledger, Place::Postgres(url)) => {
            let sql = sql.context("--peer pgledger needs its SQL file: --peer-sql FILE")?;
            pgledger::measure(url, sql, payments, connections).await
        }
        (Peer::Pgledger, Place::Folder(_)) => anyhow::bail!("--peer pgledger needs --postgres"),
    }
}

/// Runs `work` for each number below `count`, `connections` at once, and answers the rate.
async fn rate<F, W>(count: u64, connections: u64, work: W) -> anyhow::Result<u64>
where
    F: Future<Output = anyhow::Result<()>> + Send,
    W: Fn(u64) -> F + Clone + Send + 'static,
{
    let next = Arc::new(AtomicU64::new(0));
    let began = Instant::now();
    let mut senders = JoinSet::new();
    for _ in 0..connections {
        let (next, work) = (next.clone(), work.clone());
        senders.spawn(async move {
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                if number >= count {
                    return anyhow::Ok(());
                }
                work(number).await?;
            }
        });
    }
    while let Some(done) = senders.join_next().await {
        done??;
    }
    Ok(machine::rate(count, began.elapsed()))
}
