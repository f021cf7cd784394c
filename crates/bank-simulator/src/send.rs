//! Posting callbacks, and trying again like a real sender.

use crate::plan::PlannedSend;
use crate::{Channel, SentCallback, SimulatorError, dialect};
use payment::Timestamp;
use reconciler::Secret;
use reconciler::callback::{Carrier, Dialect};
use reqwest::header::CONTENT_TYPE;
use std::collections::VecDeque;
use std::error::Error;
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::{Instant, sleep};

/// The pauses between attempts: eight attempts in all. SePay's own schedule takes 33 minutes; a demo
/// and a test want to see the same within half a minute.
const PAUSES: [Duration; 7] = [
    Duration::from_millis(200),
    Duration::from_millis(500),
    Duration::from_secs(1),
    Duration::from_secs(2),
    Duration::from_secs(4),
    Duration::from_secs(8),
    Duration::from_secs(16),
];

/// How much of an answer is read: enough to use the connection again, never without end.
const ANSWER_BYTES_MAX: usize = 64 * 1024;

/// One callback with its bytes. They stay the same in every attempt; the signature is made anew.
#[derive(Debug)]
pub(crate) struct Letter {
    event_id: String,
    body: Vec<u8>,
    send: PlannedSend,
}

impl Letter {
    pub(crate) fn new(event_id: &str, body: Vec<u8>, send: PlannedSend) -> Self {
        let event_id = event_id.to_owned();
        Self {
            event_id,
            body,
            send,
        }
    }

    fn sent(&self, delay: Duration, attempt: Attempt) -> SentCallback {
        SentCallback {
            event_id: self.event_id.clone(),
            fault: self.send.fault,
            delay_ms: u64::try_from(delay.as_millis()).unwrap_or(u64::MAX),
            status: attempt.status,
            error: attempt.error,
        }
    }
}

/// The answer to one attempt, or why there was none; neither when there was no attempt yet.
#[derive(Debug, Default)]
struct Attempt {
    status: Option<u16>,
    error: Option<String>,
    /// Whether the sender takes the answer as an acknowledgement.
    is_delivered: bool,
}

impl Attempt {
    fn failed(reason: &str) -> Self {
        Self {
            error: Some(reason.to_owned()),
            ..Self::default()
        }
    }
}

/// A channel with the clock of one transfer.
#[derive(Debug, Clone)]
pub(crate) struct Sender {
    client: reqwest::Client,
    url: reqwest::Url,
    dialect: Dialect,
    secret: Secret,
    now: Timestamp,
    started: Instant,
}

impl Sender {
    /// Checks the channel before any money moves.
    pub(crate) fn new(
        client: reqwest::Client,
        channel: &Channel,
        now: Timestamp,
    ) -> Result<Self, SimulatorError> {
        let url: reqwest::Url = channel
            .url
            .parse()
            .map_err(|_| SimulatorError::BadAddress)?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(SimulatorError::BadAddress);
        }
        let dialect = channel.dialect;
        if !dialect::is_spoken(dialect) {
            return Err(SimulatorError::UnknownDialect { dialect });
        }
        if !dialect.is_usable(&channel.secret) {
            return Err(SimulatorError::UnusableSecret { dialect });
        }
        Ok(Self {
            client,
            url,
            dialect,
            secret: channel.secret.clone(),
            now,
            started: Instant::now(),
        })
    }

    async fn attempt(&self, letter: &Letter) -> Attempt {
        let passed = i64::try_from(self.started.elapsed().as_secs()).unwrap_or(i64::MAX);
        let age = match letter.send.age_seconds {
            0 => 0,
            age => age.max(dialect::stale_seconds(self.dialect)),
        };
        let signed_at = self.now.plus_seconds(passed.saturating_sub(age));
        let forged = letter.send.forged_secret.as_ref();
        let forged = forged.map(|secret| dialect::forged(self.dialect, secret));
        let secret = forged.as_ref().unwrap_or(&self.secret);
        let token = match self.fetch_token(secret).await {
            Ok(token) => token,
            Err(attempt) => return attempt,
        };
        let signed = dialect::sign(
            self.dialect,
            secret,
            token.as_deref(),
            &letter.event_id,
            signed_at,
            &letter.body,
        );
        let Some(signed) = signed else {
            return Attempt::failed("the callback could not be signed");
        };
        let request = match self.dialect.carrier() {
            Carrier::Query => {
                let mut url = self.url.clone();
                // Signed as it stands: it is percent-encoded already.
                url.set_query(str::from_utf8(&signed.message).ok());
                self.client.get(url)
            }
            _ => self
                .client
                .post(self.below(self.dialect.path()))
                .header(CONTENT_TYPE, "application/json")
                .body(signed.message),
        };
        let (status, body) = match say(request, signed.headers).await {
            Ok(answer) => answer,
            Err(attempt) => return attempt,
        };
        Attempt {
            status: Some(status),
            error: None,
            is_delivered: dialect::is_acknowledged(self.dialect, status, &body),
        }
    }

    /// The token that has to be fetched before this call, as a real sender fetches it; none for most.
    async fn fetch_token(&self, secret: &Secret) -> Result<Option<String>, Attempt> {
        let Some(form) = self.dialect.token_form() else {
            return Ok(None);
        };
        let Some(asked) = form.request(secret) else {
            return Err(Attempt::failed("the token could not be asked for"));
        };
        let request = self
            .client
            .post(self.below(Some(form.path())))
            .header(CONTENT_TYPE, "application/json")
            .body(asked.body);
        let (status, body) = say(request, asked.header).await?;
        match form.read_answer(&body) {
            Some(token) if (200..300).contains(&status) => Ok(Some(token)),
            _ => Err(Attempt {
                status: Some(status),
                error: None,
                is_delivered: false,
            }),
        }
    }

    /// The address of the source, or one below it.
    fn below(&self, path: Option<&str>) -> reqwest::Url {
        let mut url = self.url.clone();
        if let Some(path) = path {
            url.set_path(&format!("{}/{path}", self.url.path().trim_end_matches('/')));
        }
        url
    }

    /// All attempts that are left for this letter.
    async fn insist(&self, letter: &Letter, pauses: &[Duration]) {
        for pause in pauses {
            sleep(*pause).await;
            if self.attempt(letter).await.is_delivered {
                return;
            }
        }
        tracing::warn!(event_id = letter.event_id, fault = ?letter.send.fault, "callback given up");
    }

    /// Sends a letter, and tries again until it is delivered or given up.
    async fn send(&self, letter: &Letter) {
        let attempt = self.attempt(letter).await;
        if !attempt.is_delivered && !letter.send.is_tried_once() {
            self.insist(letter, &PAUSES).await;
        }
    }
}

/// Sends a request and reads the status and the body of its answer.
async fn say(
    mut request: reqwest::RequestBuilder,
    headers: impl IntoIterator<Item = (String, String)>,
) -> Result<(u16, Vec<u8>), Attempt> {
    for (name, value) in headers {
        request = request.header(name, value);
    }
    match request.send().await {
        Ok(response) => {
            let status = response.status().as_u16();
            Ok((status, read(response).await))
        }
        Err(error) => Err(Attempt::failed(&causes(&error.without_url()))),
    }
}

/// Reads the answer to its end, so that the connection can be used again, but never without end.
async fn read(mut response: reqwest::Response) -> Vec<u8> {
    let mut body = Vec::new();
    while let Ok(Some(chunk)) = response.chunk().await {
        body.extend_from_slice(&chunk);
        if body.len() > ANSWER_BYTES_MAX {
            break;
        }
    }
    body
}

/// The error with its causes; the outermost says little more than that sending failed.
fn causes(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        text = format!("{text}: {inner}");
        cause = inner.source();
    }
    text
}

/// The sequences that wait or are tried again in the background: a bounded number.
#[derive(Debug, Clone)]
pub(crate) struct Background {
    running: watch::Sender<usize>,
    max: usize,
}

/// One place among those in the background; given back when it is dropped.
struct Place(watch::Sender<usize>);

impl Drop for Place {
    fn drop(&mut self) {
        self.0
            .send_modify(|running| *running = running.saturating_sub(1));
    }
}

impl Background {
    pub(crate) fn new(max: usize) -> Self {
        Self {
            running: watch::Sender::new(0),
            max,
        }
    }

    /// Tries each callback that is not held back once, and leaves the rest to the background.
    pub(crate) async fn deliver(
        &self,
        sender: Sender,
        sequences: Vec<(Duration, VecDeque<Letter>)>,
    ) -> Vec<SentCallback> {
        let background = self.clone();
        // A task of its own: the money has moved, so the news of it must not end with the caller.
        let delivery = tokio::spawn(async move {
            let mut sent = Vec::new();
            for (delay, letters) in sequences {
                background.begin(&sender, delay, letters, &mut sent).await;
            }
            sent
        });
        // It is never aborted, except when the runtime ends, and then nobody reads the answer.
        delivery.await.unwrap_or_default()
    }

    /// Sends one sequence as far as it goes at once.
    async fn begin(
        &self,
        sender: &Sender,
        delay: Duration,
        mut letters: VecDeque<Letter>,
        sent: &mut Vec<SentCallback>,
    ) {
        if !delay.is_zero() {
            self.leave(sender, delay, None, letters, sent);
            return;
        }
        while let Some(letter) = letters.pop_front() {
            let attempt = sender.attempt(&letter).await;
            let is_done = attempt.is_delivered || letter.send.is_tried_once();
            sent.push(letter.sent(delay, attempt));
            if !is_done {
                self.leave(sender, delay, Some(letter), letters, sent);
                return;
            }
        }
    }

    /// Goes on in the background: with the further attempts of a letter, then with the others.
    fn leave(
        &self,
        sender: &Sender,
        delay: Duration,
        failed: Option<Letter>,
        letters: VecDeque<Letter>,
        sent: &mut Vec<SentCallback>,
    ) {
        let place = self.enter();
        sent.extend(letters.iter().map(|letter| {
            let attempt = match place {
                Some(_) => Attempt::default(),
                None => Attempt::failed("too many callbacks wait in the background"),
            };
            letter.sent(delay, attempt)
        }));
        let Some(place) = place else {
            tracing::warn!(
                max = self.max,
                "too many callbacks wait: one sequence is given up"
            );
            return;
        };
        let sender = sender.clone();
        tokio::spawn(async move {
            let _place = place;
            sleep(delay).await;
            if let Some(failed) = failed {
                sender.insist(&failed, &PAUSES).await;
            }
            for letter in letters {
                sender.send(&letter).await;
            }
        });
    }

    /// Waits until nothing runs.
    pub(crate) async fn idle(&self) {
        // An error would mean that the sender is gone, and it is right here.
        let _ = self
            .running
            .subscribe()
            .wait_for(|running| *running == 0)
            .await;
    }

    fn enter(&self) -> Option<Place> {
        let entered = self.running.send_if_modified(|running| {
            let has_room = *running < self.max;
            *running += usize::from(has_room);
            has_room
        });
        entered.then(|| Place(self.running.clone()))
    }
}

#[cfg(test)]
mod tests;
