//! Answers that are somebody's HTML: mails in a frame of ours, or in a browser.

use axum::response::{Html, IntoResponse, Response};
use http::{HeaderName, HeaderValue, header};

use crate::domain::template::with_links_outside;

/// For frames of our own pages. `sandbox` without anything forbids scripts, forms, popups and the
/// origin; images are what mails consist of, and in the built-in inbox fetching them is opening the
/// mail.
const FRAMED: &str = "default-src 'none'; img-src http: https: data:; font-src https: data:; \
    style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'; sandbox";

/// The same, and links may open a window of their own: the built-in inbox is a mail program.
const FRAMED_WITH_LINKS: &str = "default-src 'none'; img-src http: https: data:; font-src https: data:; \
    style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'; \
    sandbox allow-popups allow-popups-to-escape-sandbox";

/// For a mail as a page: links work, also those that open a window of their own.
const ALONE: &str = "default-src 'none'; img-src http: https: data:; font-src https: data:; \
    style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; \
    sandbox allow-popups allow-popups-to-escape-sandbox allow-top-navigation-by-user-activation";

/// A mail for a frame of ours, in which nothing can be done.
pub fn framed(html: String) -> Response {
    in_own_frame(foreign(html, FRAMED))
}

/// A mail for a frame of ours, whose links open windows.
pub fn framed_with_links(html: &str) -> Response {
    in_own_frame(foreign(with_links_outside(html), FRAMED_WITH_LINKS))
}

fn in_own_frame(mut response: Response) -> Response {
    response
        .headers_mut()
        .insert(header::X_FRAME_OPTIONS, HeaderValue::from_static("SAMEORIGIN"));
    response
}

/// A mail as a page of its own.
pub fn alone(html: String) -> Response {
    let mut response = foreign(html, ALONE);
    response.headers_mut().insert(
        HeaderName::from_static("x-robots-tag"),
        HeaderValue::from_static("noindex"),
    );
    response
}

fn foreign(html: String, policy: &'static str) -> Response {
    let headers = [
        (header::CONTENT_SECURITY_POLICY, policy),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::CACHE_CONTROL, "no-store"),
    ];
    (headers, Html(html)).into_response()
}
