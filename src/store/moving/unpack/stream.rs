//! A checked archive, piece by piece.

use std::collections::BTreeMap;
use std::path::Path;

use tokio::sync::mpsc;
use uuid::Uuid;

use super::{BadArchive, Checked, name_of, open, read_bytes, read_lines, reading};
use crate::domain::archive::{Entry, FileFacts};
use crate::store::moving::tables::EXPORTED;

/// What is in an archive, in its order.
pub(in crate::store::moving) enum Piece {
    /// A row of this table.
    Row(&'static str, Vec<u8>),
    /// The file of the document with this id begins; its bytes; it is whole.
    File(Uuid),
    Bytes(Vec<u8>),
    FileEnd,
}

/// Pieces that wait for whoever takes them.
const AHEAD: usize = 64;

/// Reads a checked archive again, in a thread of its own. The last thing that comes is an error, if there is one.
pub(in crate::store::moving) fn stream(checked: &Checked) -> mpsc::Receiver<Result<Piece, BadArchive>> {
    let (send, receive) = mpsc::channel(AHEAD);
    let (path, files) = (checked.path.clone(), checked.manifest.files.clone());
    tokio::task::spawn_blocking(move || {
        if let Err(error) = pour(&path, &files, &send) {
            // Nobody is left to tell when the other end is gone.
            let _ = send.blocking_send(Err(error));
        }
    });
    receive
}

fn pour(path: &Path, files: &BTreeMap<String, FileFacts>, to: &mpsc::Sender<Result<Piece, BadArchive>>) -> Result<(), BadArchive> {
    // Whoever listened has given up: there is no more to say.
    let gone = || BadArchive::NoArchive("nobody reads it any more".to_owned());
    let mut left = files.len();
    for entry in open(path)?.entries().map_err(reading)?.raw(true) {
        let mut entry = entry.map_err(reading)?;
        let name = name_of(&entry)?;
        let known = Entry::of(&name).map_err(|why| BadArchive::Name { name: name.clone(), why })?;
        let Some(said) = files.get(&name) else { continue };
        let facts = match known {
            Entry::Table(table) => match EXPORTED.iter().find(|known| known.name == table) {
                Some(table) => {
                    read_lines(&mut entry, &name, |line| to.blocking_send(Ok(Piece::Row(table.name, line))).map_err(|_| gone()))?
                }
                None => continue,
            },
            Entry::File(document) => {
                to.blocking_send(Ok(Piece::File(document))).map_err(|_| gone())?;
                let facts = read_bytes(&mut entry, |bytes| to.blocking_send(Ok(Piece::Bytes(bytes))).map_err(|_| gone()))?;
                to.blocking_send(Ok(Piece::FileEnd)).map_err(|_| gone())?;
                facts
            }
            Entry::Audit | Entry::Manifest => {
                left -= 1;
                continue;
            }
        };
        if facts != *said {
            return Err(BadArchive::Hash(name));
        }
        left = left.saturating_sub(1);
    }
    match left {
        0 => Ok(()),
        _ => Err(BadArchive::NoArchive("it was changed while it was read".to_owned())),
    }
}
