//! The database that a copy fills: a new file under a working name, or an empty PostgreSQL database.

use anyhow::Context;
use std::fs::{File, OpenOptions};
use std::path::{Path, PathBuf};
use store::copy::{Claim, CopyError, Presence, Role};
use store::{Options, Store};

/// An empty database that nobody else uses.
pub(super) struct Target {
    pub(super) store: Store,
    /// On SQLite the working name and the name in the end.
    file: Option<(PathBuf, PathBuf)>,
    _presence: Presence,
}

/// What SQLite keeps beside a file.
const COMPANIONS: [&str; 3] = ["-wal", "-shm", "-journal"];

fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    name.into()
}

/// Whether the file is one that a copy of ours did not finish.
async fn is_unfinished(path: &Path) -> bool {
    let Ok(store) = Store::connect(&Options::Sqlite(path.to_owned())).await else {
        return false;
    };
    let marks = store.copy_marks().await.unwrap_or_default();
    store.close().await;
    marks.iter().any(|(_, role)| *role == Role::Unfinished)
}

impl Target {
    /// Opens it.
    pub(super) async fn open(options: &Options) -> anyhow::Result<Self> {
        let presence = Presence::claim(options, Claim::Alone).await?;
        let Options::Sqlite(path) = options else {
            return Ok(Self {
                store: Store::connect(options).await?,
                file: None,
                _presence: presence,
            });
        };
        if path.exists() && is_unfinished(path).await {
            return Err(CopyError::Unfinished.into());
        }
        // A log that was left behind would be played into the new file.
        for ending in std::iter::once("").chain(COMPANIONS) {
            let file = beside(path, ending);
            if file.exists() {
                return Err(CopyError::NotEmpty(file.display().to_string()).into());
            }
        }
        let working = beside(path, ".partial");
        for ending in std::iter::once("").chain(COMPANIONS) {
            // Of an attempt that was killed.
            let leftover = beside(&working, ending);
            if leftover.exists() {
                std::fs::remove_file(&leftover)
                    .with_context(|| format!("{} cannot be removed", leftover.display()))?;
            }
        }
        private_file(&working)?;
        Ok(Self {
            store: Store::connect(&Options::Sqlite(working.clone())).await?,
            file: Some((working, path.clone())),
            _presence: presence,
        })
    }

    /// Gives it its name, durably. From here on it is in use.
    pub(super) async fn finish(self) -> anyhow::Result<()> {
        self.store.close().await;
        if let Some((working, path)) = &self.file {
            // The last connection took the log into the file and removed it.
            anyhow::ensure!(
                !beside(working, "-wal").exists(),
                "{} is still open somewhere",
                working.display()
            );
            File::open(working)?.sync_all()?;
            rename_durably(working, path)?;
        }
        Ok(())
    }
}

/// A new file that only its owner can read; what was there under the name is gone.
pub(super) fn private_file(path: &Path) -> anyhow::Result<File> {
    let _ = std::fs::remove_file(path);
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
        .open(path)
        .with_context(|| format!("{} cannot be written", path.display()))
}

/// Renames a synced file within its folder, and syncs the folder.
pub(super) fn rename_durably(from: &Path, to: &Path) -> anyhow::Result<()> {
    std::fs::rename(from, to).with_context(|| format!("{} cannot be written", to.display()))?;
    let folder = match to.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    File::open(folder)?.sync_all()?;
    Ok(())
}
