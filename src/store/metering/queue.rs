//! Group commit: requests that arrive while a batch is being written are the next batch. Each caller is answered after the commit that
//! holds its request; a caller that goes away changes nothing for the others, and its request counts if it was sent.

use std::collections::HashSet;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use tokio::sync::{mpsc, oneshot};

use super::away::Rules;
use super::batch::{self, Consume, Consumed};
use crate::store::guarded::Guarded;
use crate::store::handle::Store;
use crate::store::pool::Pool;
use crate::store::{Result, StoreError};

/// Requests of one statement at most: what it takes stays a few milliseconds.
const BATCH: usize = 256;
/// Who comes when so many wait is told to come back later.
const WAITING: usize = 8_192;
/// A connection that was used so lately is taken to be alive; else it is asked first. A request is never sent twice by itself.
const ALIVE: Duration = Duration::from_millis(500);
/// A statement that takes longer is given up; whether it counted is unknown.
const PATIENCE: Duration = Duration::from_secs(5);
/// After a failed attempt to reach the database nobody has to wait for the next one.
const PAUSE: Duration = Duration::from_millis(200);
/// After a batch of so many that took so long, the next one waits until most of those that were just answered have come back: it would take as
/// long for fewer.
const MANY: usize = 8;
const SLOW: Duration = Duration::from_micros(1_500);
/// But never longer than a part of what the last one took, and this.
const GATHER: Duration = Duration::from_millis(2);
/// So many batches do not wait after one that waited in vain: whoever was answered then does not come back.
const IN_VAIN: u32 = 32;

/// How often one request is sent again that met another server's write of the same idempotency key.
const RETRIES: u32 = 10;

struct Waiting {
    consume: Consume,
    answer: oneshot::Sender<Result<Consumed>>,
}

/// The way to the writer of this process, which starts with the first request and ends with the last clone.
#[derive(Clone, Default)]
pub struct Queue(Arc<OnceLock<mpsc::Sender<Waiting>>>);

impl Store {
    /// Counts, if the key may and the quota allows.
    ///
    /// # Errors
    /// `Unavailable` when the database is away or too many wait. Whether the request counted is then unknown: the same idempotency key
    /// finds out.
    pub async fn consume(&self, consume: Consume) -> Result<Consumed> {
        let writer = self.consuming.0.get_or_init(|| {
            let (queue, waiting) = mpsc::channel(WAITING);
            tokio::spawn(Writer { pool: self.writer_pool().clone(), line: None, down_until: None, rules: Rules::default() }.run(waiting));
            queue
        });
        let (answer, answered) = oneshot::channel();
        writer
            .try_send(Waiting { consume, answer })
            .map_err(|_full_or_ended| StoreError::Unavailable("too many requests wait".to_owned()))?;
        answered.await.map_err(|_ended| StoreError::Unavailable("the writer stopped".to_owned()))?
    }
}

struct Writer {
    pool: Pool,
    /// Kept between batches.
    line: Option<(Guarded, Instant)>,
    down_until: Option<Instant>,
    rules: Rules,
}

impl Writer {
    async fn run(mut self, mut queue: mpsc::Receiver<Waiting>) {
        let mut waiting = Vec::with_capacity(BATCH);
        let mut later = Vec::new();
        let mut in_vain = 0;
        loop {
            if waiting.is_empty() && queue.recv_many(&mut waiting, BATCH).await == 0 {
                return;
            }
            hold_repetitions(&mut waiting, &mut later);
            let (begun, answered) = (Instant::now(), waiting.len());
            let stood = self.write(std::mem::take(&mut waiting), &queue).await;
            let took = begun.elapsed();
            std::mem::swap(&mut waiting, &mut later);
            while waiting.len() < BATCH
                && let Ok(next) = queue.try_recv()
            {
                waiting.push(next);
            }
            if answered >= MANY && took >= SLOW {
                if in_vain > 0 {
                    in_vain -= 1;
                } else if !gather(&mut queue, &mut waiting, stood + answered * 3 / 4, took).await {
                    in_vain = IN_VAIN;
                }
            }
        }
    }

    /// Writes a batch and answers everybody in it. What meets another server's write of the same idempotency key goes again, in halves.
    /// Returns how many stood in the queue before the last answers.
    async fn write(&mut self, batch: Vec<Waiting>, queue: &mpsc::Receiver<Waiting>) -> usize {
        let mut stood = 0;
        let mut parts = vec![(batch, 0)];
        while let Some((mut part, tries)) = parts.pop() {
            match self.send(&part).await {
                Ok(answers) => {
                    stood = queue.len();
                    for (waiting, answer) in part.into_iter().zip(answers) {
                        self.rules.learn(&waiting.consume, &answer);
                        // Who went away has nothing to hear.
                        let _ = waiting.answer.send(Ok(answer));
                    }
                }
                Err(error) if collided(&error) && (part.len() > 1 || tries < RETRIES) => {
                    let second = part.split_off(part.len().div_ceil(2));
                    if !second.is_empty() {
                        parts.push((second, tries + 1));
                    }
                    parts.push((part, tries + 1));
                }
                Err(StoreError::Unavailable(why)) => {
                    tracing::warn!(%why, requests = part.len(), "a batch of requests could not be counted");
                    for waiting in part {
                        let answer = self.rules.answer(&waiting.consume);
                        let _ = waiting.answer.send(answer);
                    }
                }
                Err(error) if part.len() == 1 => {
                    // Whoever answers logs it.
                    if let Some(waiting) = part.pop() {
                        let _ = waiting.answer.send(Err(internal(error)));
                    }
                }
                // A fault of one request must not fail the others: each alone, until the one is found.
                Err(_) => {
                    let second = part.split_off(part.len() / 2);
                    parts.push((second, 0));
                    parts.push((part, 0));
                }
            }
        }
        stood
    }

    async fn send(&mut self, batch: &[Waiting]) -> Result<Vec<Consumed>> {
        if self.down_until.is_some_and(|until| Instant::now() < until) {
            return Err(StoreError::Unavailable("the database was away a moment ago".to_owned()));
        }
        let sent = match tokio::time::timeout(PATIENCE, self.try_send(batch)).await {
            Ok(sent) => sent,
            Err(_elapsed) => Err(StoreError::Unavailable("the database takes too long".to_owned())),
        };
        self.down_until = match &sent {
            Err(StoreError::Unavailable(_)) => Some(Instant::now() + PAUSE),
            _ => None,
        };
        sent
    }

    /// Whatever keeps a connection from being made, it is the database that is away: nothing was sent yet.
    async fn connect(&self) -> Result<Guarded> {
        Guarded::open(&self.pool).await.map_err(|error| match error {
            StoreError::Db(cause) => StoreError::Unavailable(cause.to_string()),
            other => other,
        })
    }

    async fn try_send(&mut self, batch: &[Waiting]) -> Result<Vec<Consumed>> {
        // Taken out: after an error, or when this future is dropped, the connection is looked at before it is used again.
        let mut line = match self.line.take() {
            Some((line, used)) if used.elapsed() < ALIVE => line,
            Some((line, _)) => {
                line.release();
                self.connect().await?
            }
            None => self.connect().await?,
        };
        self.rules.refresh(line.conn()).await?;
        let answers = batch::write(line.conn(), batch.iter().map(|waiting| &waiting.consume)).await?;
        self.line = Some((line, Instant::now()));
        Ok(answers)
    }
}

/// Waits a little until so many wait; whether they came.
async fn gather(queue: &mut mpsc::Receiver<Waiting>, waiting: &mut Vec<Waiting>, wanted: usize, took: Duration) -> bool {
    let wanted = wanted.min(BATCH);
    let full = async { while waiting.len() < wanted && queue.recv_many(waiting, BATCH - waiting.len()).await > 0 {} };
    tokio::time::timeout(GATHER.min(took / 2), full).await.is_ok()
}

/// Of two requests with one idempotency key the second waits for the next batch, where it finds the first one's answer.
fn hold_repetitions(waiting: &mut Vec<Waiting>, later: &mut Vec<Waiting>) {
    let mut seen = HashSet::with_capacity(waiting.len());
    let mut n = 0;
    while n < waiting.len() {
        let consume = &waiting[n].consume;
        match consume.idempotency {
            Some(name) if !seen.insert((consume.key_hash, name.key)) => later.push(waiting.remove(n)),
            _ => n += 1,
        }
    }
}

/// Nothing that the request asks for is at fault, whatever the error says.
fn internal(error: StoreError) -> StoreError {
    match error {
        StoreError::Db(_) => error,
        other => StoreError::Db(sqlx::Error::Decode(other.to_string().into())),
    }
}

/// Another transaction had the same idempotency key or, against all order, a lock.
fn collided(error: &StoreError) -> bool {
    match error {
        StoreError::Db(sqlx::Error::Database(db)) => matches!(db.code().as_deref(), Some("40001" | "40P01" | "23505")),
        _ => false,
    }
}
