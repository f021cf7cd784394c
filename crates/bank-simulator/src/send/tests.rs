use super::*;
use money::Vnd;

fn letter() -> Letter {
    let send = PlannedSend {
        movement: 0,
        amount: Vnd::new(79_000).unwrap(),
        fault: None,
        forged_secret: None,
        age_seconds: 0,
    };
    Letter::new("1", b"{}".to_vec(), send)
}

fn sender() -> Sender {
    // A second installation is refused, and the first is what we want.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let channel = Channel {
        // Port 9 discards; on the loopback nobody listens there.
        url: "http://127.0.0.1:9/".to_owned(),
        dialect: Dialect::SepayHmac,
        secret: Secret::new("a secret"),
    };
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    Sender::new(client, &channel, Timestamp::from_seconds(0)).unwrap()
}

#[test]
fn a_callback_is_tried_eight_times_within_32_seconds() {
    let total: Duration = PAUSES.iter().sum();
    assert_eq!(PAUSES.len() + 1, 8);
    assert!(total < Duration::from_secs(32));
}

#[tokio::test]
async fn when_too_many_callbacks_wait_the_receipt_says_that_one_was_given_up() {
    let background = Background::new(1);
    let wait = || vec![(Duration::from_millis(50), VecDeque::from([letter()]))];
    let first = background.deliver(sender(), wait()).await;
    assert_eq!((first[0].status, first[0].error.as_ref()), (None, None));
    let second = background.deliver(sender(), wait()).await;
    let error = second[0].error.as_deref();
    assert_eq!(error, Some("too many callbacks wait in the background"));
    assert!(background.enter().is_none());
}
