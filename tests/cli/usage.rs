//! Help, completions and wrong usage.

use crate::binary::{ENVIRONMENT, NO, USAGE, run};

/// The names under `Commands:` in a help text, without `help` itself.
fn subcommands(help: &str) -> Vec<String> {
    help.lines()
        .skip_while(|line| *line != "Commands:")
        .skip(1)
        .take_while(|line| !line.is_empty())
        .filter_map(|line| line.split_whitespace().next())
        .filter(|name| *name != "help")
        .map(str::to_owned)
        .collect()
}

/// Every command path, outermost first.
fn command_paths() -> Vec<Vec<String>> {
    let mut paths = Vec::new();
    let mut open: Vec<Vec<String>> = vec![Vec::new()];
    while let Some(path) = open.pop() {
        let help = help(&path);
        for name in subcommands(&help) {
            let mut inner = path.clone();
            inner.push(name);
            open.push(inner.clone());
            paths.push(inner);
        }
    }
    paths
}

fn help(path: &[String]) -> String {
    let help = run(path.iter().map(String::as_str).chain(["--help"]));
    assert_eq!(help.code, 0, "{path:?}");
    help.stdout
}

#[test]
fn the_help_of_every_subcommand_shows_an_example() {
    let paths = command_paths();
    for path in [
        &["words"][..],
        &["qr", "decode"],
        &["memo", "find"],
        &["callback", "verify"],
        &["completions"],
    ] {
        assert!(
            paths.iter().any(|known| known == path),
            "{path:?} is missing in {paths:?}"
        );
    }
    for path in &paths {
        let help = help(path);
        let example = help.lines().find(|line| line.starts_with("Example: "));
        let example = example.unwrap_or_else(|| panic!("no example in the help of {path:?}"));
        assert!(example.contains("thungan "), "{path:?}: {example}");
        if path.len() > 1 {
            assert!(example.contains(&path.join(" ")), "{path:?}: {example}");
        }
    }
}

#[test]
fn the_examples_that_need_no_file_work() {
    let shell = |example: &str| {
        let binary = env!("CARGO_BIN_EXE_thungan");
        let script = format!("thungan() {{ '{binary}' \"$@\"; }}; {example}");
        let output = std::process::Command::new("sh")
            .args(["-c", &script])
            .output()
            .unwrap();
        (
            output.status.code(),
            String::from_utf8(output.stdout).unwrap(),
        )
    };
    for path in [
        &["words"][..],
        &["qr"],
        &["qr", "decode"],
        &["memo"],
        &["memo", "find"],
    ] {
        let path: Vec<String> = path.iter().map(|&name| name.to_owned()).collect();
        let help = help(&path);
        let example = help
            .lines()
            .find_map(|line| line.strip_prefix("Example: "))
            .unwrap();
        let (code, printed) = shell(example);
        assert_eq!(code, Some(0), "{example}");
        assert!(!printed.is_empty(), "{example}");
    }
}

#[test]
fn every_shell_gets_completions_that_know_the_commands() {
    for shell in ["bash", "zsh", "fish"] {
        let script = run(["completions", shell]);
        assert_eq!(script.code, 0);
        for name in ["callback", "decode", "references", "secret-env"] {
            assert!(script.stdout.contains(name), "{shell} does not know {name}");
        }
    }
    assert_eq!(run(["completions", "none"]).code, USAGE);
}

#[test]
fn exit_codes_tell_a_no_from_wrong_usage_and_from_a_bad_surrounding() {
    assert_eq!(run(["words", "5"]).code, 0);
    assert_eq!(run(["words", "five"]).code, NO);
    assert_eq!(run(["words"]).code, USAGE);
    assert_eq!(run(["no-such-command"]).code, USAGE);
    assert_eq!(run(["audit", "--data", "no-such-folder"]).code, ENVIRONMENT);
    assert_eq!(run(["--version"]).code, 0);
}
