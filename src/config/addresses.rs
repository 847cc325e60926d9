//! Addresses as the configuration takes them.

use std::net::{IpAddr, SocketAddr};

use url::{Host, Url};

/// `smtps://user:password@host`, `smtp://host?tls=required`; a password goes over TLS or stays on the machine. The text is not repeated.
pub(super) fn check_smtp_url(text: &str) -> Result<(), &'static str> {
    const IS: &str = "is not an address such as smtps://user:password@mail.example.com or smtp://mail.example.com:587?tls=required";
    let url = Url::parse(text).map_err(|_| IS)?;
    let tls = url.query_pairs().find(|(key, _)| key == "tls").map(|(_, value)| value.into_owned());
    let encrypted = match (url.scheme(), tls.as_deref()) {
        ("smtps", None) | ("smtp", Some("required")) => true,
        ("smtp", None | Some("opportunistic")) => false,
        _ => return Err(IS),
    };
    if url.host_str().is_none_or(str::is_empty) || url.fragment().is_some() {
        return Err(IS);
    }
    let on_the_machine = url.host_str().is_some_and(|host| host == "localhost" || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback()));
    if url.password().is_some() && !encrypted && !on_the_machine {
        return Err("would send a password that everybody on the way can read: use smtps:// or ?tls=required");
    }
    Ok(())
}

/// The text may hold a password: it is not repeated.
pub(super) const FILES_URL_IS: &str = "is not an address such as file:///srv/tenantry or s3://bucket/folder";

/// `file:///folder` or `s3://bucket/prefix`, without credentials: those come from the environment.
pub(super) fn parse_files_url(text: &str) -> Option<Url> {
    let url = Url::parse(text).ok()?;
    let plain = url.username().is_empty() && url.password().is_none() && url.query().is_none() && url.fragment().is_none();
    let place = match url.scheme() {
        "file" => url.to_file_path().is_ok(),
        "s3" => url.has_host(),
        _ => false,
    };
    (plain && place).then_some(url)
}

/// An address, or one with a port; without one it is 53.
pub(super) fn parse_dns_server(text: &str) -> Option<SocketAddr> {
    text.parse().ok().or_else(|| Some(SocketAddr::new(text.parse().ok()?, 53)))
}

/// Whether this is the machine itself: the only place where cookies may travel over plain http.
pub fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        None => false,
    }
}

pub(super) fn parse_base_url(text: &str) -> Result<Url, String> {
    let url = Url::parse(text).map_err(|_| format!("`{text}` is not an address such as https://tenants.example.com"))?;
    if !matches!(url.scheme(), "http" | "https") || url.host().is_none() {
        return Err(format!("`{text}` is not an http or https address"));
    }
    if url.path() != "/" || url.query().is_some() || url.fragment().is_some() || !url.username().is_empty() {
        return Err(format!("`{text}` must be a scheme, a host and a port only"));
    }
    if url.scheme() == "http" && !is_loopback(&url) {
        return Err(format!("`{text}` must be https: session cookies travel over plain http on the machine itself only"));
    }
    Ok(url)
}
