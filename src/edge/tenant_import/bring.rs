//! An archive that was uploaded becomes a tenant, or is refused in words that name what has to be another: archive, slug or plan.

use std::sync::Arc;

use tokio::sync::Semaphore;

use super::super::spool::{Spooled, away};
use crate::domain::FieldError;
use crate::domain::slug::Slug;
use crate::store::access::PlatformAdmin;
use crate::store::moving::import::{Imported, NotImported};
use crate::store::moving::unpack::{BadArchive, Checked, check};
use crate::store::{Store, StoreError};

/// Archives that are read at once: each keeps a processor busy, whether somebody still waits for it or not.
static READING: Semaphore = Semaphore::const_new(2);
/// Of what is said about an archive, in characters: it may quote a line of it, and travels in an address.
const MOST_SAID: usize = 300;

/// Why nothing came in.
pub enum Refused {
    Invalid(FieldError),
    /// `same` when the tenant with this slug is what came of this very archive.
    Taken {
        slug: Slug,
        same: bool,
    },
    Store(StoreError),
}

impl From<StoreError> for Refused {
    fn from(error: StoreError) -> Self {
        Refused::Store(error)
    }
}

/// Makes a tenant of the archive, under its own slug and on its own plan unless others are given.
///
/// # Errors
/// Nothing was written then.
pub async fn bring(
    store: &Store,
    admin: &PlatformAdmin,
    archive: Arc<Spooled>,
    slug: Option<Slug>,
    plan: Option<&str>,
) -> Result<Imported, Refused> {
    let checked = read(archive.clone()).await.map_err(|bad| refused(bad.into()))?;
    match store.import(admin, &checked, slug, plan).await {
        Ok(imported) => Ok(imported),
        Err(NotImported::SlugTaken(slug)) => {
            let same = store.was_imported(admin, &checked, &slug, plan).await?;
            Err(Refused::Taken { slug, same })
        }
        Err(error) => Err(refused(error)),
    }
}

async fn read(archive: Arc<Spooled>) -> Result<Checked, BadArchive> {
    let failed = || BadArchive::NoArchive("reading it failed".to_owned());
    let turn = READING.acquire().await.map_err(|_| failed())?;
    let checked = tokio::task::spawn_blocking(move || {
        let _turn = turn;
        check(archive.path())
    });
    checked.await.unwrap_or_else(|_| Err(failed()))
}

fn refused(error: NotImported) -> Refused {
    let field = match error {
        NotImported::Store(error) => return Refused::Store(error),
        NotImported::SlugTaken(slug) => return Refused::Taken { slug, same: false },
        // A file of the server's own.
        NotImported::Archive(BadArchive::Unreadable(error)) => return Refused::Store(away(error)),
        NotImported::Facts { field: "slug", why } => {
            return Refused::Invalid(FieldError::new(
                "slug",
                format!("The slug that it had cannot be one here: {why} Nothing was imported."),
            ));
        }
        NotImported::NoSuchPlan(_) | NotImported::NoSuchVersion { .. } => "plan",
        NotImported::Archive(_) | NotImported::Row { .. } | NotImported::Facts { .. } | NotImported::Files(_) => "archive",
    };
    Refused::Invalid(FieldError::new(field, format!("{} Nothing was imported.", brief(&error.to_string()))))
}

/// One sentence, and not a long one.
fn brief(text: &str) -> String {
    let mut line: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(MOST_SAID).collect();
    if line.len() < text.len() {
        line.push('…');
    } else if !line.ends_with('.') {
        line.push('.');
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_archive_says_of_itself_is_quoted_in_short() {
        assert_eq!(brief("It is\nno archive."), "It is no archive.");
        assert_eq!(brief("It is no archive: no header"), "It is no archive: no header.");
        assert_eq!(brief(&"é".repeat(5_000)), format!("{}…", "é".repeat(MOST_SAID)));
    }
}
