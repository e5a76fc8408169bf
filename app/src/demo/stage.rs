//! The program, run inside this process on a clock that is moved by hand, and the one who uses it.

use std::sync::Arc;

use anyhow::{Context, bail, ensure};
use async_trait::async_trait;
use axum::{
    Router,
    body::{Body, to_bytes},
};
use contracts::{
    PortResult,
    identity::{ApiCaller, Authenticator, Organizations, SignedIn},
};
use http::{Method, Request, StatusCode, header};
use kernel::{ApiKeyId, Clock, ManualClock, OrgId, Permission, Timestamp};
use platform::{Deps, keys::random, runtime::Background, web};
use serde_json::Value;
use tower::ServiceExt;

use crate::wiring::Wired;

/// Larger answers than these are not asked for.
const LARGEST_ANSWER: usize = 16 * 1024 * 1024;

/// A running program.
pub struct Stage {
    deps: Deps,
    clock: ManualClock,
    router: Router,
    background: Background,
    token: String,
}

impl Stage {
    /// For one organisation. `deps` are made with `clock`.
    pub fn new(deps: Deps, clock: ManualClock, wired: Wired, org: OrgId) -> anyhow::Result<Self> {
        let token: String = random::<32>().iter().map(|byte| format!("{byte:02x}")).collect();
        let organizations = wired.identity.organizations();
        let only = OneProgram {
            token: token.clone(),
            key: ApiKeyId::generate(),
            org,
            organizations,
        };
        let built = web::build(deps.clone(), Arc::new(only), wired.modules)?;
        Ok(Self {
            deps,
            clock,
            router: built.router,
            background: built.background,
            token,
        })
    }

    /// What time it is.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Moves the clock forward; never back.
    pub fn move_to(&self, at: Timestamp) {
        let by = at.duration_since(self.clock.now());
        if by.is_positive() {
            self.clock.advance(by);
        }
    }

    /// Does all that is waiting to be done: imports, rebuilds, sending, roll-ups.
    pub async fn settle(&self) -> anyhow::Result<()> {
        self.background.drain(&self.deps).await
    }

    /// `GET` from the API.
    pub async fn get(&self, path: &str) -> anyhow::Result<Value> {
        self.api(Method::GET, path, None).await
    }

    /// `POST` to the API.
    pub async fn post(&self, path: &str, body: &Value) -> anyhow::Result<Value> {
        self.api(Method::POST, path, Some(("application/json", body.to_string())))
            .await
    }

    /// `PATCH` by the API.
    pub async fn patch(&self, path: &str, body: &Value) -> anyhow::Result<Value> {
        self.api(
            Method::PATCH,
            path,
            Some(("application/merge-patch+json", body.to_string())),
        )
        .await
    }

    /// `POST` of a CSV file to the API.
    pub async fn post_file(&self, path: &str, file: String) -> anyhow::Result<Value> {
        self.api(Method::POST, path, Some(("text/csv", file))).await
    }

    /// Follows a link as the reader of a mail does, without the destination of a redirect.
    pub async fn follow(&self, path: &str, agent: &str) -> anyhow::Result<()> {
        let request = Request::get(path)
            .header(header::USER_AGENT, agent)
            .body(Body::empty())?;
        self.visit(request).await
    }

    /// Sends a form as the reader of a mail, or their mail program, does.
    pub async fn submit(&self, path: &str, agent: &str, form: &'static str) -> anyhow::Result<()> {
        let request = Request::post(path)
            .header(header::USER_AGENT, agent)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Body::from(form))?;
        self.visit(request).await
    }

    async fn visit(&self, request: Request<Body>) -> anyhow::Result<()> {
        let path = request.uri().path().to_owned();
        let (status, text) = self.send(request).await?;
        ensure!(
            status.is_success() || status.is_redirection(),
            "{path}: {status}: {text}"
        );
        Ok(())
    }

    async fn api(&self, method: Method, path: &str, body: Option<(&str, String)>) -> anyhow::Result<Value> {
        let mut request = Request::builder()
            .method(method.clone())
            .uri(path)
            .header(header::AUTHORIZATION, format!("Bearer {}", self.token));
        if let Some((kind, _)) = &body {
            request = request.header(header::CONTENT_TYPE, *kind);
        }
        let body = body.map_or_else(Body::empty, |(_, text)| Body::from(text));
        let (status, text) = self.send(request.body(body)?).await?;
        if !status.is_success() {
            bail!("{method} {path}: {status}: {text}");
        }
        if text.is_empty() {
            return Ok(Value::Null);
        }
        serde_json::from_str(&text).with_context(|| format!("{method} {path} did not answer with JSON"))
    }

    async fn send(&self, request: Request<Body>) -> anyhow::Result<(StatusCode, String)> {
        let response = self.router.clone().oneshot(request).await?;
        let status = response.status();
        let body = to_bytes(response.into_body(), LARGEST_ANSWER).await?;
        Ok((status, String::from_utf8_lossy(&body).into_owned()))
    }
}

/// Knows one program, which may do everything, and nobody else. Its token never leaves this process.
struct OneProgram {
    token: String,
    key: ApiKeyId,
    org: OrgId,
    organizations: Arc<dyn Organizations>,
}

#[async_trait]
impl Authenticator for OneProgram {
    async fn session(&self, _: &str, _: Timestamp) -> PortResult<Option<SignedIn>> {
        Ok(None)
    }

    async fn api_key(&self, token: &str, _: Timestamp) -> PortResult<Option<ApiCaller>> {
        if token != self.token {
            return Ok(None);
        }
        let profile = self.organizations.profiles(&[self.org]).await?.pop();
        Ok(profile.map(|organization| ApiCaller {
            key: self.key,
            organization,
            permissions: Permission::ALL.to_vec(),
        }))
    }

    async fn needs_setup(&self) -> PortResult<bool> {
        Ok(false)
    }
}
