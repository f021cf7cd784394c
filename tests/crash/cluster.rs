//! A PostgreSQL server of our own, to be killed.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// A running server. It syncs as PostgreSQL ships it.
pub struct Cluster {
    folder: TempDir,
    programs: PathBuf,
    port: u16,
}

/// The newest installed server, PATH first.
fn programs() -> Option<PathBuf> {
    let on_path = std::env::var_os("PATH")
        .into_iter()
        .flat_map(|path| std::env::split_paths(&path).collect::<Vec<_>>());
    let mut debian: Vec<PathBuf> = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path().join("bin"))
        .collect();
    debian.sort();
    debian.reverse();
    on_path
        .chain(debian)
        .find(|folder| folder.join("initdb").exists() && folder.join("postgres").exists())
}

impl Cluster {
    /// Makes and starts one; nothing, said aloud, where no server is installed, which in CI is a failure.
    pub fn start() -> Option<Self> {
        let Some(programs) = programs() else {
            assert!(
                std::env::var("CI").is_err(),
                "no PostgreSQL server is installed"
            );
            eprintln!("SKIPPED: no PostgreSQL server is installed here, so none can be killed");
            return None;
        };
        let folder = tempfile::Builder::new()
            .prefix("tn")
            .tempdir_in("/tmp")
            .unwrap();
        if is_root() {
            // PostgreSQL refuses to run as root.
            assert!(
                Command::new("chown")
                    .arg("postgres")
                    .arg(folder.path())
                    .status()
                    .unwrap()
                    .success()
            );
        }
        let port = std::net::TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap()
            .port();
        let cluster = Self {
            folder,
            programs,
            port,
        };
        let data = cluster.data();
        let made = cluster.run(
            "initdb",
            &[
                "-D",
                &data,
                "-U",
                "postgres",
                "-A",
                "trust",
                "-E",
                "UTF8",
                "--locale=C",
                "--no-sync",
            ],
        );
        assert!(made, "initdb failed");
        cluster.start_again();
        Some(cluster)
    }

    fn data(&self) -> String {
        self.folder.path().join("data").display().to_string()
    }

    pub fn url(&self) -> String {
        format!("postgres://postgres@127.0.0.1:{}/postgres", self.port)
    }

    /// Runs one of the server's programs as the server's user.
    fn run(&self, program: &str, arguments: &[&str]) -> bool {
        let program = self.programs.join(program);
        let mut command = if is_root() {
            let mut command = Command::new("runuser");
            command.args(["-u", "postgres", "--"]).arg(program);
            command
        } else {
            Command::new(program)
        };
        command
            .args(arguments)
            .current_dir("/")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .unwrap()
            .success()
    }

    /// Starts it on its data; after a crash it recovers first.
    pub fn start_again(&self) {
        let began = Instant::now();
        let options = format!(
            "-p {} -c listen_addresses=127.0.0.1 -c unix_socket_directories={} -c shared_buffers=64MB",
            self.port,
            self.folder.path().display()
        );
        let log = self
            .folder
            .path()
            .join("data/server.log")
            .display()
            .to_string();
        let data = self.data();
        // What the killed processes shared goes away a moment after them.
        while !self.run(
            "pg_ctl",
            &["start", "-w", "-s", "-D", &data, "-l", &log, "-o", &options],
        ) {
            assert!(
                began.elapsed() < Duration::from_secs(60),
                "PostgreSQL does not start: {}",
                std::fs::read_to_string(&log).unwrap_or_default()
            );
            std::thread::sleep(Duration::from_millis(200));
        }
    }

    /// As an administrator stops it: sessions are cut, everything is written.
    pub fn stop(&self) {
        assert!(self.run(
            "pg_ctl",
            &["stop", "-w", "-s", "-m", "fast", "-D", &self.data()]
        ));
    }

    /// SIGKILL to the server and all its sessions.
    pub fn kill(&self) {
        let file = Path::new(&self.data()).join("postmaster.pid");
        let text = std::fs::read_to_string(file).unwrap();
        let server: u32 = text.lines().next().unwrap().trim().parse().unwrap();
        let mut all = children(server);
        // First the one that would start the others anew.
        all.insert(0, server);
        for process in all {
            let _ = Command::new("kill")
                .args(["-KILL", &process.to_string()])
                .stderr(Stdio::null())
                .status();
        }
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        self.run(
            "pg_ctl",
            &["stop", "-s", "-m", "immediate", "-D", &self.data()],
        );
    }
}

fn is_root() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let user = status.lines().find(|line| line.starts_with("Uid:"));
    user.and_then(|line| line.split_whitespace().nth(2)) == Some("0")
}

fn children(parent: u32) -> Vec<u32> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir("/proc").unwrap().flatten() {
        let Ok(process) = entry.file_name().to_string_lossy().parse::<u32>() else {
            continue;
        };
        // The fourth field, after the name in parentheses.
        let stat = std::fs::read_to_string(entry.path().join("stat")).unwrap_or_default();
        let of = stat
            .rsplit(')')
            .next()
            .and_then(|rest| rest.split_whitespace().nth(1)?.parse().ok());
        if of == Some(parent) {
            found.push(process);
        }
    }
    found
}
