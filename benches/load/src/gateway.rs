//! The gateway that this run started, and ends.

use crate::drive::Bank;
use crate::machine::{self, Memory};
use anyhow::{Context, bail, ensure};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// How long a gateway may take to serve, and to stop.
const PATIENCE: Duration = Duration::from_secs(60);
const TENANT: &str = "load";
const SOURCE: &str = "sepay-load";
const SECRET: &str = "load-only-callback-secret";
const ACCOUNT: &str = "0011001234567";

/// What is measured.
#[derive(Debug)]
pub enum Kind {
    /// `thungan serve` on a SQLite file.
    Sqlite,
    /// `thungan serve` on a PostgreSQL database.
    Postgres(String),
    /// `thungan demo`: SQLite, and its shop hears each event.
    Demo,
}

impl Kind {
    /// How the report calls it.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Sqlite => "SQLite",
            Self::Postgres(_) => "PostgreSQL",
            Self::Demo => "SQLite, demo with webhooks",
        }
    }
}

/// A running gateway with a folder of its own. Dropping it ends the process and removes the folder.
pub struct Gateway {
    child: Option<Child>,
    program: PathBuf,
    folder: PathBuf,
    place: Vec<String>,
    /// From the start of the process until it serves.
    pub start_to_ready: Duration,
    /// Where it serves.
    pub base_url: String,
    /// The portal's key.
    pub key: String,
    /// The name of the bank's source.
    pub source: String,
    /// Its secret.
    pub secret: String,
    /// The account that is paid into.
    pub account: String,
}

impl Gateway {
    /// Starts `program` on new data in a new folder inside `data`.
    pub async fn start(
        program: &Path,
        data: &Path,
        kind: &Kind,
        log: &str,
    ) -> anyhow::Result<Self> {
        let folder = data.join(format!("thungan-load-{}", std::process::id()));
        std::fs::create_dir_all(data)?;
        std::fs::create_dir(&folder)
            .with_context(|| format!("{} cannot be made", folder.display()))?;
        let folder = folder.canonicalize()?;
        let mut gateway = Self {
            child: None,
            program: program.to_owned(),
            place: vec!["--data".to_owned(), folder.display().to_string()],
            folder,
            start_to_ready: Duration::ZERO,
            base_url: String::new(),
            key: String::new(),
            source: SOURCE.to_owned(),
            secret: SECRET.to_owned(),
            account: ACCOUNT.to_owned(),
        };
        if matches!(kind, Kind::Demo) {
            // The first start makes the schema; what is timed is a start on existing data.
            gateway.launch("demo", &["--port", "0"]).await?;
            gateway.stop()?;
            gateway.launch("demo", &["--port", "0"]).await?;
        } else {
            let config = gateway.folder.join("config.toml");
            std::fs::write(&config, gateway.settings(kind, log))?;
            gateway.place = vec!["--config".to_owned(), config.display().to_string()];
            gateway.key = gateway.make_key()?;
            gateway.launch("serve", &[]).await?;
        }
        Ok(gateway)
    }

    fn settings(&self, kind: &Kind, log: &str) -> String {
        let database = match kind {
            Kind::Postgres(url) => url.clone(),
            _ => format!("sqlite:{}", self.folder.join("thungan.sqlite").display()),
        };
        let master_key = "5a".repeat(32);
        // Debug quotes strings as TOML does for what can stand here.
        format!(
            "[server]\nlisten = \"127.0.0.1:0\"\n[database]\nurl = {database:?}\n\
             [security]\nmaster_key = \"{master_key}\"\n[log]\nfilter = {log:?}\n\
             [webhooks]\nallow_private_networks = true\n\
             [[tenant]]\nslug = \"{TENANT}\"\nmode = \"test\"\nname = \"Đo tải\"\n\
             [[tenant.account]]\nbank = \"970436\"\nnumber = \"{ACCOUNT}\"\nname = \"DO TAI\"\n\
             [[tenant.source]]\nname = \"{SOURCE}\"\ndialect = \"sepay_hmac\"\nsecret = \"{SECRET}\"\n"
        )
    }

    fn make_key(&self) -> anyhow::Result<String> {
        let output = Command::new(&self.program)
            .args(["keys", "create", "--json", "--tenant", TENANT])
            .args(&self.place)
            .output()?;
        ensure!(
            output.status.success(),
            "no API key: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        let made: Value = serde_json::from_slice(&output.stdout)?;
        Ok(made["api_key"].as_str().unwrap_or_default().to_owned())
    }

    async fn launch(&mut self, subcommand: &str, more: &[&str]) -> anyhow::Result<()> {
        let ready_file = self.folder.join("load-ready.json");
        // Left by an earlier start; missing is as good.
        let _ = std::fs::remove_file(&ready_file);
        let log = std::fs::File::create(self.folder.join("log.txt"))?;
        let began = Instant::now();
        let child = Command::new(&self.program)
            .arg(subcommand)
            .args(&self.place)
            .args(more)
            .arg("--ready-file")
            .arg(&ready_file)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()?;
        let child = self.child.insert(child);
        let ready: Value = loop {
            if let Ok(text) = std::fs::read_to_string(&ready_file) {
                break serde_json::from_str(&text)?;
            }
            if let Some(status) = child.try_wait()? {
                let log = std::fs::read_to_string(self.folder.join("log.txt"))?;
                bail!("the gateway ended with {status}: {log}");
            }
            ensure!(began.elapsed() < PATIENCE, "the gateway does not get ready");
            tokio::time::sleep(Duration::from_millis(1)).await;
        };
        self.start_to_ready = began.elapsed();
        for (member, place) in [
            ("base_url", &mut self.base_url),
            ("api_key", &mut self.key),
            ("callback_source", &mut self.source),
            ("callback_secret", &mut self.secret),
            ("account_number", &mut self.account),
        ] {
            if let Some(text) = ready[member].as_str() {
                text.clone_into(place);
            }
        }
        Ok(())
    }

    /// Where its data is.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    fn process(&self) -> anyhow::Result<u32> {
        let child = self.child.as_ref().context("the gateway is not running")?;
        Ok(child.id())
    }

    /// The processor time that it has used.
    pub fn cpu(&self) -> anyhow::Result<Duration> {
        machine::cpu_of(&self.process()?.to_string())
    }

    /// Its memory.
    pub fn memory(&self) -> anyhow::Result<Memory> {
        machine::memory_of(self.process()?)
    }

    /// SIGKILL, and a new start on what is there. It serves at another address then.
    pub async fn kill_and_start(&mut self) -> anyhow::Result<()> {
        let mut child = self.child.take().context("the gateway is not running")?;
        child.kill()?;
        child.wait()?;
        self.launch("serve", &[]).await
    }

    /// SIGTERM, as a service manager stops it.
    fn stop(&mut self) -> anyhow::Result<()> {
        let mut child = self.child.take().context("the gateway is not running")?;
        let told = Command::new("kill")
            .args(["-TERM", &child.id().to_string()])
            .status()?;
        ensure!(told.success(), "the gateway cannot be told to stop");
        let began = Instant::now();
        loop {
            if let Some(status) = child.try_wait()? {
                ensure!(status.success(), "the gateway ended with {status}");
                return Ok(());
            }
            if began.elapsed() > PATIENCE {
                child.kill()?;
                child.wait()?;
                bail!("the gateway did not stop within {PATIENCE:?}");
            }
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// Stops it and runs `thungan audit`; what is wrong with the stored data.
    pub fn stop_and_audit(&mut self, bank: &Bank) -> anyhow::Result<Vec<String>> {
        self.stop()?;
        let output = Command::new(&self.program)
            .args(["audit", "--json"])
            .args(&self.place)
            .output()?;
        let findings: Value = serde_json::from_slice(&output.stdout).unwrap_or_default();
        let mut wrong = Vec::new();
        if !output.status.success() {
            wrong.push(format!(
                "thungan audit ended with {}: {}{}",
                output.status,
                String::from_utf8_lossy(&output.stdout),
                String::from_utf8_lossy(&output.stderr)
            ));
        }
        for (what, expected) in [
            ("callbacks", bank.acknowledged()),
            ("bank_credits", bank.acknowledged()),
            ("payment_requests", bank.requests()),
            ("pending", 0),
        ] {
            if findings["counted"][what].as_u64() != Some(expected) {
                wrong.push(format!(
                    "{what}: {} stored, {expected} acknowledged",
                    findings["counted"][what]
                ));
            }
        }
        Ok(wrong)
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            // Ours, and nobody needs it any more.
            let _ = child.kill();
            let _ = child.wait();
        }
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}
