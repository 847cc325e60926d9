//! A TCP proxy in front of PostgreSQL that delays what passes, or holds the server's answers back until told.

use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, UnixStream};
use tokio::sync::watch;

use super::cluster::Cluster;

/// How the proxy treats the server's answers.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Answers {
    /// Each piece waits this long.
    Delayed(Duration),
    Held,
}

pub struct Proxy {
    pub port: u16,
    answers: watch::Sender<Answers>,
    /// Bytes that clients sent so far.
    asked: watch::Receiver<u64>,
}

impl Proxy {
    pub async fn start() -> Proxy {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a free port");
        let port = listener.local_addr().expect("bound").port();
        let (answers, treat) = watch::channel(Answers::Delayed(Duration::ZERO));
        let (count, asked) = watch::channel(0);
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let server = UnixStream::connect(Cluster::shared().socket()).await.expect("PostgreSQL listens");
                let (mut from_client, mut to_client) = client.into_split();
                let (mut from_server, mut to_server) = server.into_split();
                let count = count.clone();
                tokio::spawn(async move {
                    let mut buffer = vec![0; 16 * 1024];
                    while let Ok(n @ 1..) = from_client.read(&mut buffer).await {
                        if to_server.write_all(&buffer[..n]).await.is_err() {
                            break;
                        }
                        count.send_modify(|sum| *sum += n as u64);
                    }
                });
                let mut treat = treat.clone();
                tokio::spawn(async move {
                    let mut buffer = vec![0; 16 * 1024];
                    while let Ok(n @ 1..) = from_server.read(&mut buffer).await {
                        let Ok(answers) = treat.wait_for(|answers| *answers != Answers::Held).await.map(|answers| *answers) else { break };
                        if let Answers::Delayed(delay) = answers
                            && !delay.is_zero()
                        {
                            tokio::time::sleep(delay).await;
                        }
                        if to_client.write_all(&buffer[..n]).await.is_err() {
                            break;
                        }
                    }
                });
            }
        });
        Proxy { port, answers, asked }
    }

    pub fn answers(&self, answers: Answers) {
        self.answers.send_replace(answers);
    }

    /// Returns when a client has sent something since this was called first polled.
    pub async fn next_question(&self) {
        let mut asked = self.asked.clone();
        asked.mark_unchanged();
        asked.changed().await.expect("the proxy lives as long as the test");
    }
}
