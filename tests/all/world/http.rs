//! The real router on a real socket, and browsers that talk to it.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use axum::Router;
use leptos::prelude::LeptosOptions;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use reqwest::{Client, Method};
use tenantry::config::Config;
use tenantry::edge::spool::Spool;
use tenantry::edge::{AppState, router, serve};
use tenantry::store::Store;
use tokio::net::TcpListener;

use super::World;
use super::knot::Knot;
use super::people::PASSWORD;

/// A running server. It ends with the test's runtime.
#[derive(Clone)]
pub struct Server {
    /// `localhost:41234`, the platform's own host.
    pub host: String,
    address: SocketAddr,
    client: Client,
}

impl World {
    pub async fn serve(&self) -> Server {
        self.serve_with(self.store.clone(), |app| app).await
    }

    /// The server with something put around it, to plant bugs.
    pub async fn serve_with(&self, store: Store, wrap: impl FnOnce(Router) -> Router) -> Server {
        self.serve_as(store, &[], wrap).await
    }

    /// A server that takes so many attempts to sign in a minute.
    pub async fn serve_slowly(&self, sign_ins: u32) -> Server {
        self.serve_as(self.store.clone(), &[("TENANTRY_SIGN_INS_PER_MINUTE", &sign_ins.to_string())], |app| app).await
    }

    /// A server at which nobody may sign up.
    pub async fn serve_closed(&self) -> Server {
        self.serve_as(self.store.clone(), &[("TENANTRY_SIGN_UP", "closed")], |app| app).await
    }

    /// A server that asks the shared DNS server about domains; the platform is at 192.0.2.1 and 2001:db8::1.
    pub async fn serve_asking_dns(&self, store: Store, wrap: impl FnOnce(Router) -> Router) -> Server {
        let server = Knot::shared().address().to_string();
        self.serve_as(store, &[("TENANTRY_DNS_SERVER", &server), ("TENANTRY_PUBLIC_ADDRESSES", "192.0.2.1, 2001:db8::1")], wrap).await
    }

    /// A server to which archives of at most so many bytes can be uploaded.
    pub async fn serve_taking(&self, store: Store, most: u64) -> Server {
        let spool = Spool::new(self.uploads(), most);
        self.serve_on(store, &[], |state| state.spooling(spool), |app| app).await
    }

    async fn serve_as(&self, store: Store, settings: &[(&str, &str)], wrap: impl FnOnce(Router) -> Router) -> Server {
        self.serve_on(store, settings, |state| state, wrap).await
    }

    async fn serve_on(
        &self,
        store: Store,
        settings: &[(&str, &str)],
        with: impl FnOnce(AppState) -> AppState,
        wrap: impl FnOnce(Router) -> Router,
    ) -> Server {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a free port");
        let address = listener.local_addr().expect("bound");
        let host = format!("localhost:{}", address.port());
        let base = format!("http://{host}");
        let config = Config::read(
            |name| match settings.iter().find(|(known, _)| *known == name) {
                Some((_, value)) => Some((*value).to_owned()),
                None if name == "TENANTRY_BASE_URL" => Some(base.clone()),
                None if name == "TENANTRY_DATA_DIR" => self.data_dir().to_str().map(str::to_owned),
                None if name == "TENANTRY_SIGN_INS_PER_MINUTE" => Some("100000".to_owned()),
                // Nobody answers there: a test that asks nothing of DNS waits for nothing.
                None if name == "TENANTRY_DNS_SERVER" => Some("127.0.0.1:9".to_owned()),
                None => None,
            },
            None,
        )
        .expect("a good configuration");
        let options = LeptosOptions::builder().output_name("tenantry").site_root("target/site").build();
        let app = wrap(router(with(AppState::new(&config, store, options))));
        tokio::spawn(serve::serve(listener, app, std::future::pending()));
        let client = Client::builder().redirect(reqwest::redirect::Policy::none()).build().expect("a client");
        Server { host, address, client }
    }
}

impl Server {
    /// A browser without cookies at the platform's host.
    pub fn browser(&self) -> Browser {
        self.browser_at(&self.host)
    }

    /// A browser at another host of this server.
    pub fn browser_at(&self, host: &str) -> Browser {
        Browser { server: self.clone(), host: host.to_owned(), cookies: Arc::default() }
    }

    /// `{slug}.localhost:41234`
    pub fn portal(&self, slug: &str) -> String {
        format!("{slug}.{}", self.host)
    }

    /// `portal.acme.example:41234`
    pub fn at(&self, name: &str) -> String {
        let port = self.host.split_once(':').expect("a port").1;
        format!("{name}:{port}")
    }

    pub async fn sign_in(&self, email: &str) -> Browser {
        let browser = self.browser();
        browser.sign_in(email).await;
        browser
    }
}

/// Keeps cookies; follows no redirect.
#[derive(Clone)]
pub struct Browser {
    pub server: Server,
    host: String,
    cookies: Arc<Mutex<BTreeMap<String, String>>>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: String,
}

impl Reply {
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    pub fn location(&self) -> &str {
        self.header("location")
    }

    /// Headers and body as one text, to look for what must not be there.
    pub fn everything(&self) -> String {
        let headers: Vec<String> =
            self.headers.iter().map(|(name, value)| format!("{name}: {}", String::from_utf8_lossy(value.as_bytes()))).collect();
        format!("{}\n{}\n{}", self.status, headers.join("\n"), self.body)
    }
}

/// A request to be; headers are added to what a browser sends, or taken away.
#[must_use]
pub struct Ask<'a> {
    browser: &'a Browser,
    method: Method,
    path: String,
    headers: HeaderMap,
    body: Option<Vec<u8>>,
}

impl Browser {
    pub async fn sign_in(&self, email: &str) {
        let reply = self.post("/fn/auth/sign-in", &[("email", email), ("password", PASSWORD)]).await;
        assert_eq!((reply.status, reply.location()), (303, "/"), "{email} signs in: {}", reply.everything());
    }

    /// A plain navigation.
    pub async fn get(&self, path: &str) -> Reply {
        self.ask(Method::GET, path).send().await
    }

    /// What a form on one of our pages sends.
    pub async fn post(&self, path: &str, form: &[(&str, &str)]) -> Reply {
        self.ask(Method::POST, path).form(form).send().await
    }

    /// What an island's fetch sends.
    pub async fn fetch(&self, path: &str, form: &[(&str, &str)]) -> Reply {
        self.ask(Method::POST, path).form(form).header("accept", "*/*").send().await
    }

    pub fn ask(&self, method: Method, path: &str) -> Ask<'_> {
        let ask = Ask { browser: self, headers: HeaderMap::new(), body: None, path: path.to_owned(), method };
        ask.header("host", &self.host).header("accept", "text/html,application/xhtml+xml").header("user-agent", "tests")
    }

    pub fn cookie(&self, name: &str) -> Option<String> {
        self.cookies.lock().expect("no panic while held").get(name).cloned()
    }

    pub fn set_cookie(&self, name: &str, value: &str) {
        self.cookies.lock().expect("no panic while held").insert(name.to_owned(), value.to_owned());
    }

    /// The same cookies at another host: what a thief or a mistake would send.
    pub fn carried_to(&self, host: &str) -> Browser {
        Browser { server: self.server.clone(), host: host.to_owned(), cookies: self.cookies.clone() }
    }

    fn keep(&self, headers: &HeaderMap) {
        let mut cookies = self.cookies.lock().expect("no panic while held");
        for set in headers.get_all("set-cookie").iter().filter_map(|value| value.to_str().ok()) {
            let (pair, attributes) = set.split_once(';').unwrap_or((set, ""));
            if let Some((name, value)) = pair.split_once('=') {
                match attributes.contains("Max-Age=0") || value.is_empty() {
                    true => cookies.remove(name),
                    false => cookies.insert(name.to_owned(), value.to_owned()),
                };
            }
        }
    }
}

pub fn encode(form: &[(&str, &str)]) -> String {
    let mut encoded = url::form_urlencoded::Serializer::new(String::new());
    encoded.extend_pairs(form);
    encoded.finish()
}

impl Ask<'_> {
    /// A form from one of our own pages.
    pub fn form(mut self, form: &[(&str, &str)]) -> Self {
        self.body = Some(encode(form).into_bytes());
        self.header("content-type", "application/x-www-form-urlencoded").of_own_page()
    }

    /// A file in the form of one of our own pages.
    pub fn file(mut self, field: &str, name: &str, bytes: &[u8]) -> Self {
        let head =
            format!("--tests\r\ncontent-disposition: form-data; name=\"{field}\"; filename=\"{name}\"\r\ncontent-type: text/plain\r\n\r\n");
        self.body = Some([head.as_bytes(), bytes, b"\r\n--tests--\r\n"].concat());
        self.header("content-type", "multipart/form-data; boundary=tests").of_own_page()
    }

    /// Texts and files in the form of one of our own pages: name, file name and content of each.
    pub fn parts(mut self, parts: &[(&str, Option<&str>, &[u8])]) -> Self {
        let mut body = Vec::new();
        for (field, file, content) in parts {
            let file = file.map(|name| format!("; filename=\"{name}\"\r\ncontent-type: application/octet-stream")).unwrap_or_default();
            body.extend(format!("--tests\r\ncontent-disposition: form-data; name=\"{field}\"{file}\r\n\r\n").into_bytes());
            body.extend_from_slice(content);
            body.extend_from_slice(b"\r\n");
        }
        body.extend_from_slice(b"--tests--\r\n");
        self.body = Some(body);
        self.header("content-type", "multipart/form-data; boundary=tests").of_own_page()
    }

    fn of_own_page(self) -> Self {
        let own = format!("http://{}", self.browser.host);
        self.header("origin", &own).header("referer", &format!("{own}/")).header("sec-fetch-site", "same-origin")
    }

    /// What a program sends that brings a file.
    pub fn bytes(mut self, kind: &str, bytes: &[u8]) -> Self {
        self.body = Some(bytes.to_vec());
        self.header("content-type", kind)
    }

    /// What a program sends.
    pub fn json(mut self, body: &str) -> Self {
        self.body = Some(body.as_bytes().to_vec());
        self.header("content-type", "application/json")
    }

    pub fn bearer(self, key: &str) -> Self {
        self.header("authorization", &format!("Bearer {key}"))
    }

    pub fn header(mut self, name: &str, value: &str) -> Self {
        let name: HeaderName = name.parse().expect("a header's name");
        self.headers.insert(name, HeaderValue::from_str(value).expect("a header's value"));
        self
    }

    pub fn without(mut self, name: &str) -> Self {
        self.headers.remove(name);
        self
    }

    pub async fn send(self) -> Reply {
        let reply = self.open().await;
        let (status, headers) = (reply.status().as_u16(), reply.headers().clone());
        Reply { status, headers, body: reply.text().await.expect("text") }
    }

    /// The answer before its body was read.
    pub async fn open(self) -> reqwest::Response {
        let browser = self.browser;
        let cookies: Vec<String> =
            browser.cookies.lock().expect("no panic while held").iter().map(|(name, value)| format!("{name}={value}")).collect();
        let mut request =
            browser.server.client.request(self.method, format!("http://{}{}", browser.server.address, self.path)).headers(self.headers);
        if !cookies.is_empty() {
            request = request.header("cookie", cookies.join("; "));
        }
        if let Some(body) = self.body {
            request = request.body(body);
        }
        let reply = request.send().await.expect("the server answers");
        browser.keep(reply.headers());
        reply
    }
}
