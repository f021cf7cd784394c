//! Backup and restore.

use crate::support::Gateway;
use crate::support::bank::sepay_notice;
use crate::{books, databases, destroy, goes_on, life, path_text, ways};
use secrecy::SecretString;
use serde_json::Value;
use std::collections::BTreeMap;
use std::io::Read;
use std::path::Path;
use store::Options;
use store::testing::TestDatabase;

/// Rows and digest by table.
fn digests(summary: &str) -> BTreeMap<String, (u64, String)> {
    let summary: Value = serde_json::from_str(summary).unwrap();
    let tables = summary["tables"].as_array().unwrap().iter();
    tables
        .map(|table| {
            let text = |name: &str| table[name].as_str().unwrap().to_owned();
            (
                text("table"),
                (table["rows"].as_u64().unwrap(), text("sha256")),
            )
        })
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_disaster_the_restored_books_are_the_same_and_payments_go_on() {
    for (from, to) in ways().await {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("office.backup");
        let mut gateway = Gateway::start(from, None).await;
        let (half, heard) = life(&gateway).await;
        let before = books(&gateway).await;

        // Beside the running gateway.
        let (code, summary) = gateway.command(&["backup", path_text(&file), "--json"]);
        assert_eq!(code, Some(0), "{summary}");
        let written = digests(&summary);
        assert!(written["posting"].0 >= 6, "{summary}");
        let (code, said) = gateway.command(&["restore", "--verify-only", path_text(&file)]);
        assert_eq!(code, Some(0), "{said}");
        let (code, said) = gateway.command(&["backup", path_text(&file)]);
        assert_eq!(code, Some(3), "a backup is never overwritten: {said}");

        // What came after the backup is lost with the disaster, and is no part of the restore.
        gateway
            .hear(&sepay_notice(99, 5_000, "sau khi sao luu").to_string())
            .await;
        gateway.settled().await;
        gateway.kill();
        destroy(&gateway.database);
        let lost = gateway.use_database(to);
        let (code, said) = gateway.command(&["restore", path_text(&file)]);
        assert_eq!(code, Some(0), "{said}");
        drop(lost);

        // Every table is what it was, but for the record of the restore itself.
        let again = folder.path().join("again.backup");
        let (code, summary) = gateway.command(&["backup", path_text(&again), "--json", "--plain"]);
        assert_eq!(code, Some(0), "{summary}");
        let mut restored = digests(&summary);
        let mut expected = written.clone();
        for table in ["audit_record", "tenant_head"] {
            let (before, after) = (
                expected.remove(table).unwrap(),
                restored.remove(table).unwrap(),
            );
            let records = if table == "audit_record" { 2 } else { 0 };
            assert_eq!(after.0, before.0 + records, "one record for each tenant");
        }
        assert_eq!(restored, expected);

        let (code, said) = gateway.command(&["restore", path_text(&file)]);
        assert_eq!(
            code,
            Some(1),
            "a database with data is never filled: {said}"
        );
        gateway.assert_books_hold();
        gateway.start_again().await;
        assert_eq!(books(&gateway).await, before);
        goes_on(&gateway, &half, &heard).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sealed_backup_shows_nothing_and_opens_only_under_the_master_key() {
    let folder = tempfile::tempdir().unwrap();
    let (sealed, plain) = (
        folder.path().join("sealed"),
        folder.path().join("plain.tar.gz"),
    );
    let mut gateway = Gateway::start(TestDatabase::sqlite(), None).await;
    life(&gateway).await;
    assert_eq!(gateway.command(&["backup", path_text(&sealed)]).0, Some(0));
    assert_eq!(
        gateway.command(&["backup", "--plain", path_text(&plain)]).0,
        Some(0)
    );
    // The plain one is an archive that any tool reads, so the search is one that finds.
    let mut text = Vec::new();
    flate2::read::GzDecoder::new(std::fs::File::open(&plain).unwrap())
        .read_to_end(&mut text)
        .unwrap();
    let holds = |text: &[u8]| text.windows(8).any(|window| window == b"CANARYID");
    assert!(holds(&text));
    let bytes = std::fs::read(&sealed).unwrap();
    assert!(!holds(&bytes) && !bytes.windows(3).any(|window| window == [0x1f, 0x8b, 8]));
    #[cfg(unix)]
    {
        let mode = std::os::unix::fs::PermissionsExt::mode(
            &std::fs::metadata(&sealed).unwrap().permissions(),
        );
        assert_eq!(mode & 0o777, 0o600);
    }
    gateway.kill();
    drop(gateway.use_database(TestDatabase::sqlite()));
    let config = std::fs::read_to_string(gateway.config()).unwrap();
    std::fs::write(
        gateway.config(),
        config.replace(&"5a".repeat(32), &"5b".repeat(32)),
    )
    .unwrap();
    let (code, said) = gateway.command(&["restore", path_text(&sealed)]);
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("master key"), "{said}");
    let Options::Sqlite(path) = gateway.database.options() else {
        unreachable!()
    };
    assert!(!path.exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_backup_is_refused_and_leaves_the_target_empty() {
    for target in databases().await {
        let folder = tempfile::tempdir().unwrap();
        let (sealed, plain) = (folder.path().join("sealed"), folder.path().join("plain"));
        let mut gateway = Gateway::start(TestDatabase::sqlite(), None).await;
        life(&gateway).await;
        assert_eq!(gateway.command(&["backup", path_text(&sealed)]).0, Some(0));
        assert_eq!(
            gateway.command(&["backup", "--plain", path_text(&plain)]).0,
            Some(0)
        );
        gateway.kill();
        drop(gateway.use_database(target));

        let mut damaged: Vec<(String, Vec<u8>)> = Vec::new();
        for file in [&sealed, &plain] {
            let whole = std::fs::read(file).unwrap();
            let name = file.file_name().unwrap().to_str().unwrap();
            for part in 1..8 {
                let at = whole.len() * part / 8;
                damaged.push((format!("{name} cut at {at}"), whole[..at].to_vec()));
                let mut flipped = whole.clone();
                flipped[at] ^= 0x10;
                if !says_the_same(&flipped, &whole) {
                    damaged.push((format!("{name} changed at {at}"), flipped));
                }
            }
            damaged.push((format!("{name} empty"), Vec::new()));
        }
        // A forger who can write the format: one amount is another, and everything else is in order.
        damaged.push(("forged".to_owned(), forged(&std::fs::read(&plain).unwrap())));
        damaged.push(("a picture".to_owned(), b"\x89PNG\r\n\x1a\n".to_vec()));
        for (what, bytes) in damaged {
            let file = folder.path().join("damaged");
            std::fs::write(&file, bytes).unwrap();
            for extra in [&["--verify-only"][..], &[]] {
                let arguments = [&["restore", path_text(&file)], extra].concat();
                let (code, said) = gateway.command(&arguments);
                assert_eq!(code, Some(1), "{what}: {said}");
            }
        }
        // As empty as it was: the whole one goes in.
        let (code, said) = gateway.command(&["restore", path_text(&sealed)]);
        assert_eq!(code, Some(0), "{said}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_changed_or_missing_byte_of_a_backup_goes_unnoticed() {
    // Magic, flags, time and system: what a gzip file says of itself, which nothing checks or uses.
    const GZIP_HEADER: usize = 10;
    let folder = tempfile::tempdir().unwrap();
    let (sealed, plain) = (folder.path().join("sealed"), folder.path().join("plain"));
    let gateway = Gateway::start(TestDatabase::sqlite(), None).await;
    life(&gateway).await;
    assert_eq!(gateway.command(&["backup", path_text(&sealed)]).0, Some(0));
    assert_eq!(
        gateway.command(&["backup", "--plain", path_text(&plain)]).0,
        Some(0)
    );
    let verify = async |file: &Path| {
        let key = || Ok(SecretString::from("5a".repeat(32)));
        gateway::copying::verify(file, key, true).await
    };
    for (file, first) in [(&sealed, 0), (&plain, GZIP_HEADER)] {
        assert!(verify(file).await.is_ok());
        let whole = std::fs::read(file).unwrap();
        let damaged = folder.path().join("damaged");
        let mut harmless = 0usize;
        // Every third byte: the file has some thousands, and each is a whole reading.
        for at in (first..whole.len()).step_by(3) {
            let mut changed = whole.clone();
            changed[at] ^= 1 << (at % 8);
            std::fs::write(&damaged, &changed).unwrap();
            let is_whole = says_the_same(&changed, &whole);
            harmless += usize::from(is_whole);
            assert_eq!(verify(&damaged).await.is_ok(), is_whole, "changed at {at}");
        }
        assert!(
            harmless < whole.len() / 100,
            "{harmless} of {}",
            whole.len()
        );
        for length in (0..whole.len()).step_by(7).chain([whole.len() - 1]) {
            std::fs::write(&damaged, &whole[..length]).unwrap();
            assert!(verify(&damaged).await.is_err(), "cut at {length}");
        }
        std::fs::write(&damaged, [whole.as_slice(), b"x"].concat()).unwrap();
        assert!(verify(&damaged).await.is_err(), "something behind the end");
    }
}

/// Whether two plain backups hold the same bytes below their compression. A code that no symbol uses
/// can be given another length without a change of what is read; a sealed one has nothing of the kind.
fn says_the_same(one: &[u8], other: &[u8]) -> bool {
    let text = |file: &[u8]| {
        let mut text = Vec::new();
        let read = flate2::read::GzDecoder::new(file).read_to_end(&mut text);
        read.is_ok().then_some(text)
    };
    text(one).is_some_and(|one| Some(one) == text(other))
}

/// The same archive with 79000 written as 78000 in one row of postings.
fn forged(plain: &[u8]) -> Vec<u8> {
    use flate2::{Compression, read::GzDecoder, write::GzEncoder};
    let mut text = Vec::new();
    GzDecoder::new(plain).read_to_end(&mut text).unwrap();
    let mut archive = tar::Archive::new(text.as_slice());
    let mut out = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::fast()));
    let mut forged = 0;
    for entry in archive.entries().unwrap() {
        let mut entry = entry.unwrap();
        let name = entry.path().unwrap().display().to_string();
        let mut member = String::new();
        entry.read_to_string(&mut member).unwrap();
        if name.starts_with("data/posting/") {
            forged += member.matches(",79000,").count();
            member = member.replacen(",79000,", ",78000,", 1);
        }
        let mut header = tar::Header::new_ustar();
        header.set_size(member.len().try_into().unwrap());
        out.append_data(&mut header, name, member.as_bytes())
            .unwrap();
    }
    assert!(forged > 0);
    out.into_inner().unwrap().finish().unwrap()
}
