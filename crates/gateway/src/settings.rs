//! The operator's settings: the compiled-in defaults, then the file, then the environment.

use figment::Figment;
use figment::providers::{Env, Format, Toml};
use ipnet::IpNet;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use store::Options;

/// `config/default.toml`: the documented file is the one that is compiled in.
pub const DEFAULTS: &str = include_str!("../../../config/default.toml");

/// All settings.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Where we listen and how others reach us.
    pub server: Server,
    /// Where the data is.
    pub database: Database,
    /// Keys of the installation.
    pub security: Security,
    /// How events leave.
    pub webhooks: Webhooks,
    /// What is logged.
    pub log: Log,
    /// How what banks report is compared.
    pub reconciliation: Reconciliation,
    /// Working days.
    #[serde(default)]
    pub calendar: CalendarSettings,
    /// The tenants.
    #[serde(default, rename = "tenant")]
    pub tenants: Vec<Tenant>,
}

/// Where we listen and how others reach us.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Server {
    /// Address and port; port 0 takes a free one.
    pub listen: String,
    /// The base of the links that we hand out; empty means `http://` and where we listen.
    pub public_url: String,
    /// Threads that serve HTTP.
    pub workers: usize,
    /// The networks of our own reverse proxies, whose `X-Forwarded-For` is believed.
    #[serde(default)]
    pub trusted_proxies: Vec<String>,
}

impl Server {
    /// The networks of our own reverse proxies.
    ///
    /// # Errors
    /// [`SettingsError::Wrong`] naming the one that does not read.
    pub fn proxies(&self) -> Result<Vec<IpNet>, SettingsError> {
        networks("server.trusted_proxies", &self.trusted_proxies)
    }
}

/// Networks in CIDR form; an address alone is a network of one.
pub(crate) fn networks(setting: &str, texts: &[String]) -> Result<Vec<IpNet>, SettingsError> {
    texts
        .iter()
        .map(|text| {
            let one = || text.parse::<IpAddr>().map(IpNet::from);
            text.parse::<IpNet>().or_else(|_| one()).map_err(|_| {
                SettingsError::wrong(
                    setting,
                    format!("{text} is no network such as 203.0.113.0/24 or 2001:db8::/32"),
                )
            })
        })
        .collect()
}

/// Where the data is.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Database {
    /// `sqlite:PATH` or `postgres://…`.
    pub url: SecretString,
    /// A file that holds the address, because it holds a password; it wins over `url`.
    #[serde(default)]
    pub url_file: Option<PathBuf>,
}

/// Keys of the installation.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Security {
    /// A file with 64 hexadecimal digits that only the service can read.
    #[serde(default)]
    pub master_key_file: Option<PathBuf>,
    /// The digits themselves: for the environment, not for a file.
    #[serde(default)]
    pub master_key: Option<SecretString>,
}

/// How events leave.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Webhooks {
    /// Whether addresses on this machine and the local network may be called. Off in production.
    pub allow_private_networks: bool,
    /// How long one attempt may take in all.
    pub timeout_seconds: u64,
}

/// How what banks report is compared.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reconciliation {
    /// How long a break in the balances of an account may last before it is a gap, in seconds: as long
    /// as callbacks may overtake each other.
    pub gap_patience_seconds: i64,
}

impl Reconciliation {
    /// The patience with a break.
    ///
    /// # Errors
    /// [`SettingsError::Wrong`] when it is not between nothing and a day.
    pub fn patience(&self) -> Result<i64, SettingsError> {
        if (0..=86_400).contains(&self.gap_patience_seconds) {
            return Ok(self.gap_patience_seconds);
        }
        Err(SettingsError::wrong(
            "reconciliation.gap_patience_seconds",
            "must be 0 to 86400",
        ))
    }
}

/// What is logged.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Log {
    /// `json` or `text`.
    pub format: String,
    /// A tracing filter, such as `info` or `thungan=debug,info`.
    pub filter: String,
}

/// Working days.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CalendarSettings {
    /// A CSV file with the columns `date`, `kind` and `name`; without it the compiled-in one.
    #[serde(default)]
    pub file: Option<PathBuf>,
}

/// A tenant: one office, school or market board.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tenant {
    /// The operator's own name for it; never changes.
    pub slug: String,
    /// `live` or `test`.
    pub mode: TenantMode,
    /// Shown to payers.
    pub name: String,
    /// Shown to payers who read English.
    #[serde(default)]
    pub name_en: Option<String>,
    /// The prefix of references when a request names none.
    #[serde(default = "one_stop")]
    pub default_flow: String,
    /// The province, as the fee schedule writes it: "TP.HCM".
    #[serde(default)]
    pub province: Option<String>,
    /// Whether its running cost is funded from its own fees, so that it may keep a share.
    #[serde(default)]
    pub autonomous: bool,
    /// Its tax code.
    #[serde(default)]
    pub tax_code: Option<String>,
    /// Its address.
    #[serde(default)]
    pub address: Option<String>,
    /// The rules that may settle by themselves, in order: `virtual_account`, `exact_reference`,
    /// `payer_code`.
    #[serde(default = "all_rules")]
    pub matching: Vec<String>,
    /// The bank accounts, the default first.
    #[serde(default, rename = "account")]
    pub accounts: Vec<Account>,
    /// The fee items.
    #[serde(default, rename = "item")]
    pub items: Vec<Item>,
    /// What receipts are numbered under, one for each kind of fee at most.
    #[serde(default, rename = "receipt_book")]
    pub receipt_books: Vec<ReceiptBook>,
    /// Where callbacks come in.
    #[serde(default, rename = "source")]
    pub sources: Vec<Source>,
    /// Where events go.
    #[serde(default, rename = "webhook")]
    pub webhooks: Vec<Webhook>,
}

fn all_rules() -> Vec<String> {
    let rules = reconciler::matching::Rule::ALL;
    rules.map(|rule| rule.as_str().to_owned()).to_vec()
}

fn one_stop() -> String {
    payment::Flow::ONE_STOP.to_string()
}

/// Live or test.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TenantMode {
    /// Real money.
    Live,
    /// The simulated bank.
    Test,
}

/// A bank account.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Account {
    /// The bank: BIN, code or short name.
    pub bank: String,
    /// The account's number.
    pub number: String,
    /// The holder's name as the bank writes it.
    pub name: String,
}

/// What the receipts of one kind of fee are numbered under.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReceiptBook {
    /// `phi` or `le_phi`.
    pub kind: String,
    /// Ký hiệu mẫu, as registered with the tax authority: `01BLP0-001`.
    pub form_code: String,
    /// Ký hiệu, with `{yy}` for the last two digits of the year: `BP-{yy}E`.
    pub series: String,
    /// Who signs: `none`, or `test` in a test tenant.
    #[serde(default = "unsigned")]
    pub signer: String,
}

fn unsigned() -> String {
    ledger::receipt::SignerKind::None.as_str().to_owned()
}

/// A fee item.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Item {
    /// The code, such as `CT-CHUKY`.
    pub code: String,
    /// Its name.
    pub name: String,
    /// Its name in English.
    #[serde(default)]
    pub name_en: Option<String>,
    /// The rule it rests on.
    #[serde(default)]
    pub legal_basis: Option<String>,
    /// Its price in đồng when it is fixed.
    #[serde(default)]
    pub unit_price: Option<i64>,
}

/// A source of callbacks.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// The name in the address `/v1/callbacks/{name}`.
    pub name: String,
    /// How the sender signs and words its messages, such as `sepay_hmac` or `vietqr_vn`.
    pub dialect: String,
    /// The secret itself, …
    #[serde(default)]
    pub secret: Option<SecretString>,
    /// … or the file that holds it, …
    #[serde(default)]
    pub secret_file: Option<PathBuf>,
    /// … or the variable of the environment.
    #[serde(default)]
    pub secret_env: Option<String>,
    /// The secret before, still accepted while the sender changes.
    #[serde(default)]
    pub previous_secret: Option<SecretString>,
    /// The tenant's account under which money is booked when the sender names none.
    #[serde(default)]
    pub account: Option<String>,
    /// How far a signed time may be from ours, in seconds; without it what the dialect proposes.
    #[serde(default)]
    pub tolerance_seconds: Option<i64>,
    /// The networks that may call; any when there is none.
    #[serde(default)]
    pub allow: Vec<String>,
    /// The sender's list of movements, asked for beside what it pushes.
    #[serde(default)]
    pub poll: Option<Poll>,
}

/// A sender's list of movements.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Poll {
    /// `sepay_list` or `casso_list`.
    pub list: String,
    /// The token of the sender's API itself, …
    #[serde(default)]
    pub token: Option<SecretString>,
    /// … or the file that holds it, …
    #[serde(default)]
    pub token_file: Option<PathBuf>,
    /// … or the variable of the environment.
    #[serde(default)]
    pub token_env: Option<String>,
    /// Where the list is, when it is not where the sender has it.
    #[serde(default)]
    pub url: Option<String>,
    /// Only this account, where the sender can tell them apart.
    #[serde(default)]
    pub account: Option<String>,
    /// How long between two looks, in seconds.
    #[serde(default = "five_minutes")]
    pub every_seconds: u64,
}

const fn five_minutes() -> u64 {
    300
}

impl Poll {
    /// The token.
    ///
    /// # Errors
    /// [`SettingsError::Wrong`] when there is not exactly one place, or it cannot be read.
    pub fn read_token(&self, setting: &str) -> Result<SecretString, SettingsError> {
        read_secret(
            setting,
            self.token.as_ref(),
            self.token_file.as_deref(),
            self.token_env.as_deref(),
        )
    }
}

/// An address for events.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Webhook {
    /// Where.
    pub url: String,
    /// The secret itself, …
    #[serde(default)]
    pub secret: Option<SecretString>,
    /// … or the file that holds it, …
    #[serde(default)]
    pub secret_file: Option<PathBuf>,
    /// … or the variable of the environment.
    #[serde(default)]
    pub secret_env: Option<String>,
}

/// Why the settings cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SettingsError {
    /// The file does not read.
    #[error("the settings do not read: {0}")]
    Unreadable(Box<figment::Error>),
    /// A value is not what it should be.
    #[error("{setting}: {what}")]
    Wrong {
        /// Which setting.
        setting: String,
        /// What is wrong and what to do.
        what: String,
    },
}

impl SettingsError {
    /// A wrong value.
    pub fn wrong(setting: impl Into<String>, what: impl Into<String>) -> Self {
        Self::Wrong {
            setting: setting.into(),
            what: what.into(),
        }
    }
}

impl Source {
    /// The shared secret.
    ///
    /// # Errors
    /// [`SettingsError::Wrong`] when there is not exactly one place, or it cannot be read.
    pub fn read_secret(&self) -> Result<SecretString, SettingsError> {
        let setting = format!("tenant.source {}", self.name);
        read_secret(
            &setting,
            self.secret.as_ref(),
            self.secret_file.as_deref(),
            self.secret_env.as_deref(),
        )
    }
}

impl Webhook {
    /// The signing secret, `whsec_…`.
    ///
    /// # Errors
    /// [`SettingsError::Wrong`] when there is not exactly one place, or it cannot be read.
    pub fn read_secret(&self) -> Result<SecretString, SettingsError> {
        let setting = format!("tenant.webhook {}", self.url);
        read_secret(
            &setting,
            self.secret.as_ref(),
            self.secret_file.as_deref(),
            self.secret_env.as_deref(),
        )
    }
}

fn read_secret(
    setting: &str,
    here: Option<&SecretString>,
    file: Option<&Path>,
    variable: Option<&str>,
) -> Result<SecretString, SettingsError> {
    match (here, file, variable) {
        (Some(secret), None, None) => Ok(secret.clone()),
        (None, Some(path), None) => read_secret_file(setting, path),
        (None, None, Some(name)) => std::env::var(name).map(SecretString::from).map_err(|_| {
            SettingsError::wrong(setting, format!("the environment has no variable {name}"))
        }),
        _ => Err(SettingsError::wrong(
            setting,
            "give exactly one of secret, secret_file and secret_env",
        )),
    }
}

pub(crate) fn read_secret_file(setting: &str, path: &Path) -> Result<SecretString, SettingsError> {
    std::fs::read_to_string(path)
        .map(|text| SecretString::from(text.trim().to_owned()))
        .map_err(|error| SettingsError::wrong(setting, format!("{}: {error}", path.display())))
}

impl Settings {
    /// The settings of an installation: defaults, then `file`, then `THUNGAN_SECTION__NAME` and
    /// `DATABASE_URL`.
    ///
    /// # Errors
    /// [`SettingsError::Unreadable`] naming the value and where it came from.
    pub fn load(file: Option<&Path>) -> Result<Self, SettingsError> {
        let mut figment = Figment::from(Toml::string(DEFAULTS));
        if let Some(file) = file {
            figment = figment.merge(Toml::file_exact(file));
        }
        let mut settings: Self = figment
            .merge(Env::prefixed("THUNGAN_").split("__").filter(|key| {
                [
                    "server",
                    "database",
                    "security",
                    "webhooks",
                    "reconciliation",
                    "log",
                ]
                .iter()
                .any(|section| {
                    key.as_str()
                        .to_ascii_lowercase()
                        .starts_with(&format!("{section}."))
                })
            }))
            .extract()
            .map_err(|error| SettingsError::Unreadable(Box::new(error)))?;
        if let Ok(url) = std::env::var("DATABASE_URL")
            && !url.is_empty()
        {
            settings.database.url = url.into();
            settings.database.url_file = None;
        }
        Ok(settings)
    }

    /// Where the data is.
    ///
    /// # Errors
    /// [`SettingsError::Wrong`] when the address has another form.
    pub fn store_options(&self) -> Result<Options, SettingsError> {
        let url = match &self.database.url_file {
            Some(path) => read_secret_file("database.url_file", path)?,
            None => self.database.url.clone(),
        };
        Self::read_address("database.url", url.expose_secret())
    }

    /// Where data is, from an address.
    ///
    /// # Errors
    /// [`SettingsError::Wrong`] naming `setting` when the address has another form.
    pub fn read_address(setting: &str, url: &str) -> Result<Options, SettingsError> {
        if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            return Ok(Options::Postgres(url.to_owned()));
        }
        match url.strip_prefix("sqlite:") {
            Some(path) if !path.is_empty() => Ok(Options::Sqlite(PathBuf::from(path))),
            _ => Err(SettingsError::wrong(
                setting,
                "must be sqlite:PATH or postgres://user:password@host/database",
            )),
        }
    }

    /// The master key.
    ///
    /// # Errors
    /// [`SettingsError::Wrong`] when none is given.
    pub fn master_key(&self) -> Result<SecretString, SettingsError> {
        match (&self.security.master_key, &self.security.master_key_file) {
            (Some(key), _) => Ok(key.clone()),
            (None, Some(path)) => read_secret_file("security.master_key_file", path),
            (None, None) => Err(SettingsError::wrong(
                "security.master_key_file",
                "is missing: make one with `openssl rand -hex 32 > master.key && chmod 600 master.key`",
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_compiled_in_defaults_and_the_production_example_read() {
        let settings = Settings::load(None).unwrap();
        assert!(!settings.webhooks.allow_private_networks);
        assert!(matches!(
            settings.store_options().unwrap(),
            Options::Sqlite(_)
        ));
        let example = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../../config/production.example.toml"
        );
        let settings = Settings::load(Some(Path::new(example))).unwrap();
        assert!(!settings.tenants.is_empty());
    }

    #[test]
    fn an_unknown_setting_is_refused_by_name() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("c.toml");
        std::fs::write(&file, "[server]\nlisten_on = \"x\"\n").unwrap();
        let error = Settings::load(Some(&file)).unwrap_err().to_string();
        assert!(error.contains("listen_on"), "{error}");
    }
}
