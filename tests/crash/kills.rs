//! The gateway ends: SIGKILL at random moments, and an abort at every place between two steps.

use crate::life::{Life, Tally, lives, notices_each_kind_of_damage, plan};
use rand::RngExt;
use rand::seq::SliceRandom;
use std::path::Path;
use std::time::{Duration, Instant};
use store::testing::TestDatabase;

/// A sub-second wait after which a place is taken for one that this load does not pass.
const PATIENCE: Duration = Duration::from_secs(4);

async fn at_random_moments(engine: &str, kills: u64, postgres: bool) {
    let (kills, mut random) = plan(engine, kills);
    let mut tally = Tally::default();
    for kills in lives(kills) {
        let Some(database) = database(postgres).await else {
            return;
        };
        let mut life = Life::begin(database, &mut random).await;
        for kill in 0..kills {
            let load = life.load();
            // A quarter of the later kills hit the first moments after the start, when the writer
            // settles what the crash before left behind. The first one lets some money come in.
            if kill == 0 {
                life.pass(500..1_500).await;
            } else if life.random.random_ratio(1, 4) {
                life.pass(0..60).await;
            } else {
                life.pass(60..900).await;
            }
            life.kill(load).await;
            life.restart().await;
        }
        let (of_life, truth, seen) = life.finish().await;
        assert!(seen.payments.len() > 2 && !seen.requests.is_empty());
        notices_each_kind_of_damage(&truth, &seen);
        tally.add(&of_life, engine);
    }
    // A run that hits nothing proves nothing.
    assert!(
        tally.hit > 0 && tally.unanswered > 0,
        "no kill hit a request under way"
    );
    tally.print(engine);
}

async fn database(postgres: bool) -> Option<TestDatabase> {
    if postgres {
        TestDatabase::postgres().await
    } else {
        Some(TestDatabase::sqlite())
    }
}

/// The places that were passed so far.
fn places(trace: &Path) -> Vec<String> {
    let text = std::fs::read_to_string(trace).unwrap_or_default();
    text.lines().map(str::to_owned).collect()
}

async fn at_every_place(engine: &str, kills: u64, postgres: bool) {
    let (kills, mut random) = plan(engine, kills);
    let folder = tempfile::tempdir().unwrap();
    let trace = folder.path().join("places");
    let (mut tally, mut reached, mut missed) = (Tally::default(), 0u64, 0u64);
    let mut left: Vec<String> = Vec::new();
    for kills in lives(kills) {
        let Some(database) = database(postgres).await else {
            return;
        };
        let mut life = Life::begin(database, &mut random).await;
        life.gateway.stop();
        let tracing = (
            "THUNGAN_CRASH_TRACE".to_owned(),
            trace.display().to_string(),
        );
        life.gateway.environment = vec![tracing.clone()];
        life.gateway.start_again().await;
        let load = life.load();
        life.pass(500..900).await;
        life.kill(load).await;
        for _ in 1..kills {
            if left.is_empty() {
                left = places(&trace);
                left.shuffle(&mut life.random);
            }
            let place = left.pop().unwrap();
            let time = life.random.random_range(1..12);
            let at = ("THUNGAN_CRASH_AT".to_owned(), format!("{place}#{time}"));
            life.gateway.environment = vec![tracing.clone(), at];
            life.gateway.kill();
            if life.gateway.try_start().await {
                let load = life.load();
                let began = Instant::now();
                while !life.gateway.has_ended() && began.elapsed() < PATIENCE {
                    tokio::time::sleep(Duration::from_millis(2)).await;
                }
                if life.gateway.has_ended() {
                    reached += 1;
                } else {
                    missed += 1;
                }
                life.kill(load).await;
            } else {
                // Already while it set up its tenants.
                reached += 1;
                life.tally.kills += 1;
            }
            life.gateway.environment = vec![tracing.clone()];
            life.restart().await;
        }
        life.gateway.environment = Vec::new();
        life.gateway.kill();
        life.gateway.start_again().await;
        let (of_life, ..) = life.finish().await;
        tally.add(&of_life, engine);
    }
    let places = places(&trace);
    println!("{engine}: {} places: {}", places.len(), places.join(", "));
    for expected in ["commit/before", "commit/after"] {
        assert!(
            places.iter().any(|place| place == expected),
            "{expected}: {places:?}"
        );
    }
    assert!(
        places.len() >= 12,
        "the steps of a payment have places: {places:?}"
    );
    assert!(reached > missed, "{reached} places reached, {missed} not");
    tally.print(engine);
}

#[tokio::test(flavor = "multi_thread")]
async fn sigkill_at_random_moments_on_sqlite() {
    at_random_moments("SQLite, random moments", 5, false).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sigkill_at_random_moments_on_postgres() {
    at_random_moments("PostgreSQL, random moments", 5, true).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sigkill_between_every_two_steps_on_sqlite() {
    at_every_place("SQLite, between steps", 14, false).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sigkill_between_every_two_steps_on_postgres() {
    at_every_place("PostgreSQL, between steps", 14, true).await;
}
