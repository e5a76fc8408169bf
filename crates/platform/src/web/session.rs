//! Pages: who stands behind a session cookie, the CSRF check, and errors as pages.

use std::sync::Arc;

use axum::{
    body::{Body, to_bytes},
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use axum_extra::extract::cookie::{Cookie, CookieJar, SameSite};
use contracts::identity::{LOGIN, SETUP, SignedIn};
use http::{Extensions, HeaderMap, HeaderValue, Method, StatusCode, header};
use jiff::tz::TimeZone;
use kernel::RequestId;

use super::{
    Actor, AppError, Ctx, Peer, Redirect, Site, View, Visitor,
    ctx::{CtxData, csrf_token},
    error::problem_of,
    flash,
    origin::{Origin, origin},
};

/// Largest form that is read to find its token.
const MAX_FORM: usize = 2 * 1024 * 1024;

fn cookie_name(https: bool) -> &'static str {
    if https { "__Host-sid" } else { "sid" }
}

/// The cookie that carries a session's token.
#[must_use]
pub fn session_cookie(token: &str, https: bool) -> Cookie<'static> {
    Cookie::build((cookie_name(https), token.to_owned()))
        .path("/")
        .http_only(true)
        .same_site(SameSite::Lax)
        .secure(https)
        .build()
}

/// The cookie that takes a session's token away.
#[must_use]
pub fn clear_session_cookie(https: bool) -> Cookie<'static> {
    let mut cookie = session_cookie("", https);
    cookie.make_removal();
    cookie
}

/// Finds out who asks, checks that a changing request comes from a page of ours, and turns problems
/// into pages.
pub(crate) async fn layer(State(site): State<Arc<Site>>, mut request: Request, next: Next) -> Response {
    let jar = CookieJar::from_headers(request.headers());
    let token = jar
        .get(cookie_name(site.deps.config.is_https()))
        .map(|cookie| cookie.value().to_owned());
    let person = match &token {
        Some(token) => match site.authenticator.session(token, site.deps.clock.now()).await {
            Ok(person) => person,
            Err(error) => return AppError::from(error).into_response(),
        },
        None => None,
    };
    let visitor = visitor(
        &site,
        request.headers(),
        request.extensions(),
        request.uri().path(),
        person.as_ref(),
    );
    let toast = jar
        .get(flash::COOKIE)
        .and_then(|cookie| flash::open(&site.flash, cookie.value()));
    // A fragment shows no toasts, so it leaves them for the next page.
    let shows_toast = toast.is_some() && visitor.view == View::Full && request.method() == Method::GET;
    let ctx = person.zip(token.as_deref()).map(|(person, token)| {
        context(
            &site,
            &visitor,
            person,
            token,
            if shows_toast { toast } else { None },
        )
    });
    request.extensions_mut().insert(visitor.clone());
    if let Some(ctx) = &ctx {
        request.extensions_mut().insert(ctx.clone());
    }
    let mut response = match check_origin(request, ctx.as_ref()).await {
        Ok(request) => next.run(request).await,
        Err(refusal) => refusal,
    };
    if shows_toast && response.status().is_success() {
        let mut cookie = Cookie::build((flash::COOKIE, "")).path("/").build();
        cookie.make_removal();
        flash::append_cookie(&mut response, &cookie);
    }
    let vary = HeaderValue::from_static("HX-Request, HX-Boosted, HX-History-Restore-Request, Cookie");
    response.headers_mut().insert(header::VARY, vary);
    match problem_of(&response) {
        Some(problem) => super::page::error_page(&site, ctx.as_ref(), &visitor, &problem, response),
        None => response,
    }
}

/// What is known of a request before anybody asks who stands behind it.
pub(crate) fn visitor(
    site: &Arc<Site>,
    headers: &HeaderMap,
    extensions: &Extensions,
    path: &str,
    person: Option<&SignedIn>,
) -> Visitor {
    let jar = CookieJar::from_headers(headers);
    let theme = ui_kit::Theme::parse(jar.get("theme").map_or("", Cookie::value));
    let shortcuts = jar.get("shortcuts").is_none_or(|cookie| cookie.value() != "off");
    Visitor {
        now: site.deps.clock.now(),
        l10n: site.catalog.language(person.map_or("en", |p| p.locale.as_str())),
        theme,
        shortcuts,
        peer: peer_of(extensions),
        request: request_id(extensions),
        path: path.to_owned(),
        view: View::of(headers),
        signed_in: person.is_some(),
    }
}

fn context(
    site: &Arc<Site>,
    visitor: &Visitor,
    person: SignedIn,
    token: &str,
    toast: Option<super::Toast>,
) -> Ctx {
    Ctx(Arc::new(CtxData {
        org: person.organization.id,
        organization: person.organization.clone(),
        now: visitor.now,
        zone: TimeZone::get(&person.organization.timezone).unwrap_or(TimeZone::UTC),
        actor: Actor::User(person),
        l10n: visitor.l10n.clone(),
        theme: visitor.theme,
        shortcuts: visitor.shortcuts,
        peer: visitor.peer,
        request: visitor.request,
        path: visitor.path.clone(),
        view: visitor.view,
        toasts: toast.into_iter().collect(),
        csrf: csrf_token(&site.csrf, token),
        site: site.clone(),
    }))
}

pub(crate) fn peer_of(extensions: &Extensions) -> Peer {
    extensions.get::<Peer>().copied().unwrap_or(Peer {
        ip: std::net::IpAddr::V4(std::net::Ipv4Addr::UNSPECIFIED),
        direct: false,
    })
}

pub(crate) fn request_id(extensions: &Extensions) -> RequestId {
    extensions
        .get::<RequestId>()
        .copied()
        .unwrap_or_else(RequestId::generate)
}

/// Lets a changing request pass only from our own pages: never when the browser names another site,
/// and with a session only with that session's token.
async fn check_origin(request: Request, ctx: Option<&Ctx>) -> Result<Request, Response> {
    if matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS) {
        return Ok(request);
    }
    if origin(request.headers()) == Origin::Foreign {
        return Err(AppError::Forbidden.into_response());
    }
    let Some(ctx) = ctx else { return Ok(request) };
    let (given, request) = given_token(request).await?;
    // Both are MACs of ours in base64; which one is right is no secret worth timing.
    if given.as_deref() == Some(ctx.csrf.as_str()) {
        Ok(request)
    } else {
        Err(AppError::Forbidden.into_response())
    }
}

/// The token from the header, the query or the form.
async fn given_token(request: Request) -> Result<(Option<String>, Request), Response> {
    let header = request
        .headers()
        .get(ui_kit::CSRF_HEADER)
        .and_then(|v| v.to_str().ok())
        .map(str::to_owned);
    if header.is_some() {
        return Ok((header, request));
    }
    if let Some(token) = request.uri().query().and_then(token_in) {
        return Ok((Some(token), request));
    }
    if !is_form(request.headers()) {
        return Ok((None, request));
    }
    let (parts, body) = request.into_parts();
    let bytes = to_bytes(body, MAX_FORM)
        .await
        .map_err(|_| AppError::TooLarge.into_response())?;
    let token = std::str::from_utf8(&bytes).ok().and_then(token_in);
    Ok((token, Request::from_parts(parts, Body::from(bytes))))
}

/// The token's alphabet needs no unescaping.
fn token_in(pairs: &str) -> Option<String> {
    let value = |pair: &str| {
        Some(
            pair.strip_prefix(ui_kit::CSRF_FIELD)?
                .strip_prefix('=')?
                .to_owned(),
        )
    };
    pairs.split('&').find_map(value)
}

fn is_form(headers: &HeaderMap) -> bool {
    let value = headers
        .get(header::CONTENT_TYPE)
        .and_then(|v| v.to_str().ok())
        .unwrap_or_default();
    value.starts_with("application/x-www-form-urlencoded")
}

/// The answer to somebody who must sign in first: by the way they asked.
pub(crate) fn ask_to_sign_in(request: &Request) -> Response {
    let Some(visitor) = request.extensions().get::<Visitor>() else {
        return AppError::Unauthorized.into_response();
    };
    let next = request
        .uri()
        .path_and_query()
        .map_or("/app", http::uri::PathAndQuery::as_str);
    let wanted = if request.method() == Method::GET && visitor.view == View::Full {
        next
    } else {
        "/app"
    };
    let url = LOGIN.with(&[("next", wanted)]);
    let location = HeaderValue::from_str(&url).unwrap_or(HeaderValue::from_static("/login"));
    match visitor.view {
        View::Full => (StatusCode::SEE_OTHER, [(header::LOCATION, location)]).into_response(),
        View::Part => (StatusCode::UNAUTHORIZED, [("hx-redirect", location)]).into_response(),
    }
}

/// Leads to the first-run page until somebody has been through it.
pub(crate) async fn lead_to_setup(State(site): State<Arc<Site>>, request: Request, next: Next) -> Response {
    if request.uri().path() != SETUP.template() && request.method() == Method::GET {
        match site.authenticator.needs_setup().await {
            Ok(true) => {
                return (StatusCode::SEE_OTHER, [(header::LOCATION, SETUP.template())]).into_response();
            }
            Ok(false) => {}
            Err(error) => return AppError::from(error).into_response(),
        }
    }
    next.run(request).await
}

impl Redirect {
    /// Goes to a path of ours and sets a cookie on the way: signing in and out.
    #[must_use]
    pub fn with_cookie(url: &str, cookie: &Cookie<'_>) -> Response {
        let location = HeaderValue::from_str(url).unwrap_or(HeaderValue::from_static("/app"));
        let mut response = (StatusCode::SEE_OTHER, [(header::LOCATION, location)]).into_response();
        flash::append_cookie(&mut response, cookie);
        response
    }
}

/// A visitor about whom nothing is looked up, for error pages.
pub(crate) fn plain_visitor(site: &Arc<Site>, request: &Request) -> Visitor {
    visitor(
        site,
        request.headers(),
        request.extensions(),
        request.uri().path(),
        None,
    )
}
