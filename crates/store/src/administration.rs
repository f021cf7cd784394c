//! What an operator or a key changes about a tenant: accounts, items, sources, endpoints.
//! (Its keys are in [`crate::api_key`].)
//!
//! Each change appends a record to the tenant's audit chain in the same transaction.

use crate::tenant::{Provision, ProvisionError, account_by_number, scope_by_slug};
use crate::{Store, StoreError, TenantScope, Tx};
use ledger::{ChainHash, ChainRecord};
use payment::{EndpointId, Timestamp};
use serde_json::{Value, json};
use uuid::Uuid;

/// The actor of what the operator's settings and command line do.
pub const OPERATOR: &str = "operator";

impl Store {
    /// A transaction that changes a tenant. The head is locked first, as the writer does: two who wait
    /// for each other in a circle would stop both.
    pub(crate) async fn change(&self, scope: &TenantScope) -> Result<Tx, StoreError> {
        let mut tx = self.write().await?;
        fetch_one!(&mut tx, HeadRow, sql!(pair "journal/lock_head"), scope.id())?;
        Ok(tx)
    }

    /// Records with every tenant that the database was restored, and says that the copy is whole.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn finish_restore(
        &self,
        id: Uuid,
        detail: &Value,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let mut tx = self.write().await?;
        // In the order of their ids, as the writer locks them.
        for head in crate::copy::heads(&mut tx).await? {
            let scope = scope_by_slug(&mut tx, &head.slug).await?;
            let scope = scope.ok_or(StoreError::Inconsistent {
                table: "tenant",
                column: "slug",
            })?;
            let subject = id.simple().to_string();
            audit(
                &mut tx,
                &scope,
                OPERATOR,
                "database.restored",
                &subject,
                detail,
                now,
            )
            .await?;
        }
        crate::copy::mark(&mut tx, id, crate::copy::Role::Whole, now).await?;
        tx.commit().await
    }

    /// Creates a declared tenant, or brings it up to its declaration. Accounts are added and ordered,
    /// never changed: a changed payee account is a matter for two people. A source that is no longer
    /// declared is closed.
    ///
    /// # Errors
    /// [`ProvisionError`] when the declaration contradicts what is stored.
    pub async fn provision(
        &self,
        declared: &Provision,
        now: Timestamp,
    ) -> Result<TenantScope, ProvisionError> {
        let mut tx = self.write().await?;
        let created = execute!(
            &mut tx,
            sql!("tenant/insert"),
            declared.new_tenant_id.uuid(),
            &declared.slug,
            declared.mode.as_str(),
            &declared.name,
            &declared.name_en,
            declared.default_flow.as_str(),
            now.micros()
        )?;
        execute!(
            &mut tx,
            sql!("tenant/update"),
            &declared.slug,
            &declared.name,
            &declared.name_en,
            declared.default_flow.as_str(),
            declared.matching.to_string()
        )?;
        let scope =
            scope_by_slug(&mut tx, &declared.slug)
                .await?
                .ok_or(StoreError::Inconsistent {
                    table: "tenant",
                    column: "slug",
                })?;
        if scope.mode() != declared.mode {
            return Err(ProvisionError::OtherMode(declared.slug.clone()));
        }
        execute!(
            &mut tx,
            sql!("tenant/insert_head"),
            scope.id(),
            vec![0u8; 32]
        )?;
        if created == 1 {
            let detail = json!({"slug": declared.slug, "mode": declared.mode});
            audit(
                &mut tx,
                &scope,
                OPERATOR,
                "tenant.created",
                &scope.tenant_id().to_string(),
                &detail,
                now,
            )
            .await?;
        }
        execute!(
            &mut tx,
            sql!("tenant/upsert_profile"),
            scope.id(),
            &declared.profile.province,
            declared.profile.autonomous,
            &declared.profile.tax_code,
            &declared.profile.address
        )?;
        execute!(&mut tx, sql!("receipt/remove_books"), scope.id())?;
        for book in &declared.receipts {
            execute!(
                &mut tx,
                sql!("receipt/upsert_book"),
                scope.id(),
                book.kind().as_str(),
                book.form_code(),
                book.series(),
                book.signer().as_str()
            )?;
        }
        declare_accounts(&mut tx, &scope, declared, now).await?;
        for item in &declared.items {
            execute!(
                &mut tx,
                sql!("tenant/upsert_item"),
                scope.id(),
                &item.item_code,
                item.position,
                &item.name,
                &item.name_en,
                &item.legal_basis,
                item.unit_price
            )?;
        }
        declare_sources(&mut tx, &scope, declared, now).await?;
        tx.commit().await?;
        self.keys.clear();
        self.sources.clear();
        self.payees.clear();
        self.profiles.clear();
        Ok(scope)
    }

    /// Adds an address that the operator's settings declare. When they declare another secret than the
    /// last time, it is changed, and the one before signs too until `overlap_until`. A secret that was
    /// changed over the API since stays. One that was switched off stays off: a receiver that said
    /// "gone" is asked again only by hand.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn declare_endpoint(
        &self,
        scope: &TenantScope,
        declared: &DeclaredEndpoint<'_>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let mut tx = self.change(scope).await?;
        let row = fetch_optional!(
            &mut tx,
            (Uuid,),
            sql!("tenant/declare_endpoint"),
            scope.id(),
            declared.new_id.uuid(),
            declared.url,
            declared.sealed_secret,
            now.micros(),
            declared.secret_digest,
            declared.overlap_until.micros()
        )?;
        if let Some((id,)) = row {
            // The statement answers our id only when the row is new.
            let (action, detail) = if id == declared.new_id.uuid() {
                ("webhook_endpoint.added", json!({"url": declared.url}))
            } else {
                let until = declared.overlap_until;
                (
                    "webhook_endpoint.secret_changed",
                    json!({"previous_until": until}),
                )
            };
            let subject = EndpointId::from_uuid(id).to_string();
            audit(&mut tx, scope, OPERATOR, action, &subject, &detail, now).await?;
        }
        tx.commit().await
    }
}

/// A webhook address as the operator's settings declare it.
#[derive(Debug)]
pub struct DeclaredEndpoint<'a> {
    /// The id to use when the address is new.
    pub new_id: EndpointId,
    /// The address.
    pub url: &'a str,
    /// The secret, sealed.
    pub sealed_secret: &'a [u8],
    /// The secret's digest, by which a change of the settings is noticed.
    pub secret_digest: &'a [u8],
    /// Until when the secret before signs too, when there was one.
    pub overlap_until: Timestamp,
}

async fn declare_accounts(
    tx: &mut Tx,
    scope: &TenantScope,
    declared: &Provision,
    now: Timestamp,
) -> Result<(), ProvisionError> {
    // An account that is no longer declared is kept, and is nobody's default any more.
    execute!(tx, sql!("tenant/demote_accounts"), scope.id())?;
    for (position, account) in (0i64..).zip(&declared.accounts) {
        let before = account_by_number(tx, scope, &account.account_number).await?;
        if before
            .as_ref()
            .is_some_and(|before| before.bank_bin != account.bank_bin)
        {
            let tail = account.account_number.len().saturating_sub(4);
            let tail = account.account_number.get(tail..).unwrap_or_default();
            return Err(ProvisionError::OtherBank(tail.to_owned()));
        }
        execute!(
            tx,
            sql!("tenant/insert_account"),
            scope.id(),
            account.new_id.uuid(),
            position,
            &account.bank_bin,
            &account.account_number,
            &account.account_name,
            now.micros()
        )?;
        if before.is_none() {
            let detail = json!({"bank_bin": account.bank_bin, "account_number": account.account_number,
                "account_name": account.account_name});
            audit(
                tx,
                scope,
                OPERATOR,
                "payee_account.added",
                &account.new_id.to_string(),
                &detail,
                now,
            )
            .await?;
        }
    }
    Ok(())
}

async fn declare_sources(
    tx: &mut Tx,
    scope: &TenantScope,
    declared: &Provision,
    now: Timestamp,
) -> Result<(), ProvisionError> {
    let before = fetch_all!(tx, (String,), sql!("tenant/sources"), scope.id())?;
    for source in &declared.sources {
        let touched = execute!(
            tx,
            sql!("tenant/upsert_source"),
            &source.source,
            scope.id(),
            &source.dialect,
            &source.sealed_secret,
            &source.sealed_previous_secret,
            &source.terms.account,
            source.terms.tolerance_seconds,
            &source.terms.allowed_networks,
            now.micros()
        )?;
        if touched == 0 {
            return Err(ProvisionError::SourceTaken(source.source.clone()));
        }
        if !before.iter().any(|(name,)| *name == source.source) {
            let detail = json!({"dialect": source.dialect});
            audit(
                tx,
                scope,
                OPERATOR,
                "callback_source.added",
                &source.source,
                &detail,
                now,
            )
            .await?;
        }
    }
    for (name,) in &before {
        if declared.sources.iter().all(|source| source.source != *name) {
            execute!(tx, sql!("tenant/delete_source"), scope.id(), name)?;
            audit(
                tx,
                scope,
                OPERATOR,
                "callback_source.closed",
                name,
                &json!({}),
                now,
            )
            .await?;
        }
    }
    Ok(())
}

#[derive(sqlx::FromRow)]
struct HeadRow {
    audit_sequence: i64,
    audit_hash: Vec<u8>,
}

/// Appends a record to the tenant's audit chain, outside the writer's batches.
pub(crate) async fn audit(
    tx: &mut Tx,
    scope: &TenantScope,
    actor: &str,
    action: &str,
    subject: &str,
    detail: &Value,
    at: Timestamp,
) -> Result<(), StoreError> {
    let tenant = scope.id();
    let head = fetch_one!(tx, HeadRow, sql!(pair "journal/lock_head"), tenant)?;
    let before = ChainHash::from_bytes(&head.audit_hash).ok_or(StoreError::Inconsistent {
        table: "tenant_head",
        column: "audit_hash",
    })?;
    let sequence = head.audit_sequence + 1;
    let detail = detail.to_string();
    let hash = before.next(&ChainRecord {
        sequence,
        at_micros: at.micros(),
        actor,
        action,
        subject,
        detail: &detail,
    });
    let hash = hash.as_bytes().to_vec();
    execute!(
        tx,
        sql!("journal/insert_audit"),
        tenant,
        sequence,
        at.micros(),
        actor,
        action,
        subject,
        &detail,
        &hash
    )?;
    execute!(
        tx,
        sql!("journal/update_audit_head"),
        tenant,
        sequence,
        &hash
    )?;
    Ok(())
}
