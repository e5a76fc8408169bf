//! Messages that programs hand over.

use axum::{Json, extract::State, response::IntoResponse};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use contracts::{
    crm::{ContactKey, consent::Channel},
    delivery::{
        API_MESSAGE_EVENTS, API_MESSAGE_RENDERINGS, API_MESSAGES, MessageExtras, Stream,
        sending::{
            InlineContent, MessageEvent, MessageEvents, MessageRecipient, NewAttachment, NewMessages,
            NewRendering, Rendering, TakenMessage, TakenMessages,
        },
    },
};
use http::{HeaderMap, StatusCode};
use jiff::SignedDuration;
use kernel::{EmailAddress, MessageId, Permission, TemplateId, TemplateVersionId};
use platform::web::{Access, AppError, Ctx, FieldErrors, Json as Body, Op, Path, Routes, WebResult};
use serde_json::Map;

use crate::{
    application::{
        compiled_templates::TemplateUnavailable,
        message_events::message_events,
        preview_template::preview_version_with,
        read_templates::find_template,
        send_messages::{Addressee, MOST_RECIPIENTS, NotSent, Posting, dedupe_key, merged, send_messages},
        template_deps::TemplateDeps,
        unlisted_version::unlisted_version,
    },
    domain::{
        mail::{Attachment, MOST_BYTES, MOST_FILES, MOST_HEADERS, check_custom_header},
        template::{TemplateKind, TemplateSource},
    },
    interface::template_words::{fault, no_preview, not_saved},
};

/// Files of 7 MB in base64, and what stands around them.
const MOST_BODY: usize = 11 * 1024 * 1024;
/// The most that `data` may come to as JSON, in bytes.
const MOST_DATA: usize = 64 * 1024;
const LONGEST_KEY: usize = 200;
const TWO_DAYS: i64 = 2 * 24 * 3600;
const FIVE_DAYS: i64 = 5 * 24 * 3600;

/// All routes.
pub fn routes() -> Routes<TemplateDeps> {
    let write = Access::needs(Permission::MessagesWrite);
    Routes::new()
        .post_up_to(MOST_BODY, API_MESSAGES.template(), write, send)
        .doc(
            Op::new("send_messages", "Send messages")
                .describe(
                    "One content, a template's or written in the call, to 1 to 500 people; all are taken in, or none. \
                     A recipient's `idempotency_key` is sent once, for ever; so is a call with an Idempotency-Key. \
                     Addresses at sandbox.test never leave: delivered@, bounced@, soft-bounced@ and delayed@ play \
                     their part.",
                )
                .body::<NewMessages>()
                .returns::<TakenMessages>(202, "They are on their way."),
        )
        .post(API_MESSAGE_RENDERINGS.template(), write, render)
        .doc(
            Op::new("render_message", "Render a message without sending it")
                .describe("As a contact needs the scope contacts:read as well.")
                .body::<NewRendering>()
                .returns::<Rendering>(200, "The message as it would be sent."),
        )
        .get(
            API_MESSAGE_EVENTS.template(),
            Access::needs(Permission::MessagesRead),
            events,
        )
        .doc(
            Op::new("list_message_events", "List what happened to a message")
                .returns::<MessageEvents>(200, "All of it, the oldest first."),
        )
}

async fn send(
    ctx: Ctx,
    State(deps): State<TemplateDeps>,
    headers: HeaderMap,
    Body(new): Body<NewMessages>,
) -> WebResult {
    let call = headers.get("idempotency-key").and_then(|key| key.to_str().ok());
    let mut faults = FieldErrors::new();
    let to = addressees(&ctx, &mut faults, &new, call);
    let files = files(&ctx, &mut faults, &new.attachments);
    let extras = extras(&ctx, &mut faults, &new);
    let expires_in = new.expires_in.unwrap_or(TWO_DAYS);
    if !(60..=FIVE_DAYS).contains(&expires_in) {
        faults.add("expires_in", "out_of_range", ctx.t("delivery-sending-expires"));
    }
    if new.topic_id.is_some() && new.stream != Stream::Marketing {
        faults.add("topic_id", "not_marketing", ctx.t("delivery-sending-topic"));
    }
    if !faults.is_empty() {
        return Err(AppError::Invalid(faults));
    }
    let posting = Posting {
        version: version_of(&ctx, &deps, new.template_id, new.content).await?,
        stream: new.stream,
        topic: new.topic_id,
        expires_in: SignedDuration::from_secs(expires_in),
        extras,
        files,
        to,
    };
    let taken = send_messages(&deps, ctx.org, ctx.now, posting)
        .await
        .map_err(|error| not_sent(&ctx, error))?;
    let data = taken
        .into_iter()
        .map(|taken| TakenMessage {
            id: taken.message,
            to: taken.to.as_str().to_owned(),
            repeated: taken.repeated,
        })
        .collect();
    Ok((StatusCode::ACCEPTED, Json(TakenMessages { data })).into_response())
}

async fn render(
    ctx: Ctx,
    State(deps): State<TemplateDeps>,
    Body(new): Body<NewRendering>,
) -> WebResult<Json<Rendering>> {
    let nobody = new.to.contact_id.is_none() && new.to.external_id.is_none() && new.to.email.is_none();
    let mut faults = FieldErrors::new();
    let key = if nobody {
        None
    } else {
        key_of(&ctx, &mut faults, "to", &new.to)
    };
    if !faults.is_empty() {
        return Err(AppError::Invalid(faults));
    }
    let contact = match key {
        Some(_) if !ctx.may(Permission::ContactsRead) => return Err(AppError::Forbidden),
        Some(key) => {
            let found = deps.contacts.with_keys(ctx.org, &[key]).await?.pop().flatten();
            let unknown = || AppError::invalid("to", "unknown_contact", ctx.t("delivery-sending-unknown"));
            Some(found.ok_or_else(unknown)?)
        }
        None => None,
    };
    let version = version_of(&ctx, &deps, new.template_id, new.content).await?;
    let data = merged(&new.data, &new.to.data);
    let preview = preview_version_with(&deps, ctx.org, version, contact, data)
        .await
        .map_err(|error| no_preview(&ctx.l10n, error))?;
    Ok(Json(Rendering {
        subject: preview.rendered.subject,
        html: preview.rendered.html,
        text: preview.rendered.text,
    }))
}

async fn events(
    ctx: Ctx,
    State(deps): State<TemplateDeps>,
    Path(id): Path<MessageId>,
) -> WebResult<Json<MessageEvents>> {
    let found = message_events(&deps.db, ctx.org, id)
        .await?
        .ok_or(AppError::NotFound)?;
    let data = found
        .into_iter()
        .map(|event| MessageEvent {
            kind: event.kind,
            at: event.at,
            detail: event.detail,
        })
        .collect();
    Ok(Json(MessageEvents { data }))
}

/// The version that is sent: the template's newest, or the content of the call.
async fn version_of(
    ctx: &Ctx,
    deps: &TemplateDeps,
    template: Option<TemplateId>,
    content: Option<InlineContent>,
) -> WebResult<TemplateVersionId> {
    match (template, content) {
        (Some(template), None) => {
            let found = find_template(&deps.db, ctx.org, template).await?;
            let unknown = || {
                AppError::invalid(
                    "template_id",
                    "unknown_template",
                    ctx.t("delivery-sending-no-template"),
                )
            };
            Ok(found.ok_or_else(unknown)?.version.id)
        }
        (None, Some(content)) => {
            let unknown =
                |()| AppError::invalid("content/kind", "unknown_kind", ctx.t("delivery-sending-kind"));
            let source = TemplateSource {
                kind: content
                    .kind
                    .as_deref()
                    .unwrap_or("html")
                    .parse::<TemplateKind>()
                    .and_then(only_mail)
                    .map_err(unknown)?,
                subject: content.subject,
                preheader: content.preheader,
                body: content.body,
                text: content.text,
                ..TemplateSource::default()
            };
            unlisted_version(&deps.db, ctx.org, source)
                .await
                .map_err(|error| not_saved(&ctx.l10n, error))
        }
        _ => Err(AppError::invalid(
            "template_id",
            "template_or_content",
            ctx.t("delivery-sending-either"),
        )),
    }
}

fn only_mail(kind: TemplateKind) -> Result<TemplateKind, ()> {
    (kind.channel() == Channel::Email).then_some(kind).ok_or(())
}

fn addressees(ctx: &Ctx, faults: &mut FieldErrors, new: &NewMessages, call: Option<&str>) -> Vec<Addressee> {
    if !(1..=MOST_RECIPIENTS).contains(&new.to.len()) {
        faults.add("to", "out_of_range", ctx.t("delivery-sending-recipients"));
        return Vec::new();
    }
    let mut to = Vec::with_capacity(new.to.len());
    for (place, recipient) in new.to.iter().enumerate() {
        let field = format!("to/{place}");
        let own = recipient.idempotency_key.as_deref();
        if own.is_some_and(|key| !(1..=LONGEST_KEY).contains(&key.chars().count()) || key.contains('\0')) {
            faults.add(
                format!("{field}/idempotency_key"),
                "invalid_key",
                ctx.t("delivery-sending-key"),
            );
        }
        let data = merged(&new.data, &recipient.data);
        let size = serde_json::to_string(&data).map_or(0, |json| json.len());
        if size > MOST_DATA {
            faults.add(
                format!("{field}/data"),
                "too_large",
                ctx.t("delivery-sending-data"),
            );
        }
        if let Some(key) = key_of(ctx, faults, &field, recipient) {
            to.push(Addressee {
                key,
                data,
                dedupe_key: dedupe_key(own, call, place),
            });
        }
    }
    to
}

fn key_of(
    ctx: &Ctx,
    faults: &mut FieldErrors,
    field: &str,
    recipient: &MessageRecipient,
) -> Option<ContactKey> {
    match (&recipient.contact_id, &recipient.external_id, &recipient.email) {
        (Some(id), None, None) => Some(ContactKey::Id(*id)),
        (None, Some(id), None) if !id.is_empty() => Some(ContactKey::External(id.clone())),
        (None, None, Some(email)) => match EmailAddress::parse(email) {
            Ok(email) => Some(ContactKey::Email(email)),
            Err(_) => {
                faults.add(
                    format!("{field}/email"),
                    "invalid_address",
                    ctx.t("delivery-sending-address"),
                );
                None
            }
        },
        _ => {
            faults.add(field, "one_key", ctx.t("delivery-sending-one-key"));
            None
        }
    }
}

fn files(ctx: &Ctx, faults: &mut FieldErrors, new: &[NewAttachment]) -> Vec<Attachment> {
    let mut files = Vec::with_capacity(new.len());
    if new.len() > MOST_FILES {
        faults.add("attachments", "too_many", ctx.t("delivery-sending-files"));
        return files;
    }
    let mut total = 0;
    for (place, file) in new.iter().enumerate() {
        let field = format!("attachments/{place}");
        let content = file.content.split_ascii_whitespace().collect::<String>();
        let Ok(content) = STANDARD.decode(content) else {
            faults.add(
                format!("{field}/content"),
                "not_base64",
                ctx.t("delivery-sending-base64"),
            );
            continue;
        };
        total += content.len();
        match Attachment::new(&file.filename, &file.content_type, content) {
            Ok(file) => files.push(file),
            Err(invalid) => faults.add(field, "invalid_attachment", attachment_fault(ctx, invalid)),
        }
    }
    if total > MOST_BYTES {
        faults.add("attachments", "too_large", ctx.t("delivery-sending-files-size"));
    }
    files
}

fn attachment_fault(ctx: &Ctx, invalid: crate::domain::mail::InvalidAttachment) -> String {
    use crate::domain::mail::InvalidAttachment as Fault;
    ctx.t(match invalid {
        Fault::Filename => "delivery-sending-filename",
        Fault::Program => "delivery-sending-program",
        Fault::ContentType => "delivery-sending-content-type",
        Fault::Empty => "delivery-sending-empty-file",
    })
}

fn extras(ctx: &Ctx, faults: &mut FieldErrors, new: &NewMessages) -> MessageExtras {
    let reply_to = new.reply_to.as_deref().map(EmailAddress::parse).transpose();
    if reply_to.is_err() {
        faults.add("reply_to", "invalid_address", ctx.t("delivery-sending-address"));
    }
    if new.headers.len() > MOST_HEADERS {
        faults.add("headers", "too_many", ctx.t("delivery-sending-headers"));
    }
    let mut headers = Vec::with_capacity(new.headers.len());
    for (name, value) in &new.headers {
        match value
            .as_str()
            .filter(|value| check_custom_header(name, value).is_ok())
        {
            Some(value) => headers.push((name.clone(), value.to_owned())),
            None => faults.add(
                format!("headers/{name}"),
                "invalid_header",
                ctx.t("delivery-sending-header"),
            ),
        }
    }
    MessageExtras {
        data: Map::new(),
        reply_to: reply_to.ok().flatten(),
        headers,
        attachments: Vec::new(),
        untracked: !new.tracked,
    }
}

fn not_sent(ctx: &Ctx, error: NotSent) -> AppError {
    let at = |place: usize| format!("to/{place}");
    match error {
        NotSent::Unknown(place) => {
            AppError::invalid(at(place), "unknown_contact", ctx.t("delivery-sending-unknown"))
        }
        NotSent::NoAddress(place) => {
            AppError::invalid(at(place), "no_address", ctx.t("delivery-sending-no-address"))
        }
        NotSent::NotMail => AppError::invalid("template_id", "not_mail", ctx.t("delivery-sending-not-mail")),
        NotSent::NoUnsubscribeLink => AppError::invalid(
            "stream",
            "no_unsubscribe_link",
            ctx.t("delivery-sending-no-unsubscribe"),
        ),
        NotSent::Content(error) => not_saved(&ctx.l10n, error),
        NotSent::Template(TemplateUnavailable::Broken(error)) => {
            AppError::invalid("template_id", "broken", fault(&ctx.l10n, &error))
        }
        NotSent::Template(TemplateUnavailable::NotFound) => AppError::NotFound,
        NotSent::Template(TemplateUnavailable::Db(error)) | NotSent::Db(error) => error.into(),
        NotSent::Port(error) => error.into(),
    }
}
