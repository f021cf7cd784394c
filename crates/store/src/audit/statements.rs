//! Imported statements: the kept file has its digest, and what is stored of it is what stands in it.

use crate::statement::{self, LineRow, Told};
use crate::{StoreError, Tx};
use ledger::invariants::{Invariant, Violation};
use reconciler::statement::Encoding;
use serde::Deserialize;
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// Rows read at once.
const PAGE: i64 = 2_000;
/// Lines of one file that are named. A changed reader would otherwise list them all.
const NAMED_MAX: usize = 20;

#[derive(sqlx::FromRow)]
struct ImportRow {
    tenant_id: Uuid,
    statement_import_id: Uuid,
    file_digest: Vec<u8>,
    account_hint: String,
    encoding_hint: String,
    feed: String,
}

/// Holds every import against its own file.
pub(super) async fn check(tx: &mut Tx, violations: &mut Vec<Violation>) -> Result<(), StoreError> {
    let mut after = (Uuid::nil(), Uuid::nil());
    loop {
        let import = fetch_optional!(&mut *tx, ImportRow, sql!("audit/imports"), after.0, after.1)?;
        let Some(import) = import else { return Ok(()) };
        after = (import.tenant_id, import.statement_import_id);
        one(tx, &import, violations).await?;
    }
}

async fn one(
    tx: &mut Tx,
    import: &ImportRow,
    violations: &mut Vec<Violation>,
) -> Result<(), StoreError> {
    let (tenant, id) = (import.tenant_id, import.statement_import_id);
    let mut broken = |row: String, detail: &str| {
        violations.push(Violation {
            invariant: Invariant::I5,
            row: format!("{row} (tenant {})", tenant.simple()),
            detail: detail.to_owned(),
        });
    };
    let name = format!("statement_import {}", id.simple());
    let mut file = Vec::new();
    for part in 0i64.. {
        let bytes = fetch_optional!(
            &mut *tx,
            (Vec<u8>,),
            sql!("statement/part"),
            tenant,
            id,
            part
        )?;
        match bytes {
            Some((bytes,)) => file.extend_from_slice(&bytes),
            None => break,
        }
    }
    if Sha256::digest(&file).as_slice() != import.file_digest {
        broken(
            name,
            "the kept file does not have the digest that was taken",
        );
        return Ok(());
    }
    let told = Told {
        account: Some(import.account_hint.clone()).filter(|hint| !hint.is_empty()),
        encoding: Encoding::parse(&import.encoding_hint),
    };
    let Ok(read) = statement::read_again(&file, &told, tenant, id, &import.feed) else {
        broken(name, "the kept file cannot be read any more");
        return Ok(());
    };
    drop(file);
    let (summaries, errors) = statement::stored_heads(tx, tenant, id).await?;
    if summaries != read.summaries {
        broken(name.clone(), "its sums are not those of the file");
    }
    if errors != read.errors {
        broken(name, "its errors are not those of the file");
    }
    let (mut ordinal, mut named) = (0, 0);
    loop {
        let rows = fetch_all!(
            &mut *tx,
            LineRow,
            sql!("audit/lines_of_import"),
            tenant,
            id,
            ordinal,
            PAGE
        )?;
        let Some(last) = rows.last() else {
            return Ok(());
        };
        ordinal = last.ordinal;
        for row in &rows {
            let place = usize::try_from(row.ordinal - 1).unwrap_or(usize::MAX);
            if read.lines.get(place) != Some(&row.digest()) && named < NAMED_MAX {
                named += 1;
                broken(
                    format!("statement_line {} #{}", row.line_id, row.number),
                    "is not what stands in the file",
                );
            }
        }
    }
}

/// What an audit record of a taken file says; see `statement::intake`.
#[derive(Deserialize)]
pub(super) struct Taken {
    pub(super) file_digest: String,
    pub(super) file_name: String,
    pub(super) feed: String,
    pub(super) lines: i64,
    pub(super) errors: i64,
}

/// A taken file, as it is stored.
#[derive(sqlx::FromRow)]
pub(super) struct TakenRow {
    file_digest: Vec<u8>,
    file_name: String,
    feed: String,
    lines: i64,
    errors: i64,
    actor: String,
    created_at: i64,
}

impl Taken {
    /// Whether the stored import is the one that was taken.
    pub(super) fn is(&self, row: &TakenRow, actor: &str, at: i64) -> bool {
        self.file_digest == hex::encode(&row.file_digest)
            && self.file_name == row.file_name
            && self.feed == row.feed
            && (self.lines, self.errors) == (row.lines, row.errors)
            && actor == row.actor
            && at == row.created_at
    }
}
