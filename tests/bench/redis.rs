//! A Redis of its own, and the least client for it: one connection, commands that wait are sent together.

use std::fmt::Write as _;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::Context as _;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::UnixStream;
use tokio::sync::{mpsc, oneshot};

use super::server::Folder;

pub struct RedisServer {
    process: Child,
    socket: std::path::PathBuf,
}

impl RedisServer {
    /// With this rule of when its log goes to the disk.
    pub fn start(folder: &Folder, fsync: &str) -> anyhow::Result<Self> {
        let home = folder.data(&format!("redis-{fsync}"));
        std::fs::create_dir(&home)?;
        let socket = home.join("socket");
        let process = Command::new("redis-server")
            .args(["--port", "0", "--appendonly", "yes", "--save", "", "--appendfsync", fsync, "--unixsocket"])
            .arg(&socket)
            .arg("--dir")
            .arg(&home)
            .stdout(Stdio::null())
            .spawn()
            .context("redis-server cannot be started (Debian: apt-get install redis-server)")?;
        Ok(Self { process, socket })
    }

    pub async fn connect(&self) -> anyhow::Result<Redis> {
        for _ in 0..100 {
            if let Ok(stream) = UnixStream::connect(&self.socket).await {
                let (queue, waiting) = mpsc::channel(4_096);
                tokio::spawn(talk(stream, waiting));
                return Ok(Redis(queue));
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        anyhow::bail!("Redis does not answer")
    }
}

impl Drop for RedisServer {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

type Waiting = (String, i64, oneshot::Sender<i64>);

pub struct Redis(mpsc::Sender<Waiting>);

impl Redis {
    /// The counter after adding; `None` when Redis is gone.
    pub async fn add(&self, key: &str, amount: i64) -> Option<i64> {
        let (answer, answered) = oneshot::channel();
        self.0.send((key.to_owned(), amount, answer)).await.ok()?;
        answered.await.ok()
    }
}

/// Until an end of the line is gone.
async fn talk(stream: UnixStream, mut queue: mpsc::Receiver<Waiting>) -> Option<()> {
    let (reader, mut writer) = stream.into_split();
    let (mut lines, mut batch, mut commands) = (BufReader::new(reader).lines(), Vec::new(), String::new());
    while queue.recv_many(&mut batch, 256).await > 0 {
        commands.clear();
        for (key, amount, _) in &batch {
            let amount = amount.to_string();
            // Writing to a String cannot fail.
            let _ = write!(commands, "*3\r\n$6\r\nINCRBY\r\n${}\r\n{key}\r\n${}\r\n{amount}\r\n", key.len(), amount.len());
        }
        writer.write_all(commands.as_bytes()).await.ok()?;
        for (_, _, answer) in batch.drain(..) {
            let line = lines.next_line().await.ok()??;
            let _ = answer.send(line.strip_prefix(':')?.parse().ok()?);
        }
    }
    Some(())
}
