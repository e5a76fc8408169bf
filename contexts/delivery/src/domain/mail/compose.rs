use std::fmt::Write;

use kernel::{EmailAddress, MessageId, Timestamp};

use super::{
    attachment::Attachment,
    body::{self, Encoding},
    header::{self, InvalidHeader},
};
use crate::domain::sending_domain::Sender;

/// What a message is made of.
#[derive(Debug)]
pub struct Letter<'a> {
    /// Also its `Message-ID` and its boundary, so that a retry is the same to the last byte.
    pub id: MessageId,
    /// Who it is from.
    pub sender: &'a Sender,
    /// Who it is for.
    pub to: &'a EmailAddress,
    /// When it was taken in, not when it is sent: a retry carries the same date.
    pub date: Timestamp,
    /// One line.
    pub subject: &'a str,
    /// HTML part.
    pub html: &'a str,
    /// Text part.
    pub text: &'a str,
    /// What mail to a list must carry; `None` for mail to one person.
    pub list: Option<ListHeaders<'a>>,
    /// What it has beside that.
    pub extra: Extra<'a>,
}

/// What few messages have.
#[derive(Clone, Copy, Debug, Default)]
pub struct Extra<'a> {
    /// Where answers go, instead of the sender's own.
    pub reply_to: Option<&'a EmailAddress>,
    /// Further fields of the header.
    pub headers: &'a [(String, String)],
    /// Files.
    pub attachments: &'a [Attachment],
}

/// What lets receivers offer "unsubscribe" and tell campaigns apart.
#[derive(Debug)]
pub struct ListHeaders<'a> {
    /// Where one click unsubscribes (RFC 8058).
    pub unsubscribe_url: &'a str,
    /// Identifies the list (RFC 2919).
    pub list_id: &'a str,
    /// `campaign:organisation:stream:sender`, for the receivers' statistics.
    pub feedback_id: &'a str,
}

/// Writes the message: CRLF everywhere, ASCII only, no line over 998.
pub fn compose(letter: &Letter<'_>) -> Result<String, InvalidHeader> {
    let files: usize = letter
        .extra
        .attachments
        .iter()
        .map(|file| file.content.len())
        .sum();
    let texts = letter.html.len() + letter.text.len();
    let mut out = String::with_capacity(texts * 11 / 10 + files * 7 / 5 + 2048);
    write_header(&mut out, letter)?;
    write_body(&mut out, letter);
    Ok(out)
}

fn write_header(out: &mut String, letter: &Letter<'_>) -> Result<(), InvalidHeader> {
    header::mailbox(out, "From", letter.sender)?;
    header::structured(out, "To", letter.to.as_str())?;
    if let Some(reply_to) = letter.extra.reply_to.or(letter.sender.reply_to.as_ref()) {
        header::structured(out, "Reply-To", reply_to.as_str())?;
    }
    header::unstructured(out, "Subject", letter.subject)?;
    let _ = write!(out, "Date: {}\r\n", rfc_5322(letter.date));
    let _ = write!(
        out,
        "Message-ID: <{}@{}>\r\n",
        letter.id,
        letter.sender.address.domain()
    );
    if let Some(list) = &letter.list {
        // The address on a line of its own: it has no spaces to fold at.
        let url = list.unsubscribe_url;
        if header::has_control(url) || !url.is_ascii() || url.contains(['<', '>', ' ']) {
            return Err(InvalidHeader("List-Unsubscribe"));
        }
        let _ = write!(out, "List-Unsubscribe:\r\n <{url}>\r\n");
        header::structured(out, "List-Unsubscribe-Post", "List-Unsubscribe=One-Click")?;
        header::structured(out, "List-Id", list.list_id)?;
        header::structured(out, "Feedback-ID", list.feedback_id)?;
    }
    for (name, value) in letter.extra.headers {
        header::custom(out, name, value)?;
    }
    out.push_str("MIME-Version: 1.0\r\n");
    Ok(())
}

/// `=_` can stand in no quoted-printable and no base64 text, and 7-bit parts are read line by line
/// against a boundary that holds this message's own id.
fn write_body(out: &mut String, letter: &Letter<'_>) {
    if letter.extra.attachments.is_empty() {
        return write_texts(out, letter);
    }
    let _ = write!(
        out,
        "Content-Type: multipart/mixed;\r\n boundary=\"=_{id}_files\"\r\n\r\n--=_{id}_files\r\n",
        id = letter.id
    );
    write_texts(out, letter);
    for file in letter.extra.attachments {
        let _ = write!(
            out,
            "--=_{}_files\r\nContent-Type: {}\r\nContent-Transfer-Encoding: base64\r\n\
             Content-Disposition: {}\r\n\r\n",
            letter.id,
            file.content_type,
            file.disposition()
        );
        for line in file.content.chunks(57) {
            body::base64_into(out, line);
            out.push_str("\r\n");
        }
    }
    let _ = write!(out, "--=_{}_files--\r\n", letter.id);
}

fn write_texts(out: &mut String, letter: &Letter<'_>) {
    let _ = write!(
        out,
        "Content-Type: multipart/alternative;\r\n boundary=\"=_{}\"\r\n\r\n",
        letter.id
    );
    for (kind, content) in [("plain", letter.text), ("html", letter.html)] {
        let encoding = Encoding::of(content);
        let _ = write!(
            out,
            "--=_{}\r\nContent-Type: text/{kind}; charset=utf-8\r\nContent-Transfer-Encoding: {}\r\n\r\n",
            letter.id,
            encoding.as_str()
        );
        body::write(out, content, encoding);
    }
    let _ = write!(out, "--=_{}--\r\n", letter.id);
}

fn rfc_5322(at: Timestamp) -> String {
    at.strftime("%a, %d %b %Y %H:%M:%S +0000").to_string()
}

#[cfg(test)]
mod tests {
    use super::{Extra, Letter, ListHeaders, compose};
    use crate::domain::sending_domain::Sender;
    use kernel::{EmailAddress, MessageId};

    fn address(text: &str) -> EmailAddress {
        EmailAddress::parse(text).expect("valid")
    }

    fn sender() -> Sender {
        Sender {
            name: "Bücher & Söhne".to_owned(),
            address: address("news@shop.example"),
            reply_to: Some(address("help@shop.example")),
        }
    }

    fn letter<'a>(id: MessageId, sender: &'a Sender, to: &'a EmailAddress) -> Letter<'a> {
        Letter {
            id,
            sender,
            to,
            date: "2026-11-23T04:05:06Z".parse().expect("a time"),
            subject: "Grüße, Ann",
            html: "<p>Hello <b>Ann</b></p>\n.\n",
            text: "Hello Ann\n.\n",
            list: Some(ListHeaders {
                unsubscribe_url: "https://shop.example/unsubscribe/abc",
                list_id: "<org_1.shop.example>",
                feedback_id: "cmp_1:org_1:marketing:mauntic",
            }),
            extra: Extra::default(),
        }
    }

    #[test]
    fn a_retry_is_equal_to_the_last_byte() {
        let (id, sender, to) = (MessageId::generate(), sender(), address("ann@example.com"));
        let first = compose(&letter(id, &sender, &to)).expect("composes");
        let second = compose(&letter(id, &sender, &to)).expect("composes");
        assert_eq!(first, second);
    }

    #[test]
    fn a_mail_program_reads_what_was_meant() {
        let (id, sender, to) = (MessageId::generate(), sender(), address("ann@example.com"));
        let source = compose(&letter(id, &sender, &to)).expect("composes");
        let message = mail_parser::MessageParser::default()
            .parse(source.as_bytes())
            .expect("parses");

        assert_eq!(message.subject(), Some("Grüße, Ann"));
        assert_eq!(message.message_id(), Some(format!("{id}@shop.example").as_str()));
        assert_eq!(
            message.date().map(|d| d.to_rfc3339()).as_deref(),
            Some("2026-11-23T04:05:06Z")
        );
        assert_eq!(
            message
                .body_html(0)
                .as_deref()
                .map(|t| t.replace("\r\n", "\n").trim_end().to_owned()),
            Some("<p>Hello <b>Ann</b></p>\n.".to_owned())
        );
        assert_eq!(
            message
                .body_text(0)
                .as_deref()
                .map(|t| t.replace("\r\n", "\n").trim_end().to_owned()),
            Some("Hello Ann\n.".to_owned())
        );
        for (header, value) in [
            ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),
            ("Feedback-ID", "cmp_1:org_1:marketing:mauntic"),
        ] {
            assert_eq!(message.header_raw(header).map(str::trim), Some(value));
        }
        assert!(source.contains("List-Unsubscribe:\r\n <https://shop.example/unsubscribe/abc>\r\n"));
        assert!(source.is_ascii());
    }

    #[test]
    fn mail_to_one_person_carries_no_list_headers() {
        let (id, sender, to) = (MessageId::generate(), sender(), address("ann@example.com"));
        let letter = Letter {
            list: None,
            ..letter(id, &sender, &to)
        };
        assert!(!compose(&letter).expect("composes").contains("List-"));
    }

    #[test]
    fn files_and_further_fields_are_read_back_as_they_were() {
        use crate::domain::mail::Attachment;
        use mail_parser::MimeHeaders;

        let (id, sender, to) = (MessageId::generate(), sender(), address("ann@example.com"));
        let bytes: Vec<u8> = (0..=255).cycle().take(1000).collect();
        let files = [
            Attachment::new("Rechnung Größe.pdf", "application/pdf", bytes.clone()).expect("a file"),
            Attachment::new("notes.txt", "text/plain", b"--=_x\r\n.\r\n".to_vec()).expect("a file"),
        ];
        let (reply_to, headers) = (
            address("orders@shop.example"),
            [("X-Order".to_owned(), "Nº 7".to_owned())],
        );
        let letter = Letter {
            extra: Extra {
                reply_to: Some(&reply_to),
                headers: &headers,
                attachments: &files,
            },
            ..letter(id, &sender, &to)
        };
        let source = compose(&letter).expect("composes");
        assert_eq!(source, compose(&letter).expect("composes"));
        assert!(source.is_ascii());
        let message = mail_parser::MessageParser::default()
            .parse(source.as_bytes())
            .expect("parses");
        let read: Vec<_> = message
            .attachments()
            .map(|part| (part.attachment_name().unwrap_or_default(), part.contents()))
            .collect();
        assert_eq!(
            read,
            [
                ("Rechnung Größe.pdf", bytes.as_slice()),
                ("notes.txt", b"--=_x\r\n.\r\n".as_slice())
            ]
        );
        assert!(
            message
                .body_html(0)
                .is_some_and(|html| html.contains("<b>Ann</b>"))
        );
        let answers = message
            .reply_to()
            .and_then(|list| list.first())
            .and_then(|one| one.address());
        assert_eq!(answers, Some("orders@shop.example"));
        // "Nº 7", as RFC 2047 has it.
        assert_eq!(
            message.header_raw("X-Order").map(str::trim),
            Some("=?utf-8?B?TsK6IDc=?=")
        );
    }

    #[test]
    fn a_subject_with_a_line_break_is_refused() {
        let (id, sender, to) = (MessageId::generate(), sender(), address("ann@example.com"));
        let letter = Letter {
            subject: "a\r\nBcc: eve@example.com",
            ..letter(id, &sender, &to)
        };
        assert!(compose(&letter).is_err());
    }

    #[test]
    fn an_unsubscribe_address_cannot_break_out_of_its_brackets() {
        let (id, sender, to) = (MessageId::generate(), sender(), address("ann@example.com"));
        let mut letter = letter(id, &sender, &to);
        letter.list = Some(ListHeaders {
            unsubscribe_url: "https://a.example/>\r\nBcc: eve@example.com",
            list_id: "<a.b>",
            feedback_id: "a",
        });
        assert!(compose(&letter).is_err());
    }
}
