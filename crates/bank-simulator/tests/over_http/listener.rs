//! A listener on the loopback that answers what it is told and keeps what it hears. It is a receiver
//! like ours: it issues tokens, and it acknowledges in the sender's own words.

use reconciler::Secret;
use reconciler::callback::{Carrier, Dialect, RawCallback, Reply, Source};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

impl Heard {
    /// The message, wherever the dialect puts it.
    pub fn message(&self, dialect: Dialect) -> &[u8] {
        match dialect.carrier() {
            Carrier::Query => self.target.split_once('?').unwrap().1.as_bytes(),
            _ => &self.body,
        }
    }
}

/// One request as it came in.
#[derive(Debug, Clone)]
pub struct Heard {
    /// Path and query.
    pub target: String,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

/// Answers the given statuses in turn, then 200 for ever.
pub struct Listener {
    pub url: String,
    heard: Arc<Mutex<Vec<Heard>>>,
}

impl Listener {
    pub async fn answering(statuses: &[u16]) -> Self {
        let secret = Secret::new("whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX");
        Self::of(Dialect::SepayHmac, &secret, statuses).await
    }

    /// Listens to this dialect. Requests for tokens are answered and not kept.
    pub async fn of(dialect: Dialect, secret: &Secret, statuses: &[u16]) -> Self {
        let socket = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/v1/callbacks/bank", socket.local_addr().unwrap());
        let heard = Arc::new(Mutex::new(Vec::new()));
        let (kept, mut statuses) = (Arc::clone(&heard), VecDeque::from(statuses.to_vec()));
        let secrets = [secret.clone()];
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = socket.accept().await {
                let request = read(&mut stream).await;
                let form = dialect.token_form();
                let wants_token = form.is_some_and(|form| request.target.ends_with(form.path()));
                let (status, body) = if wants_token {
                    let raw = RawCallback {
                        headers: &request.headers,
                        body: &request.body,
                        received_at: super::NOW,
                    };
                    match Source::new("bank", dialect, &secrets).grant(&raw).unwrap() {
                        Ok(answer) => (200, answer.body),
                        Err(_) => (401, "{}".to_owned()),
                    }
                } else {
                    kept.lock().unwrap().push(request);
                    let success = Reply::Accepted { receipt: "r" };
                    let answer = dialect.answer(&success).unwrap();
                    let status = statuses.pop_front().unwrap_or(answer.status);
                    (status, answer.body.into_owned())
                };
                let answer = format!(
                    "HTTP/1.1 {status} said\r\nlocation: /elsewhere\r\ncontent-length: {}\r\n\
                     connection: close\r\n\r\n{body}",
                    body.len()
                );
                stream.write_all(answer.as_bytes()).await.unwrap();
            }
        });
        Self { url, heard }
    }

    pub fn heard(&self) -> Vec<Heard> {
        self.heard.lock().unwrap().clone()
    }
}

async fn read(stream: &mut TcpStream) -> Heard {
    let mut bytes = Vec::new();
    let mut chunk = [0; 4_096];
    loop {
        let count = stream.read(&mut chunk).await.unwrap();
        assert!(count > 0, "the connection ended within a request");
        bytes.extend_from_slice(&chunk[..count]);
        let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") else {
            continue;
        };
        let head = str::from_utf8(&bytes[..end]).unwrap();
        let headers: Vec<(String, String)> = head
            .lines()
            .skip(1)
            .filter_map(|line| line.split_once(": "))
            .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
            .collect();
        let length = headers.iter().find(|(name, _)| name == "content-length");
        let length: usize = length.map_or(0, |(_, value)| value.parse().unwrap());
        if bytes.len() >= end + 4 + length {
            let body = bytes[end + 4..].to_vec();
            let target = head.split(' ').nth(1).unwrap().to_owned();
            return Heard {
                target,
                headers,
                body,
            };
        }
    }
}
