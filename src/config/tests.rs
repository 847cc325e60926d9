use super::*;

fn read(pairs: &[(&str, &str)], file: Option<&str>) -> Result<Config, ConfigError> {
    Config::read(|name| pairs.iter().find(|(n, _)| *n == name).map(|(_, v)| v.to_string()), file)
}

#[test]
fn nothing_needs_to_be_set() {
    let config = read(&[], None).expect("defaults");
    assert!(matches!(config.database, Database::Embedded));
    assert_eq!(config.base_url.as_str(), "http://localhost:3000/");
    assert_eq!(config.support_email, "support@localhost");
}

#[test]
fn the_environment_wins_over_the_file() {
    let file = "LEPTOS_SITE_ADDR = \"127.0.0.1:4000\"\nTENANTRY_SIGN_INS_PER_MINUTE = 5\n";
    let config = read(&[("LEPTOS_SITE_ADDR", "127.0.0.1:5000")], Some(file)).expect("a good file");
    assert_eq!((config.listen.port(), config.sign_ins_per_minute), (5000, 5));
    assert_eq!(config.base_url.as_str(), "http://localhost:5000/");
}

#[test]
fn a_wrong_value_is_one_line_that_names_it() {
    for (name, value) in [
        ("DATABASE_URL", "mysql://secret@host/db"),
        ("DATABASE_URL", "nonsense"),
        ("TENANTRY_PLATFORM_DATABASE_URL", "postgres://a@b/c"),
        ("TENANTRY_DATABASE_CONNECTIONS", "0"),
        ("TENANTRY_DATABASE_CONNECTIONS", "many"),
        ("TENANTRY_BASE_URL", "tenants.example.com"),
        ("TENANTRY_BASE_URL", "http://tenants.example.com"),
        ("TENANTRY_BASE_URL", "https://tenants.example.com/app"),
        ("LEPTOS_SITE_ADDR", "3000"),
        ("TENANTRY_SECRET_KEY", "short"),
        ("TENANTRY_SUPPORT_EMAIL", "nobody"),
        ("TENANTRY_MAIL_FROM", "nobody"),
        ("TENANTRY_SMTP_URL", "mail.example.com"),
        ("TENANTRY_SMTP_URL", "http://u:secret@mail.example.com"),
        ("TENANTRY_SMTP_URL", "smtp://u:secret@mail.example.com"),
        ("TENANTRY_SMTP_URL", "smtp://u:secret@mail.example.com?tls=opportunistic"),
        ("TENANTRY_SMTP_URL", "smtps://?tls=required"),
        ("TENANTRY_TRUSTED_PROXIES", "10.0.0.1, proxy"),
        ("TENANTRY_DNS_SERVER", "dns.example.com"),
        ("TENANTRY_DNS_SERVER", "192.0.2.53:port"),
        ("TENANTRY_PUBLIC_ADDRESSES", "192.0.2.1, host"),
        ("TENANTRY_CERTIFICATE_AUTHORITY", "Let's Encrypt"),
        ("TENANTRY_SIGN_INS_PER_MINUTE", "-1"),
        ("TENANTRY_SIGN_UP", "no"),
        ("TENANTRY_LOG", "tenantry=loud"),
        ("TENANTRY_FILES_URL", "/srv/files"),
        ("TENANTRY_FILES_URL", "s3://key:secret@bucket"),
        ("TENANTRY_FILES_URL", "http://bucket.example"),
    ] {
        let error = read(&[(name, value)], None).expect_err(value).to_string();
        let named = if name == "TENANTRY_PLATFORM_DATABASE_URL" { "DATABASE_URL" } else { name };
        assert!(error.starts_with(&format!("{named}: ")) && !error.contains('\n') && !error.contains("secret"), "{error}");
    }
    assert!(read(&[], Some("TENANTRY_COLOUR = 1")).is_err_and(|e| e.variable == "tenantry.toml"));
    assert!(read(&[], Some("= nonsense")).is_err_and(|e| e.variable == "tenantry.toml"));
}

#[test]
fn a_mail_server_is_one_address() {
    for good in
        ["smtp://127.0.0.1:2525", "smtp://u:p@localhost:25", "smtps://u:p@mail.example.com", "smtp://u:p@mail.example.com:587?tls=required"]
    {
        assert!(read(&[("TENANTRY_SMTP_URL", good)], None).is_ok_and(|config| config.smtp_url.is_some()), "{good}");
    }
    let from = |pairs: &[(&str, &str)]| read(pairs, None).expect("a good configuration").mail_from.to_string();
    assert_eq!(from(&[]), "no-reply@localhost");
    assert_eq!(from(&[("TENANTRY_BASE_URL", "https://tenants.example.com")]), "no-reply@tenants.example.com");
    assert_eq!(from(&[("TENANTRY_MAIL_FROM", "hello@example.com")]), "hello@example.com");
}

#[test]
fn addresses_say_who_owns_the_schema() {
    let one = read(&[("DATABASE_URL", "postgres://o:p@h/d")], None).expect("one address");
    assert!(matches!(one.database, Database::Managed { .. }));
    let given = [("DATABASE_URL", "postgres://a:p@h/d"), ("TENANTRY_PLATFORM_DATABASE_URL", "postgres://p:p@h/d")];
    assert!(matches!(read(&given, None).expect("two addresses").database, Database::Given { owner: None, .. }));
}
