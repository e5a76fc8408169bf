use axum::response::{IntoResponse, Response};
use contracts::crm::consent::{Channel, PREFERENCES, PREFERENCES_ERASURE, PREFERENCES_EXPORT};
use http::StatusCode;
use maud::{Markup, html};
use platform::web::Visitor;
use ui_kit::{
    Alert, Button, CheckboxGroup, Choice, Field, Icon, Select, Switch, Tone, button_row, link, stack,
};

use super::{
    Sender,
    preferences::{Page, day},
};
use crate::{
    application::ask_by_mail::Asked,
    domain::consent::State,
    interface::consent_words::{channel_word, frequencies},
};

pub fn page(
    visitor: &Visitor,
    status: StatusCode,
    page: &Page,
    note: Option<&str>,
    wrong: Option<&str>,
) -> Response {
    let standing = &page.standing;
    let out = standing.opted_out.contains(&Channel::Email);
    let blocked = standing.blocked.contains(&Channel::Email);
    let body = html! {
        @if let Some(note) = note { (Alert::new(Tone::Success, visitor.t(note)).live()) }
        h1 { (visitor.t("crm-preferences-title")) }
        p { (intro(visitor, page)) }
        @if blocked { (Alert::new(Tone::Info, visitor.t("crm-preferences-blocked"))) }
        @if out && note != Some("crm-preferences-left") {
            (Alert::new(Tone::Info, visitor.t("crm-preferences-out")).text(visitor.t("crm-preferences-out-text")))
        }
        form method="post" action=(PREFERENCES.url(&page.token)) {
            (stack(html! {
                (topics(visitor, page, out))
                (more(visitor, page, wrong))
                (button_row(html! {
                    (Button::primary(visitor.t("crm-preferences-save")))
                    @if out {
                        @if standing.topics.is_empty() {
                            (Button::secondary(visitor.t("crm-preferences-come-back")).value("wish", "come_back"))
                        }
                    } @else {
                        (Button::secondary(visitor.t("crm-preferences-nothing")).value("wish", "nothing"))
                    }
                }))
            }))
        }
        hr;
        h2 { (visitor.t("crm-preferences-data")) }
        p { (visitor.t("crm-preferences-data-text")) }
        ul.link-list {
            li { (link(&PREFERENCES_EXPORT.url(&page.token), &visitor.t("crm-preferences-export"))) }
            li { (link(&PREFERENCES_ERASURE.url(&page.token), &visitor.t("crm-preferences-erase"))) }
        }
    };
    (status, show(visitor, page, "crm-preferences-title", body)).into_response()
}

fn show(visitor: &Visitor, page: &Page, title: &str, body: Markup) -> Response {
    page.sender.page(visitor, &visitor.t(title), body)
}

fn intro(visitor: &Visitor, page: &Page) -> String {
    if page.settings.intro.is_empty() {
        let values = [
            ("organization", page.sender.name.as_str().into()),
            ("address", page.address.as_str().into()),
        ];
        visitor.ta("crm-preferences-intro", &values)
    } else {
        page.settings.intro.clone()
    }
}

/// One group of boxes a channel, so that whoever wants no text messages need not read them all.
fn topics(visitor: &Visitor, page: &Page, out: bool) -> Markup {
    let standing = &page.standing;
    html! {
        @for channel in Channel::ALL {
            @let shown: Vec<_> = standing.choices().filter(|(_, other)| *other == channel).map(|(topic, _)| topic).collect();
            @if !shown.is_empty() {
                @let label = visitor.t(match channel {
                    Channel::Email => "crm-preferences-by-email",
                    Channel::Sms => "crm-preferences-by-sms",
                    Channel::Push => "crm-preferences-by-push",
                });
                @let choices = shown.iter().map(|topic| {
                    let choice = Choice::new(format!("{}:{channel}", topic.id), topic.name.as_str());
                    let help = [topic.description.as_str(), topic.consent_text.as_str()]
                        .into_iter()
                        .filter(|text| !text.is_empty())
                        .collect::<Vec<_>>()
                        .join(" ");
                    if help.is_empty() { choice } else { choice.help(help) }
                }).collect();
                // Who opted out of everything hears of nothing, whatever they had chosen before.
                @let ticked = shown.iter()
                    .filter(|topic| !out && standing.state(topic, channel) == State::Subscribed)
                    .map(|topic| format!("{}:{channel}", topic.id));
                (CheckboxGroup::new("chosen", label, choices).chosen(ticked))
            }
        }
    }
}

fn more(visitor: &Visitor, page: &Page, wrong: Option<&str>) -> Markup {
    let preferences = &page.standing.preferences;
    let several = Channel::ALL
        .into_iter()
        .filter(|channel| page.standing.choices().any(|(_, other)| other == *channel))
        .count();
    let none = [("", visitor.t("crm-preferences-any-channel"))];
    let channels = Channel::ALL.map(|channel| (channel.as_str(), channel_word(&visitor.l10n, channel)));
    html! {
        @if several > 1 {
            (Select::new("preferred", visitor.t("crm-preferences-channel"))
                .options(none.into_iter().chain(channels))
                .selected(preferences.preferred_channel.map_or("", Channel::as_str)))
        }
        (Select::new("frequency", visitor.t("crm-preferences-frequency"))
            .options(frequencies(&visitor.l10n, preferences.frequency))
            .selected(preferences.frequency.map_or_else(String::new, |frequency| frequency.to_string())))
        (Field::date("pause_until", visitor.t("crm-preferences-pause"))
            .value(day(preferences.paused_until, &page.zone, visitor.now))
            .help(visitor.t("crm-preferences-pause-help"))
            .error(wrong.map(|key| visitor.t(key))))
    }
}

fn back(visitor: &Visitor, page: &Page) -> Markup {
    html! { p { (link(&PREFERENCES.url(&page.token), &visitor.t("crm-preferences-back"))) } }
}

pub fn ask_export(visitor: &Visitor, page: &Page) -> Response {
    let values = [("address", page.address.as_str().into())];
    let body = html! {
        h1 { (visitor.t("crm-preferences-export")) }
        p { (visitor.ta("crm-preferences-export-text", &values)) }
        form method="post" action=(PREFERENCES_EXPORT.url(&page.token)) {
            (button_row(html! { (Button::primary(visitor.t("crm-preferences-export-send")).icon(Icon::Mail)) }))
        }
        (back(visitor, page))
    };
    show(visitor, page, "crm-preferences-export", body)
}

pub fn export_asked(visitor: &Visitor, page: &Page, asked: Asked) -> Response {
    said(
        visitor,
        page,
        "crm-preferences-export",
        asked,
        "crm-preferences-export-sent-text",
    )
}

pub fn erasure_asked(visitor: &Visitor, page: &Page, asked: Asked) -> Response {
    said(
        visitor,
        page,
        "crm-preferences-erase",
        asked,
        "crm-preferences-erase-sent-text",
    )
}

fn said(visitor: &Visitor, page: &Page, page_title: &str, asked: Asked, sent: &str) -> Response {
    let (title, text) = match asked {
        Asked::Sent => ("crm-preferences-export-sent", sent),
        Asked::NoAddress => ("crm-preferences-export-no", "crm-preferences-export-no-text"),
        Asked::TooOften => (
            "crm-preferences-export-often",
            "crm-preferences-export-often-text",
        ),
    };
    let values = [("address", page.address.as_str().into())];
    let body = html! {
        h1 { (visitor.t(title)) }
        p { (visitor.ta(text, &values)) }
        (back(visitor, page))
    };
    show(visitor, page, page_title, body)
}

pub fn ask_erasure(visitor: &Visitor, page: &Page, missing: bool) -> Response {
    let path = PREFERENCES_ERASURE.url(&page.token);
    let values = [
        ("organization", page.sender.name.as_str().into()),
        ("address", page.address.as_str().into()),
    ];
    let body = html! {
        h1 { (visitor.t("crm-preferences-erase")) }
        p { (visitor.ta("crm-preferences-erase-text", &values)) }
        @if page.address.is_empty() {
            (sure_form(visitor, &path, missing))
        } @else {
            p { (visitor.ta("crm-preferences-erase-by-mail", &values)) }
            form method="post" action=(path) {
                (button_row(html! { (Button::primary(visitor.t("crm-preferences-export-send")).icon(Icon::Mail)) }))
            }
        }
        (back(visitor, page))
    };
    let status = if missing {
        StatusCode::UNPROCESSABLE_ENTITY
    } else {
        StatusCode::OK
    };
    (status, show(visitor, page, "crm-preferences-erase", body)).into_response()
}

/// The last question before everything is gone.
pub fn sure_form(visitor: &Visitor, path: &str, missing: bool) -> Markup {
    let mut sure = Switch::new("sure", visitor.t("crm-preferences-erase-sure"), false);
    if missing {
        sure = sure.error(Some(visitor.t("crm-preferences-erase-missing")));
    }
    html! {
        form method="post" action=(path) {
            (stack(html! {
                (sure)
                (button_row(html! { (Button::danger(visitor.t("crm-preferences-erase-button"))) }))
            }))
        }
    }
}

pub fn erased(visitor: &Visitor, sender: &Sender) -> Response {
    let values = [("organization", sender.name.as_str().into())];
    let body = html! {
        h1 { (visitor.t("crm-preferences-erased")) }
        p { (visitor.ta("crm-preferences-erased-text", &values)) }
    };
    sender.page(visitor, &visitor.t("crm-preferences-erased"), body)
}
