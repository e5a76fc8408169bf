//! From a claimed message to one that is ready to leave.

use std::{collections::HashMap, panic::AssertUnwindSafe, sync::Arc};

use contracts::{
    crm::consent::Channel,
    delivery::{MessageExtras, MessageSource, Stream},
};
use kernel::{AttachmentId, MessageId};
use platform::{DbError, failpoint};

use super::{core::EngineParts, outlet::Group};
use crate::{
    application::{compiled_templates::TemplateUnavailable, merge_records::look_up},
    domain::{
        dkim::sign_with_all,
        mail::{Attachment, Extra, Letter, ListHeaders, OutgoingMail, compose},
        outgoing::{Outgoing, OutgoingPush, OutgoingText},
        template::{Catalogue, CompiledTemplate, MergeData, MessageLinks, PASSES, Rendered, Tracking},
        tracking::LinkSigner,
    },
    infrastructure::pg::{attachments, queue::Claimed},
};

/// From so many claims on a message is not tried again: it was alone with the engine in the last
/// three of them, and each time the engine died.
const TOO_MANY_CRASHES: i16 = 6;

/// A message that can never be sent, and why, in a word and in words.
#[derive(Debug)]
pub(super) struct Unfit {
    pub id: MessageId,
    pub reason: &'static str,
    pub detail: String,
}

/// A group with everything rendered and signed.
#[derive(Debug, Default)]
pub(super) struct Prepared {
    pub mails: Vec<Outgoing>,
    pub unfit: Vec<Unfit>,
}

/// Prepares a group on threads that may be busy for a while. The error is passing: the group may be
/// tried again.
pub(super) async fn prepare(
    parts: &EngineParts,
    group: Group,
) -> Result<(Group, Prepared), (Group, anyhow::Error)> {
    let template = match parts
        .templates
        .get(group.batch.org, group.batch.template_version)
        .await
    {
        Ok(template) => Ok(template),
        Err(TemplateUnavailable::Db(error)) => return Err((group, error.into())),
        Err(error) => Err(error.to_string()),
    };
    let mut group = group;
    let files = match files_of(parts, &group).await {
        Ok(files) => Arc::new(files),
        Err(error) => return Err((group, error.into())),
    };
    let signer = group.route.signer.clone();
    let mut catalogue = Arc::new(Catalogue::default());
    // What is looked up may lead to more; most templates look nothing up.
    for pass in 0..=PASSES {
        let prepared;
        let with = (signer.clone(), catalogue.clone(), files.clone());
        (group, prepared) = render(group, template.clone(), with).await;
        if pass == PASSES {
            return Ok((group, prepared));
        }
        catalogue = match look_up(&*parts.contacts, group.batch.org, &catalogue).await {
            Ok(Some(more)) => Arc::new(more),
            Ok(None) => return Ok((group, prepared)),
            Err(error) => return Err((group, error.into())),
        };
    }
    unreachable!("the last pass returns")
}

/// Files by their identifiers.
type Files = HashMap<AttachmentId, Attachment>;

/// The files of all messages of a group.
async fn files_of(parts: &EngineParts, group: &Group) -> Result<Files, DbError> {
    let extras = group.rows.iter().filter_map(|row| row.extras.as_ref());
    let mut ids: Vec<AttachmentId> = extras
        .flat_map(|extras| extras.attachments.iter().copied())
        .collect();
    if ids.is_empty() {
        return Ok(Files::new());
    }
    ids.sort_unstable();
    ids.dedup();
    let mut tx = parts.db.system().await?;
    attachments::load(&mut tx, group.batch.org, &ids).await
}

async fn render(
    group: Group,
    template: Result<Arc<CompiledTemplate>, String>,
    (signer, catalogue, files): (Arc<LinkSigner>, Arc<Catalogue>, Arc<Files>),
) -> (Group, Prepared) {
    let work = tokio::task::spawn_blocking(move || {
        let mut prepared = Prepared::default();
        for row in &group.rows {
            let made = match &template {
                Ok(template) => prepare_one(&group, row, template, &signer, &catalogue, &files),
                Err(error) => Err(("template", error.clone())),
            };
            match made {
                Ok(message) => prepared.mails.push(message),
                Err((reason, detail)) => prepared.unfit.push(Unfit {
                    id: row.id,
                    reason,
                    detail,
                }),
            }
        }
        (group, prepared)
    });
    work.await.expect("what may panic is caught inside")
}

fn prepare_one(
    group: &Group,
    row: &Claimed,
    template: &CompiledTemplate,
    signer: &Arc<LinkSigner>,
    catalogue: &Arc<Catalogue>,
    files: &Files,
) -> Result<Outgoing, (&'static str, String)> {
    if row.crashes >= TOO_MANY_CRASHES {
        return Err((
            "crashes",
            "the engine died each time that it had this message".to_owned(),
        ));
    }
    let data = MergeData {
        contact: Arc::new(row.contact.clone()),
        organization: group.route.organization.clone(),
        campaign: group.batch.name.clone(),
        catalogue: catalogue.clone(),
        data: row
            .extras
            .as_ref()
            .map(|extras| Arc::new(extras.data.clone()))
            .unwrap_or_default(),
    };
    let links = MessageLinks {
        signer: signer.clone(),
        org: group.batch.org,
        message: row.id,
        topic: group.batch.topic,
        // What the program writes of itself is about one person's data: nobody counts it.
        tracking: match group.batch.source {
            MessageSource::Campaign(_) => Tracking::On,
            MessageSource::Api if row.extras.as_ref().is_none_or(|extras| !extras.untracked) => Tracking::On,
            MessageSource::Api | MessageSource::Test | MessageSource::Service => Tracking::Off,
        },
    };
    // A renderer that panics for one recipient must not take the others with it.
    let rendered = std::panic::catch_unwind(AssertUnwindSafe(|| {
        failpoint::hit_on("delivery.render", row.to.as_str());
        template.render(&data, &links)
    }));
    let rendered = rendered
        .map_err(|_| ("template", "the template made the renderer panic".to_owned()))?
        .map_err(|error| ("template", error.to_string()))?;
    match group.batch.channel {
        Channel::Email => mail(group, row, rendered, files).map(Outgoing::Mail),
        Channel::Sms => Ok(Outgoing::Text(OutgoingText {
            id: row.id,
            to: row.to.as_str().to_owned(),
            body: rendered.text,
        })),
        Channel::Push => Ok(Outgoing::Push(OutgoingPush {
            id: row.id,
            to: row.to.as_str().to_owned(),
            title: rendered.subject,
            body: rendered.text,
            url: rendered.url,
            data: rendered.data,
        })),
    }
}

fn mail(
    group: &Group,
    row: &Claimed,
    rendered: Rendered,
    files: &Files,
) -> Result<OutgoingMail, (&'static str, String)> {
    let to = row
        .to
        .email()
        .ok_or_else(|| ("template", "mail goes to e-mail addresses".to_owned()))?;
    let subject = if group.batch.source == MessageSource::Test {
        format!("[Test] {}", rendered.subject)
    } else {
        rendered.subject
    };
    let no_extras = MessageExtras::default();
    let extras = row.extras.as_deref().unwrap_or(&no_extras);
    let attached: Option<Vec<Attachment>> = extras
        .attachments
        .iter()
        .map(|id| files.get(id).cloned())
        .collect();
    let attached = attached.ok_or_else(|| ("attachment", "a file of the message is gone".to_owned()))?;
    let list_id = format!("<{}.{}>", group.batch.org, group.route.sender.address.domain());
    let feedback_id = feedback_id(group);
    let letter = Letter {
        id: row.id,
        sender: &group.route.sender,
        to,
        date: row.created_at,
        subject: &subject,
        html: &rendered.html,
        text: &rendered.text,
        list: (group.batch.stream == Stream::Marketing).then_some(ListHeaders {
            unsubscribe_url: &rendered.unsubscribe_url,
            list_id: &list_id,
            feedback_id: &feedback_id,
        }),
        extra: Extra {
            reply_to: extras.reply_to.as_ref(),
            headers: &extras.headers,
            attachments: &attached,
        },
    };
    let source = compose(&letter).map_err(|error| ("template", error.to_string()))?;
    let keys = group.route.keys.iter().map(Arc::as_ref);
    let source = sign_with_all(keys, &source, row.created_at);
    Ok(OutgoingMail {
        id: row.id,
        from: envelope_sender(group, row.id),
        to: to.as_str().to_owned(),
        subject,
        source,
    })
}

/// Whom a server writes to that cannot deliver the message. It stands outside of the message, so that a
/// retry is the same to the last byte also when it has changed meanwhile.
fn envelope_sender(group: &Group, message: MessageId) -> String {
    match &group.route.return_path {
        Some(path) => path.address(message),
        None => group.route.sender.address.as_str().to_owned(),
    }
}

/// Campaign, organisation, stream, sender, as Gmail's postmasters ask for it.
fn feedback_id(group: &Group) -> String {
    let campaign = match group.batch.source {
        MessageSource::Campaign(id) => id.to_string(),
        MessageSource::Test => "test".to_owned(),
        MessageSource::Service => "service".to_owned(),
        MessageSource::Api => "api".to_owned(),
    };
    format!("{campaign}:{}:marketing:mauntic", group.batch.org)
}
