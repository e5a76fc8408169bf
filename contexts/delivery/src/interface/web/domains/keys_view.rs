use contracts::delivery::{
    DOMAIN_KEY,
    domains::{DOMAIN_ACTIVATION, DOMAIN_DISCARD, DOMAIN_ROTATIONS},
};
use maud::{Markup, html};
use platform::web::Ctx;
use ui_kit::{ActionForm, Alert, Button, Card, Column, Icon, Row, Table, Times, Tone, button_row};

use crate::{
    application::read_domains::Domain,
    domain::domain_key::{DomainKey, KeyState},
    interface::domain_words::{algorithm, key_badge},
};

/// The keys of a domain, and what can be done with them.
pub fn card(ctx: &Ctx, domain: &Domain, may_write: bool) -> Markup {
    let is = |state| domain.keys.iter().any(|key| key.state == state);
    let (active, pending) = (is(KeyState::Active), is(KeyState::Pending));
    let card = Card::titled(ctx.t("delivery-keys-title")).help(ctx.t("delivery-keys-help"));
    let card = match may_write {
        true => card.actions(actions(ctx, domain, active, pending)),
        false => card,
    };
    card.body(html! {
        @if !active {
            (Alert::new(Tone::Warning, ctx.t("delivery-domain-unsigned")).text(ctx.t("delivery-domain-unsigned-help")))
        }
        @if pending { (waiting(ctx, domain, may_write)) }
        @if !domain.keys.is_empty() { (table(ctx, domain)) }
    })
}

fn actions(ctx: &Ctx, domain: &Domain, active: bool, pending: bool) -> Markup {
    let other = Button::ghost(ctx.t("delivery-keys-other"))
        .small()
        .href(DOMAIN_KEY.url(&domain.id));
    if !active {
        return html! {
            (Button::secondary(ctx.t("delivery-domain-key-make")).small().icon(Icon::Key).href(DOMAIN_KEY.url(&domain.id)))
        };
    }
    html! {
        @if !pending {
            (ActionForm::new(
                DOMAIN_ROTATIONS.url(&domain.id),
                ctx.csrf_field(),
                Button::secondary(ctx.t("delivery-keys-rotate")).small().icon(Icon::Refresh),
            ))
        }
        (other)
    }
}

/// New keys that do not sign yet: what to do, and what can be done instead.
fn waiting(ctx: &Ctx, domain: &Domain, may_write: bool) -> Markup {
    let alert =
        Alert::new(Tone::Info, ctx.t("delivery-keys-waiting")).text(ctx.t("delivery-keys-waiting-help"));
    if !may_write {
        return html! { (alert) };
    }
    let discard = ActionForm::new(
        DOMAIN_DISCARD.url(&domain.id),
        ctx.csrf_field(),
        Button::ghost(ctx.t("delivery-keys-discard")).small(),
    );
    html! {
        (alert)
        (button_row(html! {
            (Button::secondary(ctx.t("delivery-keys-activate")).small().href(DOMAIN_ACTIVATION.url(&domain.id)))
            (discard)
        }))
    }
}

fn table(ctx: &Ctx, domain: &Domain) -> Markup {
    let columns = vec![
        Column::text(ctx.t("delivery-domain-selector")),
        Column::text(ctx.t("delivery-domain-key-kind")),
        Column::text(ctx.t("delivery-domain-state")),
        Column::text(ctx.t("delivery-key-since")),
    ];
    Table::new(ctx.t("delivery-keys-title"), columns)
        .rows(domain.keys.iter().rev().map(|key| row(ctx, domain, key)))
        .show(ctx.words())
}

fn row<'a>(ctx: &Ctx, domain: &Domain, key: &DomainKey) -> Row<'a> {
    let times = Times {
        now: ctx.now,
        zone: &ctx.zone,
        words: ctx.words(),
    };
    let note = match (key.state, key.removable_at()) {
        (KeyState::Retiring, Some(at)) => {
            let day = at.to_zoned(ctx.zone.clone()).date();
            let day = times.date_text(day);
            ctx.ta("delivery-key-keep-until", &[("day", day.into())])
        }
        (KeyState::Retired, _) => ctx.t("delivery-key-removable"),
        _ => String::new(),
    };
    let since = match key.state {
        KeyState::Pending => Some(key.created_at),
        KeyState::Active => key.activated_at,
        KeyState::Retiring => key.retiring_at,
        KeyState::Retired => key.retired_at,
    };
    Row::new(vec![
        html! { code { (key.selector) } },
        html! { (algorithm(ctx, key.algorithm)) },
        html! {
            (key_badge(ctx, domain, key))
            @if !note.is_empty() { br; span.muted { (note) } }
        },
        html! { @if let Some(at) = since { (times.day(at)) } },
    ])
}
