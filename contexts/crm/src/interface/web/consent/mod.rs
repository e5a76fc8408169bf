//! What a contact agreed to: the card on their page, and the page with the proof of it.

mod view;

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use contracts::crm::consent::{CONTACT_CONSENT, CONTACT_DO_NOT_CONTACT, CONTACT_SUBSCRIPTION, Channel};
use http::StatusCode;
use kernel::{ContactId, Permission, TopicId};
use platform::{
    DbError,
    web::{Access, AppError, Ctx, FieldErrors, Form, Path, Redirect, Routes, Toast, WebResult},
};
use serde::Deserialize;

use crate::{
    Crm,
    application::record_wishes::{Wish, record_wishes},
    domain::{
        consent::{Action, Basis, Consent, Proof},
        contact::Contact,
        text,
        topic::Topic,
    },
    infrastructure::pg::{
        CrmTx,
        consents::Subscription,
        contact_preferences::{DoNotContactCause, DoNotContactChange, Preferences},
        do_not_contact::DoNotContact,
    },
    interface::consent_words::actor,
};

pub use view::card;

/// Entries of the ledger on the page.
const LEDGER: i64 = 200;

/// Pages of consent.
pub fn routes() -> Routes<Crm> {
    let read = Access::needs(Permission::ContactsRead);
    let write = Access::needs(Permission::ContactsWrite);
    Routes::new()
        .get(CONTACT_CONSENT.template(), read, show)
        .post(CONTACT_SUBSCRIPTION.template(), write, say)
        .post(CONTACT_DO_NOT_CONTACT.template(), write, do_not_contact)
}

/// Where a contact stands: what the card on their page shows.
pub struct ConsentCard {
    pub contact: ContactId,
    pub topics: Vec<Topic>,
    pub subscriptions: Vec<Subscription>,
    /// The last entry of the ledger on each.
    pub proofs: Vec<Consent>,
    pub do_not_contact: Vec<(Channel, DoNotContact)>,
    pub preferences: Preferences,
}

/// Reads it.
pub async fn read(tx: &mut CrmTx, contact: ContactId) -> Result<ConsentCard, DbError> {
    Ok(ConsentCard {
        contact,
        topics: tx.topics().await?,
        subscriptions: tx
            .subscriptions(&[contact])
            .await?
            .remove(&contact)
            .unwrap_or_default(),
        proofs: tx.consents(contact, None, LEDGER).await?,
        do_not_contact: tx.do_not_contacts(contact).await?,
        preferences: tx.preferences(contact).await?,
    })
}

/// What the page shows.
pub struct ConsentPage {
    pub contact: Contact,
    pub card: ConsentCard,
    pub log: Vec<DoNotContactChange>,
    /// The form that was refused.
    pub form: SayForm,
    pub errors: FieldErrors,
}

/// What somebody said, as an operator takes it down.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct SayForm {
    pub topic: String,
    pub channel: String,
    pub state: String,
    pub basis: String,
    pub text: String,
    pub confirmed: bool,
}

/// That somebody is not to be contacted, or may be again.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
struct DoNotContactForm {
    channel: String,
    wish: String,
    reason: String,
    note: String,
}

async fn show(ctx: Ctx, State(crm): State<Crm>, Path(id): Path<ContactId>) -> WebResult {
    page(
        &ctx,
        &crm,
        id,
        StatusCode::OK,
        SayForm::default(),
        FieldErrors::new(),
    )
    .await
}

async fn page(
    ctx: &Ctx,
    crm: &Crm,
    id: ContactId,
    status: StatusCode,
    form: SayForm,
    errors: FieldErrors,
) -> WebResult {
    let mut tx = CrmTx::tenant(&crm.deps.db, ctx.org).await?;
    let contact = tx.contact(id).await?.ok_or(AppError::NotFound)?;
    let page = ConsentPage {
        contact,
        card: read(&mut tx, id).await?,
        log: tx.do_not_contact_log(id, LEDGER).await?,
        form,
        errors,
    };
    let preferences = crm.privacy.links.preferences_path(ctx.org, id);
    Ok(view::page(ctx, status, &page, &preferences))
}

async fn say(
    ctx: Ctx,
    State(crm): State<Crm>,
    Path(id): Path<ContactId>,
    Form(form): Form<SayForm>,
) -> WebResult {
    let mut tx = CrmTx::tenant(&crm.deps.db, ctx.org).await?;
    tx.contact(id).await?.ok_or(AppError::NotFound)?;
    let topics = tx.topics().await?;
    let wish = match wish(&ctx, &topics, &form) {
        Ok(wish) => wish,
        Err(errors) => {
            drop(tx);
            return page(&ctx, &crm, id, StatusCode::UNPROCESSABLE_ENTITY, form, errors).await;
        }
    };
    let recorded = record_wishes(&mut tx, &topics, &[id], vec![wish]).await?;
    tx.commit().await?;
    let key = match recorded.first().map(|said| said.action) {
        Some(Action::Granted) => "crm-consent-said-yes",
        Some(Action::Requested) => "crm-consent-said-asked",
        _ => "crm-consent-said-no",
    };
    Ok(back(&ctx, id, Toast::done(ctx.t(key))))
}

fn wish(ctx: &Ctx, topics: &[Topic], form: &SayForm) -> Result<Wish, FieldErrors> {
    let mut errors = FieldErrors::new();
    let mut wrong = |field: &str, code: &str, key: &str| errors.add(field, code, ctx.t(key));
    let topic = form
        .topic
        .parse::<TopicId>()
        .ok()
        .and_then(|id| topics.iter().find(|topic| topic.id == id));
    if topic.is_none() {
        wrong("topic", "unknown_topic", "crm-api-topic-unknown");
    }
    let channel = Channel::parse(&form.channel).unwrap_or(Channel::Email);
    if topic.is_some_and(|topic| !topic.has(channel)) {
        wrong("channel", "not_a_channel_of_the_topic", "crm-api-topic-channel");
    }
    let yes = form.state == "subscribed";
    let basis = match (Basis::parse(&form.basis), yes) {
        (Some(basis), _) => basis,
        (None, false) => Basis::Unknown,
        // By what right must be said; nothing is assumed.
        (None, true) => {
            wrong("basis", "missing_basis", "crm-consent-basis-missing");
            Basis::Unknown
        }
    };
    let text = text::multi_line(&form.text, 5_000).unwrap_or_else(|_| {
        wrong("text", "too_long", "crm-topic-text-invalid");
        String::new()
    });
    match topic {
        Some(topic) if errors.is_empty() => Ok(Wish {
            topic: topic.id,
            channel,
            yes,
            confirmed: form.confirmed,
            proof: Proof {
                basis,
                text,
                ..Proof::new("user", actor(ctx), ctx.now)
            },
        }),
        _ => Err(errors),
    }
}

async fn do_not_contact(
    ctx: Ctx,
    State(crm): State<Crm>,
    Path(id): Path<ContactId>,
    Form(form): Form<DoNotContactForm>,
) -> WebResult {
    let refuse = |key: &str| Ok(back(&ctx, id, Toast::failed(ctx.t(key))));
    let mut tx = CrmTx::tenant(&crm.deps.db, ctx.org).await?;
    tx.contact(id).await?.ok_or(AppError::NotFound)?;
    let Some(channel) = Channel::parse(&form.channel) else {
        return refuse("crm-dnc-channel-invalid");
    };
    let Ok(note) = text::single_line(&form.note, 500) else {
        return refuse("crm-dnc-note-invalid");
    };
    let set = form.wish == "set";
    let reason = if form.reason == "unsubscribed" {
        "unsubscribed"
    } else {
        "manual"
    };
    if !set && note.is_empty() {
        return refuse("crm-dnc-note-missing");
    }
    let cause = DoNotContactCause {
        reason: set.then_some(reason),
        note: &note,
        actor: actor(&ctx),
    };
    let concerned = if set {
        tx.set_do_not_contact(&[id], channel, &cause).await?
    } else {
        tx.lift_do_not_contact(&[id], channel, &cause).await?
    };
    if concerned.is_empty() {
        return refuse(if set {
            "crm-dnc-unreachable"
        } else {
            "crm-dnc-was-not-set"
        });
    }
    tx.commit().await?;
    Ok(back(
        &ctx,
        id,
        Toast::done(ctx.t(if set { "crm-dnc-set" } else { "crm-dnc-lifted" })),
    ))
}

fn back(ctx: &Ctx, id: ContactId, toast: Toast) -> Response {
    Redirect::to(ctx, CONTACT_CONSENT.url(&id))
        .say(ctx, toast)
        .into_response()
}
