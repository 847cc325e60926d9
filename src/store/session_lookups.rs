//! Sessions by the hashes of their ids. Those that are asked for while a statement runs are read together by the next one, so that many clicks
//! at once cost few statements; each is read after it was asked for.

use std::sync::{Arc, OnceLock};

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use tokio::sync::{mpsc, oneshot};
use uuid::Uuid;

use super::Result;
use super::guarded::{First, Guarded};
use super::handle::Store;
use super::pool::Pool;

/// Sessions of one statement at most: it takes a few milliseconds then.
const BATCH: usize = 64;
/// Who comes when so many wait is told to come back later.
const WAITING: usize = 8_192;

/// A session that has not run out, and of a signed-in person what every page asks.
pub(super) struct Loaded {
    n: i32,
    pub session_id: Uuid,
    pub data: serde_json::Value,
    pub expires_at: DateTime<Utc>,
    pub user_id: Option<Uuid>,
    pub email: Option<String>,
    pub name: Option<String>,
    pub staff: Option<serde_json::Value>,
    pub memberships: serde_json::Value,
    /// Seen last more than five minutes ago.
    pub stale: bool,
    pub time_zone: Option<String>,
    pub second_factor: bool,
    pub fresh: bool,
    pub support: Option<serde_json::Value>,
}

/// What a lookup comes to; the same reason for everybody who waited.
type Answer = std::result::Result<Option<Loaded>, String>;

struct Waiting {
    hash: Vec<u8>,
    answer: oneshot::Sender<Answer>,
}

/// The way to the reader of this process, which starts with the first session and ends with the last clone.
#[derive(Clone, Default)]
pub(super) struct Lookups(Arc<OnceLock<mpsc::Sender<Waiting>>>);

impl Store {
    /// # Errors
    /// Why the database did not say, or that too many wait.
    pub(super) async fn look_up_session(&self, hash: Vec<u8>) -> Answer {
        let reader = self.lookups.0.get_or_init(|| {
            let (queue, waiting) = mpsc::channel(WAITING);
            tokio::spawn(run(self.app_pool().clone(), waiting));
            queue
        });
        let (answer, answered) = oneshot::channel();
        reader.try_send(Waiting { hash, answer }).map_err(|_full_or_ended| "too many sessions are looked up".to_owned())?;
        answered.await.map_err(|_ended| "the reader of sessions stopped".to_owned())?
    }
}

async fn run(pool: Pool, mut queue: mpsc::Receiver<Waiting>) {
    let mut waiting = Vec::with_capacity(BATCH);
    while queue.recv_many(&mut waiting, BATCH).await > 0 {
        let (hashes, answers): (_, Vec<_>) = waiting.drain(..).map(|one| (one.hash, one.answer)).unzip();
        // Who went away has nothing to hear.
        match Guarded::connect(&pool, &Load(hashes)).await {
            Ok((conn, found)) => {
                conn.release();
                // In the order of their numbers, which begin at 1.
                let mut found = found.into_iter().peekable();
                for (n, answer) in (1..).zip(answers) {
                    let _ = answer.send(Ok(found.next_if(|row| row.n == n)));
                }
            }
            Err(error) => {
                let why = error.to_string();
                for answer in answers {
                    let _ = answer.send(Err(why.clone()));
                }
            }
        }
    }
}

/// Reads the sessions with these hashes.
struct Load(Vec<Vec<u8>>);

impl First for Load {
    type Answer = Vec<Loaded>;

    async fn ask(&self, conn: &mut PgConnection) -> Result<Vec<Loaded>> {
        let rows = sqlx::query_as!(
            Loaded,
            r#"
            select
              n as "n!", session_id as "session_id!", data as "data!", expires_at as "expires_at!", user_id as "user_id?", email as "email?",
              name as "name?", staff as "staff?", memberships as "memberships!", stale as "stale!", time_zone,
              second_factor as "second_factor!", fresh as "fresh!", support as "support?"
            from sessions_load($1)
            "#,
            &self.0,
        )
        .fetch_all(conn)
        .await?;
        Ok(rows)
    }
}
