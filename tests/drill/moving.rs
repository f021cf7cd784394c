//! Moving to another database.

use crate::support::{Gateway, address};
use crate::{books, goes_on, life, ways};

#[tokio::test(flavor = "multi_thread")]
async fn a_move_refuses_while_a_gateway_runs_and_closes_the_old_database_for_good() {
    for (from, to) in ways().await {
        let mut gateway = Gateway::start(from, None).await;
        let (half, heard) = life(&gateway).await;
        let before = books(&gateway).await;
        let to_address = address(&to);
        let (code, said) = gateway.command(&["move-database", "--to", &to_address]);
        assert_eq!(code, Some(1), "{said}");
        assert!(said.contains("stop it first"), "{said}");
        // The gateway took no notice.
        assert_eq!(books(&gateway).await, before);
        assert_eq!(gateway.stop(), Some(0), "{}", gateway.log());

        let (code, said) = gateway.command(&["move-database", "--to", &to_address]);
        assert_eq!(code, Some(0), "{said}");
        // A second call finds that it is done; elsewhere it goes no more.
        let (code, said) = gateway.command(&["move-database", "--to", &to_address, "--json"]);
        assert_eq!(code, Some(0), "{said}");
        assert!(said.contains("\"resumed\": true"), "{said}");
        let elsewhere = tempfile::tempdir().unwrap();
        let file = format!("sqlite:{}", elsewhere.path().join("x.sqlite").display());
        let (code, said) = gateway.command(&["move-database", "--to", &file]);
        assert_eq!(code, Some(1), "{said}");
        // No gateway starts on the old one by mistake, and no key is made there.
        for command in [&["serve"][..], &["keys", "create", "--tenant", "office"]] {
            let (code, said) = gateway.command(command);
            assert_eq!(code, Some(3), "{said}");
            assert!(said.contains("moved elsewhere"), "{said}");
        }
        // It still can be read.
        gateway.assert_books_hold();

        let old = gateway.use_database(to);
        gateway.start_again().await;
        assert_eq!(books(&gateway).await, before);
        goes_on(&gateway, &half, &heard).await;
        drop(old);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_target_that_holds_anything_is_refused_and_the_source_stays_in_use() {
    for (from, to) in ways().await {
        let mut other = Gateway::start(to, None).await;
        other.ask_for(5_000).await;
        other.kill();
        let mut gateway = Gateway::start(from, None).await;
        life(&gateway).await;
        gateway.stop();
        let (code, said) = gateway.command(&["move-database", "--to", &address(&other.database)]);
        assert_eq!(code, Some(1), "{said}");
        assert!(said.contains("not empty"), "{said}");
        gateway.start_again().await;
        gateway.ask_for(1_000).await;
        gateway.assert_books_hold();
    }
}
