//! What the readers find in the mails that the built-in inbox caught.

use anyhow::Context;
use contracts::delivery::{API_INBOX, API_INBOX_MESSAGE, CLICK, OPEN, UNSUBSCRIBE};
use kernel::{MessageId, Timestamp};
use serde::Deserialize;

use super::stage::Stage;

/// A mail, as far as its reader can do something with it. All are paths on our own host.
pub struct Mail {
    /// The pixel that mail programs fetch.
    pub pixel: String,
    /// Links to somewhere else, in the order of the mail.
    pub links: Vec<String>,
    /// Where one unsubscribes.
    pub unsubscribe: String,
}

/// Who got a mail, and which.
pub struct Received {
    pub id: MessageId,
    pub to: String,
}

/// All mails caught since an instant, the newest first.
pub async fn received_since(stage: &Stage, since: Timestamp) -> anyhow::Result<Vec<Received>> {
    let mut received = Vec::new();
    let mut cursor: Option<String> = None;
    loop {
        let mut query = vec![("limit", "200".to_owned())];
        query.extend(cursor.map(|cursor| ("cursor", cursor)));
        let page: Page = serde_json::from_value(stage.get(&API_INBOX.with(&query)).await?)?;
        let all = page.data.len();
        let new = page.data.into_iter().take_while(|item| item.received_at >= since);
        let before = received.len();
        received.extend(new.map(|item| Received {
            id: item.id,
            to: item.to,
        }));
        cursor = page.next_cursor;
        if cursor.is_none() || received.len() - before < all {
            return Ok(received);
        }
    }
}

/// Opens one, without being counted: as the inbox shows it.
pub async fn read(stage: &Stage, received: &Received) -> anyhow::Result<Mail> {
    let detail: Detail = serde_json::from_value(stage.get(&API_INBOX_MESSAGE.url(&received.id)).await?)?;
    let html = detail.html.context("a mail has no HTML part")?;
    let header = detail
        .headers
        .iter()
        .find(|header| header.name.eq_ignore_ascii_case("list-unsubscribe"));
    let unsubscribe = header.and_then(|header| path(&header.value, UNSUBSCRIBE.template()));
    let links = detail.links.iter().filter(|link| link.destination.is_some());
    Ok(Mail {
        pixel: path(&html, OPEN.template()).context("a mail has no pixel")?,
        links: links
            .filter_map(|link| path(&link.url, CLICK.template()))
            .collect(),
        unsubscribe: unsubscribe.context("a mail has no unsubscribe header")?,
    })
}

/// The first path in a text that a route with one parameter would answer.
fn path(text: &str, template: &str) -> Option<String> {
    let prefix = template.split('{').next()?;
    let found = &text[text.find(prefix)?..];
    let token = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    let length = prefix.len()
        + found[prefix.len()..]
            .find(|c| !token(c))
            .unwrap_or(found.len() - prefix.len());
    Some(found[..length].to_owned())
}

#[derive(Deserialize)]
struct Page {
    data: Vec<Item>,
    next_cursor: Option<String>,
}

#[derive(Deserialize)]
struct Item {
    id: MessageId,
    to: String,
    received_at: Timestamp,
}

#[derive(Deserialize)]
struct Detail {
    headers: Vec<Header>,
    html: Option<String>,
    links: Vec<Link>,
}

#[derive(Deserialize)]
struct Header {
    name: String,
    value: String,
}

#[derive(Deserialize)]
struct Link {
    url: String,
    destination: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::path;

    #[test]
    fn paths_are_found_in_what_surrounds_them() {
        let html = r#"<p>x</p><img src="http://localhost:8080/t/o/aB-_9" width="1">"#;
        assert_eq!(path(html, "/t/o/{token}").as_deref(), Some("/t/o/aB-_9"));
        assert_eq!(
            path("<https://a.example/unsubscribe/xyz>", "/unsubscribe/{token}").as_deref(),
            Some("/unsubscribe/xyz")
        );
        assert_eq!(path("/t/o/abc", "/t/o/{token}").as_deref(), Some("/t/o/abc"));
        assert_eq!(path("nothing", "/t/o/{token}"), None);
    }
}
