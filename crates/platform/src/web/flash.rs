//! Toasts that survive a redirect, in a signed cookie.

use aws_lc_rs::hmac;
use axum::response::{IntoResponse, Response};
use axum_extra::extract::cookie::{Cookie, SameSite};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use http::{HeaderValue, StatusCode, header};
use serde::{Deserialize, Serialize};

use super::{Ctx, View};

pub(crate) const COOKIE: &str = "flash";

/// A short message about what has just happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Toast {
    /// Whether it is about a failure.
    pub failed: bool,
    /// The sentence.
    pub text: String,
}

impl Toast {
    /// It worked.
    pub fn done(text: impl Into<String>) -> Self {
        Self {
            failed: false,
            text: text.into(),
        }
    }
    /// It did not.
    pub fn failed(text: impl Into<String>) -> Self {
        Self {
            failed: true,
            text: text.into(),
        }
    }
}

/// The answer to a form that worked: go there, and say this.
#[derive(Debug)]
pub struct Redirect {
    to: String,
    cookie: Option<String>,
    view: View,
}

impl Redirect {
    /// Goes to a path of ours; htmx is told in its own way.
    #[must_use]
    pub fn to(ctx: &Ctx, url: impl Into<String>) -> Self {
        Self {
            to: url.into(),
            cookie: None,
            view: ctx.view,
        }
    }

    /// Says something on the page it leads to.
    #[must_use]
    pub fn say(mut self, ctx: &Ctx, toast: Toast) -> Self {
        self.cookie = Some(seal(&ctx.site.flash, &toast));
        self
    }
}

impl IntoResponse for Redirect {
    fn into_response(self) -> Response {
        let location = HeaderValue::from_str(&self.to).unwrap_or(HeaderValue::from_static("/app"));
        let mut response = match self.view {
            View::Full => (StatusCode::SEE_OTHER, [(header::LOCATION, location)]).into_response(),
            View::Part => (StatusCode::OK, [("hx-redirect", location)]).into_response(),
        };
        if let Some(value) = self.cookie {
            let cookie = Cookie::build((COOKIE, value))
                .path("/")
                .http_only(true)
                .same_site(SameSite::Lax);
            append_cookie(&mut response, &cookie.build());
        }
        response
    }
}

pub(crate) fn append_cookie(response: &mut Response, cookie: &Cookie<'_>) {
    if let Ok(value) = HeaderValue::from_str(&cookie.to_string()) {
        response.headers_mut().append(header::SET_COOKIE, value);
    }
}

fn seal(key: &hmac::Key, toast: &Toast) -> String {
    let body = serde_json::to_vec(toast).unwrap_or_default();
    let tag = hmac::sign(key, &body);
    URL_SAFE_NO_PAD.encode([&tag.as_ref()[..16], &body].concat())
}

pub(crate) fn open(key: &hmac::Key, text: &str) -> Option<Toast> {
    let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
    let (tag, body) = bytes.split_at_checked(16)?;
    (&hmac::sign(key, body).as_ref()[..16] == tag)
        .then(|| serde_json::from_slice(body).ok())
        .flatten()
}
