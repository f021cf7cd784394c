//! Running `thungan` once.

use serde_json::Value;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::thread;

/// The answer is no.
pub const NO: i32 = 1;
/// The arguments are wrong.
pub const USAGE: i32 = 2;
/// A file, a variable or the like is not as it must be.
pub const ENVIRONMENT: i32 = 3;

/// What one run left behind.
pub struct Run {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Run {
    /// The lines of standard output.
    pub fn lines(&self) -> Vec<&str> {
        self.stdout.lines().collect()
    }

    /// Each line as JSON.
    pub fn json(&self) -> Vec<Value> {
        let parse = |line: &str| serde_json::from_str(line).unwrap_or_else(|_| panic!("{line}"));
        self.stdout.lines().map(parse).collect()
    }
}

pub fn command() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_thungan"));
    command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

/// Runs with these arguments and an empty standard input.
pub fn run<'a>(arguments: impl IntoIterator<Item = &'a str>) -> Run {
    finished(command().args(arguments).output().unwrap())
}

/// Runs with these arguments and these bytes on standard input.
pub fn pipe<'a>(arguments: impl IntoIterator<Item = &'a str>, input: &[u8]) -> Run {
    let mut child = command()
        .args(arguments)
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    thread::scope(|scope| {
        // Beside the reading: a full pipe in both directions would stand still.
        scope.spawn(move || stdin.write_all(input).unwrap());
        finished(child.wait_with_output().unwrap())
    })
}

fn finished(output: Output) -> Run {
    Run {
        code: output.status.code().expect("not killed by a signal"),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

/// A file of the repository.
pub fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .join(path)
}

/// A JSON file of the repository.
pub fn data(path: &str) -> Value {
    serde_json::from_slice(&std::fs::read(repository(path)).unwrap()).unwrap()
}
