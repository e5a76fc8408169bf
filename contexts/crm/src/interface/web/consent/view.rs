use axum::response::Response;
use contracts::crm::{
    CONTACT, CONTACTS,
    consent::{CONTACT_CONSENT, CONTACT_DO_NOT_CONTACT, CONTACT_SUBSCRIPTION, Channel, TOPICS},
};
use http::StatusCode;
use kernel::{Permission, TopicId};
use maud::{Markup, html};
use platform::web::Ctx;
use ui_kit::{
    Alert, Button, Card, Column, EmptyState, ErrorSummary, Field, Form, Icon, PageHeader, Row, Select,
    Switch, Table, Text, Times, Tone, badge, button_row, columns, facts, grid, link, no_value,
};

use super::{ConsentCard, ConsentPage, SayForm};
use crate::{
    domain::{
        consent::{Action, Basis, Consent, State},
        topic::Topic,
    },
    infrastructure::pg::do_not_contact::DoNotContact,
    interface::{
        consent_words::{action_word, basis_word, channel_word, frequency_word, source_word, state_word},
        web::contacts::reason_word,
    },
};

/// The card on the contact's page: each topic, and since when and by what.
pub fn card(ctx: &Ctx, card: &ConsentCard) -> Markup {
    let more = link(&CONTACT_CONSENT.url(&card.contact), &ctx.t("crm-consent-manage"));
    Card::titled(ctx.t("crm-consent-title"))
        .actions(more)
        .body(summary(ctx, card))
}

fn summary(ctx: &Ctx, card: &ConsentCard) -> Markup {
    let mut pairs: Vec<(Text<'_>, Markup)> = Vec::new();
    for (topic, channel) in each(&card.topics) {
        let label = if topic.channels.len() > 1 {
            format!("{} \u{b7} {}", topic.name, channel_word(&ctx.l10n, channel))
        } else {
            topic.name.clone()
        };
        pairs.push((label.into(), standing(ctx, card, topic, channel)));
    }
    for (channel, why) in &card.do_not_contact {
        let label = ctx.ta(
            "crm-dnc-on",
            &[("channel", channel_word(&ctx.l10n, *channel).into())],
        );
        pairs.push((label.into(), badge(Tone::Warning, &why_word(ctx, &why.reason))));
    }
    if let Some(until) = card.preferences.paused_until.filter(|until| *until > ctx.now) {
        pairs.push((ctx.t("crm-preferences-paused").into(), times(ctx).exact(until)));
    }
    if let Some(frequency) = card.preferences.frequency {
        pairs.push((
            ctx.t("crm-preferences-frequency").into(),
            html! { (frequency_word(&ctx.l10n, frequency)) },
        ));
    }
    if let Some(channel) = card.preferences.preferred_channel {
        pairs.push((
            ctx.t("crm-preferences-preferred").into(),
            html! { (channel_word(&ctx.l10n, channel)) },
        ));
    }
    html! {
        @if pairs.is_empty() { p.muted { (ctx.t("crm-consent-no-topics")) } } @else { (facts(&pairs)) }
    }
}

fn each(topics: &[Topic]) -> impl Iterator<Item = (&Topic, Channel)> {
    topics
        .iter()
        .flat_map(|topic| topic.channels.iter().map(move |channel| (topic, *channel)))
}

fn standing(ctx: &Ctx, card: &ConsentCard, topic: &Topic, channel: Channel) -> Markup {
    let said = card
        .subscriptions
        .iter()
        .find(|one| one.topic == topic.id && one.channel == channel);
    let proof = last_proof(card, topic.id, channel);
    html! {
        (state_badge(ctx, said.map_or(topic.initial, |said| said.state)))
        " "
        span.muted {
            @match (said, proof) {
                (Some(said), Some(proof)) => { (source_word(&ctx.l10n, &proof.source)) ", " (times(ctx).relative(said.at)) }
                (Some(said), None) => { (times(ctx).relative(said.at)) }
                (None, _) => { (ctx.t("crm-consent-initial")) }
            }
        }
    }
}

fn last_proof(card: &ConsentCard, topic: TopicId, channel: Channel) -> Option<&Consent> {
    card.proofs
        .iter()
        .find(|entry| entry.topic == Some(topic) && entry.channel == channel)
}

fn state_badge(ctx: &Ctx, state: State) -> Markup {
    let tone = match state {
        State::Subscribed => Tone::Success,
        State::Pending => Tone::Info,
        State::Unsubscribed => Tone::Neutral,
    };
    badge(tone, &state_word(&ctx.l10n, state))
}

fn times(ctx: &Ctx) -> Times<'_> {
    Times {
        now: ctx.now,
        zone: &ctx.zone,
        words: ctx.words(),
    }
}

pub fn page(ctx: &Ctx, status: StatusCode, page: &ConsentPage, preferences: &str) -> Response {
    let contact = &page.contact;
    let header = PageHeader::new(ctx.t("crm-consent-title"))
        .crumb(ctx.t("crm-contacts-title"), CONTACTS.url())
        .crumb(contact.label(), CONTACT.url(&contact.id))
        .actions(html! {
            (Button::secondary(ctx.t("crm-consent-preferences")).icon(Icon::External).href(preferences).plain())
        });
    let mut summary = ErrorSummary::new(ctx.t("crm-form-errors"));
    for error in &page.errors.0 {
        summary = summary.error(error.field.as_str(), error.detail.as_str());
    }
    let main = html! {
        @if !page.errors.is_empty() { (summary) }
        (ledger(ctx, &page.card))
        @if !page.log.is_empty() { (log(ctx, page)) }
    };
    let aside = html! {
        (Card::titled(ctx.t("crm-consent-now")).body(self::summary(ctx, &page.card)))
        @if ctx.may(Permission::ContactsWrite) {
            @if page.card.topics.is_empty() { (no_topics(ctx)) } @else { (say_card(ctx, page)) }
            (do_not_contact_card(ctx, page))
        }
    };
    ctx.page_with(status, &header, columns(main, aside))
}

fn no_topics(ctx: &Ctx) -> Markup {
    html! {
        (Alert::new(Tone::Info, ctx.t("crm-consent-no-topics"))
            .text(ctx.t("crm-topics-empty-help"))
            .actions(link(&TOPICS.url(), &ctx.t("crm-topics-title"))))
    }
}

fn ledger(ctx: &Ctx, card: &ConsentCard) -> Markup {
    let columns = vec![
        Column::text(ctx.t("crm-consent-what")),
        Column::text(ctx.t("crm-consent-about")),
        Column::text(ctx.t("crm-consent-proof")).wide_only(),
        Column::text(ctx.t("crm-consent-when")),
    ];
    let empty =
        EmptyState::new(Icon::Shield, ctx.t("crm-consent-empty")).text(ctx.t("crm-consent-empty-help"));
    let table = Table::new(ctx.t("crm-consent-ledger"), columns)
        .rows(card.proofs.iter().map(|entry| entry_row(ctx, card, entry)))
        .empty(empty);
    Card::titled(ctx.t("crm-consent-ledger"))
        .help(ctx.t("crm-consent-ledger-help"))
        .flush()
        .body(table.show(ctx.words()))
}

fn entry_row<'a>(ctx: &Ctx, card: &ConsentCard, entry: &Consent) -> Row<'a> {
    let topic = entry
        .topic
        .and_then(|id| card.topics.iter().find(|topic| topic.id == id));
    let about = match (entry.topic, topic) {
        (None, _) => ctx.t("crm-consent-all"),
        (Some(_), Some(topic)) => topic.name.clone(),
        (Some(_), None) => ctx.t("crm-consent-topic-gone"),
    };
    let tone = match entry.action {
        Action::Granted => Tone::Success,
        Action::Requested => Tone::Info,
        Action::Withdrawn | Action::Expired => Tone::Neutral,
    };
    Row::new(vec![
        badge(tone, &action_word(&ctx.l10n, entry.action)),
        html! { (about) " " span.muted { (channel_word(&ctx.l10n, entry.channel)) } },
        proof(ctx, entry),
        times(ctx).exact(entry.at),
    ])
}

/// Why somebody is not to be contacted; what a colleague set has a word of its own here.
fn why_word(ctx: &Ctx, reason: &str) -> String {
    if reason == "manual" {
        ctx.t("crm-dnc-manual")
    } else {
        reason_word(ctx, reason)
    }
}

fn actor_word(ctx: &Ctx, actor: &str) -> String {
    ctx.t(match actor {
        "user" => "crm-consent-actor-user",
        "api_key" => "crm-consent-actor-api-key",
        "person" => "crm-consent-actor-person",
        _ => "crm-consent-actor-system",
    })
}

/// By what right, where it was said, from which address, and the wording.
fn proof(ctx: &Ctx, entry: &Consent) -> Markup {
    let by = actor_word(ctx, &entry.actor);
    html! {
        (source_word(&ctx.l10n, &entry.source)) ", " (by)
        @if entry.basis != Basis::Unknown { " \u{b7} " (basis_word(&ctx.l10n, entry.basis)) }
        @if !entry.ip.is_empty() { " \u{b7} " span.num { (entry.ip) } }
        @if !entry.text.is_empty() {
            details {
                summary {
                    (ctx.t("crm-consent-wording"))
                    @if !entry.text_version.is_empty() {
                        " " (ctx.ta("crm-consent-version", &[("version", entry.text_version.as_str().into())]))
                    }
                }
                p { (entry.text) }
            }
        }
    }
}

fn log(ctx: &Ctx, page: &ConsentPage) -> Markup {
    let columns = vec![
        Column::text(ctx.t("crm-consent-what")),
        Column::text(ctx.t("crm-dnc-reason")),
        Column::text(ctx.t("crm-dnc-note")).wide_only(),
        Column::text(ctx.t("crm-consent-when")),
    ];
    let rows = page.log.iter().map(|change| {
        let key = if change.set { "crm-dnc-log-set" } else { "crm-dnc-log-lifted" };
        let channel = channel_word(&ctx.l10n, change.channel);
        Row::new(vec![
            html! { (ctx.ta(key, &[("channel", channel.into())])) " " span.muted { (actor_word(ctx, &change.actor)) } },
            html! { (why_word(ctx, &change.reason)) },
            html! { @if change.note.is_empty() { (no_value()) } @else { (change.note) } },
            times(ctx).exact(change.at),
        ])
    });
    let table = Table::new(ctx.t("crm-dnc-log"), columns).rows(rows);
    Card::titled(ctx.t("crm-dnc-log"))
        .flush()
        .body(table.show(ctx.words()))
}

fn say_card(ctx: &Ctx, page: &ConsentPage) -> Markup {
    let SayForm {
        topic,
        channel,
        state,
        basis,
        text,
        confirmed,
    } = &page.form;
    let error = |name: &str| page.errors.of(name).map(str::to_owned);
    let topics = page
        .card
        .topics
        .iter()
        .map(|topic| (topic.id.to_string(), topic.name.clone()));
    let channels = Channel::ALL.map(|channel| (channel.as_str(), channel_word(&ctx.l10n, channel)));
    let states = [
        ("subscribed", ctx.t("crm-consent-subscribe")),
        ("unsubscribed", ctx.t("crm-consent-unsubscribe")),
    ];
    let none = [("", ctx.t("crm-consent-basis-choose"))];
    let bases = Basis::ALL.map(|basis| (basis.as_str(), basis_word(&ctx.l10n, basis)));
    let fields = html! {
        (grid(html! {
            (Select::new("topic", ctx.t("crm-consent-about")).options(topics).selected(topic.as_str()).error(error("topic")))
            (Select::new("channel", ctx.t("crm-consent-channel")).options(channels).selected(channel.as_str()).error(error("channel")))
        }))
        (Select::new("state", ctx.t("crm-consent-what")).options(states).selected(state.as_str()))
        (Select::new("basis", ctx.t("crm-consent-basis"))
            .options(none.into_iter().chain(bases))
            .selected(basis.as_str())
            .help(ctx.t("crm-consent-basis-help"))
            .error(error("basis")))
        (Field::textarea("text", ctx.t("crm-consent-wording"), 3)
            .value(text.as_str())
            .help(ctx.t("crm-consent-wording-help"))
            .error(error("text")))
        @if page.card.topics.iter().any(|topic| topic.double_opt_in) {
            (Switch::new("confirmed", ctx.t("crm-consent-confirmed"), *confirmed).help(ctx.t("crm-consent-confirmed-help")))
        }
        (button_row(html! { (Button::primary(ctx.t("crm-consent-take-down"))) }))
    };
    Card::titled(ctx.t("crm-consent-say")).body(
        Form::post(CONTACT_SUBSCRIPTION.url(&page.contact.id), ctx.csrf_field()).body(ctx.words(), fields),
    )
}

fn do_not_contact_card(ctx: &Ctx, page: &ConsentPage) -> Markup {
    let set: &[(Channel, DoNotContact)] = &page.card.do_not_contact;
    let form = |fields: Markup| {
        Form::post(CONTACT_DO_NOT_CONTACT.url(&page.contact.id), ctx.csrf_field()).body(ctx.words(), fields)
    };
    let free: Vec<(&str, String)> = Channel::ALL
        .into_iter()
        .filter(|channel| set.iter().all(|(other, _)| other != channel))
        .map(|channel| (channel.as_str(), channel_word(&ctx.l10n, channel)))
        .collect();
    let reasons = [
        ("manual", why_word(ctx, "manual")),
        ("unsubscribed", why_word(ctx, "unsubscribed")),
    ];
    let body = html! {
        @for (channel, why) in set {
            (form(html! {
                p {
                    (ctx.ta("crm-dnc-on", &[("channel", channel_word(&ctx.l10n, *channel).into())])) " "
                    (badge(Tone::Warning, &why_word(ctx, &why.reason)))
                }
                input type="hidden" name="channel" value=(channel);
                (Field::text("note", ctx.t("crm-dnc-lift-note")).help(ctx.t("crm-dnc-lift-help")).max_length(500).required())
                (button_row(html! { (Button::secondary(ctx.t("crm-dnc-lift")).value("wish", "lift")) }))
            }))
        }
        @if !free.is_empty() {
            (form(html! {
                (grid(html! {
                    (Select::new("channel", ctx.t("crm-consent-channel")).options(free))
                    (Select::new("reason", ctx.t("crm-dnc-reason")).options(reasons))
                }))
                (Field::text("note", ctx.t("crm-dnc-note")).max_length(500))
                (button_row(html! { (Button::secondary(ctx.t("crm-dnc-do")).value("wish", "set")) }))
            }))
        }
    };
    Card::titled(ctx.t("crm-dnc-card"))
        .help(ctx.t("crm-dnc-card-help"))
        .body(body)
}
