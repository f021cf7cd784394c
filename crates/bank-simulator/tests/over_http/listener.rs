//! A listener on the loopback that answers what it is told and keeps what it hears.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

/// One request as it came in.
#[derive(Debug, Clone)]
pub struct Heard {
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
        let socket = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/v1/callbacks/bank", socket.local_addr().unwrap());
        let heard = Arc::new(Mutex::new(Vec::new()));
        let (kept, mut statuses) = (Arc::clone(&heard), VecDeque::from(statuses.to_vec()));
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = socket.accept().await {
                let request = read(&mut stream).await;
                kept.lock().unwrap().push(request);
                let status = statuses.pop_front().unwrap_or(200);
                let answer = format!(
                    "HTTP/1.1 {status} said\r\nlocation: /elsewhere\r\ncontent-length: 17\r\n\
                     connection: close\r\n\r\n{{\"success\": true}}"
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
            return Heard { headers, body };
        }
    }
}
