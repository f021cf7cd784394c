//! SIGKILL at random moments under load, restart, audit: nothing acknowledged is lost, nothing is
//! booked twice (I7, I17).
//!
//! `THUNGAN_CRASH_KILLS=50` runs longer; `THUNGAN_CRASH_SEED=N` repeats the choices of an earlier run
//! (moments, amounts, memos), though not the machine's own timing.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "test code"
)]

#[path = "../support/mod.rs"]
#[allow(
    unused_macros,
    unused_imports,
    reason = "each test binary uses its part"
)]
mod support;

mod load;
mod truth;

use load::Load;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use std::time::{Duration, Instant};
use store::testing::TestDatabase;
use support::Gateway;
use truth::{Seen, Truth, compare};

/// A sender gives up after half an hour and a proxy after seconds; on a busy test machine a restart
/// that takes longer than this is a defect.
const RESTART_MAX: Duration = Duration::from_secs(10);

fn number_from(variable: &str) -> Option<u64> {
    let text = std::env::var(variable).ok()?;
    Some(
        text.parse()
            .unwrap_or_else(|_| panic!("{variable} must be a whole number, not {text:?}")),
    )
}

/// Between at once and late: a quarter of the later kills hit the first moments after the start, when
/// the writer settles what the crash before left behind. The first one lets some money come in.
fn moment(kill: u64, random: &mut StdRng) -> Duration {
    let millis = if kill == 0 {
        random.random_range(500..1_500)
    } else if random.random_ratio(1, 4) {
        random.random_range(0..60)
    } else {
        random.random_range(60..900)
    };
    Duration::from_millis(millis)
}

async fn kill_again_and_again(database: TestDatabase, kills: u64) {
    let engine = match database.options() {
        store::Options::Sqlite(_) => "SQLite",
        store::Options::Postgres(_) => "PostgreSQL",
    };
    let kills = number_from("THUNGAN_CRASH_KILLS").unwrap_or(kills);
    let seed = number_from("THUNGAN_CRASH_SEED").unwrap_or_else(rand::random);
    println!("{engine}: {kills} kills, THUNGAN_CRASH_SEED={seed}");
    let mut random = StdRng::seed_from_u64(seed);
    let truth = Truth::shared();
    let mut gateway = Gateway::start(database, None).await;
    let (mut slowest_restart, mut left_waiting, mut hit) = (Duration::ZERO, 0usize, 0u64);

    for kill in 0..kills {
        let load = Load::start(&gateway, &truth, random.random());
        tokio::time::sleep(moment(kill, &mut random)).await;
        gateway.kill();
        let broken_off = load.ended().await;
        hit += u64::from(broken_off > 0);

        let began = Instant::now();
        gateway.start_again().await;
        let restart = began.elapsed();
        slowest_restart = slowest_restart.max(restart);
        assert!(
            restart < RESTART_MAX,
            "restart after kill {kill} took {restart:?}"
        );
        left_waiting += truth::waiting(&gateway).await;
        let (audit, code) = gateway.audit();
        assert_eq!(code, Some(0), "after kill {kill} of seed {seed}:\n{audit}");
        // The other restarts go straight under fire again, with a backlog of their own.
        if random.random_ratio(1, 2) {
            let seen = Seen::read(&gateway).await;
            let wrong = compare(&truth.lock().unwrap(), &seen);
            assert!(
                wrong.is_empty(),
                "after kill {kill} of seed {seed}:\n{}",
                wrong.join("\n")
            );
        }
    }

    let unanswered = load::send_what_was_not_answered(&gateway, &truth).await;
    let seen = Seen::read(&gateway).await;
    let truth = truth.lock().unwrap().clone();
    assert_eq!(truth.unanswered(), 0, "a sender does not give up");
    let wrong = compare(&truth, &seen);
    assert!(
        wrong.is_empty(),
        "at the end of seed {seed}:\n{}",
        wrong.join("\n")
    );
    gateway.assert_books_hold();
    // A run that hits nothing proves nothing.
    assert!(hit > 0 && unanswered > 0, "no kill hit a request under way");
    assert!(seen.payments.len() > 2 && !seen.requests.is_empty());
    notices_each_kind_of_damage(&truth, &seen);
    println!(
        "{engine}: {kills} kills ({hit} with requests under way), {} requests, {} callbacks acknowledged \
         ({} distinct movements, {} đồng), {unanswered} unanswered and sent again, {left_waiting} callbacks \
         acknowledged but not settled found after restarts, slowest restart {} ms; \
         lost 0, booked twice 0, trial balance equal to the truth, {} audits held",
        truth.requests.len(),
        truth.acknowledgements,
        truth.notices.len(),
        truth
            .notices
            .iter()
            .map(|notice| notice.amount)
            .sum::<i64>(),
        slowest_restart.as_millis(),
        kills + 1,
    );
}

/// The negative control: the comparison that found nothing wrong finds each damage to the very same
/// observations.
fn notices_each_kind_of_damage(truth: &Truth, seen: &Seen) {
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

#[tokio::test(flavor = "multi_thread")]
async fn sigkill_at_random_moments_on_sqlite() {
    kill_again_and_again(TestDatabase::sqlite(), 5).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sigkill_at_random_moments_on_postgres() {
    if let Some(database) = TestDatabase::postgres().await {
        kill_again_and_again(database, 3).await;
    }
}
