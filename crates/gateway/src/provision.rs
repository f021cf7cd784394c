//! From the operator's settings to tenants in the store. Secrets are sealed on the way.

use crate::seal::{SealError, Sealer};
use crate::settings::{self, SettingsError, TenantMode};
use crate::webhook::address;
use ledger::receipt::{Book, SignerKind};
use payment::request::ItemCode;
use payment::{EndpointId, Flow, PayeeAccountId, TenantId, Timestamp};
use reconciler::Secret;
use reconciler::callback::{Carrier, Dialect, TOLERANCE_SECONDS_MAX};
use reconciler::standard_webhooks::Key;
use secrecy::ExposeSecret;
use sha2::{Digest, Sha256};
use store::administration::DeclaredEndpoint;
use store::tenant::{
    FeeItem, Mode, Profile, Provision, ProvisionAccount, ProvisionError, ProvisionSource,
    SourceTerms,
};
use store::{Store, StoreError, TenantScope};
use uuid::Uuid;

/// How long a webhook secret that was changed in the settings goes on signing: 24 hours.
const SECRET_OVERLAP_SECONDS: i64 = 24 * 3600;

/// What a source's secret is sealed for.
#[must_use]
pub fn source_purpose(source: &str) -> String {
    format!("callback-source:{source}")
}

/// What an endpoint's secret is sealed for.
#[must_use]
pub fn endpoint_purpose(url: &str) -> String {
    format!("webhook-endpoint:{url}")
}

/// Seals an endpoint's secret.
///
/// # Errors
/// [`SealError::CannotSeal`].
pub fn seal_endpoint(sealer: &Sealer, url: &str, secret: &str) -> Result<Vec<u8>, SealError> {
    sealer.seal(&endpoint_purpose(url), secret)
}

/// Why the declared tenants could not be set up.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SetupError {
    /// A setting is wrong.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// A secret could not be sealed.
    #[error(transparent)]
    Seal(#[from] SealError),
    /// The declaration contradicts what is stored.
    #[error(transparent)]
    Provision(#[from] ProvisionError),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Creates the declared tenants or brings them up to their declaration.
///
/// # Errors
/// [`SetupError`] naming the setting that is wrong.
pub async fn set_up(
    store: &Store,
    sealer: &Sealer,
    tenants: &[settings::Tenant],
    allow_private_networks: bool,
    now: Timestamp,
) -> Result<Vec<TenantScope>, SetupError> {
    let mut scopes = Vec::with_capacity(tenants.len());
    for tenant in tenants {
        let declared = declared(tenant, sealer)?;
        let scope = store.provision(&declared, now).await?;
        for webhook in &tenant.webhooks {
            add_webhook(store, sealer, &scope, webhook, allow_private_networks, now).await?;
        }
        scopes.push(scope);
    }
    Ok(scopes)
}

async fn add_webhook(
    store: &Store,
    sealer: &Sealer,
    scope: &TenantScope,
    webhook: &settings::Webhook,
    allow_private_networks: bool,
    now: Timestamp,
) -> Result<(), SetupError> {
    let setting = format!("tenant.webhook {}", webhook.url);
    address::check_url(&webhook.url, allow_private_networks)
        .map_err(|wrong| SettingsError::wrong(&setting, wrong.en))?;
    let secret = webhook.read_secret()?;
    if Key::parse(secret.expose_secret()).is_err() {
        return Err(SettingsError::wrong(
            setting,
            "the secret must be whsec_ followed by 24 to 64 bytes in base64",
        )
        .into());
    }
    let sealed = seal_endpoint(sealer, &webhook.url, secret.expose_secret())?;
    let declared = DeclaredEndpoint {
        new_id: EndpointId::from_uuid(Uuid::now_v7()),
        url: &webhook.url,
        sealed_secret: &sealed,
        secret_digest: &Sha256::digest(secret.expose_secret()),
        overlap_until: now.plus_seconds(SECRET_OVERLAP_SECONDS),
    };
    store.declare_endpoint(scope, &declared, now).await?;
    Ok(())
}

fn declared(tenant: &settings::Tenant, sealer: &Sealer) -> Result<Provision, SetupError> {
    let at = |what: &str| format!("tenant {} {what}", tenant.slug);
    let slug_reads = (1..=60).contains(&tenant.slug.len())
        && tenant
            .slug
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    if !slug_reads {
        return Err(
            SettingsError::wrong("tenant.slug", "must be 1 to 60 of a-z, 0-9 and '-'").into(),
        );
    }
    let default_flow = Flow::parse(&tenant.default_flow)
        .map_err(|error| SettingsError::wrong(at("default_flow"), error.to_string()))?;
    if tenant.accounts.is_empty() {
        return Err(
            SettingsError::wrong(at("account"), "at least one bank account is needed").into(),
        );
    }
    let accounts: Vec<ProvisionAccount> = tenant
        .accounts
        .iter()
        .map(account)
        .collect::<Result<_, _>>()?;
    let items = (0i64..)
        .zip(&tenant.items)
        .map(|(position, item)| fee_item(position, item))
        .collect::<Result<_, _>>()?;
    let sources = tenant
        .sources
        .iter()
        .map(|declared| source(declared, sealer, &accounts))
        .collect::<Result<_, _>>()?;
    let receipts = receipt_books(tenant)?;
    Ok(Provision {
        new_tenant_id: TenantId::from_uuid(Uuid::now_v7()),
        slug: tenant.slug.clone(),
        mode: match tenant.mode {
            TenantMode::Live => Mode::Live,
            TenantMode::Test => Mode::Test,
        },
        name: tenant.name.clone(),
        name_en: tenant.name_en.clone(),
        default_flow,
        matching: reconciler::matching::Precedence::parse(&tenant.matching.join(" "))
            .map_err(|error| SettingsError::wrong("tenant.matching", error.to_string()))?,
        accounts,
        items,
        sources,
        profile: Profile {
            province: tenant.province.clone(),
            autonomous: tenant.autonomous,
            tax_code: tenant.tax_code.clone(),
            address: tenant.address.clone(),
        },
        receipts,
    })
}

/// The books of receipts: one for each kind at most, each with numbers of its own.
fn receipt_books(tenant: &settings::Tenant) -> Result<Vec<Book>, SettingsError> {
    let mut books: Vec<Book> = Vec::new();
    for declared in &tenant.receipt_books {
        let wrong = |what: String| {
            let setting = format!("tenant {} receipt_book {}", tenant.slug, declared.kind);
            SettingsError::wrong(setting, what)
        };
        let signer = SignerKind::parse(&declared.signer)
            .ok_or_else(|| wrong("the signer must be none or test".to_owned()))?;
        if signer == SignerKind::Test && tenant.mode == TenantMode::Live {
            return Err(wrong(
                "the signer test is for test tenants: its signature is none in law".to_owned(),
            ));
        }
        let kind = payment::FeeKind::parse(&declared.kind)
            .ok_or_else(|| wrong("the kind must be phi or le_phi".to_owned()))?;
        let book = Book::try_new(kind, &declared.form_code, &declared.series, signer)
            .map_err(|error| wrong(error.to_string()))?;
        for other in &books {
            if other.kind() == book.kind() {
                return Err(wrong("there is another book of this kind".to_owned()));
            }
            if (other.form_code(), other.series()) == (book.form_code(), book.series()) {
                return Err(wrong(
                    "phí and lệ phí need different forms or series: each has its own numbers"
                        .to_owned(),
                ));
            }
        }
        books.push(book);
    }
    Ok(books)
}

fn account(declared: &settings::Account) -> Result<ProvisionAccount, SettingsError> {
    let wrong =
        |what: String| SettingsError::wrong(format!("tenant.account {}", declared.bank), what);
    let bank = vietqr::banks::find(&declared.bank)
        .found()
        .ok_or_else(|| wrong("no bank, or more than one, has this BIN, code or name".to_owned()))?;
    let number = vietqr::ConsumerAccount::parse(&declared.number)
        .map_err(|error| wrong(error.to_string()))?;
    Ok(ProvisionAccount {
        new_id: PayeeAccountId::from_uuid(Uuid::now_v7()),
        bank_bin: bank.bin.clone(),
        account_number: number.as_str().to_owned(),
        account_name: declared.name.clone(),
    })
}

fn fee_item(position: i64, declared: &settings::Item) -> Result<FeeItem, SettingsError> {
    let setting = || format!("tenant.item {}", declared.code);
    ItemCode::parse(&declared.code)
        .map_err(|error| SettingsError::wrong(setting(), error.to_string()))?;
    if declared
        .unit_price
        .is_some_and(|price| money::Vnd::new(price).is_err() || price < 0)
    {
        return Err(SettingsError::wrong(
            setting(),
            "unit_price must be a whole number of đồng, not negative",
        ));
    }
    Ok(FeeItem {
        item_code: declared.code.clone(),
        position,
        name: declared.name.clone(),
        name_en: declared.name_en.clone(),
        legal_basis: declared.legal_basis.clone(),
        unit_price: declared.unit_price,
    })
}

fn source(
    declared: &settings::Source,
    sealer: &Sealer,
    accounts: &[ProvisionAccount],
) -> Result<ProvisionSource, SetupError> {
    let wrong = |what: &str| SettingsError::wrong(format!("tenant.source {}", declared.name), what);
    let name_reads = (1..=60).contains(&declared.name.len())
        && declared
            .name
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
    if !name_reads {
        return Err(wrong("the name must be 1 to 60 letters, digits, '-' or '_'").into());
    }
    let dialect = Dialect::parse(&declared.dialect)
        .filter(|dialect| dialect.carrier() != Carrier::Poll)
        .ok_or_else(|| {
            let known = Dialect::ALL.map(Dialect::as_str).join(", ");
            wrong(&format!("the dialect must be one of {known}"))
        })?;
    let secret = declared.read_secret()?;
    let purpose = source_purpose(&declared.name);
    let seal = |secret: &str| {
        if dialect.is_usable(&Secret::new(secret)) {
            Ok(sealer.seal(&purpose, secret)?)
        } else {
            Err(SetupError::from(wrong(&format!(
                "the secret of this dialect is {}",
                dialect.secret_form()
            ))))
        }
    };
    Ok(ProvisionSource {
        source: declared.name.clone(),
        dialect: dialect.as_str().to_owned(),
        sealed_secret: seal(secret.expose_secret())?,
        sealed_previous_secret: declared
            .previous_secret
            .as_ref()
            .map(|secret| seal(secret.expose_secret()))
            .transpose()?,
        terms: terms(declared, dialect, accounts)?,
    })
}

/// What a source is set to beside its secrets.
fn terms(
    declared: &settings::Source,
    dialect: Dialect,
    accounts: &[ProvisionAccount],
) -> Result<SourceTerms, SettingsError> {
    let wrong =
        |what: String| SettingsError::wrong(format!("tenant.source {}", declared.name), what);
    let is_own = |number: &String| accounts.iter().any(|own| own.account_number == *number);
    match &declared.account {
        Some(number) if !is_own(number) => {
            return Err(wrong(
                "account must be the number of one of the tenant's accounts".to_owned(),
            ));
        }
        None if dialect.needs_account() => {
            return Err(wrong(format!(
                "messages of {} name no bank account: give the number of the tenant's account in `account`",
                dialect.as_str()
            )));
        }
        _ => {}
    }
    if let Some(seconds) = declared.tolerance_seconds
        && !(0..=TOLERANCE_SECONDS_MAX).contains(&seconds)
    {
        return Err(wrong(format!(
            "tolerance_seconds must be 0 to {TOLERANCE_SECONDS_MAX}"
        )));
    }
    let setting = format!("tenant.source {} allow", declared.name);
    let allowed = settings::networks(&setting, &declared.allow)?;
    Ok(SourceTerms {
        account: declared.account.clone(),
        tolerance_seconds: declared.tolerance_seconds,
        allowed_networks: allowed
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
            .join(" "),
    })
}
