use std::{ops::Deref, sync::Arc};

use aws_lc_rs::hmac;
use axum::{
    extract::FromRequestParts,
    response::{IntoResponse, Response},
};
use contracts::identity::{OrganizationProfile, SignedIn};
use http::request::Parts;
use jiff::tz::TimeZone;
use kernel::{ApiKeyId, OrgId, Permission, RequestId, Role, Timestamp, UserId};
use maud::Markup;

use super::{AppError, Peer, Site, Toast, View};
use crate::{
    Tx,
    db::DbError,
    i18n::{FluentValue, L10n},
};

/// Who acts.
#[derive(Debug, Clone)]
pub enum Actor {
    /// A person.
    User(SignedIn),
    /// A program.
    ApiKey {
        /// Its key.
        key: ApiKeyId,
        /// What it may do.
        permissions: Vec<Permission>,
    },
}

/// The context of a request behind which somebody stands. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Ctx(pub(crate) Arc<CtxData>);

/// What [`Ctx`] holds.
#[derive(Debug)]
pub struct CtxData {
    /// The organisation that all of the request is about.
    pub org: OrgId,
    /// What is known of it.
    pub organization: OrganizationProfile,
    /// Who acts.
    pub actor: Actor,
    /// When the request came.
    pub now: Timestamp,
    /// The organisation's time zone.
    pub zone: TimeZone,
    /// The text in the person's language.
    pub l10n: L10n,
    /// Light, dark, or as the system has it.
    pub theme: ui_kit::Theme,
    /// Whether single keys do something: people who speak to their computer can switch that off.
    pub shortcuts: bool,
    /// Who is at the other end.
    pub peer: Peer,
    /// Names the request in logs and problems.
    pub request: RequestId,
    /// The path that was asked for.
    pub path: String,
    /// Whether the whole page is wanted.
    pub view: View,
    /// What to say on this page.
    pub toasts: Vec<Toast>,
    pub(crate) csrf: String,
    pub(crate) site: Arc<Site>,
}

impl Deref for Ctx {
    type Target = CtxData;
    fn deref(&self) -> &CtxData {
        &self.0
    }
}

impl CtxData {
    /// The person, if it is one.
    #[must_use]
    pub fn user(&self) -> Option<UserId> {
        match &self.actor {
            Actor::User(person) => Some(person.user),
            Actor::ApiKey { .. } => None,
        }
    }

    /// The signed-in person, if it is one.
    #[must_use]
    pub fn person(&self) -> Option<&SignedIn> {
        match &self.actor {
            Actor::User(person) => Some(person),
            Actor::ApiKey { .. } => None,
        }
    }

    /// The person's role; programs have none.
    #[must_use]
    pub fn role(&self) -> Option<Role> {
        self.person().map(|person| person.role)
    }

    /// Whether the person or program may do this.
    #[must_use]
    pub fn may(&self, permission: Permission) -> bool {
        match &self.actor {
            Actor::User(person) => person.role.may(permission),
            Actor::ApiKey { permissions, .. } => permissions.contains(&permission),
        }
    }

    /// The message of a key.
    #[must_use]
    pub fn t(&self, key: &str) -> String {
        self.l10n.t(key)
    }

    /// The message of a key with values for its variables.
    #[must_use]
    pub fn ta(&self, key: &str, values: &[(&str, FluentValue<'_>)]) -> String {
        self.l10n.ta(key, values)
    }

    /// The words that components need of themselves.
    #[must_use]
    pub fn words(&self) -> &ui_kit::Words {
        self.l10n.words()
    }

    /// The token that forms and htmx send along.
    #[must_use]
    pub fn csrf(&self) -> &str {
        &self.csrf
    }

    /// A unit of work that sees only the organisation's rows.
    pub async fn tx(&self) -> Result<Tx, DbError> {
        self.site.deps.db.tenant(self.org).await
    }

    /// The hidden field that every form carries.
    #[must_use]
    pub fn csrf_field(&self) -> Markup {
        ui_kit::csrf_field(&self.csrf)
    }

    /// The token as a query string, for forms with files.
    #[must_use]
    pub fn csrf_query(&self) -> String {
        format!("{}={}", ui_kit::CSRF_FIELD, self.csrf)
    }

    /// Turns a position into a cursor of a list.
    #[must_use]
    pub fn seal_cursor(&self, list: &str, position: &impl serde::Serialize) -> String {
        self.site.deps.cursors.seal(list, position)
    }

    /// Reads a cursor of a list; a foreign one is a 422.
    pub fn open_cursor<T: serde::de::DeserializeOwned>(&self, list: &str, text: &str) -> Result<T, AppError> {
        let found = self.site.deps.cursors.open(list, text);
        found.ok_or_else(|| AppError::invalid("cursor", "invalid_cursor", self.t("platform-error-cursor")))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Ctx {
    type Rejection = AppError;
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, AppError> {
        parts
            .extensions
            .get::<Ctx>()
            .cloned()
            .ok_or(AppError::Unauthorized)
    }
}

/// The context of a request behind which nobody needs to stand: signing in, unsubscribing.
#[derive(Debug, Clone)]
pub struct Visitor {
    /// When the request came.
    pub now: Timestamp,
    /// The text in English, or the language that a later version reads from the request.
    pub l10n: L10n,
    /// Light, dark, or as the system has it.
    pub theme: ui_kit::Theme,
    /// Whether single keys do something: people who speak to their computer can switch that off.
    pub shortcuts: bool,
    /// Who is at the other end.
    pub peer: Peer,
    /// Names the request in logs and problems.
    pub request: RequestId,
    /// The path that was asked for.
    pub path: String,
    /// Whether the whole page is wanted.
    pub view: View,
    /// Whether the visitor is signed in nevertheless.
    pub signed_in: bool,
}

impl Visitor {
    /// The words that components need of themselves.
    #[must_use]
    pub fn words(&self) -> &ui_kit::Words {
        self.l10n.words()
    }

    /// The message of a key.
    #[must_use]
    pub fn t(&self, key: &str) -> String {
        self.l10n.t(key)
    }

    /// The message of a key with values for its variables.
    #[must_use]
    pub fn ta(&self, key: &str, values: &[(&str, FluentValue<'_>)]) -> String {
        self.l10n.ta(key, values)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Visitor {
    type Rejection = Response;
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Response> {
        if let Some(visitor) = parts.extensions.get::<Visitor>() {
            return Ok(visitor.clone());
        }
        // Public routes are not asked who calls them, so it is put together only where it is wanted.
        let missing = || {
            AppError::internal(anyhow::anyhow!("the route is not behind the site's layers")).into_response()
        };
        let site = parts.extensions.get::<Arc<Site>>().cloned().ok_or_else(missing)?;
        Ok(super::session::visitor(
            &site,
            &parts.headers,
            &parts.extensions,
            parts.uri.path(),
            None,
        ))
    }
}

/// The token that forms of a session carry: useless in any other session. Hexadecimal, which looks
/// the same in a header, a query and a form.
pub(crate) fn csrf_token(key: &hmac::Key, session_token: &str) -> String {
    let tag = hmac::sign(key, session_token.as_bytes());
    tag.as_ref()[..24]
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}
