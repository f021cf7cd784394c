//! The house stands as it was drawn: who may know whom.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");
const PURE: [&str; 6] = [
    "money",
    "vietqr",
    "print",
    "payment",
    "ledger",
    "reconciler",
];

/// The dependencies of each crate, without those of its tests.
fn dependencies() -> BTreeMap<String, BTreeSet<String>> {
    let output = std::process::Command::new(env!("CARGO"))
        .args([
            "metadata",
            "--format-version",
            "1",
            "--no-deps",
            "--offline",
            "--locked",
        ])
        .current_dir(ROOT)
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let metadata: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    metadata["packages"]
        .as_array()
        .unwrap()
        .iter()
        .map(|package| {
            let names = package["dependencies"]
                .as_array()
                .unwrap()
                .iter()
                .filter(|dependency| dependency["kind"].is_null())
                .map(|dependency| dependency["name"].as_str().unwrap().to_owned())
                .collect();
            (package["name"].as_str().unwrap().to_owned(), names)
        })
        .collect()
}

#[test]
fn dependencies_point_one_way() {
    let allowed: [(&str, &[&str]); 12] = [
        ("money", &[]),
        ("vietqr", &["money"]),
        ("print", &["money", "vietqr"]),
        ("payment", &["money"]),
        ("ledger", &["money", "payment"]),
        ("reconciler", &["money", "payment"]),
        ("store", &["money", "payment", "ledger", "reconciler"]),
        (
            "bank-simulator",
            &["money", "payment", "vietqr", "reconciler"],
        ),
        (
            "gateway",
            &[
                "money",
                "payment",
                "vietqr",
                "print",
                "ledger",
                "reconciler",
                "store",
                "bank-simulator",
            ],
        ),
        // It measures from outside: what a sender knows, and nothing of the gateway's inside.
        ("load", &["payment", "reconciler"]),
        ("memos", &["payment", "reconciler"]),
        // It imports as the gateway and the command line do.
        ("statements", &["payment", "reconciler", "store"]),
    ];
    let dependencies = dependencies();
    let house: BTreeSet<&str> = allowed.iter().map(|(name, _)| *name).collect();
    assert_eq!(
        dependencies
            .keys()
            .map(String::as_str)
            .collect::<BTreeSet<_>>(),
        house
    );
    for (name, may) in allowed {
        let own: BTreeSet<&str> = dependencies[name]
            .iter()
            .map(String::as_str)
            .filter(|d| house.contains(d))
            .collect();
        let wrong: Vec<_> = own
            .iter()
            .filter(|dependency| !may.contains(dependency))
            .collect();
        assert!(wrong.is_empty(), "{name} must not know {wrong:?}");
    }
}

#[test]
fn only_the_store_names_sqlx_and_only_the_gateway_names_actix_web() {
    for (name, own) in dependencies() {
        // The load program measures a peer that speaks to the database itself.
        let may_name_sqlx = name == "store" || name == "load";
        assert_eq!(own.contains("sqlx"), may_name_sqlx, "{name}");
        assert_eq!(own.contains("actix-web"), name == "gateway", "{name}");
    }
}

/// Crash points, weaker databases and statements made of text exist for tests alone.
#[test]
fn what_is_shipped_has_nothing_of_the_tests_in_it() {
    let output = std::process::Command::new(env!("CARGO"))
        .args([
            "tree",
            "--package",
            "gateway",
            "--edges",
            "normal,build,features",
            "--prefix",
            "none",
            "--offline",
            "--locked",
        ])
        .current_dir(ROOT)
        .output()
        .unwrap();
    let tree = String::from_utf8_lossy(&output.stdout);
    assert!(
        tree.contains("store v"),
        "{tree}{}",
        String::from_utf8_lossy(&output.stderr)
    );
    assert!(!tree.contains("store feature \"testing\""), "{tree}");
}

#[test]
fn the_pure_crates_have_no_runtime_no_clock_and_no_randomness() {
    let dependencies = dependencies();
    for name in PURE {
        for banned in ["tokio", "sqlx", "actix-web", "reqwest", "rand", "getrandom"] {
            assert!(
                !dependencies[name].contains(banned),
                "{name} depends on {banned}"
            );
        }
        for (file, text) in sources(&Path::new(ROOT).join("crates").join(name).join("src")) {
            // Tests below the line may do as they like.
            let text = text.split("#[cfg(test)]").next().unwrap();
            for banned in [
                "SystemTime::now",
                "Instant::now",
                "Timestamp::now",
                "Zoned::now",
                "std::fs::",
                "std::net::",
                "thread_rng",
                "rand::",
                "getrandom",
                "Uuid::now_v7",
                "Uuid::new_v4",
                "RandomState",
            ] {
                assert!(!text.contains(banned), "{file} uses {banned}");
            }
        }
    }
}

#[test]
fn statements_are_files_and_nothing_makes_one_from_text() {
    for (file, text) in sources(&Path::new(ROOT).join("crates/store/src")) {
        // The copy of whole tables names them as the catalogue does; it says there why.
        if file.ends_with("testing.rs") || file.ends_with("copy/statement.rs") {
            continue;
        }
        assert!(
            !text.contains("AssertSqlSafe"),
            "{file} makes a statement from text"
        );
        for (number, line) in text.lines().enumerate() {
            let literal = ["\"select ", "\"insert ", "\"update ", "\"delete "]
                .iter()
                .any(|start| line.contains(start));
            assert!(!literal, "{file}:{} holds a statement", number + 1);
        }
    }
}

#[test]
fn money_is_never_a_float() {
    for name in [
        "money",
        "payment",
        "ledger",
        "reconciler",
        "store",
        "gateway",
        "bank-simulator",
    ] {
        for (file, text) in sources(&Path::new(ROOT).join("crates").join(name).join("src")) {
            let code: Vec<&str> = text
                .lines()
                .filter(|line| !line.trim_start().starts_with("//"))
                .collect();
            for line in code {
                // The one reader that refuses floats has to name the type.
                let refusing = line.contains("visit_f64");
                assert!(
                    refusing || !(line.contains("f64") || line.contains("f32")),
                    "{file}: {line}"
                );
            }
        }
    }
}

fn sources(folder: &Path) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push((
                path.display().to_string(),
                std::fs::read_to_string(&path).unwrap(),
            ));
        }
    }
    found
}
