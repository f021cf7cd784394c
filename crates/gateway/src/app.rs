//! What every request handler can reach.

use crate::callers::{Callers, Refusals};
use crate::seal::Sealer;
use bank_simulator::Bank;
use payment::{PaymentRequestId, Timestamp};
use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use store::{Environment, Store, Writer};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// The running application. Cheap to clone.
#[derive(Clone, Debug)]
pub struct App {
    /// Reading.
    pub store: Store,
    /// Writing.
    pub writer: Writer,
    /// Opening stored secrets.
    pub sealer: Sealer,
    /// The base of the links that we hand out, without a slash at the end.
    pub public_url: Arc<str>,
    /// Where we ourselves reach us, without a slash at the end: for the simulated bank and the shop.
    pub own_url: Arc<str>,
    /// The simulated bank, for test tenants only.
    pub bank: Bank,
    /// How long a break in the balances of an account may last before it is a gap.
    pub gap_patience_seconds: i64,
    /// Reads the addresses of callers.
    pub callers: Callers,
    /// Bounds how many refused callbacks are kept.
    pub refusals: Refusals,
    /// The working days, for deadlines.
    pub calendar: Arc<ledger::remit::Calendar>,
    /// Whether webhooks may go to private networks.
    pub allow_private_networks: bool,
    /// Ends when the process shuts down: streams end with it.
    pub shutdown: CancellationToken,
    /// How many streams may be open at once.
    pub streams: Arc<tokio::sync::Semaphore>,
    /// How many streams each request has open.
    pub streams_of: StreamsOf,
    /// Statement files that may be in memory at once.
    pub files: Arc<tokio::sync::Semaphore>,
    /// Says that a statement waits to be imported.
    pub imports: Arc<tokio::sync::Notify>,
}

/// Open streams by request.
pub type StreamsOf = Arc<Mutex<HashMap<PaymentRequestId, usize>>>;

/// Streams that may be open at once, over all payers and portals.
pub const STREAMS_MAX: usize = 5_000;

/// Statement files that are held in memory at once: with what is read of them about 200 MiB.
pub const FILES_MAX: usize = 2;

impl App {
    /// The time now. The only clock that handlers read.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        now()
    }

    /// The whole address of `path`, for links.
    #[must_use]
    pub fn link(&self, path: &str) -> String {
        format!("{}{path}", self.public_url)
    }
}

/// The system's clock.
#[must_use]
pub fn now() -> Timestamp {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    Timestamp::from_micros(since.map_or(0, |since| {
        i64::try_from(since.as_micros()).unwrap_or(i64::MAX)
    }))
}

/// The system's clock, random ids that sort by time, and how long balances may contradict each other.
#[must_use]
pub fn environment(gap_patience_seconds: i64) -> Environment {
    Environment {
        now: Arc::new(now),
        new_id: Arc::new(Uuid::now_v7),
        gap_patience_seconds,
    }
}
