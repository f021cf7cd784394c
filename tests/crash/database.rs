//! The database ends, stops, or is cut off; and two gateways on one database, of which one is frozen.

use crate::cluster::Cluster;
use crate::life::{Life, Tally, lives, plan};
use crate::load::Load;
use crate::proxy;
use rand::RngExt;
use std::sync::atomic::Ordering;
use std::time::Duration;
use store::Options;
use store::testing::TestDatabase;

#[tokio::test(flavor = "multi_thread")]
async fn sigkill_to_postgres_to_the_gateway_or_to_both() {
    let name = "PostgreSQL server killed or stopped";
    let (kills, mut random) = plan(name, 6);
    let Some(cluster) = Cluster::start() else {
        return;
    };
    let mut tally = Tally::default();
    for kills in lives(kills) {
        let database = TestDatabase::postgres_on(cluster.url()).await;
        let mut life = Life::begin(database, &mut random).await;
        for kill in 0..kills {
            let load = life.load();
            life.pass(200..700).await;
            // Each kind in its turn, so that a short run has them all.
            match kill % 3 {
                0 => {
                    // The gateway lives on, and nobody is acknowledged meanwhile.
                    cluster.kill();
                    life.pass(0..400).await;
                    cluster.start_again();
                    life.pass(200..1_500).await;
                    life.kill(load).await;
                }
                1 => {
                    cluster.kill();
                    life.kill(load).await;
                    cluster.start_again();
                }
                _ => {
                    cluster.stop();
                    life.pass(0..400).await;
                    cluster.start_again();
                    life.pass(200..1_500).await;
                    life.kill(load).await;
                }
            }
            life.restart().await;
        }
        let (of_life, ..) = life.finish().await;
        tally.add(&of_life, name);
    }
    assert!(tally.hit > 0 && tally.acknowledged > 10);
    tally.print(name);
}

#[tokio::test(flavor = "multi_thread")]
async fn sigkill_after_commits_of_unknown_outcome_that_were_cut_off() {
    let name = "PostgreSQL connections cut at the commit";
    let (kills, mut random) = plan(name, 2);
    let mut tally = Tally::default();
    let (mut before, mut after) = (0, 0);
    for kills in lives(kills) {
        let Some(database) = TestDatabase::postgres().await else {
            return;
        };
        let Options::Postgres(address) = database.options().clone() else {
            unreachable!()
        };
        let parsed = url::Url::parse(&address).unwrap();
        let server = format!(
            "{}:{}",
            parsed.host_str().unwrap(),
            parsed.port().unwrap_or(5432)
        );
        let (port, cuts) = proxy::start(server, random.random()).await;
        let mut through = parsed.clone();
        through.set_host(Some("127.0.0.1")).unwrap();
        through.set_port(Some(port)).unwrap();
        let mut life = Life::begin(database, &mut random).await;
        life.gateway.kill();
        life.gateway.reach_database_at(through.as_str());
        life.gateway.start_again().await;
        for _ in 0..kills {
            cuts.on.store(true, Ordering::SeqCst);
            let load = life.load();
            let began = std::time::Instant::now();
            let before = cuts.before.load(Ordering::SeqCst);
            // Until both kinds of cut came twice more; a busy machine takes its time.
            while cuts.before.load(Ordering::SeqCst) < before + 2
                && began.elapsed() < Duration::from_secs(60)
            {
                life.pass(50..150).await;
            }
            life.kill(load).await;
            cuts.on.store(false, Ordering::SeqCst);
            life.restart().await;
        }
        let (of_life, ..) = life.finish().await;
        tally.add(&of_life, name);
        before += cuts.before.load(Ordering::SeqCst);
        after += cuts.after.load(Ordering::SeqCst);
    }
    println!("{name}: {before} cut before the server had it, {after} after");
    assert!(before > 0 && after > 0, "nothing was cut");
    tally.print(name);
}

#[tokio::test(flavor = "multi_thread")]
async fn sigkill_to_two_gateways_of_which_one_was_frozen_in_the_middle() {
    let name = "two gateways, one frozen";
    let (kills, mut random) = plan(name, 2);
    let mut tally = Tally::default();
    for kills in lives(kills) {
        let Some(database) = TestDatabase::postgres().await else {
            return;
        };
        let mut life = Life::begin(database, &mut random).await;
        for kill in 0..kills {
            let mut other = life.gateway.beside().await;
            let load = life.load();
            let beside = Load::start(&other, &life.truth, life.random.random());
            life.pass(200..500).await;
            life.gateway.signal("STOP");
            // Now shorter, now longer than a transaction may be idle (5 s).
            if kill % 2 == 0 {
                life.pass(300..1_500).await;
            } else {
                life.pass(5_200..6_500).await;
            }
            life.gateway.signal("CONT");
            life.pass(300..900).await;
            other.kill();
            life.kill(load).await;
            beside.ended().await;
            life.restart().await;
        }
        let (of_life, ..) = life.finish().await;
        tally.add(&of_life, name);
    }
    assert!(tally.hit > 0 && tally.acknowledged > 10);
    tally.print(name);
}
