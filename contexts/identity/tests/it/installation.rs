//! A program with nothing but identity in it, and the people and programs who use it.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use async_trait::async_trait;
use contracts::{
    PortResult,
    identity::{ACCOUNT, API_KEYS, LOGIN, Readiness, ReadinessItem},
};
use http::Method;
use identity::{Identity, SetUpOutcome, SetUpRequest};
use kernel::{OrgId, Role, UserId};
use platform::Config;
use serde_json::{Value, json};
use sqlx::PgConnection;
use testkit::{Client, TestApp, TestResponse};
use uuid::Uuid;

pub const OWNER: &str = "ann@example.com";
pub const PASSWORD: &str = "correct horse battery";

/// The program, and whether what another context demands before going live is in order.
pub struct Installation {
    pub app: TestApp,
    pub identity: Identity,
    pub provider_is_ready: Arc<AtomicBool>,
}

/// What another context demands.
struct ProviderReadiness(Arc<AtomicBool>);

#[async_trait]
impl Readiness for ProviderReadiness {
    async fn readiness(&self, _: OrgId) -> PortResult<Vec<ReadinessItem>> {
        let ready = self.0.load(Ordering::SeqCst);
        let (title_key, help_key) = ("test-provider-title", "test-provider-help");
        Ok(vec![ReadinessItem {
            title_key,
            help_key,
            ready,
            required: true,
            href: "/app/providers".to_owned(),
        }])
    }
}

impl Installation {
    /// Nobody has been there yet.
    pub async fn untouched() -> Self {
        Self::configured(|_| {}).await
    }

    /// The same, with a changed configuration.
    pub async fn configured(configure: impl FnOnce(&mut Config)) -> Self {
        let provider_is_ready = Arc::new(AtomicBool::new(false));
        let mut made = None;
        let app = TestApp::start_with_authenticator(&["identity"], configure, |deps| {
            let identity = Identity::new(deps);
            let module = identity.module(vec![Arc::new(ProviderReadiness(provider_is_ready.clone()))]);
            let authenticator = identity.authenticator();
            made = Some(identity);
            (vec![module], authenticator)
        })
        .await;
        Self {
            app,
            identity: made.unwrap(),
            provider_is_ready,
        }
    }

    /// Set up, with Ann as the owner of Acme Ltd.
    pub async fn ready() -> Self {
        let installation = Self::untouched().await;
        installation.identity.set_up(&request()).await.unwrap();
        installation
    }

    /// The organisation and its owner.
    pub async fn first_ids(&self) -> (OrgId, UserId) {
        match self.identity.set_up(&request()).await.unwrap() {
            SetUpOutcome::AlreadyCompleted { org, user } | SetUpOutcome::Completed { org, user } => {
                (org, user)
            }
        }
    }

    /// Ann, signed in.
    pub async fn owner(&self) -> Client {
        self.signed_in(OWNER, PASSWORD).await
    }

    /// Somebody of this role, signed in. Their address is `<role>@example.com`, their password Ann's.
    pub async fn member(&self, role: Role) -> Client {
        let email = format!("{}@example.com", role.as_str());
        self.add_member(&email, role).await;
        self.signed_in(&email, PASSWORD).await
    }

    /// Adds a person with Ann's password; there is no page for that yet.
    pub async fn add_member(&self, email: &str, role: Role) {
        sqlx::query(
            r#"
            WITH person AS (
                INSERT INTO identity.users (id, email, name, password_hash, created_at, updated_at)
                SELECT $1, $2, 'Max Member', password_hash, now(), now() FROM identity.users WHERE email = $4
            )
            INSERT INTO identity.org_members (org_id, user_id, role, created_at)
            SELECT id, $1, $3, now() FROM identity.organizations
            "#,
        )
        .bind(Uuid::now_v7())
        .bind(email)
        .bind(role.as_str())
        .bind(OWNER)
        .execute(&mut self.sql().await)
        .await
        .unwrap();
    }

    /// A browser in which somebody has signed in.
    pub async fn signed_in(&self, email: &str, password: &str) -> Client {
        let response = self.sign_in(email, password).await.expect(303);
        self.browser(&response).await
    }

    /// The answer to the sign-in form.
    pub async fn sign_in(&self, email: &str, password: &str) -> TestResponse {
        self.app
            .stranger()
            .post(LOGIN.url(), &[("email", email), ("password", password)])
            .await
    }

    /// The browser that got this answer: it keeps the cookie, and its pages carry the token.
    pub async fn browser(&self, response: &TestResponse) -> Client {
        let cookie = response
            .header("set-cookie")
            .expect("a session")
            .split(';')
            .next()
            .unwrap()
            .to_owned();
        let client = self.app.stranger().with("cookie", &cookie);
        let page = client.get(ACCOUNT.url()).await.expect(200);
        let token = page.attributes("input[name=csrf]", "value").swap_remove(0);
        client.with("x-csrf-token", &token)
    }

    /// A program with a key of these scopes that Ann made on the page for it.
    pub async fn program(&self, mode: &str, scopes: &[&str]) -> Client {
        self.app.stranger().with(
            "authorization",
            &format!("Bearer {}", self.key(mode, scopes).await),
        )
    }

    /// The token of a key of these scopes that Ann made on the page for it.
    pub async fn key(&self, mode: &str, scopes: &[&str]) -> String {
        let mut fields = vec![("name", "Zapier"), ("mode", mode), ("expiry", "days90")];
        fields.extend(scopes.iter().map(|scope| ("scopes", *scope)));
        let page = self.owner().await.post(API_KEYS.url(), &fields).await.expect(200);
        token_on(&page)
    }

    /// The database as its owner sees it.
    pub async fn sql(&self) -> PgConnection {
        self.app.database.owner().await
    }

    /// One number from the database.
    pub async fn count(&self, sql: &'static str) -> i64 {
        sqlx::query_scalar(sql)
            .fetch_one(&mut self.sql().await)
            .await
            .unwrap()
    }

    /// Facts that were told to other contexts, newest last.
    pub async fn facts(&self) -> Vec<Value> {
        let sql = "SELECT payload FROM platform.outbox WHERE topic = 'identity' ORDER BY seq";
        sqlx::query_scalar(sql)
            .fetch_all(&mut self.sql().await)
            .await
            .unwrap()
    }

    /// The audit log: action, before and after, oldest first.
    pub async fn audit_log(&self) -> Vec<(String, Value, Value)> {
        self.identity.settle().await;
        let sql = "SELECT action, before, after FROM identity.audit_log ORDER BY seq";
        sqlx::query_as(sql)
            .fetch_all(&mut self.sql().await)
            .await
            .unwrap()
    }

    /// The actions in the audit log, oldest first.
    pub async fn audited_actions(&self) -> Vec<String> {
        self.audit_log()
            .await
            .into_iter()
            .map(|(action, _, _)| action)
            .collect()
    }
}

/// Acme Ltd and Ann.
pub fn request() -> SetUpRequest {
    SetUpRequest {
        organization: "Acme Ltd".to_owned(),
        timezone: "Europe/Berlin".to_owned(),
        name: "Ann Miller".to_owned(),
        email: OWNER.to_owned(),
        password: PASSWORD.to_owned(),
    }
}

/// The token that the page shows.
#[track_caller]
pub fn token_on(page: &TestResponse) -> String {
    let text = page.text();
    let start = text.find("mk_").unwrap_or_else(|| panic!("no token on {text}"));
    text[start..]
        .chars()
        .take_while(|c| c.is_ascii_alphanumeric() || *c == '_')
        .collect()
}

/// `PATCH` of the organisation by a program.
pub async fn patch(program: &Client, body: &Value) -> TestResponse {
    program
        .json(Method::PATCH, contracts::identity::API_ORGANIZATION.url(), body)
        .await
}

/// A request body for a new key.
pub fn new_key(scopes: &[&str]) -> Value {
    json!({ "name": "Zapier", "scopes": scopes })
}
