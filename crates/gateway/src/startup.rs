//! Starting everything in order, and stopping it in order.

use crate::app::{self, App, FILES_MAX, STREAMS_MAX};
use crate::callers::{Callers, Refusals};
use crate::demo::Shop;
use crate::poll;
use crate::provision;
use crate::routes;
use crate::seal::Sealer;
use crate::settings::{Settings, SettingsError};
use crate::{middleware, statements, webhook};
use actix_web::{App as ActixApp, HttpServer, web};
use anyhow::Context;
use bank_simulator::Bank;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use store::copy::{Claim, Presence};
use store::{Store, Writer};
use tokio_util::sync::CancellationToken;

/// How long a shutdown waits for requests and deliveries under way. Together with the writer's last
/// batch it stays below the 30 seconds after which a service manager kills.
const DRAIN: Duration = Duration::from_secs(20);
/// How long a shutdown waits for the writer's last batch.
const LAST_BATCH: Duration = Duration::from_secs(8);
/// How long the head of a request may take to arrive.
const HEAD_TIMEOUT: Duration = Duration::from_secs(5);
/// Connections per worker thread at most.
const CONNECTIONS_MAX: usize = 10_000;

/// The cryptography of TLS connections, chosen once per process.
pub fn install_crypto() {
    // A second call finds it installed; that is fine.
    let _ = rustls::crypto::ring::default_provider().install_default();
}

/// What is written to the ready file.
#[derive(Debug, Clone)]
pub struct Ready {
    /// Where.
    pub file: PathBuf,
    /// What, beside `base_url`.
    pub members: serde_json::Map<String, serde_json::Value>,
    /// What a person at the terminal is told, given the address.
    pub greeting: Option<fn(&str) -> String>,
}

/// Runs the gateway until it is told to stop.
///
/// # Errors
/// With the reason, when it cannot start or a part of it fails.
pub async fn run(
    settings: Settings,
    shop: Option<Shop>,
    ready: Option<Ready>,
) -> anyhow::Result<()> {
    install_crypto();
    let sealer = Sealer::new(&settings.master_key()?)?;
    let options = settings.store_options()?;
    let store = Store::connect(&options)
        .await
        .context("the database cannot be opened; check database.url")?;
    // Before anything is written: a database that is being moved away is somebody else's.
    let presence = Presence::claim(&options, Claim::Shared).await?;
    store.migrate().await?;
    let mut presence = presence.keep(&store, &options);
    let listener = listen(&settings.server.listen)?;
    let own_url = own_url(&listener)?;
    let public_url = public_url(&settings, &own_url)?;

    let scopes = provision::set_up(
        &store,
        &sealer,
        &settings.tenants,
        settings.webhooks.allow_private_networks,
        app::now(),
    )
    .await?;
    let gap_patience_seconds = settings.reconciliation.patience()?;
    let (writer, writer_task) =
        Writer::start(store.clone(), app::environment(gap_patience_seconds));
    if let Some(shop) = &shop {
        shop.prepare(&store, &writer, &sealer, &scopes, &own_url)
            .await?;
    }
    let polls = poll::declared(&settings.tenants, &scopes)?;
    let shutdown = CancellationToken::new();
    let app = App {
        store: store.clone(),
        writer: writer.clone(),
        sealer,
        public_url: public_url.into(),
        own_url: own_url.clone().into(),
        bank: Bank::new(simulator_client()?),
        gap_patience_seconds,
        callers: Callers::behind(settings.server.proxies()?),
        refusals: Refusals::default(),
        calendar: Arc::new(crate::calendar::load(settings.calendar.file.as_deref())?),
        allow_private_networks: settings.webhooks.allow_private_networks,
        shutdown: shutdown.clone(),
        streams: Arc::new(tokio::sync::Semaphore::new(STREAMS_MAX)),
        streams_of: Arc::default(),
        files: Arc::new(tokio::sync::Semaphore::new(FILES_MAX)),
        imports: Arc::default(),
    };
    let timeout = Duration::from_secs(settings.webhooks.timeout_seconds.clamp(1, 30));
    let deliveries = tokio::spawn(webhook::run(app.clone(), timeout));
    let imports = tokio::spawn(statements::work(app.clone()));
    for poll in polls {
        tokio::spawn(poll::run(app.clone(), poll));
    }

    let server = server(app.clone(), shop, listener, settings.server.workers)?;
    let handle = server.handle();
    let serving = tokio::spawn(server);
    tracing::info!(address = %own_url, database = store.engine_name(), tenants = scopes.len(), "serving");
    if let Some(ready) = ready {
        write_ready(&ready, &own_url)?;
        if let Some(greeting) = ready.greeting {
            eprintln!("{}", greeting(&own_url));
        }
    }

    let taken = tokio::select! {
        told = wait_for_signal(&serving) => told.err(),
        why = presence.lost() => Some(anyhow::Error::from(why)),
    };
    tracing::info!("stopping: finishing what was accepted");
    shutdown.cancel();
    // Requests and deliveries still need the writer, so it goes last.
    let drained = tokio::time::timeout(DRAIN, async {
        handle.stop(true).await;
        let _ = deliveries.await;
        let _ = imports.await;
    });
    if drained.await.is_err() {
        tracing::warn!("some requests did not end in time and are cut off");
    }
    writer.stop();
    match tokio::time::timeout(LAST_BATCH, writer_task).await {
        Ok(ended) => ended.context("the writer failed")?,
        // What was acknowledged is committed; what waits to be settled is settled at the next start.
        Err(_) => tracing::warn!("the writer did not end in time"),
    }
    store.close().await;
    drop(presence);
    tracing::info!("stopped");
    taken.map_or(Ok(()), Err)
}

fn server(
    app: App,
    shop: Option<Shop>,
    listener: TcpListener,
    workers: usize,
) -> anyhow::Result<actix_web::dev::Server> {
    let data = web::Data::new(app);
    let shop = shop.map(web::Data::new);
    let server = HttpServer::new(move || {
        let app = ActixApp::new()
            .app_data(data.clone())
            .app_data(web::QueryConfig::default().error_handler(|error, _| {
                crate::problem::Problem::parameter(
                    "query",
                    "Tham số truy vấn không đọc được.",
                    format!("The query parameters cannot be read: {error}"),
                )
                .into()
            }))
            .wrap(actix_web::middleware::from_fn(middleware::around))
            .configure(routes::configure);
        let app = match &shop {
            Some(shop) => app.app_data(shop.clone()).configure(crate::demo::configure),
            None => app,
        };
        app.default_service(web::to(|| async {
            Err::<String, _>(middleware::no_such_path())
        }))
    })
    .workers(workers.clamp(1, 64))
    .max_connections(CONNECTIONS_MAX)
    .client_request_timeout(HEAD_TIMEOUT)
    .shutdown_timeout(DRAIN.as_secs())
    .disable_signals()
    .listen(listener)?
    .run();
    Ok(server)
}

/// The simulated bank calls only us, on this machine.
fn simulator_client() -> anyhow::Result<reqwest::Client> {
    Ok(reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .timeout(Duration::from_secs(10))
        .build()?)
}

fn listen(address: &str) -> anyhow::Result<TcpListener> {
    TcpListener::bind(address).with_context(|| {
        format!("{address} cannot be listened on: is another program there? Choose another port (--port N, server.listen)")
    })
}

fn own_url(listener: &TcpListener) -> anyhow::Result<String> {
    let mut address = listener.local_addr()?;
    if address.ip().is_unspecified() {
        // Reachable on every address; we reach ourselves on this one.
        address.set_ip(match address {
            std::net::SocketAddr::V4(_) => std::net::Ipv4Addr::LOCALHOST.into(),
            std::net::SocketAddr::V6(_) => std::net::Ipv6Addr::LOCALHOST.into(),
        });
    }
    Ok(format!("http://{address}"))
}

fn public_url(settings: &Settings, own_url: &str) -> Result<String, SettingsError> {
    let declared = settings.server.public_url.trim_end_matches('/');
    let wrong = |what: &str| SettingsError::wrong("server.public_url", what);
    let live = settings
        .tenants
        .iter()
        .any(|tenant| tenant.mode == crate::settings::TenantMode::Live);
    if declared.is_empty() {
        if live {
            return Err(wrong(
                "is needed when a tenant is live: payers open the links that begin with it",
            ));
        }
        return Ok(own_url.to_owned());
    }
    let url = url::Url::parse(declared).map_err(|_| wrong("is not a web address"))?;
    if live && url.scheme() != "https" {
        return Err(wrong("must begin with https:// when a tenant is live"));
    }
    Ok(declared.to_owned())
}

/// Whole or not at all: a reader never sees half a file. Readable by the owner only: it holds keys.
fn write_ready(ready: &Ready, own_url: &str) -> anyhow::Result<()> {
    let mut members = ready.members.clone();
    members.insert("base_url".to_owned(), own_url.into());
    let text = serde_json::to_string_pretty(&members)?;
    let partial = ready.file.with_extension("partial");
    write_private(&partial, &text)?;
    std::fs::rename(&partial, &ready.file)
        .with_context(|| format!("{} cannot be written", ready.file.display()))
}

/// Writes a file that only its owner can read.
///
/// # Errors
/// When the file cannot be written.
pub fn write_private(path: &Path, text: &str) -> anyhow::Result<()> {
    use std::io::Write;
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options
        .open(path)
        .with_context(|| format!("{} cannot be written", path.display()))?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    Ok(())
}

async fn wait_for_signal(
    serving: &tokio::task::JoinHandle<std::io::Result<()>>,
) -> anyhow::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let ended = async {
        while !serving.is_finished() {
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
    };
    tokio::select! {
        _ = terminate.recv() => Ok(()),
        _ = interrupt.recv() => Ok(()),
        () = ended => anyhow::bail!("the HTTP server ended by itself"),
    }
}
