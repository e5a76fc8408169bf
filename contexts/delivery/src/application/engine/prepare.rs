//! From a claimed message to one that is ready to leave.

use std::{panic::AssertUnwindSafe, sync::Arc};

use contracts::{
    crm::consent::Channel,
    delivery::{MessageSource, Stream},
};
use kernel::MessageId;

use super::{core::EngineParts, outlet::Group};
use crate::{
    application::{compiled_templates::TemplateUnavailable, merge_records::look_up},
    domain::{
        mail::{Letter, ListHeaders, OutgoingMail, compose},
        outgoing::{Outgoing, OutgoingPush, OutgoingText},
        template::{Catalogue, CompiledTemplate, MergeData, MessageLinks, PASSES, Rendered, Tracking},
    },
    infrastructure::pg::queue::Claimed,
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
    let mut catalogue = Arc::new(Catalogue::default());
    // What is looked up may lead to more; most templates look nothing up.
    for pass in 0..=PASSES {
        let prepared;
        (group, prepared) = render(group, template.clone(), parts.signer.clone(), catalogue.clone()).await;
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

async fn render(
    group: Group,
    template: Result<Arc<CompiledTemplate>, String>,
    signer: Arc<crate::domain::tracking::LinkSigner>,
    catalogue: Arc<Catalogue>,
) -> (Group, Prepared) {
    let work = tokio::task::spawn_blocking(move || {
        let mut prepared = Prepared::default();
        for row in &group.rows {
            let made = match &template {
                Ok(template) => prepare_one(&group, row, template, &signer, &catalogue),
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
    signer: &Arc<crate::domain::tracking::LinkSigner>,
    catalogue: &Arc<Catalogue>,
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
    };
    let links = MessageLinks {
        signer: signer.clone(),
        org: group.batch.org,
        message: row.id,
        topic: group.batch.topic,
        // What the program writes of itself is about one person's data: nobody counts it.
        tracking: if matches!(group.batch.source, MessageSource::Campaign(_)) {
            Tracking::On
        } else {
            Tracking::Off
        },
    };
    // A renderer that panics for one recipient must not take the others with it.
    let rendered = std::panic::catch_unwind(AssertUnwindSafe(|| template.render(&data, &links)));
    let rendered = rendered
        .map_err(|_| ("template", "the template made the renderer panic".to_owned()))?
        .map_err(|error| ("template", error.to_string()))?;
    match group.batch.channel {
        Channel::Email => mail(group, row, rendered).map(Outgoing::Mail),
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

fn mail(group: &Group, row: &Claimed, rendered: Rendered) -> Result<OutgoingMail, (&'static str, String)> {
    let to = row
        .to
        .email()
        .ok_or_else(|| ("template", "mail goes to e-mail addresses".to_owned()))?;
    let subject = if group.batch.source == MessageSource::Test {
        format!("[Test] {}", rendered.subject)
    } else {
        rendered.subject
    };
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
    };
    let source = compose(&letter).map_err(|error| ("template", error.to_string()))?;
    let source = match &group.route.key {
        Some(key) => key.sign(&source, row.created_at),
        None => source,
    };
    Ok(OutgoingMail {
        id: row.id,
        from: group.route.sender.address.as_str().to_owned(),
        to: to.as_str().to_owned(),
        subject,
        source,
    })
}

/// Campaign, organisation, stream, sender, as Gmail's postmasters ask for it.
fn feedback_id(group: &Group) -> String {
    let campaign = match group.batch.source {
        MessageSource::Campaign(id) => id.to_string(),
        MessageSource::Test => "test".to_owned(),
        MessageSource::Service => "service".to_owned(),
    };
    format!("{campaign}:{}:marketing:mauntic", group.batch.org)
}
