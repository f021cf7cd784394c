//! `thungan keys`.

use crate::api_key::ApiKey;
use crate::app;
use crate::provision;
use crate::seal::Sealer;
use anyhow::Context;
use payment::ApiKeyId;
use std::process::ExitCode;
use store::{Store, TenantScope};
use uuid::Uuid;

#[derive(Debug, clap::Subcommand)]
pub(super) enum Command {
    /// Make an API key for a tenant of the settings. It is shown once.
    #[command(
        after_help = "Example: thungan keys create --config /etc/thungan/config.toml --tenant mot-cua-mau --label portal"
    )]
    Create {
        #[command(flatten)]
        place: super::Place,
        /// The tenant's slug.
        #[arg(long)]
        tenant: String,
        /// What it is for; shown in lists.
        #[arg(long, default_value = "")]
        label: String,
        /// Print JSON.
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

pub(super) async fn run(command: Command) -> anyhow::Result<ExitCode> {
    match command {
        Command::Create {
            place,
            tenant,
            label,
            json,
        } => {
            let (store, scope) = open(&place, &tenant).await?;
            let key = ApiKey::from_random(scope.mode(), rand::random());
            let id = ApiKeyId::from_uuid(Uuid::now_v7());
            store
                .add_api_key(&scope, id, &key.digest(), &label, app::now())
                .await?;
            store.close().await;
            if json {
                println!("{}", serde_json::json!({"id": id, "api_key": key.expose()}));
            } else {
                println!("{}", key.expose());
                eprintln!("{id}: shown once; keep it where only the portal can read it.");
            }
            Ok(ExitCode::SUCCESS)
        }
        Command::Revoke { place, tenant, key } => {
            let (store, scope) = open(&place, &tenant).await?;
            let revoked = store.revoke_api_key(&scope, key, app::now()).await?;
            store.close().await;
            if revoked {
                Ok(ExitCode::SUCCESS)
            } else {
                eprintln!("thungan: {tenant} has no live key {key}");
                Ok(ExitCode::from(super::NO))
            }
        }
    }
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
