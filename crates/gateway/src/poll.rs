//! Asking a sender for its list of movements, beside what it pushes.
//!
//! A callback can be lost for good: senders give up after some tries. Where the sender has a list of
//! movements, it is asked for by time, and at once when the balances of an account show a hole. Each row
//! of the list enters by the door of callbacks: stored as it came, then settled. What was pushed too is
//! one movement, told by the bank's reference and the text, as between any two channels.

use crate::app::App;
use crate::settings::{self, SettingsError};
use payment::{BalanceGapId, CallbackId, Timestamp};
use reconciler::callback::{AuthenticCallback, Dialect};
use reqwest::header::{AUTHORIZATION, RETRY_AFTER};
use reqwest::{StatusCode, Url};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};
use std::collections::HashSet;
use std::time::Duration;
use store::callback::RecordCallback;
use store::{StoreError, TenantScope};
use tokio::time::{Instant, sleep};
use uuid::Uuid;

/// How far back a list is asked for: a long weekend without callbacks.
const LOOK_BACK_SECONDS: i64 = 4 * 86_400;
/// The largest answer that is read. A row has less than 1 KiB.
const ANSWER_BYTES_MAX: usize = 8 * 1024 * 1024;
/// Rows that are asked for at once where the sender has no pages: SePay's own limit.
const ROWS_MAX: usize = 5_000;
/// Rows of a page, and pages, where it has.
const PAGE_ROWS: usize = 100;
const PAGES_MAX: usize = 100;
/// The pause between two calls of one list. SePay allows two in a second.
const CALL_PAUSE: Duration = Duration::from_millis(600);
/// How long one call may take.
const CALL_TIMEOUT: Duration = Duration::from_secs(30);
/// How often it is looked whether a new hole calls for the list before its time.
const GAP_TICK: Duration = Duration::from_secs(2);
/// A list that fails again and again is left alone for at most this long.
const BACK_OFF_MAX: Duration = Duration::from_secs(3_600);
/// Digests of rows that were handed over already: they need not be written again.
const KNOWN_MAX: usize = 100_000;
/// Rows that wait for the writer at once.
const AT_ONCE: usize = 64;

/// Which list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum List {
    /// `userapi/transactions/list` of SePay: newest first, no pages.
    Sepay,
    /// `v2/transactions` of Casso: pages.
    Casso,
}

impl List {
    const fn dialect(self) -> Dialect {
        match self {
            Self::Sepay => Dialect::SepayList,
            Self::Casso => Dialect::CassoList,
        }
    }

    const fn usual_url(self) -> &'static str {
        match self {
            Self::Sepay => "https://my.sepay.vn/userapi/transactions/list",
            Self::Casso => "https://oauth.casso.vn/v2/transactions",
        }
    }

    const fn scheme(self) -> &'static str {
        match self {
            Self::Sepay => "Bearer",
            Self::Casso => "Apikey",
        }
    }
}

/// A list that is asked for.
#[derive(Debug)]
pub struct Poll {
    scope: TenantScope,
    /// The name under which its movements are stored: no declared source can have it.
    source: String,
    list: List,
    url: Url,
    token: SecretString,
    account: Option<String>,
    every: Duration,
}

/// The lists that the tenants' sources are set to be asked for.
///
/// # Errors
/// [`SettingsError`] naming the setting that is wrong.
pub fn declared(
    tenants: &[settings::Tenant],
    scopes: &[TenantScope],
) -> Result<Vec<Poll>, SettingsError> {
    let mut polls = Vec::new();
    for (tenant, scope) in tenants.iter().zip(scopes) {
        for source in &tenant.sources {
            let Some(poll) = &source.poll else { continue };
            let setting = format!("tenant.source {} poll", source.name);
            let wrong = |what: &str| SettingsError::wrong(&setting, what);
            let list = match poll.list.as_str() {
                "sepay_list" => List::Sepay,
                "casso_list" => List::Casso,
                _ => return Err(wrong("list must be sepay_list or casso_list")),
            };
            if !(10..=86_400).contains(&poll.every_seconds) {
                return Err(wrong("every_seconds must be 10 to 86400"));
            }
            let url = poll.url.as_deref().unwrap_or(list.usual_url());
            let url = Url::parse(url).map_err(|_| wrong("url is not a web address"))?;
            polls.push(Poll {
                scope: scope.clone(),
                source: format!("{}:list", source.name),
                list,
                url,
                token: poll.read_token(&setting)?,
                account: poll.account.clone(),
                every: Duration::from_secs(poll.every_seconds),
            });
        }
    }
    Ok(polls)
}

/// Why a list was not read.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error("the sender cannot be reached: {0}")]
    Unreachable(reqwest::Error),
    #[error("the sender answered {0}")]
    Refused(StatusCode, Option<Duration>),
    #[error("the answer is larger than {ANSWER_BYTES_MAX} bytes")]
    TooLarge,
    #[error("the answer is not the list that was asked for")]
    Unreadable,
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Asks for the list until the gateway stops.
pub async fn run(app: App, poll: Poll) {
    let client = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .timeout(CALL_TIMEOUT)
        .build();
    let Ok(client) = client else {
        tracing::error!(source = %poll.source, "the list cannot be asked for: no client");
        return;
    };
    let mut known = HashSet::new();
    let mut last_gap = None;
    let mut failures = 0u32;
    loop {
        last_gap = poll.newest_gap(&app).await.or(last_gap);
        let pause = match poll.ask(&app, &client, &mut known).await {
            Ok(rows) => {
                failures = 0;
                tracing::debug!(source = %poll.source, rows, "the list was read");
                poll.every
            }
            Err(failure) => {
                failures = failures.saturating_add(1);
                tracing::warn!(source = %poll.source, failures, error = %failure, "the list was not read");
                poll.back_off(&failure, failures)
            }
        };
        if !poll.wait(&app, pause, failures == 0, last_gap).await {
            return;
        }
    }
}

impl Poll {
    fn back_off(&self, failure: &Failure, failures: u32) -> Duration {
        let doubled =
            self.every.min(Duration::from_secs(10)) * 2u32.saturating_pow(failures.min(12));
        let asked = match failure {
            Failure::Refused(_, Some(after)) => *after,
            _ => Duration::ZERO,
        };
        if asked.is_zero() {
            doubled.min(BACK_OFF_MAX)
        } else {
            asked.min(BACK_OFF_MAX)
        }
    }

    async fn newest_gap(&self, app: &App) -> Option<BalanceGapId> {
        let open = app
            .store
            .balance_gaps(&self.scope, Some(true), None, 1)
            .await;
        open.ok()?.first().map(|gap| gap.id)
    }

    /// Waits for `pause`, or less when a new hole calls for the list. Answers whether to go on.
    async fn wait(
        &self,
        app: &App,
        pause: Duration,
        heeds_gaps: bool,
        last_gap: Option<BalanceGapId>,
    ) -> bool {
        let until = Instant::now() + pause;
        while Instant::now() < until {
            let tick = GAP_TICK.min(until.saturating_duration_since(Instant::now()));
            tokio::select! {
                () = app.shutdown.cancelled() => return false,
                () = sleep(tick) => {}
            }
            if heeds_gaps
                && let Some(newest) = self.newest_gap(app).await
                && last_gap.is_none_or(|last| newest > last)
            {
                break;
            }
        }
        !app.shutdown.is_cancelled()
    }

    /// Asks once, and hands every new row over. Answers how many there were.
    async fn ask(
        &self,
        app: &App,
        client: &reqwest::Client,
        known: &mut HashSet<[u8; 32]>,
    ) -> Result<usize, Failure> {
        let since = app.now().plus_seconds(-LOOK_BACK_SECONDS);
        let mut rows = 0;
        for page in 1..=PAGES_MAX {
            if page > 1 {
                sleep(CALL_PAUSE).await;
            }
            let answer = self.call(client, since, page).await?;
            let (found, pages) = self.read(&answer)?;
            rows += found.len();
            self.hand_over(app, &found, known).await?;
            if page >= pages {
                break;
            }
        }
        Ok(rows)
    }

    async fn call(
        &self,
        client: &reqwest::Client,
        since: Timestamp,
        page: usize,
    ) -> Result<Vec<u8>, Failure> {
        let mut url = self.url.clone();
        {
            let mut query = url.query_pairs_mut();
            match self.list {
                List::Sepay => {
                    query.append_pair("transaction_date_min", &since.vietnam_local());
                    query.append_pair("limit", &ROWS_MAX.to_string());
                    if let Some(account) = &self.account {
                        query.append_pair("account_number", account);
                    }
                }
                List::Casso => {
                    let local = since.vietnam_local();
                    let day = local.split(' ').next().unwrap_or_default();
                    query.append_pair("fromDate", day);
                    query.append_pair("page", &page.to_string());
                    query.append_pair("pageSize", &PAGE_ROWS.to_string());
                    query.append_pair("sort", "ASC");
                }
            }
        }
        let token = format!("{} {}", self.list.scheme(), self.token.expose_secret());
        // An error of the client names the address, and a query may hold an account.
        let unreachable = |error: reqwest::Error| Failure::Unreachable(error.without_url());
        let mut response = client
            .get(url)
            .header(AUTHORIZATION, token)
            .send()
            .await
            .map_err(unreachable)?;
        if response.status() != StatusCode::OK {
            let after = response.headers().get(RETRY_AFTER);
            let seconds = after.and_then(|value| value.to_str().ok()?.parse().ok());
            return Err(Failure::Refused(
                response.status(),
                seconds.map(Duration::from_secs),
            ));
        }
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(unreachable)? {
            body.extend_from_slice(&chunk);
            if body.len() > ANSWER_BYTES_MAX {
                return Err(Failure::TooLarge);
            }
        }
        Ok(body)
    }

    /// The rows, oldest first, and how many pages there are.
    fn read<'a>(&self, answer: &'a [u8]) -> Result<(Vec<&'a RawValue>, usize), Failure> {
        #[derive(Deserialize)]
        struct Sepay<'a> {
            #[serde(borrow)]
            transactions: Vec<&'a RawValue>,
        }
        #[derive(Deserialize)]
        struct Casso<'a> {
            #[serde(borrow)]
            data: Page<'a>,
        }
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Page<'a> {
            #[serde(borrow)]
            records: Vec<&'a RawValue>,
            total_pages: usize,
        }
        match self.list {
            List::Sepay => {
                let answer: Sepay<'_> =
                    serde_json::from_slice(answer).map_err(|_| Failure::Unreadable)?;
                if answer.transactions.len() >= ROWS_MAX {
                    tracing::warn!(source = %self.source, "the list is longer than it can be asked for; older movements need a statement");
                }
                Ok((answer.transactions.into_iter().rev().collect(), 1))
            }
            List::Casso => {
                let answer: Casso<'_> =
                    serde_json::from_slice(answer).map_err(|_| Failure::Unreadable)?;
                Ok((answer.data.records, answer.data.total_pages))
            }
        }
    }

    async fn hand_over(
        &self,
        app: &App,
        rows: &[&RawValue],
        known: &mut HashSet<[u8; 32]>,
    ) -> Result<(), Failure> {
        let new: Vec<([u8; 32], &RawValue)> = rows
            .iter()
            .map(|row| (Sha256::digest(row.get()).into(), *row))
            .filter(|(digest, _)| !known.contains(digest))
            .collect();
        for some in new.chunks(AT_ONCE) {
            let recording = some.iter().map(|(digest, row)| {
                app.writer
                    .record_callback(self.record(app, *digest, row.get()))
            });
            for recorded in futures_util::future::join_all(recording).await {
                recorded?;
            }
            if known.len() + some.len() > KNOWN_MAX {
                // Handing a row over again changes nothing: it only costs a look.
                known.clear();
            }
            known.extend(some.iter().map(|(digest, _)| *digest));
        }
        Ok(())
    }

    fn record(&self, app: &App, body_digest: [u8; 32], row: &str) -> RecordCallback {
        let dialect = self.list.dialect();
        let malformed = AuthenticCallback::from_store(dialect, row.as_bytes())
            .read()
            .err();
        RecordCallback {
            scope: self.scope.clone(),
            id: CallbackId::from_uuid(Uuid::now_v7()),
            source: self.source.clone(),
            dialect,
            account: None,
            received_at: app.now(),
            headers: "[]".to_owned(),
            body: row.as_bytes().to_vec(),
            body_digest,
            malformed: malformed.map(|malformed| malformed.to_string()),
        }
    }
}
