//! The simulated bank against a real listener on the loopback.

#![allow(clippy::unwrap_used, reason = "a helper of a test may fail the test")]

mod listener;

use bank_simulator::{Bank, Channel, Fault, Receipt, SimulatorError, Target, TransferOrder};
use listener::{Heard, Listener};
use money::Vnd;
use payment::Timestamp;
use reconciler::Secret;
use reconciler::callback::{AuthenticationError, Dialect, Notice, RawCallback, Reply, Source};
use std::time::Duration;

const NOW: Timestamp = Timestamp::from_seconds(1_762_153_357);

fn bank() -> Bank {
    // A second installation is refused, and the first is what we want.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .timeout(Duration::from_secs(5))
        .build()
        .unwrap();
    Bank::new(client)
}

fn order(faults: &[Fault]) -> TransferOrder {
    TransferOrder {
        target: Target::Account {
            account_number: "0123456789".to_owned(),
        },
        amount: Some(Vnd::new(79_000).unwrap()),
        memo: Some("QH234567895V nop phi".to_owned()),
        faults: faults.to_vec(),
    }
}

/// A secret in the form that the dialect wants.
fn secret(dialect: Dialect) -> Secret {
    let key = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX";
    let secret = Secret::new(key);
    if dialect.is_usable(&secret) {
        secret
    } else {
        Secret::new(format!("user:{key}"))
    }
}

fn channel(url: &str, dialect: Dialect) -> Channel {
    Channel {
        url: url.to_owned(),
        dialect,
        secret: secret(dialect),
    }
}

fn understand(heard: &Heard, channel: &Channel) -> Result<Notice, AuthenticationError> {
    let raw = RawCallback {
        headers: &heard.headers,
        body: heard.message(channel.dialect),
        received_at: NOW.plus_seconds(1),
    };
    let secrets = std::slice::from_ref(&channel.secret);
    let source = Source {
        account: Some("0123456789"),
        ..Source::new("bank", channel.dialect, secrets)
    };
    Ok(source.authenticate(&raw)?.read().unwrap().remove(0))
}

fn statuses(receipt: &Receipt) -> Vec<Option<u16>> {
    receipt
        .callbacks
        .iter()
        .map(|callback| callback.status)
        .collect()
}

#[tokio::test]
async fn in_every_dialect_the_listener_hears_what_was_booked_and_acknowledges_it() {
    for dialect in Dialect::ALL {
        let name = dialect.as_str();
        let bank = bank();
        let listener = Listener::of(dialect, &secret(dialect), &[]).await;
        let channel = channel(&listener.url, dialect);
        let faults = [Fault::Mangle, Fault::Twice, Fault::Reorder];
        let receipt = bank
            .transfer(order(&faults), &channel, NOW, 11)
            .await
            .unwrap();
        assert_eq!(bank.truth(), receipt.transfers);
        let success = dialect.answer(&Reply::Accepted { receipt: "r" }).unwrap();
        assert_eq!(statuses(&receipt), [Some(success.status); 2], "{name}");
        bank.idle().await;

        // Each was taken as delivered at once, or there would be more of them.
        let heard = listener.heard();
        assert_eq!(heard.len(), 2, "{name}");
        for (heard, transfer) in heard.iter().zip(receipt.transfers.iter().rev()) {
            let path = heard.target.split('?').next().unwrap();
            assert!(
                path.ends_with(dialect.path().unwrap_or("/bank")),
                "{name}: {path}"
            );
            let notice = understand(heard, &channel).unwrap();
            assert!(
                notice.provider_event_id.contains(&transfer.event_id),
                "{name}"
            );
            assert_eq!(notice.amount, transfer.amount, "{name}");
            if dialect != Dialect::Zalopay {
                assert_eq!(notice.memo, transfer.memo, "{name}");
            }
        }
        assert_eq!(bank.balance("0123456789").get(), 158_000);
    }
}

#[tokio::test]
async fn who_is_told_to_come_again_comes_again_whatever_the_status() {
    for dialect in [
        Dialect::Vnpay,
        Dialect::Zalopay,
        Dialect::Momo,
        Dialect::Pay2s,
    ] {
        let bank = bank();
        // 202 has the sender's success body and is still not what the sender wants.
        let listener = Listener::of(dialect, &secret(dialect), &[202]).await;
        let channel = channel(&listener.url, dialect);
        bank.transfer(order(&[]), &channel, NOW, 1).await.unwrap();
        bank.idle().await;
        assert_eq!(listener.heard().len(), 2, "{}", dialect.as_str());
    }
}

#[tokio::test]
async fn a_duplicate_is_the_same_bytes_three_times() {
    let (bank, listener) = (bank(), Listener::answering(&[]).await);
    let channel = channel(&listener.url, Dialect::SepayHmac);
    let receipt = bank
        .transfer(order(&[Fault::Duplicate]), &channel, NOW, 1)
        .await
        .unwrap();
    assert_eq!(statuses(&receipt), [Some(200); 3]);
    assert_eq!(receipt.transfers.len(), 1);
    let heard = listener.heard();
    assert_eq!(heard.len(), 3);
    for repeat in &heard {
        assert_eq!(repeat.body, heard[0].body);
        assert!(understand(repeat, &channel).is_ok());
    }
}

#[tokio::test]
async fn after_a_500_the_same_notice_comes_again_until_it_is_taken() {
    let (bank, listener) = (bank(), Listener::answering(&[500, 302]).await);
    let channel = channel(&listener.url, Dialect::Thungan);
    let receipt = bank.transfer(order(&[]), &channel, NOW, 1).await.unwrap();
    assert_eq!(statuses(&receipt), [Some(500)]);
    bank.idle().await;
    let heard = listener.heard();
    assert_eq!(
        heard.len(),
        3,
        "a redirect is not an acknowledgement either"
    );
    assert!(heard.iter().all(|again| again.body == heard[0].body));
    assert!(
        heard
            .iter()
            .all(|again| understand(again, &channel).is_ok())
    );
}

#[tokio::test]
async fn a_conflict_never_overtakes_the_true_notice() {
    let (bank, listener) = (bank(), Listener::answering(&[503]).await);
    let channel = channel(&listener.url, Dialect::SepayHmac);
    let receipt = bank
        .transfer(order(&[Fault::Conflict]), &channel, NOW, 1)
        .await
        .unwrap();
    assert_eq!(statuses(&receipt), [Some(503), None]);
    bank.idle().await;
    let heard = listener.heard();
    let notices = heard
        .iter()
        .map(|heard| understand(heard, &channel).unwrap());
    let told: Vec<_> = notices
        .map(|notice| (notice.provider_event_id, notice.amount.get()))
        .collect();
    let id = || receipt.transfers[0].event_id.clone();
    assert_eq!(told, [(id(), 79_000), (id(), 79_000), (id(), 89_000)]);
}

#[tokio::test]
async fn forged_and_stale_callbacks_are_refused_and_not_sent_again() {
    for dialect in [Dialect::SepayHmac, Dialect::Thungan] {
        let (bank, listener) = (bank(), Listener::answering(&[401, 401]).await);
        let channel = channel(&listener.url, dialect);
        let forged = bank
            .transfer(order(&[Fault::Forge]), &channel, NOW, 1)
            .await
            .unwrap();
        assert!(forged.transfers.is_empty() && bank.truth().is_empty());
        let stale = bank
            .transfer(order(&[Fault::Stale]), &channel, NOW, 1)
            .await
            .unwrap();
        assert_eq!(bank.truth(), stale.transfers);
        assert_eq!(
            (statuses(&forged), statuses(&stale)),
            (vec![Some(401)], vec![Some(401)])
        );
        bank.idle().await;
        let verdicts = listener.heard();
        let verdicts = verdicts
            .iter()
            .map(|heard| understand(heard, &channel).unwrap_err());
        let verdicts: Vec<_> = verdicts.collect();
        let expected = [
            AuthenticationError::BadSignature,
            AuthenticationError::StaleTimestamp,
        ];
        assert_eq!(verdicts, expected);
    }
}

#[tokio::test]
async fn dropped_money_moves_silently_and_reordered_money_is_overtaken() {
    let (bank, listener) = (bank(), Listener::answering(&[]).await);
    let channel = channel(&listener.url, Dialect::SepayHmac);
    let dropped = bank
        .transfer(order(&[Fault::Drop]), &channel, NOW, 1)
        .await
        .unwrap();
    assert!(dropped.callbacks.is_empty());
    let late = bank
        .transfer(order(&[Fault::Reorder]), &channel, NOW, 1)
        .await
        .unwrap();
    assert_eq!(statuses(&late), [None]);
    let prompt = bank.transfer(order(&[]), &channel, NOW, 1).await.unwrap();
    bank.idle().await;
    let heard = listener.heard();
    let ids = heard
        .iter()
        .map(|heard| understand(heard, &channel).unwrap().provider_event_id);
    let expected = [&prompt, &late].map(|receipt| receipt.transfers[0].event_id.clone());
    assert_eq!(ids.collect::<Vec<_>>(), expected);
    assert_eq!(bank.truth().len(), 3);
}

#[tokio::test]
async fn a_listener_that_is_not_there_is_an_error_in_the_receipt_and_not_of_the_transfer() {
    let bank = bank();
    // Port 9 discards; on the loopback nobody listens there.
    let channel = channel("http://127.0.0.1:9/key-in-the-address", Dialect::SepayHmac);
    let receipt = bank.transfer(order(&[]), &channel, NOW, 1).await.unwrap();
    assert_eq!(bank.truth(), receipt.transfers);
    let error = receipt.callbacks[0].error.as_deref().unwrap();
    assert!(
        !error.is_empty() && !error.contains("key-in-the-address"),
        "{error}"
    );
}

#[tokio::test]
async fn a_channel_that_cannot_work_is_refused_before_money_moves() {
    let bank = bank();
    let mut broken = channel("ftp://127.0.0.1/", Dialect::Thungan);
    let refused = bank.transfer(order(&[]), &broken, NOW, 1).await;
    assert_eq!(refused, Err(SimulatorError::BadAddress));
    broken.url = "http://127.0.0.1:9/".to_owned();
    broken.secret = Secret::new("not a key");
    let refused = bank.transfer(order(&[]), &broken, NOW, 1).await;
    let dialect = Dialect::Thungan;
    assert_eq!(refused, Err(SimulatorError::UnusableSecret { dialect }));
    assert!(bank.truth().is_empty());
}
