//! Mail that the program writes of itself: a few plain sentences and a button.

use contracts::{
    PortError, PortResult,
    crm::consent::Channel,
    delivery::{BatchSpec, MessageIntent, MessageSource, ServiceLetter, ServiceRecipient, Stream},
};
use jiff::SignedDuration;
use kernel::{BatchId, OrgId};
use platform::Db;
use serde_json::Value;

use super::{
    take_in_messages::{open_batch, take_in_messages},
    unlisted_version::unlisted_version,
};
use crate::domain::template::{ACTION_ATTRIBUTE, TemplateKind, TemplateSource};

/// Nobody waits longer for a confirmation.
const EXPIRES_AFTER: SignedDuration = SignedDuration::from_hours(48);

/// Takes a letter in for each of these people; keys that were seen before are passed over.
pub async fn send_service_letter(
    db: &Db,
    org: OrgId,
    letter: &ServiceLetter,
    recipients: &[ServiceRecipient],
) -> PortResult<()> {
    if recipients.is_empty() {
        return Ok(());
    }
    let version = unlisted_version(db, org, source(letter))
        .await
        .map_err(|error| PortError::Failed(format!("the letter does not compile: {error}")))?;
    let tx = db.system().await?;
    let expires_at = tx.now() + EXPIRES_AFTER;
    tx.rollback().await?;
    let batch = BatchSpec {
        id: BatchId::generate(),
        source: MessageSource::Service,
        channel: Channel::Email,
        name: String::new(),
        template_version: version,
        stream: Stream::Transactional,
        expires_at,
        topic: None,
    };
    let messages: Vec<MessageIntent> = recipients.iter().map(intent).collect();
    open_batch(db, org, &batch).await?;
    take_in_messages(db, org, batch.id, &messages).await?;
    Ok(())
}

/// The address of the button travels with the person's data: it is another one for everybody.
fn intent(recipient: &ServiceRecipient) -> MessageIntent {
    let mut contact = recipient.contact.clone();
    contact
        .attributes
        .insert(ACTION_ATTRIBUTE.to_owned(), Value::from(recipient.url.as_str()));
    MessageIntent {
        extras: None,
        dedupe_key: recipient.dedupe_key.clone(),
        contact,
        to: recipient.to.clone().into(),
    }
}

/// HTML as mail programs like it. What the letter says is text: nothing in it is a tag or a variable.
fn source(letter: &ServiceLetter) -> TemplateSource {
    let mut body = String::from(
        "<!doctype html><html><body style=\"margin:0;background:#f4f5f7;color:#1f2328;\
         font-family:-apple-system,'Segoe UI',Helvetica,Arial,sans-serif\">\
         <table role=\"presentation\" width=\"100%\"><tr><td align=\"center\" style=\"padding:32px 16px\">\
         <table role=\"presentation\" width=\"560\" style=\"max-width:100%;background:#ffffff;border-radius:8px\">\
         <tr><td style=\"padding:32px;font-size:16px;line-height:1.6\">",
    );
    for paragraph in &letter.paragraphs {
        body.push_str("<p style=\"margin:0 0 16px\">");
        body.push_str(&escaped(paragraph).replace('\n', "<br>"));
        body.push_str("</p>");
    }
    body.push_str(
        "<p style=\"margin:24px 0\"><a href=\"{{ action_url }}\" style=\"display:inline-block;background:#1f2328;\
         color:#ffffff;text-decoration:none;padding:12px 20px;border-radius:6px\">",
    );
    body.push_str(&escaped(&letter.button));
    body.push_str("</a></p><p style=\"margin:0;font-size:13px;color:#6b7280\">");
    body.push_str(&escaped(&letter.note));
    body.push_str(
        "</p></td></tr></table><p style=\"font-size:12px;color:#6b7280\">{{ organization.name }}\
         {% if organization.postal_address %} &middot; {{ organization.postal_address }}{% endif %}</p>\
         </td></tr></table></body></html>",
    );
    TemplateSource {
        kind: TemplateKind::Html,
        subject: plain(&letter.subject),
        preheader: String::new(),
        body,
        ..TemplateSource::default()
    }
}

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            // Braces begin what templates fill in, also once the text part is made of this.
            '{' => out.push('('),
            '}' => out.push(')'),
            _ => out.push(c),
        }
    }
    out
}

/// A subject has no entities, so braces lose their meaning by having no partner.
fn plain(text: &str) -> String {
    text.replace(['{', '}'], "").replace(['\r', '\n'], " ")
}

impl From<super::save_template::NotSaved> for PortError {
    fn from(error: super::save_template::NotSaved) -> Self {
        PortError::failed(error)
    }
}

#[cfg(test)]
mod tests {
    use contracts::delivery::ServiceLetter;

    use super::source;
    use crate::domain::template::CompiledTemplate;

    #[test]
    fn a_letter_says_what_it_says_and_nothing_of_it_is_filled_in() {
        let letter = ServiceLetter {
            subject: "Please {{ contact.email }}\r\nBcc: eve@example.com".to_owned(),
            paragraphs: vec!["<b>Hi</b> {{ contact.email }}\nsecond line {% for x in y %}".to_owned()],
            button: "Yes & go".to_owned(),
            note: "No?".to_owned(),
        };
        let source = source(&letter);
        assert!(!source.subject.contains(['{', '\n', '\r']));
        assert!(
            source
                .body
                .contains("&lt;b&gt;Hi&lt;/b&gt; (( contact.email ))<br>second")
        );
        assert!(CompiledTemplate::compile(&source).is_ok());
    }
}
