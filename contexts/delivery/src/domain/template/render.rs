//! One recipient's mail from a compiled version.

use std::sync::Arc;

use contracts::crm::consent::Channel;
use kernel::{MessageId, OrgId, TopicId};
use minijinja::value::Value;

use super::{
    CompiledTemplate, MergeData, TemplatePart,
    environment::{HTML, SUBJECT, TEXT},
    merge::Mail,
    source::breaks_a_header,
    text,
};
use crate::domain::tracking::LinkSigner;

/// The most an HTML or text part may come to, in bytes.
const MAX_OUTPUT: usize = 2 * 1024 * 1024;
/// The most a subject may come to, in characters; what is more is cut.
const MAX_SUBJECT: usize = 400;

/// Whether opens and clicks are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tracking {
    /// With a pixel and signed links.
    On,
    /// Plain links and no pixel: tests, previews, web views.
    Off,
}

/// What links of one message are made from.
#[derive(Clone, Debug)]
pub struct MessageLinks {
    /// The process's signer.
    pub signer: Arc<LinkSigner>,
    /// Whose message.
    pub org: OrgId,
    /// Which.
    pub message: MessageId,
    /// What it is about, if it is about a topic.
    pub topic: Option<TopicId>,
    /// Whether opens and clicks are counted.
    pub tracking: Tracking,
}

/// A message as it is sent. Of a text message there is only the text; of a push notification the
/// subject is its title and the text its body.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rendered {
    /// One line without control characters.
    pub subject: String,
    /// HTML part.
    pub html: String,
    /// Text part.
    pub text: String,
    /// For `List-Unsubscribe`.
    pub unsubscribe_url: String,
    /// What a push notification opens; may be empty.
    pub url: String,
    /// What an app is told besides.
    pub data: Vec<(String, String)>,
}

/// Why a template does not render for a recipient: the message fails with reason `template`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the {} does not render: {detail}", part.as_str())]
pub struct RenderError {
    /// Which part.
    pub part: TemplatePart,
    /// What the engine says; it may name values of the template but not where in the source.
    pub detail: String,
}

impl CompiledTemplate {
    /// Renders for one recipient. It ends within the limits of the engine whatever the data holds.
    pub fn render(&self, data: &MergeData, links: &MessageLinks) -> Result<Rendered, RenderError> {
        let mail = Arc::new(Mail::new(data, links));
        let context = Value::from_dyn_object(Arc::clone(&mail));
        match self.artefacts().channel {
            Channel::Email => {}
            Channel::Sms => return self.text_message(&context),
            Channel::Push => return self.notification(&context),
        }
        let subject = self.part(TemplatePart::Subject, SUBJECT, &context)?;
        let html = self.part(TemplatePart::Body, HTML, &context)?;
        let text = self.part(TemplatePart::Text, TEXT, &context)?;
        Ok(Rendered {
            subject: one_line(&subject),
            html,
            text: text::tidy(&text),
            unsubscribe_url: mail.unsubscribe_url().to_owned(),
            ..Rendered::default()
        })
    }

    pub(super) fn part(
        &self,
        part: TemplatePart,
        name: &str,
        context: &Value,
    ) -> Result<String, RenderError> {
        let failed = |detail: String| RenderError { part, detail };
        let template = self
            .env
            .get_template(name)
            .map_err(|error| failed(error.to_string()))?;
        let output = template
            .render(context.clone())
            .map_err(|error| failed(error.to_string()))?;
        if output.len() > MAX_OUTPUT {
            return Err(failed(format!("longer than {MAX_OUTPUT} bytes")));
        }
        Ok(output)
    }
}

/// A header is one line whatever a contact's name holds.
pub(super) fn one_line(subject: &str) -> String {
    let clean: String = subject
        .chars()
        .map(|c| if breaks_a_header(c) { ' ' } else { c })
        .take(MAX_SUBJECT)
        .collect();
    clean.split_whitespace().collect::<Vec<_>>().join(" ")
}
