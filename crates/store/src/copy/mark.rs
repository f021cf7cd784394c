//! What became of a database: filled and not whole yet, whole, or moved elsewhere.

use crate::{Store, StoreError, Tx};
use payment::Timestamp;
use uuid::Uuid;

/// What a copy made of a database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// It was filled, and not everything is checked yet.
    Unfinished,
    /// It was filled and is in use.
    Whole,
    /// Its contents are in use elsewhere.
    Moved,
}

impl Role {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Unfinished => "unfinished",
            Self::Whole => "whole",
            Self::Moved => "moved",
        }
    }
}

pub(crate) async fn write(
    tx: &mut Tx,
    id: Uuid,
    role: Role,
    now: Timestamp,
) -> Result<(), StoreError> {
    execute!(tx, sql!("copy/mark"), id, role.as_str(), now.micros())?;
    Ok(())
}

/// The marks; none in a database from before there were any.
async fn read(tx: &mut Tx) -> Result<Vec<(Uuid, Role)>, StoreError> {
    let columns = fetch_all!(tx, (String, String, String, i64), sql!(pair "copy/columns"))?;
    if !columns.iter().any(|(table, ..)| table == super::NOT_COPIED) {
        return Ok(Vec::new());
    }
    let rows = fetch_all!(tx, (Uuid, String), sql!("copy/marks"))?;
    rows.into_iter()
        .map(|(id, role)| {
            let role = [Role::Unfinished, Role::Whole, Role::Moved]
                .into_iter()
                .find(|known| known.as_str() == role)
                .ok_or(StoreError::Inconsistent {
                    table: "database_copy",
                    column: "role",
                })?;
            Ok((id, role))
        })
        .collect()
}

pub(super) async fn is_unfinished(tx: &mut Tx) -> Result<bool, StoreError> {
    let marks = read(tx).await?;
    Ok(marks.iter().any(|(_, role)| *role == Role::Unfinished))
}

impl Store {
    /// Says what a copy made of this database.
    ///
    /// # Errors
    /// [`StoreError`] when it cannot be written.
    pub async fn mark_copy(&self, id: Uuid, role: Role, now: Timestamp) -> Result<(), StoreError> {
        let mut tx = self.write().await?;
        write(&mut tx, id, role, now).await?;
        tx.commit().await
    }

    /// What copies made of this database.
    ///
    /// # Errors
    /// [`StoreError`] when it cannot be read.
    pub async fn copy_marks(&self) -> Result<Vec<(Uuid, Role)>, StoreError> {
        read(&mut self.read().await?).await
    }

    /// Refuses a database that must not be used.
    ///
    /// # Errors
    /// [`StoreError::Moved`] or [`StoreError::Unfinished`].
    pub async fn refuse_unusable(&self) -> Result<(), StoreError> {
        for (_, role) in self.copy_marks().await? {
            match role {
                Role::Whole => {}
                Role::Moved => return Err(StoreError::Moved),
                Role::Unfinished => return Err(StoreError::Unfinished),
            }
        }
        Ok(())
    }
}
