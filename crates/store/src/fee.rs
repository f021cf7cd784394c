//! The fee schedule: items, their versions by date, and what an import brings.

use crate::tenant::FeeItem;
use crate::writer::{Batch, Job};
use crate::{Store, StoreError, TenantScope, Tx, Writer};
use ledger::fee::import::{Change, Row, changes};
use ledger::fee::{ItemVersion, Schedule};
use payment::request::ItemCode;
use payment::{BusinessDate, FeeImportId, Timestamp};
use serde::Serialize;
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;
use uuid::Uuid;

/// Imported items stand after those of the operator's settings.
const FIRST_POSITION: i64 = 1_000;

#[derive(sqlx::FromRow)]
struct VersionRow {
    item_code: String,
    version: i64,
    starts_on: i64,
    ends_on: Option<i64>,
    declared_from: Option<i64>,
    terms: String,
}

impl TryFrom<VersionRow> for ItemVersion {
    type Error = StoreError;

    fn try_from(row: VersionRow) -> Result<Self, StoreError> {
        let wrong = |column| StoreError::Inconsistent {
            table: "fee_version",
            column,
        };
        let day =
            |number: i64, column| BusinessDate::from_number(number).map_err(|_| wrong(column));
        Ok(Self {
            item: ItemCode::parse(&row.item_code).map_err(|_| wrong("item_code"))?,
            version: u32::try_from(row.version).map_err(|_| wrong("version"))?,
            starts_on: day(row.starts_on, "starts_on")?,
            ends_on: row.ends_on.map(|n| day(n, "ends_on")).transpose()?,
            declared_from: row
                .declared_from
                .map(|n| day(n, "declared_from"))
                .transpose()?,
            terms: serde_json::from_str(&row.terms).map_err(|_| wrong("terms"))?,
        })
    }
}

fn schedule(rows: Vec<VersionRow>) -> Result<Schedule, StoreError> {
    let versions: Result<Vec<ItemVersion>, StoreError> =
        rows.into_iter().map(ItemVersion::try_from).collect();
    Ok(Schedule::new(versions?))
}

/// The whole schedule of a tenant.
pub(crate) async fn whole_schedule(tx: &mut Tx, tenant: Uuid) -> Result<Schedule, StoreError> {
    schedule(fetch_all!(tx, VersionRow, sql!("fee/versions"), tenant)?)
}

impl Store {
    /// The whole fee schedule: every version of every item.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn fee_schedule(&self, scope: &TenantScope) -> Result<Schedule, StoreError> {
        whole_schedule(&mut self.read().await?, scope.id()).await
    }

    /// The named items as they are listed, and their versions; what is not known is left out.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn items_to_price(
        &self,
        scope: &TenantScope,
        codes: &BTreeSet<ItemCode>,
    ) -> Result<(Vec<FeeItem>, Schedule), StoreError> {
        let mut items = Vec::new();
        let mut versions = Vec::new();
        if codes.is_empty() {
            return Ok((items, schedule(versions)?));
        }
        let mut tx = self.read().await?;
        for code in codes {
            items.extend(fetch_optional!(
                &mut tx,
                FeeItem,
                sql!("fee/item"),
                scope.id(),
                code.as_str()
            )?);
            versions.extend(fetch_all!(
                &mut tx,
                VersionRow,
                sql!("fee/versions_of"),
                scope.id(),
                code.as_str()
            )?);
        }
        Ok((items, schedule(versions)?))
    }
}

/// Rows of a file to be brought into the schedule.
#[derive(Clone, Debug)]
pub struct ImportFees {
    /// Whose schedule.
    pub scope: TenantScope,
    /// Its id; the same on a second try.
    pub id: FeeImportId,
    /// What the file says.
    pub rows: Vec<Row>,
    /// From when on changed rows hold.
    pub effective_from: BusinessDate,
    /// SHA-256 of the file.
    pub file_digest: [u8; 32],
    /// Who imports, for the audit.
    pub actor: String,
    /// When.
    pub at: Timestamp,
}

#[derive(Serialize)]
struct ImportDetail {
    file_digest: String,
    effective_from: BusinessDate,
    added: usize,
    changed: usize,
    versions_digest: String,
}

impl Writer {
    /// Brings a file into the fee schedule: new versions, one audit record, one transaction. A file that
    /// changes nothing writes nothing.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn import_fees(&self, import: ImportFees) -> Result<Vec<Change>, StoreError> {
        self.submit(import).await
    }
}

impl Job for ImportFees {
    type Output = Vec<Change>;

    fn tenant(&self) -> Option<Uuid> {
        Some(self.scope.id())
    }

    async fn apply(&self, batch: &mut Batch) -> Result<Vec<Change>, StoreError> {
        let tenant = self.scope.id();
        let stored = whole_schedule(batch.tx().await?, tenant).await?;
        let done = fetch_optional!(
            batch.tx().await?,
            (i64, i64),
            sql!("fee/find_import"),
            tenant,
            self.id.uuid()
        )?;
        if done.is_some() {
            // A second try after a commit of unknown outcome: say again what it brought.
            let own = fetch_all!(
                batch.tx().await?,
                VersionRow,
                sql!("fee/versions_of_import"),
                tenant,
                self.id.uuid()
            )?;
            return own
                .into_iter()
                .map(|row| Ok(told_again(row.try_into()?, &stored)))
                .collect();
        }
        let found = changes(&stored, &self.rows, self.effective_from);
        let added = found
            .iter()
            .filter(|c| matches!(c, Change::Added(_)))
            .count();
        let changed = found
            .iter()
            .filter(|c| matches!(c, Change::Changed(_)))
            .count();
        if added + changed == 0 {
            return Ok(found);
        }
        let count = |number: usize| i64::try_from(number).unwrap_or(i64::MAX);
        execute!(
            batch.tx().await?,
            sql!("fee/insert_import"),
            tenant,
            self.id.uuid(),
            self.file_digest.as_slice(),
            self.effective_from.as_number(),
            count(self.rows.len()),
            count(added),
            count(changed),
            &self.actor,
            self.at.micros()
        )?;
        let mut digest = Sha256::new();
        for (position, change) in (FIRST_POSITION..).zip(&found) {
            let (Change::Added(version) | Change::Changed(version)) = change else {
                continue;
            };
            let terms = self.write(batch, version, position).await?;
            digest.update(format!(
                "{} {} {}",
                version.item.as_str(),
                version.version,
                terms.len()
            ));
            digest.update(terms);
        }
        batch.audit(
            tenant,
            &self.actor,
            "fee_schedule.imported",
            &self.id.to_string(),
            &ImportDetail {
                file_digest: hex::encode(self.file_digest),
                effective_from: self.effective_from,
                added,
                changed,
                versions_digest: hex::encode(digest.finalize()),
            },
            self.at,
        )?;
        Ok(found)
    }
}

impl ImportFees {
    async fn write(
        &self,
        batch: &mut Batch,
        version: &ItemVersion,
        position: i64,
    ) -> Result<String, StoreError> {
        let tenant = self.scope.id();
        let terms =
            serde_json::to_string(&version.terms).map_err(|_| StoreError::Inconsistent {
                table: "fee_version",
                column: "terms",
            })?;
        execute!(
            batch.tx().await?,
            sql!("fee/upsert_item"),
            tenant,
            version.item.as_str(),
            position,
            &version.terms.name,
            &version.terms.name_en,
            &version.terms.legal_basis
        )?;
        execute!(
            batch.tx().await?,
            sql!("fee/insert_version"),
            tenant,
            version.item.as_str(),
            i64::from(version.version),
            version.starts_on.as_number(),
            version.ends_on.map(BusinessDate::as_number),
            version.declared_from.map(BusinessDate::as_number),
            &terms,
            self.id.uuid()
        )?;
        Ok(terms)
    }
}

/// What a version was when it was imported: a change of an older one for the same row, or something new.
fn told_again(version: ItemVersion, stored: &Schedule) -> Change {
    let replaced = stored.versions(&version.item).iter().any(|before| {
        before.declared_from == version.declared_from && before.version < version.version
    });
    if replaced {
        Change::Changed(version)
    } else {
        Change::Added(version)
    }
}
