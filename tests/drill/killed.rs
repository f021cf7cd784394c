//! SIGKILL in the middle of a backup, a restore and a move: the next call does it all.

use crate::support::{Gateway, address};
use crate::{books, databases, life, path_text, ways};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use store::Options;
use store::testing::TestDatabase;

fn random() -> StdRng {
    let seed = std::env::var("THUNGAN_CRASH_SEED")
        .ok()
        .and_then(|seed| seed.parse().ok())
        .unwrap_or_else(rand::random);
    println!("THUNGAN_CRASH_SEED={seed}");
    StdRng::seed_from_u64(seed)
}

fn spawn(gateway: &Gateway, arguments: &[&str]) -> std::process::Child {
    Command::new(env!("CARGO_BIN_EXE_thungan"))
        .args(arguments)
        .arg("--config")
        .arg(gateway.config())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

/// Kills it `after` its start; whether it had not ended by itself before.
fn killed(gateway: &Gateway, arguments: &[&str], after: Duration) -> bool {
    let mut child = spawn(gateway, arguments);
    let began = Instant::now();
    while began.elapsed() < after {
        if child.try_wait().unwrap().is_some() {
            return false;
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    child.kill().unwrap();
    !child.wait().unwrap().success()
}

#[tokio::test(flavor = "multi_thread")]
async fn sigkill_during_backup_and_restore_leaves_nothing_half_done() {
    let mut random = random();
    for target in databases().await {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("office.backup");
        let mut gateway = Gateway::start(TestDatabase::sqlite(), None).await;
        life(&gateway).await;
        let before = books(&gateway).await;
        let (mut kills, mut longest) = (0, Duration::ZERO);
        while !file.exists() {
            let moment = random.random_range(Duration::ZERO..=longest);
            kills += u32::from(killed(&gateway, &["backup", path_text(&file)], moment));
            longest += Duration::from_millis(15);
        }
        // What has its name is whole.
        let (code, said) = gateway.command(&["restore", "--verify-only", path_text(&file)]);
        assert_eq!(code, Some(0), "{said}");
        gateway.kill();
        drop(gateway.use_database(target));
        for attempt in 1..9 {
            let longest = Duration::from_millis(100) * attempt;
            let moment = random.random_range(Duration::ZERO..longest);
            let cut = killed(&gateway, &["restore", path_text(&file)], moment);
            kills += u32::from(cut);
            if !cut {
                break;
            }
            // Whatever is there now, a gateway that starts on it either refuses or is on a whole one.
            if let Options::Sqlite(path) = gateway.database.options()
                && path.exists()
            {
                gateway.assert_books_hold();
                break;
            }
        }
        let (code, said) = gateway.command(&["restore", path_text(&file)]);
        assert!(
            code == Some(0) || (code == Some(1) && said.contains("not empty")),
            "{said}"
        );
        assert!(kills > 0, "no kill hit anything");
        gateway.start_again().await;
        assert_eq!(books(&gateway).await, before);
        gateway.assert_books_hold();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn sigkill_during_a_move_leaves_exactly_one_database_in_use() {
    let mut random = random();
    for (from, to) in ways().await {
        let mut gateway = Gateway::start(from, None).await;
        life(&gateway).await;
        let before = books(&gateway).await;
        assert_eq!(gateway.stop(), Some(0));
        let to_address = address(&to);
        let arguments = ["move-database", "--to", &to_address];
        let mut kills = 0;
        // The first comes at once, however fast the machine is: nothing moves in no time.
        for attempt in 0..8 {
            let longest = Duration::from_millis(100) * attempt;
            let moment = random.random_range(Duration::ZERO..=longest);
            if !killed(&gateway, &arguments, moment) {
                break;
            }
            kills += 1;
        }
        assert!(kills > 0, "no kill hit anything");
        let (code, said) = gateway.command(&arguments);
        if code == Some(0) {
            println!("{kills} kills, moved");
            let old = gateway.use_database(to);
            gateway.start_again().await;
            assert_eq!(books(&gateway).await, before);
            drop(old);
            continue;
        }
        // Only an unfinished copy stands in the way: the source is as it was, and nobody starts on the
        // copy.
        println!("{kills} kills; the last left an unfinished copy");
        assert!(said.contains("unfinished copy"), "{said}");
        gateway.assert_books_hold();
        let source = gateway.use_database(to);
        let (code, said) = gateway.command(&["serve"]);
        assert_eq!(code, Some(3), "{said}");
        let copy = gateway.use_database(source);
        gateway.start_again().await;
        assert_eq!(books(&gateway).await, before);
        drop(copy);
    }
}
