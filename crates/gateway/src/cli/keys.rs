//! `thungan keys`.

use super::pipe;
use crate::api_key::ApiKey;
use crate::app;
use crate::networks::parse_networks;
use crate::permission::{EVERYTHING, Permission, Rights, Role};
use crate::provision;
use crate::seal::Sealer;
use anyhow::{Context, bail, ensure};
use payment::ApiKeyId;
use std::process::ExitCode;
use store::administration::OPERATOR;
use store::api_key::{KEYS_MAX, KeyAdded, KeyRevoked, NewApiKey, StoredKey};
use store::{Store, TenantScope};
use uuid::Uuid;

/// Characters of a label at most.
const LABEL_MAX: usize = 100;
/// Keys that are read at once for a list.
const PAGE: i64 = 200;

#[derive(Debug, clap::Subcommand)]
pub(super) enum Command {
    /// Make an API key for a tenant of the settings. It is shown once.
    #[command(
        after_help = "Example: thungan keys create --config /etc/thungan/config.toml --tenant mot-cua-mau --label portal --scope payment_requests:read --scope payment_requests:write --expires-in-days 365 --allow 203.0.113.0/24"
    )]
    Create(Create),
    /// List the API keys of a tenant, without the keys themselves.
    #[command(
        after_help = "Example: thungan keys list --config /etc/thungan/config.toml --tenant mot-cua-mau"
    )]
    List {
        #[command(flatten)]
        place: super::Place,
        /// The tenant's slug.
        #[arg(long)]
        tenant: String,
        /// Print JSON, one object a line.
        #[arg(long)]
        json: bool,
    },
    /// End the life of an API key at once.
    #[command(
        after_help = "Example: thungan keys revoke --config /etc/thungan/config.toml --tenant mot-cua-mau key_…"
    )]
    Revoke {
        #[command(flatten)]
        place: super::Place,
        /// The tenant's slug.
        #[arg(long)]
        tenant: String,
        /// The key's id, `key_…`.
        key: ApiKeyId,
    },
}

#[derive(Debug, clap::Args)]
pub(super) struct Create {
    #[command(flatten)]
    place: super::Place,
    /// The tenant's slug.
    #[arg(long)]
    tenant: String,
    /// What it is for; shown in lists.
    #[arg(long, default_value = "")]
    label: String,
    /// What it may do, such as payments:read; may be given several times. Without it and without
    /// --role: everything.
    #[arg(long = "scope", value_name = "SCOPE", conflicts_with = "role")]
    scopes: Vec<String>,
    /// What a role may do: admin, accountant, cashier, clerk, viewer or helper.
    #[arg(long)]
    role: Option<String>,
    /// After how many days it ends; without it never.
    #[arg(long, value_name = "DAYS", value_parser = clap::value_parser!(u16).range(1..))]
    expires_in_days: Option<u16>,
    /// An address or network that it may be used from; may be given several times. Without it: any.
    #[arg(long = "allow", value_name = "NETWORK")]
    networks: Vec<String>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(command: Command) -> anyhow::Result<ExitCode> {
    match command {
        Command::Create(arguments) => create(arguments).await,
        Command::List {
            place,
            tenant,
            json,
        } => list(&place, &tenant, json).await,
        Command::Revoke { place, tenant, key } => {
            let (store, scope) = open(&place, &tenant).await?;
            let revoked = store
                .revoke_api_key(&scope, key, OPERATOR, app::now())
                .await?;
            store.close().await;
            if revoked == KeyRevoked::Now {
                Ok(ExitCode::SUCCESS)
            } else {
                eprintln!("thungan: {tenant} has no live key {key}");
                Ok(ExitCode::from(super::NO))
            }
        }
    }
}

async fn create(arguments: Create) -> anyhow::Result<ExitCode> {
    let rights = rights(&arguments.scopes, arguments.role.as_deref())?;
    let networks = parse_networks(&arguments.networks).map_err(|index| {
        let entry = arguments.networks.get(index).map_or("", String::as_str);
        anyhow::anyhow!("--allow {entry}: neither an address nor a network such as 203.0.113.0/24")
    })?;
    let networks: Vec<String> = networks.iter().map(ToString::to_string).collect();
    let networks = networks.join(" ");
    let label = match arguments.label.as_str() {
        "" => String::new(),
        label => payment::text::plain(label, LABEL_MAX).context("--label")?,
    };
    let (store, scope) = open(&arguments.place, &arguments.tenant).await?;
    let key = ApiKey::from_random(scope.mode(), rand::random());
    let now = app::now();
    let new = NewApiKey {
        id: ApiKeyId::from_uuid(Uuid::now_v7()),
        digest: key.digest(),
        label: &label,
        scopes: &rights.to_stored(),
        allowed_networks: (!networks.is_empty()).then_some(&networks),
        expires_at: arguments
            .expires_in_days
            .map(|days| now.plus_seconds(i64::from(days) * 86_400)),
        actor: OPERATOR,
    };
    let added = store.add_api_key(&scope, &new, now).await?;
    store.close().await;
    ensure!(
        added == KeyAdded::New,
        "{} has {KEYS_MAX} keys in use; revoke one first",
        arguments.tenant
    );
    if arguments.json {
        let shown = serde_json::json!({"id": new.id, "api_key": key.expose(),
            "scopes": rights.names(), "expires_at": new.expires_at});
        println!("{shown}");
    } else {
        println!("{}", key.expose());
        eprintln!(
            "{}: shown once; keep it where only the portal can read it.",
            new.id
        );
    }
    Ok(ExitCode::SUCCESS)
}

fn rights(scopes: &[String], role: Option<&str>) -> anyhow::Result<Rights> {
    if let Some(role) = role {
        let Some(role) = Role::parse(role) else {
            let known: Vec<&str> = Role::ALL.iter().map(|role| role.as_str()).collect();
            bail!("--role {role}: the roles are {}", known.join(", "));
        };
        return Ok(role.rights());
    }
    if scopes.is_empty() || scopes == [EVERYTHING] {
        return Ok(Rights::ALL);
    }
    let read = |name: &String| {
        Permission::parse(name).with_context(|| {
            let known: Vec<&str> = Permission::ALL.iter().map(|p| p.as_str()).collect();
            format!("--scope {name}: the scopes are {}", known.join(", "))
        })
    };
    scopes.iter().map(read).collect()
}

async fn list(place: &super::Place, tenant: &str, json: bool) -> anyhow::Result<ExitCode> {
    let (store, scope) = open(place, tenant).await?;
    let mut out = pipe::Output::new();
    let mut before = None;
    loop {
        let keys = store.api_keys(&scope, before, PAGE).await?;
        let Some(last) = keys.last() else { break };
        before = Some(last.id);
        for key in &keys {
            out.line(line(key, json))?;
        }
    }
    out.flush()?;
    store.close().await;
    Ok(ExitCode::SUCCESS)
}

fn line(key: &StoredKey, json: bool) -> String {
    let scopes: Vec<&str> = key.scopes.split(' ').collect();
    if json {
        let networks = key.allowed_networks.as_deref();
        let networks: Option<Vec<&str>> = networks.map(|networks| networks.split(' ').collect());
        return serde_json::json!({"id": key.id, "label": key.label, "scopes": scopes,
            "allowed_networks": networks, "created_by": key.created_by, "created_at": key.created_at,
            "expires_at": key.expires_at, "revoked_at": key.revoked_at, "last_used_at": key.last_used_at})
        .to_string();
    }
    let at = |time: Option<payment::Timestamp>| {
        time.map_or_else(|| "-".to_owned(), |time| time.to_string())
    };
    format!(
        "{}\t{}\t{}\tfrom {}\texpires {}\trevoked {}\tlast used {}",
        key.id,
        key.label,
        scopes.join(","),
        key.allowed_networks.as_deref().unwrap_or("anywhere"),
        at(key.expires_at),
        at(key.revoked_at),
        at(key.last_used_at)
    )
}

/// The database with its tenants set up, so that a key can be made before the first start.
async fn open(place: &super::Place, slug: &str) -> anyhow::Result<(Store, TenantScope)> {
    let settings = place.settings()?;
    let sealer = Sealer::new(&settings.master_key()?)?;
    let store = Store::connect(&settings.store_options()?).await?;
    store.migrate().await?;
    provision::set_up(
        &store,
        &sealer,
        &settings.tenants,
        settings.webhooks.allow_private_networks,
        app::now(),
    )
    .await?;
    let scope = store
        .scope_by_slug(slug)
        .await?
        .with_context(|| format!("no tenant has the slug {slug}; it must stand in the settings"))?;
    Ok((store, scope))
}
