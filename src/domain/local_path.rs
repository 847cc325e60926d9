//! Addresses that a person may be sent on to: paths on the same host, nothing else.

/// One leading slash, not two (that would be another host), no backslash (browsers read it as a slash), no control character.
pub fn is_local_path(path: &str) -> bool {
    path.starts_with('/') && !path.starts_with("//") && !path.contains('\\') && !path.chars().any(|c| c.is_control() || c.is_whitespace())
}

/// `next` when it stays on this host.
pub fn local_or<'a>(next: &'a str, otherwise: &'a str) -> &'a str {
    if is_local_path(next) { next } else { otherwise }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_sent_to_another_host() {
        for good in ["/", "/t/acme?x=1", "/admin/tenants?q=a%20b"] {
            assert!(is_local_path(good), "{good}");
        }
        for bad in [
            "",
            "//evil.example",
            "/\\evil.example",
            "https://evil.example",
            "javascript:alert(1)",
            "/\t/evil.example",
            "/a\r\nSet-Cookie: x",
            "t/acme",
        ] {
            assert!(!is_local_path(bad), "{bad}");
        }
    }
}
