//! The real binary on a real database, a portal that listens, and a bank that signs.

#![allow(dead_code, reason = "each test binary uses its part")]

pub mod bank;
pub mod portal;

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use store::Options;
use store::testing::TestDatabase;
use tempfile::TempDir;

pub const ACCOUNT: &str = "0011001234567";
pub const SECOND_ACCOUNT: &str = "2110009999999";
pub const SOURCE: &str = "sepay-office";
pub const SECRET: &str = "test-only-callback-secret";
pub const OWN_SOURCE: &str = "bank-office";
pub const NEIGHBOUR_SOURCE: &str = "sepay-neighbour";
/// VietQR.vn, which fetches a token first.
pub const SYNC_SOURCE: &str = "vietqr-office";
/// VNPAY, whose message is a query.
pub const QUERY_SOURCE: &str = "vnpay-office";
/// SePay, which fetches a token first.
pub const TOKEN_SOURCE: &str = "token-office";
/// MoMo, which names no bank account and hears no body.
pub const WALLET_SOURCE: &str = "wallet-office";
/// A source that takes callbacks from elsewhere only.
pub const FAR_SOURCE: &str = "z-far-office";
/// The name and password of the sources that give tokens.
pub const SYNC_SECRET: &str = "don-vi-mau:test-only-password";
pub const WEBHOOK_SECRET: &str = "whsec_dGVzdC1vbmx5LXdlYmhvb2stc2VjcmV0LTAwMDE=";
/// The secret of the source in our own dialect.
pub const OWN_SECRET: &str = "whsec_dGVzdC1vbmx5LWJhbmstc2VjcmV0LTAwMDAwMDE=";

/// A running gateway with two tenants, `office` and `neighbour`.
pub struct Gateway {
    child: Option<Child>,
    folder: TempDir,
    pub database: TestDatabase,
    pub base_url: String,
    pub key: String,
    pub neighbour_key: String,
    pub client: reqwest::Client,
    /// What the process finds in its environment, beside ours.
    pub environment: Vec<(String, String)>,
}

/// An answer: status, headers and JSON body (`null` when it is not JSON).
#[derive(Debug, Clone)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: reqwest::header::HeaderMap,
    pub text: String,
    pub json: Value,
}

impl Answer {
    pub fn code(&self) -> &str {
        self.json["code"].as_str().unwrap_or_default()
    }

    /// The pointers of the wrong members.
    pub fn pointers(&self) -> Vec<&str> {
        let errors = self.json["errors"]
            .as_array()
            .map(Vec::as_slice)
            .unwrap_or_default();
        errors
            .iter()
            .filter_map(|error| error["pointer"].as_str())
            .collect()
    }
}

impl Gateway {
    /// Starts on `database`; events go to `portal` when given.
    pub async fn start(database: TestDatabase, portal: Option<&str>) -> Self {
        gateway::startup::install_crypto();
        let folder = tempfile::tempdir().unwrap();
        let url = address(&database);
        let config = folder.path().join("config.toml");
        std::fs::write(&config, settings(&url, portal)).unwrap();
        let key = make_key(&config, "office");
        let neighbour_key = make_key(&config, "neighbour");
        let mut gateway = Self {
            child: None,
            folder,
            database,
            base_url: String::new(),
            key,
            neighbour_key,
            client: reqwest::Client::builder()
                .no_proxy()
                // The server ends an idle connection after five seconds: none is used again that late.
                .pool_idle_timeout(Duration::from_secs(2))
                .timeout(Duration::from_secs(60))
                .build()
                .unwrap(),
            environment: Vec::new(),
        };
        gateway.start_again().await;
        gateway
    }

    /// Another process on the same database, with the same keys.
    pub async fn beside(&self) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::copy(self.config(), folder.path().join("config.toml")).unwrap();
        let mut gateway = Self {
            child: None,
            folder,
            database: TestDatabase::somebody_elses(self.database.options().clone()),
            base_url: String::new(),
            key: self.key.clone(),
            neighbour_key: self.neighbour_key.clone(),
            client: self.client.clone(),
            environment: Vec::new(),
        };
        gateway.start_again().await;
        gateway
    }

    /// Writes another address of the same database into the settings.
    pub fn reach_database_at(&self, other: &str) {
        let text = std::fs::read_to_string(self.config()).unwrap();
        let (before, rest) = text.split_once("[database]\nurl = \"").unwrap();
        let (_, after) = rest.split_once('"').unwrap();
        let text = format!("{before}[database]\nurl = \"{other}\"{after}");
        std::fs::write(self.config(), text).unwrap();
    }

    /// Whether the process has ended by itself.
    pub fn has_ended(&mut self) -> bool {
        self.child
            .as_mut()
            .is_none_or(|child| child.try_wait().unwrap().is_some())
    }

    /// Sends a signal, such as `STOP`.
    pub fn signal(&self, name: &str) {
        let sent = Command::new("kill")
            .args(["-s", name, &self.process_id().to_string()])
            .status()
            .unwrap();
        assert!(sent.success());
    }

    pub async fn on_sqlite() -> Self {
        Self::start(TestDatabase::sqlite(), None).await
    }

    pub async fn on_postgres() -> Option<Self> {
        Some(Self::start(TestDatabase::postgres().await?, None).await)
    }

    fn ready_file(&self) -> PathBuf {
        self.folder.path().join("ready.json")
    }

    pub fn config(&self) -> PathBuf {
        self.folder.path().join("config.toml")
    }

    pub fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("log.txt")).unwrap_or_default()
    }

    /// Starts the process once more on the same data.
    pub async fn start_again(&mut self) {
        assert!(self.try_start().await, "the gateway ended:\n{}", self.log());
    }

    /// Starts the process; whether it came as far as serving.
    pub async fn try_start(&mut self) -> bool {
        let _ = std::fs::remove_file(self.ready_file());
        let log = std::fs::OpenOptions::new()
            .create(true)
            .append(true)
            .open(self.folder.path().join("log.txt"))
            .unwrap();
        let child = Command::new(program())
            .arg("serve")
            .arg("--config")
            .arg(self.config())
            .arg("--ready-file")
            .arg(self.ready_file())
            .envs(self.environment.iter().cloned())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .unwrap();
        self.child = Some(child);
        let began = Instant::now();
        loop {
            if let Ok(text) = std::fs::read_to_string(self.ready_file()) {
                let ready: Value = serde_json::from_str(&text).unwrap();
                self.base_url = ready["base_url"].as_str().unwrap().to_owned();
                return true;
            }
            if self.child.as_mut().unwrap().try_wait().unwrap().is_some() {
                return false;
            }
            assert!(
                began.elapsed() < Duration::from_secs(60),
                "not ready:\n{}",
                self.log()
            );
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// Writes another database into the settings; the process must not run.
    pub fn use_database(&mut self, database: TestDatabase) -> TestDatabase {
        let text = std::fs::read_to_string(self.config()).unwrap();
        let old = format!("url = \"{}\"", address(&self.database));
        assert_eq!(text.matches(&old).count(), 1);
        let new = format!("url = \"{}\"", address(&database));
        std::fs::write(self.config(), text.replace(&old, &new)).unwrap();
        std::mem::replace(&mut self.database, database)
    }

    /// Runs `thungan COMMAND --config …`; the exit code and everything it said.
    pub fn command(&self, arguments: &[&str]) -> (Option<i32>, String) {
        let output = Command::new(program())
            .args(arguments)
            .arg("--config")
            .arg(self.config())
            .output()
            .unwrap();
        let text = String::from_utf8_lossy(&output.stdout).into_owned()
            + &String::from_utf8_lossy(&output.stderr);
        (output.status.code(), text)
    }

    /// SIGKILL: no goodbye. It may be gone already.
    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            child.wait().unwrap();
        }
    }

    /// SIGTERM, and the exit code.
    pub fn stop(&mut self) -> Option<i32> {
        let mut child = self.child.take()?;
        let signalled = Command::new("kill")
            .arg("-TERM")
            .arg(child.id().to_string())
            .status()
            .unwrap();
        assert!(signalled.success());
        child.wait().unwrap().code()
    }

    pub fn process_id(&self) -> u32 {
        self.child.as_ref().unwrap().id()
    }

    /// Calls the API as `office`.
    pub async fn call(&self, method: Method, path: &str, body: Option<Value>) -> Answer {
        self.call_as(&self.key, method, path, body).await
    }

    pub async fn call_as(
        &self,
        key: &str,
        method: Method,
        path: &str,
        body: Option<Value>,
    ) -> Answer {
        let mut request = self
            .client
            .request(method, format!("{}{path}", self.base_url))
            .bearer_auth(key);
        if let Some(body) = body {
            request = request.json(&body);
        }
        answer(request.send().await.unwrap()).await
    }

    pub async fn get(&self, path: &str) -> Value {
        let answer = self.call(Method::GET, path, None).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}: {}", answer.text);
        answer.json
    }

    /// Asks for money; the answer must be 201.
    pub async fn ask(&self, body: Value) -> Value {
        let answer = self
            .call(Method::POST, "/v1/payment-requests", Some(body))
            .await;
        assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text);
        answer.json
    }

    pub async fn ask_for(&self, amount: i64) -> Value {
        self.ask(json!({"amount": amount, "description": "Phí chứng thực"}))
            .await
    }

    pub async fn request(&self, id: &str) -> Value {
        self.get(&format!("/v1/payment-requests/{id}")).await
    }

    /// Sends bytes to a source with these headers.
    pub async fn callback(
        &self,
        source: &str,
        headers: &[(String, String)],
        body: &[u8],
    ) -> Answer {
        let mut request = self
            .client
            .post(format!("{}/v1/callbacks/{source}", self.base_url))
            .header("content-type", "application/json")
            .body(body.to_vec());
        for (name, value) in headers {
            request = request.header(name, value);
        }
        answer(request.send().await.unwrap()).await
    }

    /// A SePay notice of money in, signed now; the answer must be SePay's success form.
    pub async fn hear(&self, body: &str) {
        let headers = bank::sign_sepay(SECRET, body.as_bytes());
        let answer = self.callback(SOURCE, &headers, body.as_bytes()).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
        assert_eq!(answer.json, json!({"success": true}));
    }

    /// Waits until every stored callback has an outcome, and answers the list, oldest first.
    pub async fn settled(&self) -> Vec<Value> {
        let began = Instant::now();
        loop {
            let page = self.get("/v1/callbacks?limit=200").await;
            let mut messages = page["data"].as_array().unwrap().clone();
            if messages
                .iter()
                .all(|message| message["outcome"] != "pending")
            {
                messages.reverse();
                return messages;
            }
            assert!(
                began.elapsed() < Duration::from_secs(30),
                "callbacks still wait: {messages:?}"
            );
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// Waits until the request stands at `status`.
    pub async fn until(&self, id: &str, status: &str) -> Value {
        let began = Instant::now();
        loop {
            let request = self.request(id).await;
            if request["status"] == status {
                return request;
            }
            assert!(
                began.elapsed() < Duration::from_secs(30),
                "not {status}: {request}"
            );
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// Runs `thungan audit`; the output and the exit code.
    pub fn audit(&self) -> (String, Option<i32>) {
        let output = Command::new(program())
            .args(["audit", "--config"])
            .arg(self.config())
            .output()
            .unwrap();
        let text = String::from_utf8_lossy(&output.stdout).into_owned()
            + &String::from_utf8_lossy(&output.stderr);
        (text, output.status.code())
    }

    pub fn assert_books_hold(&self) {
        let (text, code) = self.audit();
        assert_eq!(code, Some(0), "{text}");
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
        if std::thread::panicking() {
            eprintln!("--- the gateway's log\n{}", self.log());
        }
    }
}

pub async fn answer(response: reqwest::Response) -> Answer {
    let status = response.status();
    let headers = response.headers().clone();
    let text = response.text().await.unwrap();
    let json = serde_json::from_str(&text).unwrap_or_default();
    Answer {
        status,
        headers,
        text,
        json,
    }
}

/// The program under test; `THUNGAN_TEST_PROGRAM` names a copy that a long run keeps while it is built
/// anew.
pub fn program() -> PathBuf {
    std::env::var_os("THUNGAN_TEST_PROGRAM")
        .map_or_else(|| env!("CARGO_BIN_EXE_thungan").into(), PathBuf::from)
}

/// A database as it stands in the settings.
pub fn address(database: &TestDatabase) -> String {
    match database.options() {
        Options::Sqlite(path) => format!("sqlite:{}", path.display()),
        Options::Postgres(url) => url.clone(),
    }
}

fn make_key(config: &Path, tenant: &str) -> String {
    let output = Command::new(program())
        .args(["keys", "create", "--json", "--tenant", tenant, "--config"])
        .arg(config)
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let made: Value = serde_json::from_slice(&output.stdout).unwrap();
    made["api_key"].as_str().unwrap().to_owned()
}

fn settings(database: &str, portal: Option<&str>) -> String {
    let webhook = portal.map_or_else(String::new, |url| {
        format!("[[tenant.webhook]]\nurl = \"{url}\"\nsecret = \"{WEBHOOK_SECRET}\"\n")
    });
    let master_key = "5a".repeat(32);
    format!(
        r#"
[server]
listen = "127.0.0.1:0"
[database]
url = "{database}"
[security]
master_key = "{master_key}"
[webhooks]
allow_private_networks = true
timeout_seconds = 3
[reconciliation]
gap_patience_seconds = 1
[log]
filter = "info"

[[tenant]]
slug = "office"
mode = "test"
name = "Trung tâm hành chính công mẫu"
name_en = "Model one-stop centre"
tax_code = "0300000000"
[[tenant.receipt_book]]
kind = "phi"
form_code = "01BLP0-001"
series = "BP-{{yy}}E"
[[tenant.receipt_book]]
kind = "le_phi"
form_code = "01BLP0-001"
series = "BL-{{yy}}E"
signer = "test"
[[tenant.account]]
bank = "970436"
number = "{ACCOUNT}"
name = "TRUNG TAM HANH CHINH CONG MAU"
[[tenant.account]]
bank = "BIDV"
number = "{SECOND_ACCOUNT}"
name = "TRUNG TAM HANH CHINH CONG MAU"
[[tenant.item]]
code = "CT-CHUKY"
name = "Phí chứng thực chữ ký"
unit_price = 10000
[[tenant.source]]
name = "{SOURCE}"
dialect = "sepay_hmac"
secret = "{SECRET}"
previous_secret = "test-only-secret-before"
[[tenant.source]]
name = "{OWN_SOURCE}"
dialect = "thungan"
secret = "{OWN_SECRET}"
[[tenant.source]]
name = "{SYNC_SOURCE}"
dialect = "vietqr_vn"
secret = "{SYNC_SECRET}"
[[tenant.source]]
name = "{QUERY_SOURCE}"
dialect = "vnpay"
secret = "{SECRET}"
account = "{ACCOUNT}"
[[tenant.source]]
name = "{TOKEN_SOURCE}"
dialect = "sepay_oauth2"
secret = "{SYNC_SECRET}"
[[tenant.source]]
name = "{WALLET_SOURCE}"
dialect = "momo"
secret = "{SYNC_SECRET}"
account = "{ACCOUNT}"
[[tenant.source]]
name = "{FAR_SOURCE}"
dialect = "sepay_hmac"
secret = "{SECRET}"
allow = ["203.0.113.0/24"]
{webhook}
[[tenant]]
slug = "neighbour"
mode = "test"
name = "Trường tiểu học mẫu"
default_flow = "QT"
[[tenant.account]]
bank = "970436"
number = "9990001112223"
name = "TRUONG TIEU HOC MAU"
[[tenant.source]]
name = "{NEIGHBOUR_SOURCE}"
dialect = "sepay_hmac"
secret = "test-only-neighbour-secret"
"#
    )
}

/// Expands each test to one on SQLite and one on PostgreSQL.
macro_rules! on_both_engines {
    ($($(#[doc = $doc:literal])* async fn $name:ident($gateway:ident: &Gateway) $body:block)*) => {
        $($(#[doc = $doc])* async fn $name($gateway: &crate::support::Gateway) $body)*
        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $name() {
                super::$name(&crate::support::Gateway::on_sqlite().await).await;
            })*
        }
        mod postgres {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $name() {
                if let Some(gateway) = crate::support::Gateway::on_postgres().await {
                    super::$name(&gateway).await;
                }
            })*
        }
    };
}
pub(crate) use on_both_engines;
