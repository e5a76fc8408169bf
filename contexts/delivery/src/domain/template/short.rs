//! Text messages and push notifications: compiled and rendered as mail is, by the same rules and with
//! the same data, but as plain text.

use minijinja::value::Value;

use super::{
    Artefacts, CompiledTemplate, RenderError, Rendered, TemplateError, TemplateFault, TemplatePart,
    TemplateSource,
    compile::variables,
    environment::{self, SUBJECT, TEXT, URL},
    links::{classify, is_harmless},
    mask::Mask,
    render::one_line,
    text_links::wrap_links,
};
use crate::domain::{
    push::{LARGEST_PAYLOAD, payload_size},
    sms,
};

/// What is made of a text message. Its links are counted as those of mail are.
pub fn text_message(source: &TemplateSource) -> Result<Artefacts, Vec<TemplateError>> {
    let (text, links) = wrap_links(&source.body)?;
    Ok(Artefacts {
        text,
        links,
        ..plain(source)
    })
}

/// What is made of a push notification. Its link is left as it is: an app opens it, and many open a
/// page of theirs only by its own address.
pub fn notification(source: &TemplateSource) -> Result<Artefacts, Vec<TemplateError>> {
    let mut mask = Mask::new(&[&source.url]);
    let masked = mask.hide_text(&source.url);
    if let Err(fault) = classify(&mask, &masked) {
        return Err(vec![TemplateError::at_start(TemplatePart::Url, fault)]);
    }
    Ok(Artefacts {
        subject: source.subject.clone(),
        text: source.body.clone(),
        url: source.url.clone(),
        data: source.data.clone(),
        ..plain(source)
    })
}

fn plain(source: &TemplateSource) -> Artefacts {
    Artefacts {
        channel: source.kind.channel(),
        subject: String::new(),
        html: String::new(),
        text: String::new(),
        links: Vec::new(),
        variables: variables(source),
        http_links: Vec::new(),
        relative_links: Vec::new(),
        images_without_alt: Vec::new(),
        removed: Vec::new(),
        url: String::new(),
        data: Vec::new(),
    }
}

impl CompiledTemplate {
    pub(super) fn text_message(&self, context: &Value) -> Result<Rendered, RenderError> {
        let text = self.short_text(context)?;
        let length = text.chars().count();
        if length > sms::LONGEST {
            let detail = format!("{length} characters, and {} are the most", sms::LONGEST);
            return Err(failed(TemplatePart::Body, detail));
        }
        Ok(Rendered {
            text,
            ..Rendered::default()
        })
    }

    pub(super) fn notification(&self, context: &Value) -> Result<Rendered, RenderError> {
        let subject = one_line(&self.part(TemplatePart::Subject, SUBJECT, context)?);
        let text = self.short_text(context)?;
        let url = self.part(TemplatePart::Url, URL, context)?.trim().to_owned();
        if !is_harmless(&url) || url.chars().any(|c| c.is_whitespace() || c.is_control()) {
            return Err(failed(
                TemplatePart::Url,
                "not an address that can be opened".to_owned(),
            ));
        }
        let data = self.data(context)?;
        let size = payload_size(&subject, &text, &url, &data);
        if size > LARGEST_PAYLOAD {
            let detail = format!("{size} bytes in all, and {LARGEST_PAYLOAD} are the most");
            return Err(failed(TemplatePart::Body, detail));
        }
        Ok(Rendered {
            subject,
            text,
            url,
            data,
            ..Rendered::default()
        })
    }

    /// What people read: not empty, and without characters that phones make nothing of.
    fn short_text(&self, context: &Value) -> Result<String, RenderError> {
        let text = self
            .part(TemplatePart::Body, TEXT, context)?
            .replace("\r\n", "\n");
        let clean: String = text.chars().filter(|c| *c == '\n' || !c.is_control()).collect();
        match clean.trim() {
            "" => Err(failed(TemplatePart::Body, TemplateFault::Empty.to_string())),
            text => Ok(text.to_owned()),
        }
    }

    fn data(&self, context: &Value) -> Result<Vec<(String, String)>, RenderError> {
        let pairs = self.artefacts().data.iter().enumerate();
        pairs
            .map(|(n, (key, _))| {
                let value = self.part(TemplatePart::Data, &environment::data(n), context)?;
                Ok((key.clone(), value))
            })
            .collect()
    }
}

fn failed(part: TemplatePart, detail: String) -> RenderError {
    RenderError { part, detail }
}

#[cfg(test)]
mod tests;
