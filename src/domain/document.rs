//! Knowledge documents: names and types of files, as far as they can be believed.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The largest document, in bytes.
pub const MAX_BYTES: i64 = 50_000_000;

/// A file's name without folders: 1 to 120 characters, nothing that cannot be seen and nothing that turns its neighbours round.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct FileName(String);

pub const MAX_NAME: usize = 120;

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FileNameError {
    #[error("Choose a file.")]
    Empty,
    #[error("Use a file name of at most 120 characters.")]
    TooLong,
    #[error("Leave invisible characters out of the file's name.")]
    Invisible,
}

impl FileName {
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// `PDF` of `handbook.pdf`; `File` where the name does not say.
    pub fn kind(&self) -> String {
        match self.0.rsplit_once('.') {
            Some((stem, end)) if !stem.is_empty() && (1..=5).contains(&end.len()) && end.bytes().all(|c| c.is_ascii_alphanumeric()) => {
                end.to_ascii_uppercase()
            }
            _ => "File".to_owned(),
        }
    }
}

fn is_unseen(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{00AD}' | '\u{061C}' | '\u{180E}' | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}'
            | '\u{FEFF}' | '\u{FFF9}'..='\u{FFFB}' | '\u{FFFE}' | '\u{FFFF}' | '\u{E0000}'..='\u{E007F}')
}

impl FromStr for FileName {
    type Err = FileNameError;

    /// Some browsers send the whole path: what stands before the last slash is left out.
    fn from_str(text: &str) -> Result<Self, FileNameError> {
        let name = text.rsplit(['/', '\\']).next().unwrap_or_default().trim();
        match name {
            "" | "." | ".." => Err(FileNameError::Empty),
            _ if name.chars().count() > MAX_NAME => Err(FileNameError::TooLong),
            _ if name.chars().any(is_unseen) => Err(FileNameError::Invisible),
            _ => Ok(FileName(name.to_owned())),
        }
    }
}

impl TryFrom<String> for FileName {
    type Error = FileNameError;

    fn try_from(text: String) -> Result<Self, FileNameError> {
        text.parse()
    }
}

impl From<FileName> for String {
    fn from(name: FileName) -> String {
        name.0
    }
}

impl fmt::Display for FileName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// `type/subtype` of what the sender says, without parameters; a stream of bytes when it says nothing that can be read.
pub fn content_type(said: Option<&str>) -> String {
    // RFC 9110, section 5.6.2.
    let token = |text: &str| !text.is_empty() && text.bytes().all(|c| c.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&c));
    said.map(|said| said.split(';').next().unwrap_or_default().trim().to_ascii_lowercase())
        .filter(|said| said.len() <= 100 && said.split_once('/').is_some_and(|(one, two)| token(one) && token(two)))
        .unwrap_or_else(|| "application/octet-stream".to_owned())
}

/// The header that makes a browser keep a file instead of showing it (RFC 6266), with the name in ASCII and in full.
pub fn attachment(name: &FileName) -> String {
    let plain: String = name.as_str().chars().map(|c| if c.is_ascii_alphanumeric() || " ._-()".contains(c) { c } else { '_' }).collect();
    format!("attachment; filename=\"{plain}\"; filename*=UTF-8''{}", super::listing::encode(name.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_name_has_no_folder_and_hides_nothing() {
        for (text, read) in [
            ("handbook.pdf", Ok("handbook.pdf")),
            ("C:\\Users\\me\\Q3 🚀.pdf", Ok("Q3 🚀.pdf")),
            ("../../etc/passwd", Ok("passwd")),
            ("دليل.pdf", Ok("دليل.pdf")),
            ("", Err(FileNameError::Empty)),
            ("folder/", Err(FileNameError::Empty)),
            ("..", Err(FileNameError::Empty)),
            ("fdp\u{202E}.exe", Err(FileNameError::Invisible)),
            ("a\0b", Err(FileNameError::Invisible)),
            (&*"x".repeat(121), Err(FileNameError::TooLong)),
        ] {
            assert_eq!(text.parse::<FileName>().as_ref().map(FileName::as_str), read.as_ref().copied(), "{text:?}");
        }
    }

    #[test]
    fn a_type_is_believed_as_far_as_it_can_be_read() {
        for (said, kept) in [
            (Some("application/pdf"), "application/pdf"),
            (Some("Text/Plain; charset=utf-8"), "text/plain"),
            (Some("text/html\r\nset-cookie: a"), "application/octet-stream"),
            (Some("nonsense"), "application/octet-stream"),
            (None, "application/octet-stream"),
        ] {
            assert_eq!(content_type(said), kept);
        }
        for (name, kind) in [("a.pdf", "PDF"), ("a.tar.gz", "GZ"), (".env", "File"), ("README", "File"), ("a.b c", "File")] {
            assert_eq!(name.parse::<FileName>().expect("a name").kind(), kind);
        }
    }

    #[test]
    fn an_attachment_has_one_line_whatever_its_name() {
        let header = attachment(&"Grüße \"x\"; a=b.pdf".parse().expect("a name"));
        assert_eq!(header, "attachment; filename=\"Gr__e _x__ a_b.pdf\"; filename*=UTF-8''Gr%C3%BC%C3%9Fe%20%22x%22%3B%20a%3Db.pdf");
    }
}
