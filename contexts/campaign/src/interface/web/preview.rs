//! The message as a sample contact would get it: mail in a frame that can run nothing, others as phones
//! show them.

use axum::{
    extract::State as Shared,
    response::{IntoResponse, Response},
};
use contracts::{
    PortError,
    campaign::CAMPAIGN_PREVIEW,
    crm::{ContactSnapshot, consent::Channel},
    delivery::TEMPLATE_NEW,
};
use http::{HeaderValue, header};
use kernel::{ContactId, Permission, TemplateId};
use maud::{Markup, html};
use platform::web::{Ctx, Query, WebResult};
use serde::Deserialize;
use ui_kit::{Alert, Button, EmptyState, Icon, MailFrame, Tone, phone_notification, phone_text};

use super::review::cost;

use crate::{
    application::{CampaignError, Campaigns, campaign_facts::CampaignFacts, preview_mail::preview_mail},
    domain::campaign::Content,
    interface::words::app_error,
};

/// Nothing runs, nothing is sent, and nothing but pictures, styles and fonts is loaded.
const POLICY: &str = "sandbox; default-src 'none'; img-src http: https: data:; style-src 'unsafe-inline'; \
    font-src https: data:; base-uri 'none'; form-action 'none'; frame-ancestors 'self'";

/// Which mail, for whom.
#[derive(Debug, Deserialize)]
pub struct PreviewQuery {
    template: TemplateId,
    contact: Option<ContactId>,
}

/// The HTML part.
pub async fn show(
    ctx: Ctx,
    Shared(campaigns): Shared<Campaigns>,
    Query(query): Query<PreviewQuery>,
) -> WebResult {
    match preview_mail(&campaigns, ctx.org, query.template, query.contact).await {
        Ok(mail) => Ok(framed(mail.html)),
        // The page around the frame shows why.
        Err(CampaignError::Port(PortError::Refused(_))) => Ok(framed(String::new())),
        Err(error) => Err(app_error(&ctx, error)),
    }
}

fn framed(html: String) -> Response {
    let headers = [
        (
            header::CONTENT_TYPE,
            HeaderValue::from_static("text/html; charset=utf-8"),
        ),
        (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY)),
        (header::X_FRAME_OPTIONS, HeaderValue::from_static("SAMEORIGIN")),
        (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    ];
    (headers, html).into_response()
}

/// The frame with the subject above it, or what stands in its place.
pub fn frame(
    ctx: &Ctx,
    content: &Content,
    facts: &CampaignFacts,
    sample: Option<&ContactSnapshot>,
) -> Markup {
    let Some(template) = facts.template(content) else {
        return nothing(ctx, facts);
    };
    let mut query = vec![("template", template.id.to_string())];
    query.extend(sample.map(|contact| ("contact", contact.id.to_string())));
    let subject = match &facts.mail {
        Some(Ok(mail)) => mail.subject.as_str(),
        Some(Err(_)) | None => template.subject.as_str(),
    };
    html! {
        @if let Some(Err(why)) = &facts.mail {
            (Alert::new(Tone::Danger, ctx.t("campaign-preview-failed")).text(why.as_str()))
        }
        @match (template.channel, &facts.mail) {
            (Channel::Email, _) => {
                p { span.muted { (ctx.t("campaign-subject")) " " } strong { (subject) } }
                (MailFrame::new(ctx.t("campaign-preview-title"), CAMPAIGN_PREVIEW.with(&query)).show(ctx.words()))
            }
            (Channel::Sms, Some(Ok(message))) => {
                (phone_text(&ctx.t("campaign-preview-title"), &message.text))
                (cost(ctx, facts))
            }
            (Channel::Push, Some(Ok(message))) => {
                (phone_notification(&ctx.t("campaign-preview-title"), &facts.sender, &message.subject, &message.text))
                @if !message.url.is_empty() {
                    p { span.muted { (ctx.t("campaign-push-opens")) " " } (message.url) }
                }
            }
            (Channel::Sms | Channel::Push, _) => {}
        }
    }
}

fn nothing(ctx: &Ctx, facts: &CampaignFacts) -> Markup {
    if !facts.templates.is_empty() {
        return html! { (EmptyState::new(Icon::Mail, ctx.t("campaign-preview-none"))) };
    }
    let empty = EmptyState::new(Icon::Template, ctx.t("campaign-templates-none"));
    let write = Button::secondary(ctx.t("campaign-templates-write"))
        .icon(Icon::Plus)
        .href(TEMPLATE_NEW.url());
    html! {
        @if ctx.may(Permission::TemplatesWrite) { (empty.action(html! { (write) })) } @else { (empty) }
    }
}
