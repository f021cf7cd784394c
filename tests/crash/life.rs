//! One database from its first request to its end, with a gateway that is ended again and again, and
//! somebody outside who knows the truth.

use crate::load::{self, Load};
use crate::support::Gateway;
use crate::truth::{self, RECEIPTED, Seen, Shared, Truth, compare};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use std::time::{Duration, Instant};
use store::testing::TestDatabase;

/// Endings in one life: what is compared grows with it.
const KILLS_MAX: u64 = 20;

pub fn number_from(variable: &str) -> Option<u64> {
    let text = std::env::var(variable).ok()?;
    Some(
        text.parse()
            .unwrap_or_else(|_| panic!("{variable} must be a whole number, not {text:?}")),
    )
}

/// How many endings a test brings about, and its choices, printed.
pub fn plan(name: &str, kills: u64) -> (u64, StdRng) {
    let kills = number_from("THUNGAN_CRASH_KILLS").unwrap_or(kills);
    let seed = number_from("THUNGAN_CRASH_SEED").unwrap_or_else(rand::random);
    println!("{name}: {kills} kills, THUNGAN_CRASH_SEED={seed}");
    (kills, StdRng::seed_from_u64(seed))
}

/// What a run brought about and found.
#[derive(Debug, Default)]
pub struct Tally {
    pub kills: u64,
    /// Of these, with requests under way.
    pub hit: u64,
    pub acknowledged: u64,
    pub movements: usize,
    pub dong: i64,
    pub unanswered: usize,
    pub left_waiting: usize,
    pub slowest_restart: Duration,
    pub audits: u64,
}

impl Tally {
    /// Adds what a life brought about, and says how far the run is: one that is broken off still says
    /// what it did.
    pub fn add(&mut self, other: &Self, name: &str) {
        self.kills += other.kills;
        self.hit += other.hit;
        self.acknowledged += other.acknowledged;
        self.movements += other.movements;
        self.dong += other.dong;
        self.unanswered += other.unanswered;
        self.left_waiting += other.left_waiting;
        self.slowest_restart = self.slowest_restart.max(other.slowest_restart);
        self.audits += other.audits;
        println!("{name}: {} kills so far, nothing lost", self.kills);
    }

    pub fn print(&self, name: &str) {
        println!(
            "{name}: {} kills ({} with requests under way), {} callbacks acknowledged, {} distinct movements, \
             {} đồng, {} unanswered and sent again, {} found acknowledged and not settled after restarts, \
             slowest restart {} ms; lost 0, booked twice 0, trial balance equal to the truth, {} audits held",
            self.kills,
            self.hit,
            self.acknowledged,
            self.movements,
            self.dong,
            self.unanswered,
            self.left_waiting,
            self.slowest_restart.as_millis(),
            self.audits,
        );
    }
}

/// How many endings fall to each of the lives that make up `kills`.
pub fn lives(kills: u64) -> impl Iterator<Item = u64> {
    (0..kills)
        .step_by(usize::try_from(KILLS_MAX).unwrap())
        .map(move |from| (kills - from).min(KILLS_MAX))
}

pub struct Life {
    pub gateway: Gateway,
    pub truth: Shared,
    pub random: StdRng,
    pub tally: Tally,
}

impl Life {
    pub async fn begin(database: TestDatabase, random: &mut StdRng) -> Self {
        let gateway = Gateway::start(database, None).await;
        // A fee without a price: a line says its amount, and its payment has a receipt.
        let schedule = format!("code,name_vi,kind\n{RECEIPTED},Phí tại chỗ,phi\n");
        let imported = gateway
            .call(
                reqwest::Method::POST,
                "/v1/fee-schedule/imports",
                Some(serde_json::json!({ "csv": schedule })),
            )
            .await;
        assert!(imported.status.is_success(), "{}", imported.text);
        Self {
            gateway,
            truth: Truth::shared(),
            random: StdRng::seed_from_u64(random.random()),
            tally: Tally::default(),
        }
    }

    /// Everybody begins to send.
    pub fn load(&mut self) -> Load {
        Load::start(&self.gateway, &self.truth, self.random.random())
    }

    /// A pause of so many milliseconds.
    pub async fn pass(&mut self, millis: std::ops::Range<u64>) {
        let millis = self.random.random_range(millis);
        tokio::time::sleep(Duration::from_millis(millis)).await;
    }

    /// SIGKILL to the gateway under `load`.
    pub async fn kill(&mut self, load: Load) {
        self.gateway.kill();
        self.tally.kills += 1;
        self.tally.hit += u64::from(load.ended().await > 0);
    }

    /// Starts the gateway again and holds everything against the truth.
    pub async fn restart(&mut self) {
        let wrong = self.restart_and_compare().await;
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }

    /// Starts the gateway again; what is not as it should be.
    pub async fn restart_and_compare(&mut self) -> Vec<String> {
        let began = Instant::now();
        self.gateway.start_again().await;
        let restart = began.elapsed();
        self.tally.slowest_restart = self.tally.slowest_restart.max(restart);
        self.tally.left_waiting += truth::waiting(&self.gateway).await;
        let (audit, code) = self.gateway.audit();
        if code != Some(0) {
            return vec![audit];
        }
        self.tally.audits += 1;
        // The other restarts go straight under fire again, with a backlog of their own.
        if self.random.random_ratio(1, 2) {
            let seen = Seen::read(&self.gateway).await;
            return compare(&self.truth.lock().unwrap(), &seen);
        }
        Vec::new()
    }

    /// Senders send what was not answered, and everything is compared a last time.
    pub async fn finish(mut self) -> (Tally, Truth, Seen) {
        self.tally.unanswered = load::send_what_was_not_answered(&self.gateway, &self.truth).await;
        let seen = Seen::read(&self.gateway).await;
        let truth = self.truth.lock().unwrap().clone();
        assert_eq!(truth.unanswered(), 0, "a sender does not give up");
        let wrong = compare(&truth, &seen);
        assert!(wrong.is_empty(), "at the end:\n{}", wrong.join("\n"));
        self.gateway.assert_books_hold();
        self.tally.audits += 1;
        self.tally.acknowledged = truth.acknowledgements;
        self.tally.movements = truth.notices.len();
        self.tally.dong = truth.notices.iter().map(|notice| notice.amount).sum();
        (self.tally, truth, seen)
    }
}

/// The negative control: the comparison that found nothing wrong finds each damage to the very same
/// observations.
pub fn notices_each_kind_of_damage(truth: &Truth, seen: &Seen) {
    let damaged = |damage: &dyn Fn(&mut Seen), word: &str| {
        let mut seen = seen.clone();
        damage(&mut seen);
        let wrong = compare(truth, &seen);
        assert!(
            wrong.iter().any(|line| line.contains(word)),
            "{word}: {wrong:?}"
        );
    };
    let middle = seen.payments.len() / 2;
    damaged(&|seen| drop(seen.payments.remove(middle)), "lost: movement");
    damaged(
        &|seen| seen.payments.push(seen.payments[middle].clone()),
        "booked twice",
    );
    damaged(&|seen| seen.payments[middle].amount += 1, "amount");
    damaged(&|seen| seen.payments[middle].event = 0, "nobody sent");
    damaged(
        &|seen| drop(seen.callbacks.remove(middle)),
        "lost: callback",
    );
    damaged(
        &|seen| "conflict".clone_into(&mut seen.callbacks[middle].outcome),
        "conflict",
    );
    damaged(&|seen| drop(seen.requests.pop_last()), "lost: request");
    damaged(
        &|seen| seen.requests.values_mut().next().unwrap().received += 1,
        "received",
    );
    damaged(
        &|seen| *seen.trial.values_mut().next().unwrap() += 1,
        "trial balance",
    );
}
