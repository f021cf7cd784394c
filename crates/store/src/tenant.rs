//! Tenants, their credentials, and the scope that a credential opens.

use crate::{Store, StoreError, Tx};
use payment::{Flow, PayeeAccountId, TenantId};
use reconciler::matching::Precedence;
use serde::Serialize;
use std::time::Instant;
use uuid::Uuid;

/// The right to see and touch one tenant's rows.
///
/// Only this module makes one, from a credential that was found valid; every function that reads or
/// writes tenant data takes one. There is no other way to a row (invariant I18).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TenantScope {
    tenant_id: TenantId,
    mode: Mode,
    default_flow: Flow,
    name: String,
    name_en: Option<String>,
    matching: Precedence,
}

/// Whether real money is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// Real banks.
    Live,
    /// The simulated bank, test clocks, addresses on the local network.
    Test,
}

impl Mode {
    /// The text in the database and in keys.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Test => "test",
        }
    }

    fn parse(text: &str) -> Option<Self> {
        match text {
            "live" => Some(Self::Live),
            "test" => Some(Self::Test),
            _ => None,
        }
    }
}

impl TenantScope {
    /// Whose rows.
    #[must_use]
    pub const fn tenant_id(&self) -> TenantId {
        self.tenant_id
    }

    /// Live or test.
    #[must_use]
    pub const fn mode(&self) -> Mode {
        self.mode
    }

    /// The prefix of references when a request names none.
    #[must_use]
    pub const fn default_flow(&self) -> Flow {
        self.default_flow
    }

    /// The prefixes that may stand in this tenant's memos.
    #[must_use]
    pub fn flows(&self) -> Vec<Flow> {
        let mut flows = Flow::DEFAULTS.to_vec();
        if !flows.contains(&self.default_flow) {
            flows.push(self.default_flow);
        }
        flows
    }

    /// The tenant's name, in Vietnamese.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The tenant's name in English, when it has one.
    #[must_use]
    pub fn name_en(&self) -> Option<&str> {
        self.name_en.as_deref()
    }

    /// The rules that may settle by themselves, in order.
    #[must_use]
    pub const fn matching(&self) -> &Precedence {
        &self.matching
    }

    pub(crate) const fn id(&self) -> Uuid {
        self.tenant_id.uuid()
    }
}

#[derive(sqlx::FromRow)]
pub(crate) struct ScopeRow {
    tenant_id: Uuid,
    mode: String,
    default_flow: String,
    name: String,
    name_en: Option<String>,
    matching_order: String,
}

impl TryFrom<ScopeRow> for TenantScope {
    type Error = StoreError;

    fn try_from(row: ScopeRow) -> Result<Self, StoreError> {
        let wrong = |column| StoreError::Inconsistent {
            table: "tenant",
            column,
        };
        Ok(Self {
            tenant_id: TenantId::from_uuid(row.tenant_id),
            mode: Mode::parse(&row.mode).ok_or_else(|| wrong("mode"))?,
            default_flow: Flow::parse(&row.default_flow).map_err(|_| wrong("default_flow"))?,
            name: row.name,
            name_en: row.name_en,
            matching: Precedence::parse(&row.matching_order)
                .map_err(|_| wrong("matching_order"))?,
        })
    }
}

/// A tenant as the operator's configuration declares it.
#[derive(Clone, Debug)]
pub struct Provision {
    /// The id to use when the tenant is new.
    pub new_tenant_id: TenantId,
    /// The operator's own name for it; what makes it the same tenant at the next start.
    pub slug: String,
    /// Live or test.
    pub mode: Mode,
    /// Shown to payers.
    pub name: String,
    /// Shown to payers who read English.
    pub name_en: Option<String>,
    /// The prefix of references when a request names none.
    pub default_flow: Flow,
    /// The rules that may settle by themselves, in order.
    pub matching: Precedence,
    /// The payee's bank accounts, the default first.
    pub accounts: Vec<ProvisionAccount>,
    /// Fee items, in the order in which screens show them.
    pub items: Vec<FeeItem>,
    /// Where callbacks come in.
    pub sources: Vec<ProvisionSource>,
    /// What the office is beyond its name.
    pub profile: Profile,
    /// What its receipts are numbered under, one for each kind at most.
    pub receipts: Vec<ledger::receipt::Book>,
}

/// What an office is beyond its name: it decides prices and splits, and stands on reports and receipts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, sqlx::FromRow)]
pub struct Profile {
    /// The province, as the fee schedule writes it.
    pub province: Option<String>,
    /// Whether its running cost is funded from its own fees, so that it may keep a share
    /// (Luật 97/2015/QH13 art. 12).
    pub autonomous: bool,
    /// Its tax code.
    pub tax_code: Option<String>,
    /// Its address.
    pub address: Option<String>,
}

/// A payee's bank account as declared.
#[derive(Clone, Debug)]
pub struct ProvisionAccount {
    /// The id to use when the account is new.
    pub new_id: PayeeAccountId,
    /// The bank's BIN, six digits.
    pub bank_bin: String,
    /// The account's number.
    pub account_number: String,
    /// The holder's name as the bank writes it.
    pub account_name: String,
}

/// A source of callbacks as declared, with its secrets already sealed.
#[derive(Clone, Debug)]
pub struct ProvisionSource {
    /// The name in the address `/v1/callbacks/{source}`.
    pub source: String,
    /// How its messages are written and signed.
    pub dialect: String,
    /// The secret, sealed.
    pub sealed_secret: Vec<u8>,
    /// The secret before, still accepted, sealed.
    pub sealed_previous_secret: Option<Vec<u8>>,
    /// How it is set up beyond its secrets.
    pub terms: SourceTerms,
}

/// How a source is set up beyond its secrets.
#[derive(Clone, Debug, Default, PartialEq, Eq, sqlx::FromRow)]
pub struct SourceTerms {
    /// The account under which money is booked when the sender names none.
    pub account: Option<String>,
    /// How far a signed time may be from ours, in seconds; none leaves it to the dialect.
    pub tolerance_seconds: Option<i64>,
    /// The networks that may call, in CIDR form with blanks between them; empty for any.
    pub allowed_networks: String,
}

/// A fee item of the tenant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, sqlx::FromRow)]
pub struct FeeItem {
    /// The code, such as `CT-CHUKY`.
    pub item_code: String,
    /// Where it stands on screens.
    pub position: i64,
    /// Its name.
    pub name: String,
    /// Its name in English.
    pub name_en: Option<String>,
    /// The rule it rests on.
    pub legal_basis: Option<String>,
    /// Its price in đồng when it is fixed.
    pub unit_price: Option<i64>,
}

/// A declared tenant contradicts what is stored.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ProvisionError {
    /// Another tenant uses this callback source.
    #[error("the callback source `{0}` belongs to another tenant")]
    SourceTaken(String),
    /// A tenant never changes between live and test.
    #[error("the tenant `{0}` exists in the other mode; test and live data never mix")]
    OtherMode(String),
    /// An account number is stored with another bank.
    #[error("the account ending in {0} is already stored with another bank")]
    OtherBank(String),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A payee's bank account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PayeeAccount {
    /// Its id.
    pub id: PayeeAccountId,
    /// The bank's BIN.
    pub bank_bin: String,
    /// Its number.
    pub account_number: String,
    /// The holder's name.
    pub account_name: String,
}

#[derive(sqlx::FromRow)]
pub(crate) struct PayeeAccountRow {
    pub(crate) payee_account_id: Uuid,
    bank_bin: String,
    account_number: String,
    account_name: String,
}

impl From<PayeeAccountRow> for PayeeAccount {
    fn from(row: PayeeAccountRow) -> Self {
        Self {
            id: PayeeAccountId::from_uuid(row.payee_account_id),
            bank_bin: row.bank_bin,
            account_number: row.account_number,
            account_name: row.account_name,
        }
    }
}

/// A source of callbacks, with its secrets as they are stored.
#[derive(Clone, Debug)]
pub struct CallbackSource {
    /// Whose it is.
    pub scope: TenantScope,
    /// How its messages are written and signed.
    pub dialect: String,
    /// The secret, sealed.
    pub sealed_secret: Vec<u8>,
    /// The secret before, sealed.
    pub sealed_previous_secret: Option<Vec<u8>>,
    /// How it is set up beyond its secrets.
    pub terms: SourceTerms,
}

#[derive(sqlx::FromRow)]
struct SourceRow {
    #[sqlx(flatten)]
    scope: ScopeRow,
    dialect: String,
    sealed_secret: Vec<u8>,
    sealed_previous_secret: Option<Vec<u8>>,
    #[sqlx(flatten)]
    terms: SourceTerms,
}

impl Store {
    /// The scope of a tenant by the operator's name for it: for the command line, which stands
    /// beside the database anyway.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn scope_by_slug(&self, slug: &str) -> Result<Option<TenantScope>, StoreError> {
        scope_by_slug(&mut self.read().await?, slug).await
    }

    /// The source of callbacks with this name. The answer may be half a second old.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn callback_source(
        &self,
        source: &str,
    ) -> Result<Option<CallbackSource>, StoreError> {
        if let Some(known) = self.sources.get(source) {
            return Ok(Some(known));
        }
        let asked_at = Instant::now();
        let mut tx = self.read().await?;
        let row = fetch_optional!(&mut tx, SourceRow, sql!("tenant/by_source"), source)?;
        let Some(row) = row else { return Ok(None) };
        let found = CallbackSource {
            scope: row.scope.try_into()?,
            dialect: row.dialect,
            sealed_secret: row.sealed_secret,
            sealed_previous_secret: row.sealed_previous_secret,
            terms: row.terms,
        };
        self.sources
            .keep(source.to_owned(), found.clone(), asked_at);
        Ok(Some(found))
    }

    /// The name of a source of the tenant that sends callbacks for its accounts, the oldest first.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn callback_sources(&self, scope: &TenantScope) -> Result<Vec<String>, StoreError> {
        let mut tx = self.read().await?;
        let rows = fetch_all!(&mut tx, (String,), sql!("tenant/sources"), scope.id())?;
        Ok(rows.into_iter().map(|(source,)| source).collect())
    }

    /// The tenant's bank accounts, the default first. The answer may be half a second old.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn payee_accounts(
        &self,
        scope: &TenantScope,
    ) -> Result<Vec<PayeeAccount>, StoreError> {
        if let Some(known) = self.payees.get(&scope.id()) {
            return Ok(known);
        }
        let asked_at = Instant::now();
        let mut tx = self.read().await?;
        let rows = fetch_all!(
            &mut tx,
            PayeeAccountRow,
            sql!("tenant/accounts"),
            scope.id()
        )?;
        let found: Vec<PayeeAccount> = rows.into_iter().map(PayeeAccount::from).collect();
        self.payees.keep(scope.id(), found.clone(), asked_at);
        Ok(found)
    }

    /// The tenant's fee items.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn fee_items(&self, scope: &TenantScope) -> Result<Vec<FeeItem>, StoreError> {
        let mut tx = self.read().await?;
        fetch_all!(&mut tx, FeeItem, sql!("tenant/items"), scope.id())
    }

    /// What the office is beyond its name; the plain one when nothing is stored. The answer may be half
    /// a second old.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn profile(&self, scope: &TenantScope) -> Result<Profile, StoreError> {
        if let Some(known) = self.profiles.get(&scope.id()) {
            return Ok(known);
        }
        let asked_at = Instant::now();
        let found = profile(&mut self.read().await?, scope.id()).await?;
        self.profiles.keep(scope.id(), found.clone(), asked_at);
        Ok(found)
    }
}

pub(crate) async fn account_by_number(
    tx: &mut Tx,
    scope: &TenantScope,
    number: &str,
) -> Result<Option<PayeeAccount>, StoreError> {
    let row = fetch_optional!(
        tx,
        PayeeAccountRow,
        sql!("tenant/account_by_number"),
        scope.id(),
        number
    )?;
    Ok(row.map(PayeeAccount::from))
}

pub(crate) async fn scope_by_slug(
    tx: &mut Tx,
    slug: &str,
) -> Result<Option<TenantScope>, StoreError> {
    let row = fetch_optional!(tx, ScopeRow, sql!("tenant/by_slug"), slug)?;
    row.map(TenantScope::try_from).transpose()
}

/// The scope of a row that was reached by a secret of its own (a checkout token, a stored callback).
pub(crate) async fn scope_by_id(tx: &mut Tx, tenant_id: Uuid) -> Result<TenantScope, StoreError> {
    fetch_one!(tx, ScopeRow, sql!("tenant/by_id"), tenant_id)?.try_into()
}

pub(crate) async fn profile(tx: &mut Tx, tenant: Uuid) -> Result<Profile, StoreError> {
    let found = fetch_optional!(tx, Profile, sql!("tenant/profile"), tenant)?;
    Ok(found.unwrap_or_default())
}
