//! Invites to be: who, and as what. One field may hold several addresses.

use super::email::Email;
use super::name::Name;
use super::role::Role;

/// Addresses in one form; whoever has more brings a file.
pub const MAX_AT_ONCE: usize = 20;
/// Characters in the field: all of them come back when something is wrong with one.
pub const MAX_TEXT: usize = 1_000;
/// Days until an invite runs out.
pub const DAYS: i32 = 7;

/// Somebody to be invited.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewInvite {
    pub email: Email,
    pub role: Role,
    /// What a list calls them.
    pub name: Option<Name>,
}

/// Why an address cannot be invited at this moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taken {
    /// Belongs to the team already.
    Member,
    /// Has an invite that is open.
    Invited,
}

impl Taken {
    /// `is a member already`
    pub fn predicate(self) -> &'static str {
        match self {
            Taken::Member => "is a member already",
            Taken::Invited => "has an open invite already",
        }
    }
}

/// Reads addresses that are separated by commas, semicolons, spaces or line breaks; each once, in their order.
///
/// # Errors
/// A sentence about all that is wrong.
pub fn parse_addresses(text: &str) -> Result<Vec<Email>, String> {
    let words: Vec<&str> = text.split(|c: char| c.is_whitespace() || c == ',' || c == ';').filter(|word| !word.is_empty()).collect();
    let (mut emails, mut wrong) = (Vec::new(), Vec::new());
    for word in &words {
        match word.parse::<Email>() {
            Ok(email) if emails.contains(&email) => {}
            Ok(email) => emails.push(email),
            Err(_) => wrong.push(format!("“{}”", word.chars().take(60).collect::<String>())),
        }
    }
    match (words.len(), wrong.len()) {
        (0, _) => Err("Enter an e-mail address.".to_owned()),
        (1, 1) => Err("Enter an e-mail address such as name@example.com.".to_owned()),
        (2.., 1..) => Err(format!("Not an e-mail address: {}.", wrong.into_iter().take(5).collect::<Vec<_>>().join(", "))),
        _ if emails.len() > MAX_AT_ONCE => {
            Err(format!("At most {MAX_AT_ONCE} addresses at once, these are {}. For more, import a CSV file.", emails.len()))
        }
        _ => Ok(emails),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Vec<String>, String> {
        parse_addresses(text).map(|emails| emails.into_iter().map(String::from).collect())
    }

    #[test]
    fn one_field_holds_one_address_or_several() {
        for (text, emails) in [
            ("Ada@a.example", &["ada@a.example"][..]),
            (" a@a.example, b@a.example;c@a.example\r\nd@a.example\t", &["a@a.example", "b@a.example", "c@a.example", "d@a.example"]),
            ("a@a.example A@A.example", &["a@a.example"]),
        ] {
            assert_eq!(read(text).as_deref().map(<[String]>::len), Ok(emails.len()), "{text}");
            assert_eq!(read(text).unwrap_or_default(), emails);
        }
    }

    #[test]
    fn what_is_no_address_is_named() {
        for (text, message) in [
            ("", "Enter an e-mail address."),
            (" ,;\n", "Enter an e-mail address."),
            ("nobody", "Enter an e-mail address such as name@example.com."),
            ("a@a.example nobody, <x>", "Not an e-mail address: “nobody”, “<x>”."),
        ] {
            assert_eq!(read(text), Err(message.to_owned()));
        }
        let many: String = (0..21).map(|n| format!("a{n}@a.example ")).collect();
        assert_eq!(read(&many), Err("At most 20 addresses at once, these are 21. For more, import a CSV file.".to_owned()));
    }
}
