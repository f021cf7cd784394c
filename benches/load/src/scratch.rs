//! A new place for each run: a folder, and on PostgreSQL a database. Both are removed at the end.

use anyhow::Context;
use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection};
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::atomic::{AtomicU64, Ordering};

/// See the module.
#[derive(Debug)]
pub struct Scratch {
    /// A folder of its own on the disk that is measured.
    pub folder: PathBuf,
    /// The address of an empty database, when PostgreSQL is measured.
    pub database: Option<String>,
    server: Option<(PgConnectOptions, String)>,
}

impl Scratch {
    /// Makes a folder in `data`, and on the PostgreSQL server a database.
    pub async fn make(data: &Path, server: Option<&str>) -> anyhow::Result<Self> {
        static NUMBER: AtomicU64 = AtomicU64::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!("thungan_load_{}_{number}", std::process::id());
        std::fs::create_dir_all(data)?;
        let folder = data.canonicalize()?.join(&name);
        std::fs::create_dir(&folder)
            .with_context(|| format!("{} cannot be made", folder.display()))?;
        let mut scratch = Self {
            folder,
            database: None,
            server: None,
        };
        if let Some(address) = server {
            let options = PgConnectOptions::from_str(address)?;
            run(&options, format!("create database {name}")).await?;
            scratch.database = Some(options.clone().database(&name).to_url_lossy().to_string());
            scratch.server = Some((options, name));
        }
        Ok(scratch)
    }

    /// Removes both.
    pub async fn remove(self) -> anyhow::Result<()> {
        std::fs::remove_dir_all(&self.folder)?;
        if let Some((options, name)) = &self.server {
            run(options, format!("drop database {name} with (force)")).await?;
        }
        Ok(())
    }
}

async fn run(options: &PgConnectOptions, statement: String) -> anyhow::Result<()> {
    let mut connection = options.connect().await?;
    // The name is made of numbers of ours.
    sqlx::raw_sql(AssertSqlSafe(statement))
        .execute(&mut connection)
        .await?;
    connection.close().await?;
    Ok(())
}
