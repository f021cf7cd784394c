//! Backups, restores, and moves between databases.
//!
//! - A **backup** reads one moment beside the working gateway and writes a file under a working name;
//!   the name that was asked for appears when the file is whole and durable.
//! - A **restore** fills an empty database in one transaction, reads it back and compares, brings the
//!   schema up to date, audits, records itself with every tenant, and only then lets the database be
//!   used.
//! - A **move** does the same from one database to another, and at its end marks the source as moved:
//!   no gateway starts on it again. It refuses while a gateway runs on the source; a gateway that is
//!   started meanwhile refuses in its turn.
//!
//! Killed at any moment, each of them can be called again: a file under a working name and an open
//! transaction are nothing, and a filled PostgreSQL database carries a mark that no gateway overlooks.

mod archive;
pub(crate) mod progress;
mod seal;
mod target;

pub use archive::{Head, Manifest};

use crate::app;
use archive::Part;
use progress::Progress;
use secrecy::SecretString;
use serde::Serialize;
use std::path::Path;
use store::audit::Findings;
use store::copy::{
    self, Claim, CopyError, Digester, Intake, Presence, Role, Snapshot, Table, TableDigest,
};
use store::{Options, Store};
use target::Target;
use uuid::Uuid;

/// Why a backup cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ArchiveError {
    /// Not one of ours.
    #[error("this is no backup of ThuNgân, or its beginning is damaged")]
    NotABackup,
    /// Of another version.
    #[error("the backup has form {0}, which this program does not read")]
    OtherFormat(u32),
    /// Damaged or cut off.
    #[error("the backup is damaged: {0}")]
    Damaged(String),
    /// The master key.
    #[error(transparent)]
    Seal(#[from] crate::seal::SealError),
    /// A setting.
    #[error(transparent)]
    Settings(#[from] crate::settings::SettingsError),
    /// The file.
    #[error(transparent)]
    Io(#[from] std::io::Error),
}

impl ArchiveError {
    /// What went wrong while a file was read that could be opened.
    fn reading(error: std::io::Error) -> Self {
        use std::io::ErrorKind::{InvalidData, InvalidInput, Other, UnexpectedEof};
        match error.kind() {
            InvalidData | InvalidInput | UnexpectedEof | Other => Self::Damaged(error.to_string()),
            _ => Self::Io(error),
        }
    }
}

/// The copy does not keep the promises.
#[derive(Debug, thiserror::Error)]
#[error("the audit found {} violations, such as: {}", .0.violations.len(), first(.0))]
pub struct AuditFailed(pub Box<Findings>);

fn first(findings: &Findings) -> String {
    findings
        .violations
        .first()
        .map_or_else(String::new, ToString::to_string)
}

/// Whether an error is an answer, no, rather than that something around us does not work.
#[must_use]
pub fn is_refusal(error: &anyhow::Error) -> bool {
    let archive = error.downcast_ref::<ArchiveError>();
    archive.is_some_and(|error| !matches!(error, ArchiveError::Io(_) | ArchiveError::Settings(_)))
        || error
            .downcast_ref::<CopyError>()
            .is_some_and(CopyError::is_refusal)
        || error.is::<AuditFailed>()
}

/// What was copied.
#[derive(Clone, Debug, Serialize)]
pub struct Done {
    /// The id of the backup or of the move.
    #[serde(with = "hexadecimal")]
    pub id: Uuid,
    /// Rows in all.
    pub rows: u64,
    /// The backup's size in bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bytes: Option<u64>,
    /// Whether the backup is sealed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sealed: Option<bool>,
    /// What was there already: an earlier call had done it, and only its end was left to do.
    pub resumed: bool,
    /// Rows and digest of each table, and the heads of the chains.
    #[serde(flatten)]
    pub manifest: Manifest,
}

impl Done {
    fn new(id: Uuid, manifest: Manifest) -> Self {
        Self {
            id,
            rows: manifest.tables.iter().map(|table| table.rows).sum(),
            bytes: None,
            sealed: None,
            resumed: false,
            manifest,
        }
    }
}

/// An id as 32 hexadecimal digits.
mod hexadecimal {
    use serde::{Deserialize, Deserializer, Serializer, de::Error};
    use uuid::Uuid;

    pub(super) fn serialize<S: Serializer>(id: &Uuid, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&id.simple())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Uuid, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(D::Error::custom)
    }
}

/// Reads every table of a snapshot, giving each page to `take` before the next is read.
async fn read_all(
    snapshot: &mut Snapshot,
    progress: &Progress,
    mut take: impl AsyncFnMut(&Table, &[copy::Row]) -> anyhow::Result<()>,
) -> anyhow::Result<Manifest> {
    let mut digests = Vec::new();
    for table in snapshot.tables().to_vec() {
        let mut digester = Digester::new(&table);
        let mut rows = snapshot.rows(&table);
        // An empty page begins each table, so that the taker notices also those without rows.
        take(&table, &[]).await?;
        loop {
            let page = rows.page().await?;
            if page.is_empty() {
                break;
            }
            digester.add(&page);
            take(&table, &page).await?;
            progress.add(page.len());
        }
        digests.push(digester.finish());
    }
    Ok(Manifest {
        tables: digests,
        heads: snapshot.heads().await?,
    })
}

/// Writes a backup of the database to `to`, sealed under the master key when one is given.
///
/// # Errors
/// When the database cannot be read, the file cannot be written, or there is one already.
pub async fn backup(
    options: &Options,
    to: &Path,
    master_key: Option<&SecretString>,
    quiet: bool,
) -> anyhow::Result<Done> {
    anyhow::ensure!(!to.exists(), "{} exists already", to.display());
    let store = connect_existing(options).await?;
    let mut snapshot = store.snapshot().await?;
    let progress = Progress::new(snapshot.count().await?, quiet);
    progress.phase("đọc / reading");
    let id = Uuid::now_v7();
    let head = Head::new(
        id,
        store.engine_name(),
        snapshot.versions(),
        snapshot.tables(),
    );
    let mut working = to.as_os_str().to_owned();
    working.push(".partial");
    let working = Path::new(&working);
    let file = target::private_file(working)?;
    let mut writer = archive::Writer::new(file, master_key, &head)?;
    let manifest = read_all(&mut snapshot, &progress, async |table, rows| {
        if rows.is_empty() {
            writer.begin_table();
            return Ok(());
        }
        Ok(writer.rows(table, rows)?)
    })
    .await?;
    let bytes = writer.finish(&manifest)?;
    target::rename_durably(working, to)?;
    drop(snapshot);
    store.close().await;
    Ok(Done {
        bytes: Some(bytes),
        sealed: Some(master_key.is_some()),
        ..Done::new(id, manifest)
    })
}

async fn connect_existing(options: &Options) -> anyhow::Result<Store> {
    if let Options::Sqlite(path) = options {
        anyhow::ensure!(path.exists(), "{} does not exist", path.display());
    }
    Ok(Store::connect(options).await?)
}

/// Reads a whole backup, giving each page of rows to `take`, and holds what was read against the
/// manifest at its end.
async fn read_backup(
    from: &Path,
    master_key: impl FnOnce() -> Result<SecretString, ArchiveError>,
    quiet: bool,
    begin: impl AsyncFnOnce(&Head) -> anyhow::Result<Option<Intake>>,
) -> anyhow::Result<(Head, Manifest, Option<Intake>)> {
    let mut archive = archive::open(from, master_key)?;
    let (head, parts) = archive::read(&mut archive)?;
    let mut intake = begin(&head).await?;
    let progress = Progress::new(0, quiet);
    progress.phase("đọc / reading");
    let mut digesters: Vec<Digester> = head.tables.iter().map(Digester::new).collect();
    let mut manifest = None;
    for part in parts {
        if manifest.is_some() {
            return Err(ArchiveError::Damaged("something follows its end".to_owned()).into());
        }
        match part? {
            Part::Manifest(found) => manifest = Some(found),
            Part::Rows(place, rows) => {
                let (Some(digester), Some(table)) =
                    (digesters.get_mut(place), head.tables.get(place))
                else {
                    continue;
                };
                digester.add(&rows);
                if let Some(intake) = &mut intake {
                    intake.write(table, &rows).await?;
                }
                progress.add(rows.len());
            }
        }
    }
    let manifest = manifest.ok_or_else(|| ArchiveError::Damaged("it was cut off".to_owned()))?;
    archive::end(archive)?;
    let digests: Vec<TableDigest> = digesters.into_iter().map(Digester::finish).collect();
    if manifest.tables.len() != digests.len() {
        return Err(
            ArchiveError::Damaged("its tables are not those of its manifest".to_owned()).into(),
        );
    }
    for (expected, found) in manifest.tables.iter().zip(&digests) {
        copy::same_digest(expected, found)?;
    }
    Ok((head, manifest, intake))
}

/// Checks a backup without any database: it opens, it is whole, and every table has its digest.
///
/// # Errors
/// When it is not so.
pub async fn verify(
    from: &Path,
    master_key: impl FnOnce() -> Result<SecretString, ArchiveError>,
    quiet: bool,
) -> anyhow::Result<Done> {
    let (head, manifest, _) = read_backup(from, master_key, quiet, async |_| Ok(None)).await?;
    Ok(Done::new(head.backup_id, manifest))
}

/// Restores a backup into the empty database at `options`.
///
/// It is read to its end first: of a damaged one no row reaches the database.
///
/// # Errors
/// When the backup is damaged, the target is not empty, or the result does not pass the audit.
pub async fn restore(
    from: &Path,
    options: &Options,
    master_key: impl Fn() -> Result<SecretString, ArchiveError>,
    quiet: bool,
) -> anyhow::Result<Done> {
    let target = Target::open(options).await?;
    read_backup(from, &master_key, quiet, async |_| Ok(None)).await?;
    let mut resumed = false;
    let (head, manifest, intake) = read_backup(from, master_key, quiet, async |head| {
        let marks = target.store.copy_marks().await?;
        if marks.contains(&(head.backup_id, Role::Unfinished)) {
            // Everything is in, compared and committed: only the end is missing.
            resumed = true;
            return Ok(None);
        }
        Ok(Some(target.store.intake(&head.schema).await?))
    })
    .await?;
    let id = head.backup_id;
    if let Some(intake) = intake {
        commit_same(intake, &manifest, id, quiet).await?;
    }
    make_whole(&target.store).await?;
    let detail = serde_json::json!({
        "backup_created_at": head.created_at,
        "rows": manifest.tables.iter().map(|table| table.rows).sum::<u64>(),
    });
    target.store.finish_restore(id, &detail, app::now()).await?;
    target.finish().await?;
    Ok(Done {
        resumed,
        ..Done::new(id, manifest)
    })
}

/// Reads back what is written, compares, and commits when it is the same.
async fn commit_same(
    mut intake: Intake,
    manifest: &Manifest,
    id: Uuid,
    quiet: bool,
) -> anyhow::Result<()> {
    let names: Vec<&str> = intake
        .tables()
        .iter()
        .map(|own| own.name.as_str())
        .collect();
    if let Some(more) = names
        .iter()
        .find(|name| !manifest.tables.iter().any(|known| known.table == **name))
    {
        return Err(CopyError::OtherTable((*more).to_owned()).into());
    }
    let progress = Progress::new(manifest.tables.iter().map(|table| table.rows).sum(), quiet);
    progress.phase("so lại / comparing");
    for expected in &manifest.tables {
        copy::same_digest(expected, &intake.digest(&expected.table).await?)?;
        progress.add(usize::try_from(expected.rows).unwrap_or_default());
    }
    if intake.heads().await? != manifest.heads {
        return Err(CopyError::Heads.into());
    }
    Ok(intake.commit(id, app::now()).await?)
}

/// The schema of this program, and all its promises kept.
async fn make_whole(store: &Store) -> anyhow::Result<()> {
    store.migrate_unfinished().await?;
    let findings = store.audit().await?;
    if !findings.violations.is_empty() {
        return Err(AuditFailed(Box::new(findings)).into());
    }
    Ok(())
}

/// Moves everything from the database at `from` to the empty one at `to`.
///
/// # Errors
/// When a gateway uses one of them, the target is not empty, or anything differs: then the source
/// stays in use.
pub async fn move_database(from: &Options, to: &Options, quiet: bool) -> anyhow::Result<Done> {
    let mut presence = Presence::claim(from, Claim::Alone).await?;
    let source = connect_existing(from).await?;
    let mut snapshot = source.snapshot().await?;
    let marks = source.copy_marks().await?;
    if marks.iter().any(|(_, role)| *role == Role::Unfinished) {
        return Err(store::StoreError::Unfinished.into());
    }
    let moved = marks.iter().find(|(_, role)| *role == Role::Moved);
    if let Some((id, _)) = moved {
        return resume_move(*id, &mut snapshot, to).await;
    }
    let id = Uuid::now_v7();
    let target = Target::open(to).await?;
    let manifest = fill(&mut snapshot, &target.store, id, quiet).await?;
    drop(snapshot);
    anyhow::ensure!(
        presence.stands().await,
        "the connection that kept gateways away from the source was lost: nothing was moved"
    );
    // Under its name, and still marked as unfinished: no gateway starts on it yet.
    target.finish().await?;
    // From here on the source is history; a call after a SIGKILL goes on from here.
    source.mark_copy(id, Role::Moved, app::now()).await?;
    let target = Store::connect(to).await?;
    target.mark_copy(id, Role::Whole, app::now()).await?;
    target.close().await;
    source.close().await;
    Ok(Done::new(id, manifest))
}

async fn fill(
    snapshot: &mut Snapshot,
    target: &Store,
    id: Uuid,
    quiet: bool,
) -> anyhow::Result<Manifest> {
    let mut intake = target.intake(snapshot.versions()).await?;
    let progress = Progress::new(snapshot.count().await?, quiet);
    progress.phase("chép / copying");
    let manifest = read_all(snapshot, &progress, async |table, rows| {
        Ok(intake.write(table, rows).await?)
    })
    .await?;
    drop(progress);
    commit_same(intake, &manifest, id, quiet).await?;
    make_whole(target).await?;
    Ok(manifest)
}

/// The source is marked as moved: it cannot have changed since. Ends what an earlier call began.
async fn resume_move(id: Uuid, snapshot: &mut Snapshot, to: &Options) -> anyhow::Result<Done> {
    let target = match to {
        Options::Sqlite(path) if !path.exists() => return Err(CopyError::Moved.into()),
        _ => Store::connect(to).await?,
    };
    let marks = target.copy_marks().await?;
    let own = marks.iter().find(|(known, _)| *known == id);
    match own {
        // It was moved to another place than this one.
        None => return Err(CopyError::Moved.into()),
        Some((_, Role::Moved | Role::Whole)) => {}
        Some((_, Role::Unfinished)) => {
            target.mark_copy(id, Role::Whole, app::now()).await?;
        }
    }
    target.close().await;
    // What was moved; the target may be in use by now.
    let manifest = read_all(snapshot, &Progress::new(0, true), async |_, _| Ok(())).await?;
    Ok(Done {
        resumed: true,
        ..Done::new(id, manifest)
    })
}
