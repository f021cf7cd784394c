//! Every statement file is good on the engine it is for, and the two schemas are one.

use std::path::{Path, PathBuf};
use store::testing::{TestDatabase, columns, for_many_rows, prepare};

fn statement_files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            statement_files(&path, found);
        } else {
            found.push(path);
        }
    }
}

async fn every_statement_prepares(database: TestDatabase, other_engine: &str) {
    let store = database.open().await;
    let mut files = Vec::new();
    statement_files(
        Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/sql")),
        &mut files,
    );
    assert!(files.len() > 50, "the statements are under sql/");
    let mut wrong = Vec::new();
    for file in files {
        if file
            .to_string_lossy()
            .ends_with(&format!(".{other_engine}.sql"))
        {
            continue;
        }
        let text = std::fs::read_to_string(&file).unwrap();
        if let Err(error) = prepare(&store, &text).await {
            wrong.push(format!("{}: {error}", file.display()));
        }
        let name = file.to_string_lossy();
        if name.contains("/bulk/")
            && name.ends_with(".sqlite.sql")
            && let Err(error) = prepare(&store, &for_many_rows(&text)).await
        {
            wrong.push(format!("{name}, for many rows: {error}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn every_statement_prepares_on_sqlite() {
    every_statement_prepares(TestDatabase::sqlite(), "postgres").await;
}

#[tokio::test]
async fn every_statement_prepares_on_postgres() {
    if let Some(database) = TestDatabase::postgres().await {
        every_statement_prepares(database, "sqlite").await;
    }
}

#[tokio::test]
async fn a_statement_with_a_typo_does_not_prepare() {
    let sqlite = TestDatabase::sqlite().open().await;
    assert!(
        prepare(&sqlite, "select amoumt from posting")
            .await
            .is_err()
    );
    if let Some(database) = TestDatabase::postgres().await {
        assert!(
            prepare(&database.open().await, "select amoumt from posting")
                .await
                .is_err()
        );
    }
}

#[tokio::test]
async fn every_pair_of_statements_is_complete() {
    let mut files = Vec::new();
    statement_files(
        Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/sql")),
        &mut files,
    );
    for file in &files {
        let name = file.to_string_lossy();
        let twin = if let Some(base) = name.strip_suffix(".sqlite.sql") {
            format!("{base}.postgres.sql")
        } else if let Some(base) = name.strip_suffix(".postgres.sql") {
            format!("{base}.sqlite.sql")
        } else {
            continue;
        };
        assert!(Path::new(&twin).exists(), "{twin} is missing");
    }
}

#[tokio::test]
async fn both_schemas_have_the_same_tables_and_columns() {
    if let Some(database) = TestDatabase::postgres().await {
        let postgres = columns(&database.open().await).await.unwrap();
        let sqlite = columns(&TestDatabase::sqlite().open().await).await.unwrap();
        assert_eq!(sqlite, postgres);
    }
}
