//! The form of a branding's draft as it comes: texts, and images that are read while they arrive, never more of them than may be.

use std::collections::BTreeMap;

use axum::extract::Multipart;
use axum::extract::multipart::Field;
use tokio::sync::Semaphore;

use super::upload::{broken, content};
use crate::domain::FieldError;
use crate::domain::branding::ImageKind;
use crate::domain::branding::form::{MAX_TEXT, Typed, is_text};
use crate::domain::picture::{self, ICON_SIDE, LOGO_SIDE, MAX_BYTES, Picture, PictureError};
use crate::web::UiError;
use crate::web::error::Kind;

/// Images that are decoded at once: each may take a hundred megabytes for a moment.
static DECODING: Semaphore = Semaphore::const_new(2);
/// More parts than the form has fields.
const MOST_PARTS: usize = 64;

#[derive(Default)]
pub struct Sent {
    pub texts: Typed,
    /// The revision that the form showed.
    pub revision: Option<i64>,
    /// Which preview is wanted.
    pub show: String,
    pub removed: Vec<ImageKind>,
    files: Vec<(ImageKind, Result<Vec<u8>, PictureError>)>,
}

/// Reads the whole form, also behind a file that is refused: what was typed is to come back.
pub async fn read(form: &mut Multipart) -> Result<Sent, UiError> {
    let mut sent = Sent::default();
    for _ in 0..MOST_PARTS {
        let Some(mut field) = form.next_field().await.map_err(|_| broken())? else {
            // The proposed colour was taken with one click.
            if let Some(accent) = sent.texts.remove("use_accent") {
                sent.texts.insert("accent".to_owned(), accent);
            }
            return Ok(sent);
        };
        let name = field.name().unwrap_or_default().to_owned();
        if let Some(kind) = ImageKind::ALL.into_iter().find(|kind| kind.key() == name) {
            let chosen = field.file_name().is_some_and(|file| !file.is_empty());
            let picture = picture(&mut field).await?;
            // A file field that nothing was chosen for comes empty and without a name.
            if chosen || !picture.as_ref().is_ok_and(Vec::is_empty) {
                sent.files.push((kind, picture));
            }
            continue;
        }
        let text = text(&mut field).await?;
        match name.as_str() {
            "revision" => sent.revision = text.parse().ok(),
            "show" => sent.show = text,
            other => match other.strip_prefix("remove_").and_then(|key| ImageKind::ALL.into_iter().find(|kind| kind.key() == key)) {
                Some(kind) => sent.removed.push(kind),
                None if is_text(other) || other == "use_accent" => {
                    sent.texts.insert(name, text);
                }
                None => {}
            },
        }
    }
    Err(broken())
}

async fn picture(field: &mut Field<'_>) -> Result<Result<Vec<u8>, PictureError>, UiError> {
    let picture = content(field, MAX_BYTES).await?;
    Ok(if picture.len() > MAX_BYTES { Err(PictureError::TooLarge) } else { Ok(picture) })
}

async fn text(field: &mut Field<'_>) -> Result<String, UiError> {
    Ok(String::from_utf8_lossy(&content(field, MAX_TEXT).await?).into_owned())
}

impl Sent {
    /// The images, decoded and written anew, or what is wrong with them.
    pub async fn pictures(&mut self) -> Result<BTreeMap<ImageKind, Picture>, (Kind, Vec<FieldError>)> {
        let (mut pictures, mut wrong, mut worst) = (BTreeMap::new(), Vec::new(), Kind::WrongType);
        for (kind, content) in std::mem::take(&mut self.files) {
            let read = match content {
                Ok(content) => decode(kind, content).await,
                Err(error) => Err(error),
            };
            match read {
                Ok(picture) => {
                    pictures.insert(kind, picture);
                }
                Err(error) => {
                    if error.is_size() {
                        worst = Kind::TooLarge;
                    }
                    wrong.push(FieldError::new(kind.key(), error));
                }
            }
        }
        if wrong.is_empty() { Ok(pictures) } else { Err((worst, wrong)) }
    }
}

async fn decode(kind: ImageKind, content: Vec<u8>) -> Result<Picture, PictureError> {
    let side = if kind == ImageKind::Favicon { ICON_SIDE } else { LOGO_SIDE };
    let _turn = DECODING.acquire().await.map_err(|_| PictureError::Broken)?;
    // A decoder that panics has met something broken, too.
    tokio::task::spawn_blocking(move || picture::read(&content, side)).await.unwrap_or(Err(PictureError::Broken))
}
