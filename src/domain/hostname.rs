//! Names that tenants bring: a name of the public DNS under which nobody but its owner can put something.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

/// A name of the public DNS in lower-case ASCII, internationalized labels as A-labels, without a dot at its end. Not one of the platform's
/// own, no address, no public suffix.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hostname(String);

/// With this label before it stands the record that proves a name.
const CHALLENGE: &str = "_tenantry-challenge.";

/// With [`CHALLENGE`] before it a name has at most 253 characters.
const MAX_LENGTH: usize = 253 - CHALLENGE.len();

/// Ends of names that no public DNS knows: RFC 6761, 6762, 7686, 9476, and ICANN's `internal`.
const SPECIAL: &[&str] = &["localhost", "local", "internal", "invalid", "test", "onion", "alt", "arpa"];

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HostnameError {
    #[error("Enter a domain, such as portal.example.com.")]
    Empty,
    #[error("Enter the name alone, without https://, port or path.")]
    Address,
    #[error("A name with * stands for many. Enter one name; you can add more.")]
    Wildcard,
    #[error("This is an IP address. Enter a name, such as portal.example.com.")]
    Number,
    #[error("This name is too long: at most {MAX_LENGTH} characters, and 63 between two dots.")]
    TooLong,
    #[error("This is not a whole name. Enter one with a dot, such as portal.example.com.")]
    OneLabel,
    #[error("Names that end in “.{0}” are not in the public DNS. Enter a name that you have registered.")]
    Special(&'static str),
    #[error("This is a name of the platform itself. Enter a name of your own.")]
    Ours,
    #[error("“{0}” is a public suffix: many register their names below it. Enter your own name.")]
    PublicSuffix(String),
    #[error("This is not a name as DNS knows them: letters, digits and inner hyphens between dots.")]
    Malformed,
}

impl Hostname {
    /// What somebody typed, with `base_host` as the host of the platform.
    ///
    /// # Errors
    /// What is wrong with it, for the person who typed it.
    pub fn typed(text: &str, base_host: &str) -> Result<Self, HostnameError> {
        let text = text.trim();
        if text.is_empty() {
            return Err(HostnameError::Empty);
        }
        if is_number(text) {
            return Err(HostnameError::Number);
        }
        if text.contains(['/', ':', '@', '?', '#']) {
            return Err(HostnameError::Address);
        }
        if text.contains('*') {
            return Err(HostnameError::Wildcard);
        }
        // Longer ones than any name in any script: not worth a look.
        if text.len() > 1_000 || text.chars().count() > 253 {
            return Err(HostnameError::TooLong);
        }
        let text = text.strip_suffix(['.', '。']).unwrap_or(text);
        let ascii = idna::domain_to_ascii_strict(text).map_err(|_| malformed(text))?;
        if ascii.len() > MAX_LENGTH {
            return Err(HostnameError::TooLong);
        }
        if is_number(&ascii) {
            return Err(HostnameError::Number);
        }
        if ascii == base_host || is_below(&ascii, base_host) {
            return Err(HostnameError::Ours);
        }
        if let Some(special) = SPECIAL.iter().find(|special| ascii == **special || is_below(&ascii, special)) {
            return Err(if *special == "localhost" { HostnameError::Ours } else { HostnameError::Special(special) });
        }
        if !ascii.contains('.') {
            return Err(HostnameError::OneLabel);
        }
        let name = Self(ascii);
        if psl::suffix_str(&name.0).is_some_and(|suffix| suffix == name.0) {
            return Err(HostnameError::PublicSuffix(name.unicode()));
        }
        Ok(name)
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// As people write it. Different scripts may look alike: where it differs from [`Self::as_str`], both are shown.
    pub fn unicode(&self) -> String {
        idna::domain_to_unicode(&self.0).0
    }

    /// Whether it is the name that was registered itself, and none below it: there can be no CNAME.
    pub fn is_apex(&self) -> bool {
        psl::domain_str(&self.0).is_some_and(|registered| registered == self.0)
    }

    /// Where the record stands that proves it.
    pub fn challenge(&self) -> String {
        format!("{CHALLENGE}{}", self.0)
    }

    /// The name and those above it, as CAA records are looked for.
    pub fn upwards(&self) -> impl Iterator<Item = &str> {
        std::iter::successors(Some(self.0.as_str()), |name| name.split_once('.').map(|(_, above)| above))
    }
}

fn is_below(name: &str, above: &str) -> bool {
    name.strip_suffix(above).is_some_and(|rest| rest.ends_with('.'))
}

/// An address, or what browsers take for one: a name whose last label is a number.
fn is_number(text: &str) -> bool {
    let bare = text.trim_start_matches('[').trim_end_matches(']');
    let last = text.trim_end_matches('.').rsplit('.').next().unwrap_or_default();
    let digits = !last.is_empty() && last.bytes().all(|c| c.is_ascii_digit());
    let hexadecimal = last.strip_prefix("0x").is_some_and(|rest| rest.bytes().all(|c| c.is_ascii_hexdigit()));
    bare.parse::<IpAddr>().is_ok() || digits || hexadecimal
}

fn malformed(text: &str) -> HostnameError {
    if text.split('.').any(|label| label.is_ascii() && label.len() > 63) { HostnameError::TooLong } else { HostnameError::Malformed }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a host name")]
pub struct NotAHostname;

impl FromStr for Hostname {
    type Err = NotAHostname;

    /// One that was accepted before.
    fn from_str(text: &str) -> Result<Self, NotAHostname> {
        let fine = |label: &str| !label.is_empty() && label.bytes().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == b'-');
        if text.contains('.') && text.split('.').all(fine) { Ok(Self(text.to_owned())) } else { Err(NotAHostname) }
    }
}

impl fmt::Display for Hostname {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BASE: &str = "tenants.example.com";

    #[test]
    fn a_name_is_kept_in_ascii_and_shown_as_people_write_it() {
        for (typed, ascii, shown) in [
            ("portal.acme.example", "portal.acme.example", "portal.acme.example"),
            ("  Portal.ACME.example. ", "portal.acme.example", "portal.acme.example"),
            ("acme.example", "acme.example", "acme.example"),
            ("bücher.example", "xn--bcher-kva.example", "bücher.example"),
            ("XN--BCHER-KVA.example", "xn--bcher-kva.example", "bücher.example"),
            ("例え.テスト.jp", "xn--r8jz45g.xn--zckzah.jp", "例え.テスト.jp"),
            // Cyrillic letters that look like Latin ones.
            ("аррӏе.example", "xn--80ak6aa92e.example", "аррӏе.example"),
            ("shop。acme。example", "shop.acme.example", "shop.acme.example"),
        ] {
            let name = Hostname::typed(typed, BASE).unwrap_or_else(|error| panic!("{typed}: {error}"));
            assert_eq!((name.as_str(), name.unicode().as_str()), (ascii, shown), "{typed}");
            assert_eq!(ascii.parse(), Ok(name));
        }
    }

    #[test]
    fn what_cannot_be_connected_is_refused_with_its_reason() {
        use HostnameError::*;
        let long = format!("{}.example", "a".repeat(64));
        let longer = format!("{}example", "a.".repeat(150));
        let longest = format!("{}.example", ["a".repeat(60).as_str(); 4].join("."));
        for (typed, error) in [
            ("", Empty),
            ("https://portal.acme.example", Address),
            ("portal.acme.example:443", Address),
            ("portal.acme.example/login", Address),
            ("me@acme.example", Address),
            ("*.acme.example", Wildcard),
            ("192.0.2.1", Number),
            ("[2001:db8::1]", Number),
            ("2001:db8::1", Number),
            ("0x7f.1", Number),
            ("acme.0x7f", Number),
            ("１９２.０.２.１", Number),
            (&"x".repeat(300), TooLong),
            (&long, TooLong),
            (&longer, TooLong),
            (&longest, TooLong),
            ("intranet", OneLabel),
            ("com", OneLabel),
            ("localhost", Ours),
            ("acme.localhost", Ours),
            ("tenants.example.com", Ours),
            ("acme.TENANTS.example.com", Ours),
            ("printer.local", Special("local")),
            ("1.0.0.127.in-addr.arpa", Special("arpa")),
            ("co.uk", PublicSuffix("co.uk".to_owned())),
            ("github.io", PublicSuffix("github.io".to_owned())),
            ("公司.cn", PublicSuffix("公司.cn".to_owned())),
            ("xn--55qx5d.cn", PublicSuffix("公司.cn".to_owned())),
            ("a..example", Malformed),
            (".acme.example", Malformed),
            ("-acme.example", Malformed),
            ("acme-.example", Malformed),
            ("ac_me.example", Malformed),
            ("ac me.example", Malformed),
            ("acme\u{0}.example", Malformed),
            ("<b>.example", Malformed),
            ("xn--a.example", Malformed),
        ] {
            assert_eq!(Hostname::typed(typed, BASE), Err(error), "{typed}");
        }
        // Above the platform's name somebody else may be at home.
        assert!(Hostname::typed("shop.example.com", BASE).is_ok());
        assert!(Hostname::typed("othertenants.example.com", BASE).is_ok());
    }

    #[test]
    fn a_name_knows_what_stands_around_it() {
        let name = |text: &str| Hostname::typed(text, BASE).expect("a name");
        for (text, apex) in [("acme.example", true), ("portal.acme.example", false), ("acme.co.uk", true), ("www.acme.co.uk", false)] {
            assert_eq!(name(text).is_apex(), apex, "{text}");
        }
        let portal = name("portal.acme.example");
        assert_eq!(portal.challenge(), "_tenantry-challenge.portal.acme.example");
        assert_eq!(portal.upwards().collect::<Vec<_>>(), ["portal.acme.example", "acme.example", "example"]);
    }
}
