//! A TCP proxy in front of PostgreSQL that counts what is asked, delays what passes, or holds the server's answers back until told.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use sqlx::postgres::PgConnectOptions;
use tenantry::store::Store;
use tenantry::store::handle::Logins;
use tenantry::store::tokens::SecretKey;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, UnixStream};
use tokio::sync::watch;

use super::World;
use super::cluster::Cluster;

/// How the proxy treats the server's answers.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Answers {
    /// Each piece waits this long.
    Delayed(Duration),
    Held,
    /// Every connection breaks, and every new one at once: a database that is away.
    Cut,
}

pub struct Proxy {
    pub port: u16,
    answers: watch::Sender<Answers>,
    /// Bytes that clients sent so far.
    asked: watch::Receiver<u64>,
    /// Round trips so far.
    questions: Arc<AtomicU64>,
}

/// What one client sends, taken apart.
#[derive(Default)]
struct Messages {
    rest: Vec<u8>,
    /// The first message has no type.
    begun: bool,
}

impl Messages {
    /// Which of them the server answers with "ready": each is a round trip.
    fn questions(&mut self, bytes: &[u8]) -> u64 {
        const ENCRYPT: u32 = 80_877_103;
        self.rest.extend_from_slice(bytes);
        let mut questions = 0;
        let number = |bytes: Option<&[u8]>| bytes.and_then(|bytes| Some(u32::from_be_bytes(bytes.try_into().ok()?)));
        loop {
            let kind = usize::from(self.begun);
            let Some(length) = number(self.rest.get(kind..kind + 4)) else { return questions };
            let end = kind + usize::try_from(length).expect("a machine of 32 bits or more");
            if self.rest.len() < end {
                return questions;
            }
            match self.begun {
                true => questions += u64::from(matches!(self.rest[0], b'Q' | b'S')),
                false => self.begun = number(self.rest.get(4..8)) != Some(ENCRYPT),
            }
            self.rest.drain(..end);
        }
    }
}

impl World {
    /// A store with so many connections a login, behind the proxy.
    pub fn store_behind(&self, proxy: &Proxy, connections: u32) -> Store {
        let (app, platform) = (proxy.login(&self.logins.app), proxy.login(&self.logins.platform));
        let logins = Logins { owner: self.logins.owner.clone(), app, platform };
        Store::new(&logins, connections, connections, SecretKey::new(String::from("a key for tests").into()))
    }
}

impl Proxy {
    pub async fn start() -> Proxy {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a free port");
        let port = listener.local_addr().expect("bound").port();
        let (answers, treat) = watch::channel(Answers::Delayed(Duration::ZERO));
        let (count, asked) = watch::channel(0);
        let questions = Arc::new(AtomicU64::new(0));
        let all_questions = questions.clone();
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                if *treat.borrow() == Answers::Cut {
                    continue;
                }
                let server = UnixStream::connect(Cluster::shared().socket()).await.expect("PostgreSQL listens");
                let (mut from_client, mut to_client) = client.into_split();
                let (mut from_server, mut to_server) = server.into_split();
                let (count, questions) = (count.clone(), all_questions.clone());
                let mut cut = treat.clone();
                tokio::spawn(async move {
                    let (mut buffer, mut messages) = (vec![0; 16 * 1024], Messages::default());
                    let forward = async {
                        while let Ok(n @ 1..) = from_client.read(&mut buffer).await {
                            questions.fetch_add(messages.questions(&buffer[..n]), Ordering::Relaxed);
                            if to_server.write_all(&buffer[..n]).await.is_err() {
                                break;
                            }
                            count.send_modify(|sum| *sum += n as u64);
                        }
                    };
                    tokio::select! {
                        () = forward => {}
                        _ = cut.wait_for(|answers| *answers == Answers::Cut) => {}
                    }
                });
                let mut treat = treat.clone();
                tokio::spawn(async move {
                    let mut buffer = vec![0; 16 * 1024];
                    // Ends with the other half: without a client the server hangs up.
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
        Proxy { port, answers, asked, questions }
    }

    /// This login, through the proxy.
    pub fn login(&self, login: &PgConnectOptions) -> PgConnectOptions {
        let (name, database) = (login.get_username().to_owned(), login.get_database().expect("a database").to_owned());
        PgConnectOptions::new_without_pgpass().host("127.0.0.1").port(self.port).username(&name).database(&database)
    }

    /// Round trips to the database so far.
    pub fn questions(&self) -> u64 {
        self.questions.load(Ordering::Relaxed)
    }

    pub fn answers(&self, answers: Answers) {
        self.answers.send_replace(answers);
    }

    /// Returns when a client has sent something after this was first polled.
    pub async fn next_question(&self) {
        let mut asked = self.asked.clone();
        asked.mark_unchanged();
        asked.changed().await.expect("the proxy lives as long as the test");
    }
}
