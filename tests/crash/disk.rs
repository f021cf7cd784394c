//! The disk loses, refuses or delays: a library of ours under the gateway (`disk.c`) on SQLite.
//!
//! ### The power-loss model
//! What was written and not synced when the process was killed is taken back, all of it or a random
//! part. It knows writes and truncations of the database's file and its log; it does not know that names
//! of files can be lost too, and it does not tear a single write. PostgreSQL is not run on it.

use crate::life::{Life, Tally, lives, plan};
use rand::RngExt;
use rand::rngs::StdRng;
use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use store::Options;
use store::testing::TestDatabase;
use tempfile::TempDir;

/// The library, its notes and its faults.
struct Disk {
    folder: TempDir,
}

impl Disk {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let source = folder.path().join("disk.c");
        std::fs::write(&source, include_str!("disk.c")).unwrap();
        let compiled = Command::new("cc")
            .args(["-O1", "-shared", "-fPIC", "-o"])
            .arg(folder.path().join("disk.so"))
            .arg(source)
            .args(["-ldl", "-lpthread"])
            .output()
            .expect("a C compiler, which the build needs too");
        assert!(
            compiled.status.success(),
            "{}",
            String::from_utf8_lossy(&compiled.stderr)
        );
        Self { folder }
    }

    fn environment(&self) -> Vec<(String, String)> {
        let pair = |name: &str, path: &Path| (name.to_owned(), path.display().to_string());
        vec![
            pair("LD_PRELOAD", &self.folder.path().join("disk.so")),
            pair("THUNGAN_DISK", self.folder.path()),
        ]
    }

    fn fault(&self, name: &str, on: bool) {
        let file = self.folder.path().join(name);
        if on {
            File::create(file).unwrap();
        } else {
            std::fs::remove_file(file).unwrap();
        }
    }

    /// The power is gone: takes back what was not synced. How many writes that was.
    fn lose_power(&self, database: &Path, random: &mut StdRng) -> usize {
        let everything = random.random_ratio(1, 2);
        let mut lost = 0;
        for ending in ["", "-wal"] {
            let name = format!("thungan.sqlite{ending}");
            let notes = self.folder.path().join(format!("{name}.notes"));
            let file = PathBuf::from(format!("{}{ending}", database.display()));
            let taken = Note::read_all(&std::fs::read(&notes).unwrap_or_default());
            if file.exists() {
                let file = File::options().read(true).write(true).open(&file).unwrap();
                for note in taken.iter().rev() {
                    note.take_back(&file);
                }
                for note in &taken {
                    // The disk may have written any of them in any order.
                    if everything || random.random() {
                        lost += 1;
                    } else {
                        note.do_again(&file);
                    }
                }
            }
            let _ = std::fs::remove_file(&notes);
        }
        lost
    }
}

/// A write that was not synced; the form is described in `disk.c`.
struct Note {
    place: u64,
    size: u64,
    before: Vec<u8>,
    written: Vec<u8>,
}

impl Note {
    fn read_all(mut bytes: &[u8]) -> Vec<Self> {
        let mut notes = Vec::new();
        while let Some((head, rest)) = bytes.split_at_checked(24) {
            let number = |from: usize| u64::from_ne_bytes(head[from..from + 8].try_into().unwrap());
            let short = |from: usize| u32::from_ne_bytes(head[from..from + 4].try_into().unwrap());
            let (before, written) = (short(16) as usize, short(20) as usize);
            // A last note that is not whole belongs to a write that never began.
            let Some((both, rest)) = rest.split_at_checked(before + written) else {
                break;
            };
            notes.push(Self {
                place: number(0),
                size: number(8),
                before: both[..before].to_vec(),
                written: both[before..].to_vec(),
            });
            bytes = rest;
        }
        notes
    }

    fn take_back(&self, file: &File) {
        file.write_all_at(&self.before, self.place).unwrap();
        file.set_len(self.size).unwrap();
    }

    fn do_again(&self, file: &File) {
        if self.written.is_empty() {
            file.set_len(self.place).unwrap();
        } else {
            file.write_all_at(&self.written, self.place).unwrap();
        }
    }
}

/// A life on that disk.
async fn begin(disk: &Disk, random: &mut StdRng, more: &[(&str, &str)]) -> (Life, PathBuf) {
    let mut life = Life::begin(TestDatabase::sqlite(), random).await;
    let Options::Sqlite(path) = life.gateway.database.options().clone() else {
        unreachable!()
    };
    assert_eq!(life.gateway.stop(), Some(0));
    life.gateway.environment = disk.environment();
    let more = more
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    life.gateway.environment.extend(more);
    life.gateway.start_again().await;
    (life, path)
}

#[tokio::test(flavor = "multi_thread")]
async fn sigkill_with_power_loss_loses_nothing_that_was_acknowledged() {
    let name = "SQLite, power loss";
    let (kills, mut random) = plan(name, 6);
    let (mut tally, mut lost) = (Tally::default(), 0);
    for kills in lives(kills) {
        let disk = Disk::new();
        let (mut life, path) = begin(&disk, &mut random, &[]).await;
        for _ in 0..kills {
            let load = life.load();
            life.pass(100..900).await;
            life.kill(load).await;
            lost += disk.lose_power(&path, &mut random);
            life.restart().await;
        }
        let (of_life, ..) = life.finish().await;
        tally.add(&of_life, name);
    }
    println!("{name}: {lost} writes that were not synced were lost");
    assert!(
        lost > 0,
        "nothing was under way at any kill: the model took nothing back"
    );
    assert!(tally.acknowledged > 10);
    tally.print(name);
}

/// The negative control: a database that does not wait for the disk loses what it acknowledged, and the
/// comparison says so.
#[tokio::test(flavor = "multi_thread")]
async fn sigkill_with_power_loss_and_without_syncing_loses_what_was_acknowledged() {
    for level in ["OFF", "NORMAL"] {
        let (_, mut random) = plan(&format!("SQLite, power loss, synchronous={level}"), 1);
        let disk = Disk::new();
        let (mut life, path) =
            begin(&disk, &mut random, &[("THUNGAN_TEST_SYNCHRONOUS", level)]).await;
        let mut found = Vec::new();
        for _ in 0..5 {
            let load = life.load();
            life.pass(800..1_200).await;
            life.kill(load).await;
            let lost = disk.lose_power(&path, &mut random);
            assert!(lost > 0);
            if !life.gateway.try_start().await {
                found.push("the database is broken".to_owned());
                break;
            }
            let (audit, code) = life.gateway.audit();
            if code != Some(0) {
                found.push(audit);
                break;
            }
            let seen = crate::truth::Seen::read(&life.gateway).await;
            found = crate::truth::compare(&life.truth.lock().unwrap(), &seen);
            if found.iter().any(|line| line.contains("lost:")) {
                break;
            }
        }
        println!(
            "synchronous={level}: {} differences, such as {:?}",
            found.len(),
            found.first()
        );
        assert!(
            found.iter().any(|line| {
                ["lost:", "broken", "BROKEN", "malformed"]
                    .iter()
                    .any(|word| line.contains(word))
            }),
            "a database that does not sync seemed to lose nothing, so the test proves nothing: {found:?}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn sigkill_after_a_full_disk_failing_syncs_and_slow_syncs() {
    let name = "SQLite, full, failing and slow disk";
    let (kills, mut random) = plan(name, 6);
    let mut tally = Tally::default();
    for kills in lives(kills) {
        let disk = Disk::new();
        let (mut life, path) = begin(&disk, &mut random, &[]).await;
        for kill in 0..kills {
            let fault = ["full", "fsync-fails", "slow"][usize::try_from(kill % 3).unwrap()];
            let load = life.load();
            life.pass(100..500).await;
            disk.fault(fault, true);
            life.pass(100..800).await;
            // Half of the kills come while the fault lasts.
            if life.random.random() {
                disk.fault(fault, false);
                life.pass(100..600).await;
                life.kill(load).await;
            } else {
                life.kill(load).await;
                disk.fault(fault, false);
            }
            disk.lose_power(&path, &mut random);
            life.restart().await;
        }
        let (of_life, ..) = life.finish().await;
        tally.add(&of_life, name);
    }
    assert!(tally.acknowledged > 10);
    tally.print(name);
}

/// A small file system of its own, unmounted at the end.
struct SmallDisk(TempDir);

impl SmallDisk {
    fn mount() -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", "size=128m", "tmpfs"])
            .arg(folder.path())
            .output();
        mounted
            .is_ok_and(|output| output.status.success())
            .then(|| Self(folder))
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(self.0.path()).status();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn sigkill_on_a_file_system_that_was_really_full() {
    let name = "SQLite, full file system";
    let (kills, mut random) = plan(name, 2);
    let mut tally = Tally::default();
    for kills in lives(kills) {
        let Some(small) = SmallDisk::mount() else {
            // The refusing disk above runs everywhere, CI included.
            eprintln!("SKIPPED: a file system can be mounted only by root, so none was filled");
            return;
        };
        let path = small.0.path().join("thungan.sqlite");
        let database = TestDatabase::somebody_elses(Options::Sqlite(path));
        let mut life = Life::begin(database, &mut random).await;
        for _ in 0..kills {
            let load = life.load();
            life.pass(100..400).await;
            let filler = small.0.path().join("filler");
            let zeros = vec![0u8; 64 * 1024];
            let mut file = File::create(&filler).unwrap();
            while std::io::Write::write_all(&mut file, &zeros).is_ok() {}
            life.pass(300..900).await;
            // While it is open it takes its place, also without a name.
            drop(file);
            std::fs::remove_file(&filler).unwrap();
            life.pass(100..400).await;
            life.kill(load).await;
            life.restart().await;
        }
        let (of_life, ..) = life.finish().await;
        tally.add(&of_life, name);
    }
    assert!(tally.acknowledged > 10);
    tally.print(name);
}
