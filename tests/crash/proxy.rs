//! A TCP proxy between the gateway and PostgreSQL that cuts connections at their commit.

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// The message that commits, as the driver sends it: type, length, text.
const COMMIT: &[u8] = b"Q\x00\x00\x00\x0bCOMMIT\x00";

/// What the proxy did.
#[derive(Debug, Default)]
pub struct Cuts {
    /// While it is not set, everything passes.
    pub on: AtomicBool,
    /// The commit reached the server, the answer did not come back.
    pub after: AtomicU64,
    /// The commit did not reach the server.
    pub before: AtomicU64,
}

/// Starts it; where it listens.
pub async fn start(server: String, seed: u64) -> (u16, Arc<Cuts>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let cuts = Arc::new(Cuts::default());
    let shared = cuts.clone();
    tokio::spawn(async move {
        for number in 0.. {
            let Ok((client, _)) = listener.accept().await else {
                return;
            };
            let Ok(upstream) = TcpStream::connect(&server).await else {
                continue;
            };
            let random = StdRng::seed_from_u64(seed ^ number);
            tokio::spawn(pass(client, upstream, random, shared.clone()));
        }
    });
    (port, cuts)
}

async fn pass(client: TcpStream, server: TcpStream, mut random: StdRng, cuts: Arc<Cuts>) {
    let _ = client.set_nodelay(true);
    let _ = server.set_nodelay(true);
    let (mut from_client, mut to_client) = client.into_split();
    let (mut from_server, mut to_server) = server.into_split();
    let silent = Arc::new(AtomicBool::new(false));
    let hush = silent.clone();
    let back = tokio::spawn(async move {
        let mut bytes = vec![0; 64 * 1024];
        while let Ok(length @ 1..) = from_server.read(&mut bytes).await {
            if hush.load(Ordering::SeqCst) || to_client.write_all(&bytes[..length]).await.is_err() {
                break;
            }
        }
    });
    let mut bytes = vec![0; 64 * 1024];
    while let Ok(length @ 1..) = from_client.read(&mut bytes).await {
        let sent = &bytes[..length];
        let commits = sent.windows(COMMIT.len()).any(|window| window == COMMIT);
        if commits && cuts.on.load(Ordering::SeqCst) && random.random_ratio(1, 6) {
            // In turn, so that a short run has both.
            if cuts.after.load(Ordering::SeqCst) <= cuts.before.load(Ordering::SeqCst) {
                silent.store(true, Ordering::SeqCst);
                if to_server.write_all(sent).await.is_ok() {
                    cuts.after.fetch_add(1, Ordering::SeqCst);
                    // Time enough for the server to do it.
                    tokio::time::sleep(Duration::from_millis(60)).await;
                }
            } else {
                cuts.before.fetch_add(1, Ordering::SeqCst);
            }
            break;
        }
        if to_server.write_all(sent).await.is_err() {
            break;
        }
    }
    back.abort();
}
