use axum::{
    Router,
    body::{Body, to_bytes},
};
use bytes::Bytes;
use http::{HeaderMap, Method, Request, StatusCode, header};
use platform::web::Peer;
use scraper::{Html, Selector};
use serde_json::Value;
use tower::ServiceExt;

/// Somebody who sends requests: a person with a browser, a program with a key, or a stranger.
#[derive(Clone, Debug)]
pub struct Client {
    router: Router,
    headers: HeaderMap,
    peer: Option<Peer>,
}

impl Client {
    pub(crate) fn stranger(router: Router) -> Self {
        Self {
            router,
            headers: HeaderMap::new(),
            peer: None,
        }
    }

    pub(crate) fn person(router: Router, session: &str, csrf: &str) -> Self {
        Self::stranger(router)
            .with("cookie", &format!("sid={session}"))
            .with("x-csrf-token", csrf)
    }

    pub(crate) fn program(router: Router, token: &str) -> Self {
        Self::stranger(router).with("authorization", &format!("Bearer {token}"))
    }

    /// Sends this header with every request.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: &str) -> Self {
        self.headers.insert(name, value.parse().expect("a header value"));
        self
    }

    /// Connects straight from this address.
    #[must_use]
    pub fn coming_from(mut self, ip: &str) -> Self {
        self.peer = Some(Peer {
            ip: ip.parse().expect("an address"),
            direct: true,
        });
        self
    }

    /// Connects from this address, where a proxy passes requests on.
    #[must_use]
    pub fn coming_through_proxy_at(self, ip: &str) -> Self {
        let direct = self.coming_from(ip);
        Self {
            peer: direct.peer.map(|peer| Peer {
                direct: false,
                ..peer
            }),
            ..direct
        }
    }

    /// Sends this cookie beside those it has.
    #[must_use]
    pub fn also_cookie(self, cookie: &str) -> Self {
        let before = self
            .headers
            .get("cookie")
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default();
        let both = format!("{before}; {cookie}");
        self.with("cookie", &both)
    }

    /// Sends this header no more.
    #[must_use]
    pub fn without(mut self, name: &str) -> Self {
        self.headers.remove(name);
        self
    }

    /// Asks as htmx does.
    #[must_use]
    pub fn htmx(self) -> Self {
        self.with("hx-request", "true")
    }

    /// `GET`
    pub async fn get(&self, path: impl AsRef<str>) -> TestResponse {
        self.send(Method::GET, path.as_ref(), None, Bytes::new()).await
    }

    /// `POST` of a form.
    pub async fn post(&self, path: impl AsRef<str>, fields: &[(&str, &str)]) -> TestResponse {
        let body: Vec<String> = fields
            .iter()
            .map(|(k, v)| format!("{}={}", escape(k), escape(v)))
            .collect();
        let kind = Some("application/x-www-form-urlencoded");
        self.send(Method::POST, path.as_ref(), kind, body.join("&").into())
            .await
    }

    /// `POST` of a form with one file.
    pub async fn upload(
        &self,
        path: impl AsRef<str>,
        field: &str,
        file_name: &str,
        content: &[u8],
    ) -> TestResponse {
        const BOUNDARY: &str = "----testkit";
        let head = format!(
            "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{field}\"; filename=\"{file_name}\"\r\n\
             Content-Type: application/octet-stream\r\n\r\n"
        );
        let body = [
            head.as_bytes(),
            content,
            format!("\r\n--{BOUNDARY}--\r\n").as_bytes(),
        ]
        .concat();
        let kind = format!("multipart/form-data; boundary={BOUNDARY}");
        self.send(Method::POST, path.as_ref(), Some(&kind), body.into())
            .await
    }

    /// Any method with a JSON body.
    pub async fn json(&self, method: Method, path: impl AsRef<str>, body: &Value) -> TestResponse {
        self.send(
            method,
            path.as_ref(),
            Some("application/json"),
            body.to_string().into(),
        )
        .await
    }

    /// Any request.
    pub async fn send(
        &self,
        method: Method,
        path: &str,
        content_type: Option<&str>,
        body: Bytes,
    ) -> TestResponse {
        let mut request = Request::builder().method(method).uri(path);
        if !self.headers.contains_key(header::HOST) {
            request = request.header(header::HOST, "localhost:8080");
        }
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        if let Some(peer) = self.peer {
            request = request.extension(peer);
        }
        if let Some(kind) = content_type {
            request = request.header(header::CONTENT_TYPE, kind);
        }
        let request = request.body(Body::from(body)).expect("a valid request");
        let response = self
            .router
            .clone()
            .oneshot(request)
            .await
            .expect("the router always answers");
        let (parts, body) = response.into_parts();
        let body = to_bytes(body, 64 * 1024 * 1024)
            .await
            .expect("the answer can be read");
        TestResponse {
            status: parts.status,
            headers: parts.headers,
            body,
        }
    }
}

/// An answer.
#[derive(Debug)]
pub struct TestResponse {
    /// HTTP status.
    pub status: StatusCode,
    /// Headers.
    pub headers: HeaderMap,
    /// Body.
    pub body: Bytes,
}

impl TestResponse {
    /// The body as text.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body as JSON.
    #[must_use]
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|e| panic!("not JSON ({e}): {}", self.text()))
    }

    /// The body as a page.
    #[must_use]
    pub fn html(&self) -> Html {
        Html::parse_document(&self.text())
    }

    /// What each element that the selector finds says, with runs of white space as one space.
    #[must_use]
    pub fn texts(&self, selector: &str) -> Vec<String> {
        let selector = Selector::parse(selector).expect("a valid selector");
        let page = self.html();
        page.select(&selector)
            .map(|element| {
                element
                    .text()
                    .collect::<String>()
                    .split_whitespace()
                    .collect::<Vec<_>>()
                    .join(" ")
            })
            .collect()
    }

    /// The attribute of each element that the selector finds.
    #[must_use]
    pub fn attributes(&self, selector: &str, attribute: &str) -> Vec<String> {
        let selector = Selector::parse(selector).expect("a valid selector");
        self.html()
            .select(&selector)
            .filter_map(|e| e.value().attr(attribute).map(str::to_owned))
            .collect()
    }

    /// A header as text, or nothing.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// Where a redirect leads.
    #[must_use]
    #[track_caller]
    pub fn location(&self) -> String {
        let found = self.header("location").or_else(|| self.header("hx-redirect"));
        found
            .unwrap_or_else(|| panic!("no redirect but {}: {}", self.status, self.text()))
            .to_owned()
    }

    /// Fails the test unless the status is this one.
    #[track_caller]
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(self.status.as_u16(), status, "{}", self.text());
        self
    }
}

fn escape(text: &str) -> String {
    text.bytes()
        .map(|b| {
            if b.is_ascii_alphanumeric() {
                (b as char).to_string()
            } else {
                format!("%{b:02X}")
            }
        })
        .collect()
}
