//! Subscriptions, the ledger of consent and do-not-contact for programs.

use std::net::IpAddr;

use axum::{
    Json as Answer,
    extract::State,
    response::{IntoResponse, Response},
};
use contracts::{
    ListPage,
    crm::{
        consent::{
            API_CONTACT_CONSENTS, API_CONTACT_SUBSCRIPTIONS, API_DO_NOT_CONTACT, API_DO_NOT_CONTACTS,
            Channel, Consent as ConsentView, DoNotContact as DoNotContactView, DoNotContactInput, LiftQuery,
            Subscription as SubscriptionView, SubscriptionInput, SubscriptionInputs,
        },
        contacts::ContactEventQuery,
    },
};
use http::StatusCode;
use kernel::{ContactId, Permission, shortened_ip};
use platform::web::{Access, AppError, Ctx, FieldErrors, Json, Op, Path, Query, Routes, WebResult};

use super::{limit, page};
use crate::{
    Crm,
    application::record_wishes::{Wish, record_wishes},
    domain::{
        consent::{Basis, Consent, Proof, State as Standing},
        topic::Topic,
    },
    infrastructure::pg::{
        CrmTx,
        consents::{LedgerPosition, Subscription},
        contact_preferences::DoNotContactCause,
    },
    interface::consent_words::actor,
};

/// The most statements of one request.
const MOST: usize = 100;

pub fn routes() -> Routes<Crm> {
    let read = Access::needs(Permission::ContactsRead);
    let write = Access::needs(Permission::ContactsWrite);
    Routes::new()
        .get(API_CONTACT_SUBSCRIPTIONS.template(), read, subscriptions)
        .doc(
            Op::new("list_subscriptions", "List where a contact stands with each topic")
                .returns::<ListPage<SubscriptionView>>(200, "Each topic on each of its channels."),
        )
        .post(API_CONTACT_SUBSCRIPTIONS.template(), write, say)
        .doc(
            Op::new("subscribe_contact", "Take down what a contact said of topics")
                .describe(
                    "Each statement becomes an entry of the ledger of consent, with its proof. A topic with double \
                     opt-in becomes `pending`, and a mail asks for the confirmation.",
                )
                .body::<SubscriptionInputs>()
                .returns::<ListPage<SubscriptionView>>(200, "Where the contact stands now."),
        )
        .get(API_CONTACT_CONSENTS.template(), read, ledger)
        .doc(
            Op::new("list_consents", "List what a contact agreed to, newest first")
                .query::<ContactEventQuery>()
                .returns::<ListPage<ConsentView>>(200, "A page of the ledger."),
        )
        .get(API_DO_NOT_CONTACTS.template(), read, do_not_contacts)
        .doc(
            Op::new("list_do_not_contact", "List on which channels a contact is not to be contacted")
                .returns::<ListPage<DoNotContactView>>(200, "One for each such channel."),
        )
        .put(API_DO_NOT_CONTACT.template(), write, set)
        .doc(
            Op::new("set_do_not_contact", "Note that a contact is not to be contacted on a channel")
                .body::<DoNotContactInput>()
                .returns::<DoNotContactView>(200, "So it is; the first reason stays."),
        )
        .delete(API_DO_NOT_CONTACT.template(), write, lift)
        .doc(
            Op::new("lift_do_not_contact", "Note that a contact may be contacted again")
                .describe("Who lifted it and why is kept. An e-mail address also comes off the suppression list.")
                .query::<LiftQuery>()
                .answers(204, "So it is."),
        )
}

async fn subscriptions(ctx: Ctx, State(crm): State<Crm>, Path(id): Path<ContactId>) -> WebResult {
    let mut tx = CrmTx::tenant(&crm.deps.db, ctx.org).await?;
    tx.contact(id).await?.ok_or(AppError::NotFound)?;
    let topics = tx.topics().await?;
    let said = tx.subscriptions(&[id]).await?.remove(&id).unwrap_or_default();
    page(
        &API_CONTACT_SUBSCRIPTIONS.url(&id),
        standings(&topics, &said),
        None,
    )
}

/// Every topic on each of its channels, as it holds for somebody who said these things.
pub fn standings(topics: &[Topic], said: &[Subscription]) -> Vec<SubscriptionView> {
    let each = topics
        .iter()
        .flat_map(|topic| topic.channels.iter().map(move |channel| (topic, *channel)));
    each.map(|(topic, channel)| {
        let own = said
            .iter()
            .find(|one| one.topic == topic.id && one.channel == channel);
        SubscriptionView {
            topic_id: topic.id,
            topic: topic.key.clone(),
            channel,
            state: own.map_or(topic.initial, |own| own.state).as_str(),
            at: own.map(|own| own.at),
        }
    })
    .collect()
}

async fn say(
    ctx: Ctx,
    State(crm): State<Crm>,
    Path(id): Path<ContactId>,
    Json(input): Json<SubscriptionInputs>,
) -> WebResult {
    let mut tx = CrmTx::tenant(&crm.deps.db, ctx.org).await?;
    tx.contact(id).await?.ok_or(AppError::NotFound)?;
    let topics = tx.topics().await?;
    let wishes = wishes(&ctx, &topics, input.subscriptions)?;
    record_wishes(&mut tx, &topics, &[id], wishes).await?;
    let said = tx.subscriptions(&[id]).await?.remove(&id).unwrap_or_default();
    tx.commit().await?;
    page(
        &API_CONTACT_SUBSCRIPTIONS.url(&id),
        standings(&topics, &said),
        None,
    )
}

fn wishes(ctx: &Ctx, topics: &[Topic], inputs: Vec<SubscriptionInput>) -> Result<Vec<Wish>, AppError> {
    let mut errors = FieldErrors::new();
    if inputs.is_empty() || inputs.len() > MOST {
        errors.add(
            "subscriptions",
            "wrong_number",
            ctx.t("crm-api-subscriptions-number"),
        );
        return Err(AppError::Invalid(errors));
    }
    let mut wishes = Vec::with_capacity(inputs.len());
    for (n, input) in inputs.into_iter().enumerate() {
        match wish(ctx, topics, input) {
            Ok(wish) => wishes.push(wish),
            Err((member, code, key)) => errors.add(format!("subscriptions/{n}/{member}"), code, ctx.t(key)),
        }
    }
    if errors.is_empty() {
        Ok(wishes)
    } else {
        Err(AppError::Invalid(errors))
    }
}

fn wish(
    ctx: &Ctx,
    topics: &[Topic],
    input: SubscriptionInput,
) -> Result<Wish, (&'static str, &'static str, &'static str)> {
    let topic = topics
        .iter()
        .find(|topic| topic.key == input.topic || topic.id.to_string() == input.topic)
        .ok_or(("topic", "unknown_topic", "crm-api-topic-unknown"))?;
    let channel = input.channel.unwrap_or(Channel::Email);
    if !topic.has(channel) {
        return Err(("channel", "not_a_channel_of_the_topic", "crm-api-topic-channel"));
    }
    let yes = match Standing::parse(&input.state) {
        Some(Standing::Subscribed) => true,
        Some(Standing::Unsubscribed) => false,
        _ => return Err(("state", "invalid_state", "crm-topic-initial-invalid")),
    };
    let basis = Basis::parse(input.basis.as_deref().unwrap_or("consent")).ok_or((
        "basis",
        "unknown_basis",
        "crm-api-basis",
    ))?;
    let ip = match input.ip.as_deref().map(str::parse::<IpAddr>) {
        Some(Ok(ip)) => shortened_ip(ip),
        Some(Err(_)) => return Err(("ip", "invalid_ip", "crm-api-ip")),
        None => String::new(),
    };
    let at = input.at.unwrap_or(ctx.now);
    if at > ctx.now {
        return Err(("at", "in_the_future", "crm-api-consent-at"));
    }
    Ok(Wish {
        topic: topic.id,
        channel,
        yes,
        confirmed: input.confirmed,
        proof: Proof {
            basis,
            purpose: input.purpose.unwrap_or_default(),
            text: input.text.unwrap_or_default(),
            text_version: input.text_version.unwrap_or_default(),
            ip,
            ..Proof::new("api", actor(ctx), at)
        },
    })
}

async fn ledger(
    ctx: Ctx,
    State(crm): State<Crm>,
    Path(id): Path<ContactId>,
    Query(query): Query<ContactEventQuery>,
) -> WebResult {
    const LIST: &str = "crm.consents";
    let mut tx = CrmTx::tenant(&crm.deps.db, ctx.org).await?;
    tx.contact(id).await?.ok_or(AppError::NotFound)?;
    let after: Option<LedgerPosition> = query
        .cursor
        .as_deref()
        .map(|cursor| ctx.open_cursor(LIST, cursor))
        .transpose()?;
    let limit = limit(query.limit);
    let mut entries = tx.consents(id, after, limit + 1).await?;
    let more = i64::try_from(entries.len()).is_ok_and(|n| n > limit);
    entries.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    let next = entries.last().filter(|_| more).map(|last| {
        let position = LedgerPosition {
            at: last.at,
            id: last.id.uuid(),
        };
        ctx.seal_cursor(LIST, &position)
    });
    page(
        &API_CONTACT_CONSENTS.url(&id),
        entries.into_iter().map(consent_view).collect(),
        next,
    )
}

/// An entry as the API shows it.
pub fn consent_view(entry: Consent) -> ConsentView {
    ConsentView {
        id: entry.id,
        at: entry.at,
        topic_id: entry.topic,
        channel: entry.channel,
        action: entry.action.as_str(),
        basis: entry.basis.as_str(),
        purpose: entry.purpose,
        text_version: entry.text_version,
        text: entry.text,
        source: entry.source,
        ip: entry.ip,
        actor: entry.actor,
    }
}

async fn do_not_contacts(ctx: Ctx, State(crm): State<Crm>, Path(id): Path<ContactId>) -> WebResult {
    let mut tx = CrmTx::tenant(&crm.deps.db, ctx.org).await?;
    tx.contact(id).await?.ok_or(AppError::NotFound)?;
    let found = tx.do_not_contacts(id).await?;
    page(
        &API_DO_NOT_CONTACTS.url(&id),
        found.into_iter().map(do_not_contact_view).collect(),
        None,
    )
}

fn do_not_contact_view(
    (channel, why): (Channel, crate::infrastructure::pg::do_not_contact::DoNotContact),
) -> DoNotContactView {
    DoNotContactView {
        channel,
        reason: why.reason,
        at: why.at,
    }
}

async fn set(
    ctx: Ctx,
    State(crm): State<Crm>,
    Path((id, channel)): Path<(ContactId, String)>,
    Json(input): Json<DoNotContactInput>,
) -> WebResult {
    let channel = Channel::parse(&channel).ok_or(AppError::NotFound)?;
    let reason = input.reason.as_deref().unwrap_or("manual");
    if !matches!(reason, "manual" | "unsubscribed") {
        return Err(AppError::invalid(
            "reason",
            "invalid_reason",
            ctx.t("crm-dnc-reason-invalid"),
        ));
    }
    let note = note(&ctx, input.note)?;
    let mut tx = CrmTx::tenant(&crm.deps.db, ctx.org).await?;
    tx.contact(id).await?.ok_or(AppError::NotFound)?;
    let cause = DoNotContactCause {
        reason: Some(reason),
        note: &note,
        actor: actor(&ctx),
    };
    if tx.set_do_not_contact(&[id], channel, &cause).await?.is_empty() {
        return Err(AppError::invalid(
            "channel",
            "unreachable",
            ctx.t("crm-dnc-unreachable"),
        ));
    }
    let found = tx.do_not_contacts(id).await?;
    tx.commit().await?;
    let now = found.into_iter().find(|(which, _)| *which == channel);
    let view = do_not_contact_view(now.ok_or(AppError::NotFound)?);
    Ok(Answer(view).into_response())
}

async fn lift(
    ctx: Ctx,
    State(crm): State<Crm>,
    Path((id, channel)): Path<(ContactId, String)>,
    Query(query): Query<LiftQuery>,
) -> WebResult<Response> {
    let channel = Channel::parse(&channel).ok_or(AppError::NotFound)?;
    let note = note(&ctx, query.note)?;
    let mut tx = CrmTx::tenant(&crm.deps.db, ctx.org).await?;
    tx.contact(id).await?.ok_or(AppError::NotFound)?;
    let cause = DoNotContactCause {
        reason: None,
        note: &note,
        actor: actor(&ctx),
    };
    if tx.lift_do_not_contact(&[id], channel, &cause).await?.is_empty() {
        return Err(AppError::NotFound);
    }
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

fn note(ctx: &Ctx, note: Option<String>) -> Result<String, AppError> {
    crate::domain::text::single_line(&note.unwrap_or_default(), 500)
        .map_err(|_| AppError::invalid("note", "too_long", ctx.t("crm-dnc-note-invalid")))
}
