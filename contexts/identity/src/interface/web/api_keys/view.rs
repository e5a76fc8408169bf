use axum::response::Response;
use contracts::identity::{API_KEY_NEW, API_KEY_REVOCATION, API_KEYS, API_ORGANIZATION, SendingMode};
use http::StatusCode;
use kernel::Permission;
use maud::{Markup, html};
use platform::web::{Ctx, FieldErrors};
use ui_kit::{
    ActionForm, Alert, Button, Card, CheckboxGroup, Choice, Column, Confirm, EmptyState, Field, Form, Icon,
    PageHeader, Pager, RadioCards, Row, Select, Table, Times, Tone, badge, badge_with_icon, code_block,
    copy_value, form_section, no_value, stack,
};

use super::{Expiry, KeyForm, scope_words::scope_words};
use crate::{domain::names::LONGEST, infrastructure::pg::KeyRow, interface::web::fields::summary};

/// The list.
pub fn list_page(ctx: &Ctx, keys: &[KeyRow], next: Option<String>) -> Response {
    let create =
        html! { (Button::primary(ctx.t("identity-keys-new")).icon(Icon::Plus).href(API_KEY_NEW.url())) };
    let header = PageHeader::new(ctx.t("identity-keys-title")).purpose(ctx.t("identity-keys-purpose"));
    let header = if keys.is_empty() {
        header
    } else {
        header.actions(create.clone())
    };
    let empty = EmptyState::new(Icon::Key, ctx.t("identity-keys-empty"))
        .text(ctx.t("identity-keys-empty-help"))
        .action(create);
    let columns = vec![
        Column::text(ctx.t("identity-key-name")),
        Column::text(ctx.t("identity-key-state")),
        Column::text(ctx.t("identity-key-scopes")).wide_only(),
        Column::text(ctx.t("identity-key-last-used")),
        Column::text(ctx.t("identity-key-expires")).wide_only(),
        Column::text(ctx.t("identity-key-made")).wide_only(),
    ];
    let table = Table::new(ctx.t("identity-keys-title"), columns)
        .rows(keys.iter().map(|key| key_row(ctx, key)))
        .empty(empty)
        .show(ctx.words());
    let pager = Pager {
        previous: None,
        next: next.map(|cursor| API_KEYS.with(&[("cursor", cursor)]).into()),
        summary: None,
        live: None,
    };
    ctx.page(&header, html! { (table) (pager.show(ctx.words())) })
}

fn key_row<'a>(ctx: &'a Ctx, key: &'a KeyRow) -> Row<'a> {
    let times = Times {
        now: ctx.now,
        zone: &ctx.zone,
        words: ctx.words(),
    };
    let scopes = key
        .scopes
        .iter()
        .map(|scope| scope.as_str())
        .collect::<Vec<_>>()
        .join(", ");
    let cells = vec![
        html! { strong { (key.name) } br; code.muted { (key.prefix) "…" } },
        state_badge(ctx, key),
        html! { span title=(scopes) { (ctx.ta("identity-key-scope-count", &[("count", key.scopes.len().into())])) } },
        key.state
            .last_used_at
            .map_or_else(no_value, |at| times.relative(at)),
        key.state
            .expires_at
            .map_or_else(|| html! { (ctx.t("identity-key-never")) }, |at| times.day(at)),
        html! {
            (times.day(key.created_at))
            @if let Some(maker) = &key.created_by { br; span.muted { (maker) } }
        },
    ];
    let row = Row::new(cells).id(key.id.to_string());
    if key.state.revoked_at.is_some() || !ctx.may(Permission::ApiKeysWrite) {
        return row;
    }
    row.actions(revoke_button(ctx, key))
}

fn state_badge(ctx: &Ctx, key: &KeyRow) -> Markup {
    if key.state.revoked_at.is_some() {
        return badge(Tone::Neutral, &ctx.t("identity-key-state-revoked"));
    }
    if key.state.expires_at.is_some_and(|at| at <= ctx.now) {
        return badge(Tone::Neutral, &ctx.t("identity-key-state-expired"));
    }
    if !key.state.is_good(ctx.organization.mode, ctx.now) {
        return badge_with_icon(
            Tone::Warning,
            Icon::Warning,
            &ctx.t("identity-key-state-test-only"),
        );
    }
    match key.state.mode {
        SendingMode::Live => badge_with_icon(Tone::Success, Icon::Check, &ctx.t("identity-key-state-live")),
        SendingMode::Test => badge_with_icon(Tone::Info, Icon::Inbox, &ctx.t("identity-key-state-test")),
    }
}

fn revoke_button(ctx: &Ctx, key: &KeyRow) -> Markup {
    let label = ctx.t("identity-key-revoke");
    let confirm = Confirm {
        title: ctx
            .ta("identity-key-revoke-title", &[("name", key.name.as_str().into())])
            .into(),
        text: ctx.t("identity-key-revoke-text").into(),
        button: label.clone().into(),
    };
    let button = Button::secondary(label).small();
    html! { (ActionForm::new(API_KEY_REVOCATION.url(&key.id), ctx.csrf_field(), button).confirm(confirm)) }
}

/// The form for a new key.
pub fn new_page(ctx: &Ctx, status: StatusCode, form: &KeyForm, errors: &FieldErrors) -> Response {
    let header = PageHeader::new(ctx.t("identity-key-new-title"))
        .purpose(ctx.t("identity-key-new-purpose"))
        .crumb(ctx.t("identity-keys-title"), API_KEYS.url());
    let fields = html! {
        (form_section(&ctx.t("identity-key-about"), None, about(ctx, form, errors)))
        (form_section(
            &ctx.t("identity-key-scopes"),
            Some(&ctx.t("identity-key-scopes-help")),
            scopes(ctx, form, errors),
        ))
        div.btn-row {
            (Button::primary(ctx.t("identity-key-create")).icon(Icon::Key))
            (Button::ghost(ctx.words().cancel.as_str()).href(API_KEYS.url()))
        }
    };
    let body = stack(html! {
        (summary(&ctx.l10n, errors))
        (Form::post(API_KEYS.url(), ctx.csrf_field()).body(ctx.words(), fields))
    });
    ctx.page_with(status, &header, body)
}

fn about(ctx: &Ctx, form: &KeyForm, errors: &FieldErrors) -> Markup {
    let expiries = [
        ("days30", "identity-key-expiry-30", Expiry::Days30),
        ("days90", "identity-key-expiry-90", Expiry::Days90),
        ("days365", "identity-key-expiry-365", Expiry::Days365),
        ("never", "identity-key-expiry-never", Expiry::Never),
    ];
    let chosen = expiries
        .iter()
        .find(|(_, _, expiry)| *expiry == form.expiry)
        .map_or("never", |(word, _, _)| word);
    html! {
        (Field::text("name", ctx.t("identity-key-name"))
            .value(&form.name)
            .help(ctx.t("identity-key-name-help"))
            .error(errors.of("name").map(str::to_owned))
            .max_length(LONGEST)
            .required()
            .autofocus())
        // Once live, only live keys work: there is nothing to choose.
        @if ctx.organization.mode == SendingMode::Test { (mode_choice(ctx, form, errors)) }
        (Select::new("expiry", ctx.t("identity-key-expires"))
            .options(expiries.map(|(word, key, _)| (word, ctx.t(key))))
            .selected(chosen)
            .help(ctx.t("identity-key-expiry-help")))
    }
}

fn mode_choice<'a>(ctx: &Ctx, form: &KeyForm, errors: &FieldErrors) -> RadioCards<'a> {
    let choices = vec![
        Choice::new(SendingMode::Test.as_str(), ctx.t("identity-key-mode-test"))
            .help(ctx.t("identity-key-mode-test-help"))
            .icon(Icon::Inbox),
        Choice::new(SendingMode::Live.as_str(), ctx.t("identity-key-mode-live"))
            .help(ctx.t("identity-key-mode-live-help"))
            .icon(Icon::Send),
    ];
    RadioCards::new("mode", ctx.t("identity-key-mode"), choices)
        .chosen(form.mode.unwrap_or(SendingMode::Test).as_str())
        .error(errors.of("mode").map(str::to_owned))
}

/// The scopes that the person holds themselves, in their groups.
fn scopes(ctx: &Ctx, form: &KeyForm, errors: &FieldErrors) -> Markup {
    let held: Vec<Permission> = Permission::ALL
        .iter()
        .copied()
        .filter(|scope| ctx.may(*scope))
        .collect();
    let groups = held.chunk_by(|a, b| scope_words(*a).group == scope_words(*b).group);
    html! {
        @if let Some(error) = errors.of("scopes") { (Alert::new(Tone::Danger, error.to_owned())) }
        @for group in groups {
            @let key = scope_words(group[0]).group;
            (CheckboxGroup::new("scopes", ctx.t(key), group.iter().map(|scope| choice(ctx, *scope)).collect())
                .id(key)
                .chosen(form.scopes.iter().map(String::as_str)))
        }
    }
}

fn choice<'a>(ctx: &Ctx, scope: Permission) -> Choice<'a> {
    Choice::new(scope.as_str(), ctx.t(scope_words(scope).label)).help(scope.as_str())
}

/// A request that a new key can be tried with.
pub fn example(token: &str, base_url: &str) -> String {
    format!(
        "curl -H 'Authorization: Bearer {token}' \\\n  {base_url}{}",
        API_ORGANIZATION.url()
    )
}

/// The one page that ever shows the token.
pub fn created_page(ctx: &Ctx, name: &str, token: &str, example: Option<&str>) -> Response {
    let header = PageHeader::new(ctx.ta("identity-key-created-title", &[("name", name.into())]))
        .crumb(ctx.t("identity-keys-title"), API_KEYS.url());
    let try_it = ctx.t("identity-key-created-try");
    let body = stack(html! {
        (Alert::new(Tone::Warning, ctx.t("identity-key-created-once")).text(ctx.t("identity-key-created-once-help")))
        (Card::titled(ctx.t("identity-key-created-token")).body(copy_value(ctx.words(), token)))
        @if let Some(example) = example {
            (Card::titled(try_it.as_str()).body(code_block(ctx.words(), &try_it, example)))
        }
        div.btn-row { (Button::primary(ctx.t("identity-key-created-done")).href(API_KEYS.url())) }
    });
    ctx.page(&header, body)
}
