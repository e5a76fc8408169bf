//! What a mail program makes of a caught message.

use mail_parser::{Message, MessageParser};

/// A message in parts. A source that is no message has none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct InboxMail {
    /// In order, names as they were written, values unfolded.
    pub headers: Vec<(String, String)>,
    /// HTML part.
    pub html: Option<String>,
    /// Text part.
    pub text: Option<String>,
    /// Links of the HTML part.
    pub links: Vec<MailLink>,
}

/// One link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailLink {
    /// Its words, or the description of its image.
    pub text: String,
    /// Its address.
    pub url: String,
}

impl InboxMail {
    /// Reads a source.
    #[must_use]
    pub fn parse(source: &[u8]) -> Self {
        let Some(message) = MessageParser::default().parse(source) else {
            return Self::default();
        };
        let html = message.html_body.first().and_then(|_| own_html(&message));
        let links = html.as_deref().map(links).unwrap_or_default();
        let text = message
            .text_body
            .first()
            .and_then(|_| message.body_text(0))
            .map(|text| text.into_owned());
        Self {
            headers: headers(&message),
            html,
            text,
            links,
        }
    }

    /// A text message, or what a push notification says.
    #[must_use]
    pub fn of_text(source: &[u8]) -> Self {
        Self {
            text: Some(String::from_utf8_lossy(source).into_owned()),
            ..Self::default()
        }
    }

    /// The first header with this name, in whatever case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(header, _)| header.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }
}

/// The HTML part, but not one that the parser makes up from the text.
fn own_html(message: &Message<'_>) -> Option<String> {
    let part = message.html_part(0)?;
    part.is_text_html()
        .then(|| message.body_html(0).map(|html| html.into_owned()))?
}

fn headers(message: &Message<'_>) -> Vec<(String, String)> {
    message
        .headers_raw()
        .map(|(name, value)| {
            (
                name.to_owned(),
                value.split_whitespace().collect::<Vec<_>>().join(" "),
            )
        })
        .collect()
}

fn links(html: &str) -> Vec<MailLink> {
    super::template::links_of(html)
        .into_iter()
        .map(|(text, url)| MailLink { text, url })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{InboxMail, MailLink};

    #[test]
    fn a_message_is_taken_apart() {
        let mail = InboxMail::parse(
            b"From: Ann <ann@example.com>\r\nSubject: Hello\r\n there\r\nX-Long: a\r\n\tb\r\nMIME-Version: 1.0\r\n\
              Content-Type: multipart/alternative; boundary=x\r\n\r\n--x\r\nContent-Type: text/plain\r\n\r\nHi\r\n\
              --x\r\nContent-Type: text/html\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n\
              <p><a href=3D\"https://a.example/?x=3D1&amp;y=3D2\">See <b>this</b></a><a href=3D'#'>x</a>\
              <a href=3D\"https://b.example\"><img alt=3D\"Cat\"></a></p>\r\n--x--\r\n",
        );
        assert_eq!(mail.header("subject"), Some("Hello there"));
        assert_eq!(mail.header("X-LONG"), Some("a b"));
        assert_eq!(mail.text.as_deref().map(str::trim), Some("Hi"));
        assert!(mail.html.is_some_and(|html| html.contains("<b>this</b>")));
        let link = |text: &str, url: &str| MailLink {
            text: text.into(),
            url: url.into(),
        };
        assert_eq!(
            mail.links,
            [
                link("See this", "https://a.example/?x=1&y=2"),
                link("Cat", "https://b.example")
            ]
        );
    }

    #[test]
    fn a_text_mail_has_no_html_and_nonsense_has_nothing() {
        let mail = InboxMail::parse(b"Subject: x\r\n\r\nplain\r\n");
        assert_eq!(
            (mail.html, mail.text.as_deref().map(str::trim)),
            (None, Some("plain"))
        );
        let nothing = InboxMail::parse(&[0xff, 0xfe, 0, 1]);
        assert_eq!(nothing.links, []);
    }
}
