//! The unsubscribe page, and RFC 8058's one click.
//!
//! `GET` only shows: programs that check links follow them all. Every change is a `POST`.

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use contracts::delivery::{Address, UNSUBSCRIBE};
use http::{HeaderName, HeaderValue, StatusCode, header};
use maud::{Markup, html};
use platform::web::{AppError, Path, Peer, Visitor, WebResult};
use ui_kit::{Brand, Button, button_row};

use crate::application::{
    template_deps::TemplateDeps,
    unsubscribe_contact::{
        Extent, Subscription, SubscriptionState, UnsubscribeError, resubscribe, subscription, unsubscribe,
    },
};

/// The page.
pub async fn show(
    visitor: Visitor,
    State(deps): State<TemplateDeps>,
    Path(token): Path<String>,
) -> WebResult {
    let read = deps.signer.read_unsubscribe(&token).ok_or(AppError::NotFound)?;
    let subscription = subscription(&deps, read).await?;
    let preferences = deps.signer.preferences_path(read.org, read.contact);
    Ok(quiet(page(&visitor, &token, &subscription, &preferences)))
}

/// One click of a mail program, or a button of the page.
pub async fn change(
    peer: Peer,
    State(deps): State<TemplateDeps>,
    Path(token): Path<String>,
    body: Bytes,
) -> WebResult {
    let read = deps.signer.read_unsubscribe(&token).ok_or(AppError::NotFound)?;
    let ip = kernel::shortened_ip(peer.ip);
    match wish(&body) {
        Some(Wish::OneClick) => {
            unsubscribe(&deps, read, Extent::Topic, ip).await?;
            // No page, no cookie, no redirect: nobody is looking.
            Ok(quiet(StatusCode::OK.into_response()))
        }
        Some(Wish::Unsubscribe) => {
            unsubscribe(&deps, read, Extent::Topic, ip).await?;
            Ok(back(&token))
        }
        Some(Wish::Everything) => {
            unsubscribe(&deps, read, Extent::Everything, ip).await?;
            Ok(back(&token))
        }
        Some(Wish::Resubscribe) => {
            resubscribe(&deps, read, ip).await?;
            Ok(back(&token))
        }
        None => Err(AppError::BadRequest(
            "List-Unsubscribe=One-Click is missing".to_owned(),
        )),
    }
}

#[derive(Debug, PartialEq, Eq)]
enum Wish {
    OneClick,
    Unsubscribe,
    Everything,
    Resubscribe,
}

/// RFC 8058 lets mail programs send `multipart/form-data` or `application/x-www-form-urlencoded`;
/// the one pair there is reads the same in both, so the content type is not asked.
fn wish(body: &[u8]) -> Option<Wish> {
    let text = std::str::from_utf8(body).ok()?;
    // A hyphen need not be escaped, and yet it may be.
    let has = |pair: &str| {
        text.split(['&', '\r', '\n'])
            .any(|part| part.replace("%2D", "-").replace("%2d", "-") == pair)
    };
    let in_parts = || {
        let mut lines = text.lines();
        lines.any(|line| line.contains("form-data") && line.contains("name=\"List-Unsubscribe\""))
            && lines.any(|line| line.trim() == "One-Click")
    };
    if has("List-Unsubscribe=One-Click") || in_parts() {
        Some(Wish::OneClick)
    } else if has("wish=unsubscribe") {
        Some(Wish::Unsubscribe)
    } else if has("wish=everything") {
        Some(Wish::Everything)
    } else if has("wish=resubscribe") {
        Some(Wish::Resubscribe)
    } else {
        None
    }
}

fn back(token: &str) -> Response {
    let location =
        HeaderValue::from_str(&UNSUBSCRIBE.url(&token.to_owned())).unwrap_or(HeaderValue::from_static("/"));
    quiet((StatusCode::SEE_OTHER, [(header::LOCATION, location)]).into_response())
}

/// The address of the page is a secret of its holder.
fn quiet(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert(
        HeaderName::from_static("x-robots-tag"),
        HeaderValue::from_static("noindex"),
    );
    response
}

fn page(visitor: &Visitor, token: &str, subscription: &Subscription, preferences: &str) -> Response {
    let organization = &subscription.organization;
    let brand = Brand::Organization {
        name: organization.name.as_str().into(),
        color: None,
        logo: None,
    };
    let (title, text) = match subscription.state {
        SubscriptionState::Subscribed if subscription.topic.is_some() => (
            "delivery-unsubscribe-topic-title",
            "delivery-unsubscribe-topic-text",
        ),
        SubscriptionState::Left => (
            "delivery-unsubscribe-left-title",
            "delivery-unsubscribe-left-text",
        ),
        SubscriptionState::Subscribed => ("delivery-unsubscribe-title", "delivery-unsubscribe-text"),
        SubscriptionState::Unsubscribed => (
            "delivery-unsubscribe-done-title",
            "delivery-unsubscribe-done-text",
        ),
        SubscriptionState::Blocked => (
            "delivery-unsubscribe-blocked-title",
            "delivery-unsubscribe-blocked-text",
        ),
        SubscriptionState::Test => (
            "delivery-unsubscribe-test-title",
            "delivery-unsubscribe-test-text",
        ),
        SubscriptionState::Unknown => (
            "delivery-unsubscribe-unknown-title",
            "delivery-unsubscribe-unknown-text",
        ),
    };
    let values = [
        ("organization", organization.name.as_str().into()),
        ("topic", subscription.topic.clone().unwrap_or_default().into()),
        (
            "address",
            subscription
                .address
                .as_ref()
                .map(masked)
                .unwrap_or_default()
                .into(),
        ),
    ];
    let body = html! {
        h1 { (visitor.ta(title, &values)) }
        p { (visitor.ta(text, &values)) }
        (actions(visitor, token, subscription))
        // Of a test, or somebody who is gone, there is nothing to decide.
        @if !matches!(subscription.state, SubscriptionState::Test | SubscriptionState::Unknown) {
            p { (ui_kit::link(preferences, &visitor.t("delivery-unsubscribe-preferences"))) }
        }
    };
    let footer = Some(organization.postal_address.as_str()).filter(|address| !address.is_empty());
    visitor.page(&visitor.t("delivery-unsubscribe-page"), brand, footer, body)
}

fn actions(visitor: &Visitor, token: &str, subscription: &Subscription) -> Markup {
    let everything =
        || Button::secondary(visitor.t("delivery-unsubscribe-everything")).value("wish", "everything");
    let again = || Button::secondary(visitor.t("delivery-resubscribe-button")).value("wish", "resubscribe");
    let topic = subscription.topic.clone().unwrap_or_default();
    let leave = |key: &str| {
        let label = visitor.ta(key, &[("topic", topic.as_str().into())]);
        Button::primary(label).value("wish", "unsubscribe")
    };
    let buttons = match (subscription.state, &subscription.topic) {
        (SubscriptionState::Subscribed, Some(_)) => {
            html! { (leave("delivery-unsubscribe-topic-button")) (everything()) }
        }
        (SubscriptionState::Subscribed, None) => html! { (leave("delivery-unsubscribe-button")) },
        (SubscriptionState::Left, _) => html! { (everything()) (again()) },
        (SubscriptionState::Unsubscribed, _) => html! { (again()) },
        (SubscriptionState::Blocked | SubscriptionState::Test | SubscriptionState::Unknown, _) => {
            return Markup::default();
        }
    };
    html! {
        form method="post" action=(UNSUBSCRIBE.url(&token.to_owned())) { (button_row(buttons)) }
    }
}

/// Enough to recognise one's own address, and no more: links are forwarded with the mail.
fn masked(address: &Address) -> String {
    match address {
        Address::Email(address) => {
            let first = address.as_str().chars().next().unwrap_or_default();
            format!("{first}…@{}", address.domain())
        }
        Address::Phone(number) => {
            let number = number.as_str();
            format!("{}…{}", &number[..3], &number[number.len() - 2..])
        }
        // A token says nothing to anybody.
        Address::Device(_) => "…".to_owned(),
    }
}

impl From<UnsubscribeError> for AppError {
    fn from(error: UnsubscribeError) -> Self {
        match error {
            UnsubscribeError::NotFound => AppError::NotFound,
            UnsubscribeError::Port(error) => error.into(),
            UnsubscribeError::Db(error) => error.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Wish, wish};

    #[test]
    fn one_click_is_understood_in_both_forms() {
        assert_eq!(wish(b"List-Unsubscribe=One-Click"), Some(Wish::OneClick));
        assert_eq!(wish(b"x=y&List%2DUnsubscribe=One%2dClick"), Some(Wish::OneClick));
        assert_eq!(
            wish(b"--x\r\nContent-Disposition: form-data; name=\"List-Unsubscribe\"\r\n\r\nOne-Click\r\n--x--\r\n"),
            Some(Wish::OneClick)
        );
        assert_eq!(wish(b"wish=unsubscribe"), Some(Wish::Unsubscribe));
        assert_eq!(wish(b"wish=resubscribe"), Some(Wish::Resubscribe));
        for other in [&b""[..], b"List-Unsubscribe=Two-Clicks", b"x=One-Click", &[0xff]] {
            assert_eq!(wish(other), None);
        }
    }
}
