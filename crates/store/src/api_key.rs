//! API keys as they are stored: by digest, with what they may do, from where and until when.
//!
//! What the names of permissions mean is the gateway's business; here they are text.

use crate::administration::audit;
use crate::tenant::ScopeRow;
use crate::{Store, StoreError, TenantScope};
use payment::{ApiKeyId, Timestamp};
use serde_json::json;
use std::sync::Arc;
use std::time::Instant;
use uuid::Uuid;

/// Keys of one tenant that are in use at most.
pub const KEYS_MAX: i64 = 200;
/// How old the noted time of the last use may become before it is written again.
const USE_NOTED_EVERY_SECONDS: i64 = 60;

/// A key that was shown and found valid.
#[derive(Clone, Debug)]
pub struct OpenedKey {
    /// Which.
    pub id: ApiKeyId,
    /// The tenant that it opens.
    pub scope: TenantScope,
    /// The names of its permissions, separated by spaces.
    pub scopes: Arc<str>,
    /// The networks that it may be used from, separated by spaces; any when absent.
    pub allowed_networks: Option<Arc<str>>,
    /// Its end.
    pub expires_at: Option<Timestamp>,
    last_used_at: Option<Timestamp>,
}

impl OpenedKey {
    /// Whether [`Store::note_use`] has something to write.
    #[must_use]
    pub fn use_is_due(&self, now: Timestamp) -> bool {
        self.last_used_at
            .is_none_or(|at| at.plus_seconds(USE_NOTED_EVERY_SECONDS) < now)
    }
}

/// A key to be stored.
#[derive(Clone, Debug)]
pub struct NewApiKey<'a> {
    /// The id to use when the digest is new.
    pub id: ApiKeyId,
    /// SHA-256 of its text.
    pub digest: [u8; 32],
    /// What it is for.
    pub label: &'a str,
    /// The names of its permissions, separated by spaces.
    pub scopes: &'a str,
    /// The networks that it may be used from, separated by spaces; any when absent.
    pub allowed_networks: Option<&'a str>,
    /// Its end; none when absent.
    pub expires_at: Option<Timestamp>,
    /// Who makes it.
    pub actor: &'a str,
}

/// A key as lists show it: everything but the key.
#[derive(Clone, Debug)]
pub struct StoredKey {
    /// Its id.
    pub id: ApiKeyId,
    /// What it is for.
    pub label: String,
    /// The names of its permissions, separated by spaces.
    pub scopes: String,
    /// The networks that it may be used from, separated by spaces; any when absent.
    pub allowed_networks: Option<String>,
    /// Who made it.
    pub created_by: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// Its end.
    pub expires_at: Option<Timestamp>,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
    /// When it was last used, to the minute.
    pub last_used_at: Option<Timestamp>,
}

/// What became of a new key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyAdded {
    /// It opens the tenant from now on.
    New,
    /// The same digest is there already; nothing changed.
    Known,
    /// The tenant has [`KEYS_MAX`] in use.
    TooMany,
}

/// What became of a revocation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyRevoked {
    /// It ended now.
    Now,
    /// It had ended before.
    Before,
    /// There is no such key.
    Missing,
}

#[derive(sqlx::FromRow)]
struct OpenedRow {
    api_key_id: Uuid,
    scopes: String,
    allowed_networks: Option<String>,
    expires_at: Option<i64>,
    last_used_at: Option<i64>,
    #[sqlx(flatten)]
    scope: ScopeRow,
}

#[derive(sqlx::FromRow)]
struct StoredRow {
    api_key_id: Uuid,
    label: String,
    scopes: String,
    allowed_networks: Option<String>,
    created_by: String,
    created_at: i64,
    expires_at: Option<i64>,
    revoked_at: Option<i64>,
    last_used_at: Option<i64>,
}

impl From<StoredRow> for StoredKey {
    fn from(row: StoredRow) -> Self {
        Self {
            id: ApiKeyId::from_uuid(row.api_key_id),
            label: row.label,
            scopes: row.scopes,
            allowed_networks: row.allowed_networks,
            created_by: row.created_by,
            created_at: Timestamp::from_micros(row.created_at),
            expires_at: row.expires_at.map(Timestamp::from_micros),
            revoked_at: row.revoked_at.map(Timestamp::from_micros),
            last_used_at: row.last_used_at.map(Timestamp::from_micros),
        }
    }
}

impl Store {
    /// The key with this digest, when it is in use. The answer may be half a second old.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn authenticate(
        &self,
        digest: &[u8],
        now: Timestamp,
    ) -> Result<Option<OpenedKey>, StoreError> {
        if let Some(known) = self.keys.get(digest) {
            return Ok(Some(known));
        }
        let asked_at = Instant::now();
        let mut tx = self.read().await?;
        let row = fetch_optional!(
            &mut tx,
            OpenedRow,
            sql!("tenant/by_api_key"),
            digest,
            now.micros()
        )?;
        let Some(row) = row else { return Ok(None) };
        let opened = OpenedKey {
            id: ApiKeyId::from_uuid(row.api_key_id),
            scope: row.scope.try_into()?,
            scopes: row.scopes.into(),
            allowed_networks: row.allowed_networks.map(Arc::from),
            expires_at: row.expires_at.map(Timestamp::from_micros),
            last_used_at: row.last_used_at.map(Timestamp::from_micros),
        };
        self.keys.keep(digest.to_vec(), opened.clone(), asked_at);
        Ok(Some(opened))
    }

    /// Notes that a key is in use. Its time is kept to the minute, so that a busy key costs one small
    /// write a minute.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn note_use(&self, key: &OpenedKey, now: Timestamp) -> Result<(), StoreError> {
        let mut tx = self.write().await?;
        execute!(
            &mut tx,
            sql!("tenant/touch_api_key"),
            key.scope.id(),
            key.id.uuid(),
            now.micros(),
            now.plus_seconds(-USE_NOTED_EVERY_SECONDS).micros()
        )?;
        tx.commit().await
    }

    /// Stores a key by its digest. The same digest again changes nothing.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn add_api_key(
        &self,
        scope: &TenantScope,
        key: &NewApiKey<'_>,
        now: Timestamp,
    ) -> Result<KeyAdded, StoreError> {
        let mut tx = self.change(scope).await?;
        let (live,) = fetch_one!(
            &mut tx,
            (i64,),
            sql!("tenant/live_api_keys"),
            scope.id(),
            now.micros()
        )?;
        if live >= KEYS_MAX {
            return Ok(KeyAdded::TooMany);
        }
        let added = execute!(
            &mut tx,
            sql!("tenant/insert_api_key"),
            scope.id(),
            key.id.uuid(),
            key.digest.as_slice(),
            key.label,
            now.micros(),
            key.expires_at.map(Timestamp::micros),
            key.scopes,
            key.allowed_networks,
            key.actor
        )?;
        if added == 0 {
            return Ok(KeyAdded::Known);
        }
        let detail = json!({"label": key.label, "scopes": key.scopes,
            "allowed_networks": key.allowed_networks, "expires_at": key.expires_at});
        let subject = key.id.to_string();
        audit(
            &mut tx,
            scope,
            key.actor,
            "api_key.created",
            &subject,
            &detail,
            now,
        )
        .await?;
        tx.commit().await?;
        Ok(KeyAdded::New)
    }

    /// Ends the life of a key.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn revoke_api_key(
        &self,
        scope: &TenantScope,
        id: ApiKeyId,
        actor: &str,
        now: Timestamp,
    ) -> Result<KeyRevoked, StoreError> {
        let mut tx = self.change(scope).await?;
        let revoked = execute!(
            &mut tx,
            sql!("tenant/revoke_api_key"),
            scope.id(),
            id.uuid(),
            now.micros()
        )?;
        if revoked == 0 {
            let known = fetch_optional!(
                &mut tx,
                StoredRow,
                sql!("tenant/api_key"),
                scope.id(),
                id.uuid()
            )?;
            return Ok(known.map_or(KeyRevoked::Missing, |_| KeyRevoked::Before));
        }
        let subject = id.to_string();
        let detail = json!({});
        audit(
            &mut tx,
            scope,
            actor,
            "api_key.revoked",
            &subject,
            &detail,
            now,
        )
        .await?;
        tx.commit().await?;
        self.keys.clear();
        Ok(KeyRevoked::Now)
    }

    /// One key of the tenant.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn api_key(
        &self,
        scope: &TenantScope,
        id: ApiKeyId,
    ) -> Result<Option<StoredKey>, StoreError> {
        let mut tx = self.read().await?;
        let row = fetch_optional!(
            &mut tx,
            StoredRow,
            sql!("tenant/api_key"),
            scope.id(),
            id.uuid()
        )?;
        Ok(row.map(StoredKey::from))
    }

    /// The tenant's keys, newest first, before `before` when given; those that have ended too.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn api_keys(
        &self,
        scope: &TenantScope,
        before: Option<ApiKeyId>,
        limit: i64,
    ) -> Result<Vec<StoredKey>, StoreError> {
        let mut tx = self.read().await?;
        let rows = fetch_all!(
            &mut tx,
            StoredRow,
            sql!("tenant/api_keys"),
            scope.id(),
            before.map_or(Uuid::max(), ApiKeyId::uuid),
            limit
        )?;
        Ok(rows.into_iter().map(StoredKey::from).collect())
    }
}
