use axum::response::Response;
use contracts::identity::{ACCOUNT, ACCOUNT_PASSWORD, ACCOUNT_SESSION, SHORTCUTS, THEME};
use http::StatusCode;
use kernel::SessionId;
use maud::{Markup, html};
use platform::web::{Ctx, FieldErrors};
use ui_kit::{
    ActionForm, Button, Card, Column, Confirm, Field, Form, Icon, PageHeader, Row, Table, Theme, Times, Tone,
    badge_with_icon, button_row, form_section, segmented, stack,
};

use crate::{
    domain::{
        browser::Browser,
        names::LONGEST as LONGEST_NAME,
        password::{LONGEST as LONGEST_PASSWORD, SHORTEST},
    },
    infrastructure::pg::SessionRow,
};

/// What the page shows.
pub struct Account {
    /// The name as it stands in its field.
    pub name: String,
    /// The session that the request came with.
    pub session: SessionId,
    /// All sessions.
    pub sessions: Vec<SessionRow>,
    /// What is wrong with the form that was submitted.
    pub errors: FieldErrors,
}

/// The account page.
pub fn page(ctx: &Ctx, status: StatusCode, account: &Account) -> Response {
    let header = PageHeader::new(ctx.t("identity-account-title")).purpose(ctx.t("identity-account-purpose"));
    let body = stack(html! {
        (profile(ctx, account))
        (password(ctx, &account.errors))
        (appearance(ctx))
        (shortcuts(ctx))
        (sessions(ctx, account))
    });
    ctx.page_with(status, &header, body)
}

fn profile(ctx: &Ctx, account: &Account) -> Markup {
    let email = ctx.person().map_or("", |person| person.email.as_str());
    let fields = html! {
        (Field::text("name", ctx.t("identity-field-your-name"))
            .value(&account.name)
            .error(account.errors.of("name").map(str::to_owned))
            .autocomplete("name")
            .max_length(LONGEST_NAME)
            .required())
        (Field::email("email", ctx.t("identity-field-email"))
            .value(email)
            .help(ctx.t("identity-account-email-help"))
            .disabled(true))
        (Button::primary(ctx.t("identity-account-save")))
    };
    form_section(
        &ctx.t("identity-account-profile"),
        Some(&ctx.t("identity-account-profile-help")),
        Form::post(ACCOUNT.url(), ctx.csrf_field()).body(ctx.words(), fields),
    )
}

fn password(ctx: &Ctx, errors: &FieldErrors) -> Markup {
    let error = |field: &str| errors.of(field).map(str::to_owned);
    let fields = html! {
        (Field::password("present_password", ctx.t("identity-field-present-password"))
            .error(error("present_password"))
            .autocomplete("current-password")
            .max_length(LONGEST_PASSWORD)
            .required())
        (Field::password("new_password", ctx.t("identity-field-new-password"))
            .help(ctx.ta("identity-field-password-help", &[("count", SHORTEST.into())]))
            .error(error("new_password"))
            .autocomplete("new-password")
            .max_length(LONGEST_PASSWORD)
            .required())
        (Button::secondary(ctx.t("identity-password-change")))
    };
    form_section(
        &ctx.t("identity-password-title"),
        Some(&ctx.t("identity-password-help")),
        Form::post(ACCOUNT_PASSWORD.url(), ctx.csrf_field()).body(ctx.words(), fields),
    )
}

fn appearance(ctx: &Ctx) -> Markup {
    let themes = [
        (Theme::Light, "identity-theme-light"),
        (Theme::Dark, "identity-theme-dark"),
        (Theme::System, "identity-theme-system"),
    ];
    let options = themes.map(|(theme, key)| (theme.as_str().into(), ctx.t(key).into()));
    let title = ctx.t("identity-theme-title");
    let fields = button_row(html! {
        (segmented("theme", &title, &options, ctx.theme.as_str()))
        (Button::secondary(ctx.t("identity-theme-choose")))
    });
    form_section(
        &title,
        Some(&ctx.t("identity-theme-help")),
        Form::post(THEME.url(), ctx.csrf_field()).body(ctx.words(), fields),
    )
}

fn shortcuts(ctx: &Ctx) -> Markup {
    let options = [("on", "identity-shortcuts-on"), ("off", "identity-shortcuts-off")];
    let options = options.map(|(choice, key)| (choice.into(), ctx.t(key).into()));
    let title = ctx.t("identity-shortcuts-title");
    let chosen = if ctx.shortcuts { "on" } else { "off" };
    let fields = button_row(html! {
        (segmented("shortcuts", &title, &options, chosen))
        (Button::secondary(ctx.t("identity-shortcuts-choose")))
    });
    form_section(
        &title,
        Some(&ctx.t("identity-shortcuts-help")),
        Form::post(SHORTCUTS.url(), ctx.csrf_field()).body(ctx.words(), fields),
    )
}

fn sessions(ctx: &Ctx, account: &Account) -> Markup {
    let columns = vec![
        Column::text(ctx.t("identity-session-browser-column")),
        Column::text(ctx.t("identity-session-ip")).wide_only(),
        Column::text(ctx.t("identity-session-started")).wide_only(),
        Column::text(ctx.t("identity-session-seen")),
    ];
    let title = ctx.t("identity-sessions-title");
    let rows = account
        .sessions
        .iter()
        .map(|session| session_row(ctx, session, session.id == account.session));
    let table = Table::new(title.clone(), columns).rows(rows).show(ctx.words());
    Card::titled(title)
        .help(ctx.t("identity-sessions-help"))
        .flush()
        .body(table)
}

fn session_row<'a>(ctx: &'a Ctx, session: &'a SessionRow, is_this_one: bool) -> Row<'a> {
    let times = Times {
        now: ctx.now,
        zone: &ctx.zone,
        words: ctx.words(),
    };
    let name = browser_name(ctx, session.user_agent.as_deref().unwrap_or_default());
    let cells = vec![
        html! {
            span title=[session.user_agent.as_deref()] { (name) } " "
            @if is_this_one { (badge_with_icon(Tone::Success, Icon::Check, &ctx.t("identity-session-this"))) }
        },
        html! { (session.ip.as_deref().unwrap_or_default()) },
        times.exact(session.times.created_at),
        times.relative(session.times.last_seen_at),
    ];
    let row = Row::new(cells).id(session.id.to_string());
    if is_this_one {
        row
    } else {
        row.actions(end_button(ctx, session.id, &name))
    }
}

fn end_button(ctx: &Ctx, id: SessionId, name: &str) -> Markup {
    let label = ctx.t("identity-session-end");
    let confirm = Confirm {
        title: ctx.t("identity-session-end-title").into(),
        text: ctx
            .ta("identity-session-end-text", &[("browser", name.into())])
            .into(),
        button: label.clone().into(),
    };
    let button = Button::secondary(label).small();
    html! { (ActionForm::new(ACCOUNT_SESSION.url(&id), ctx.csrf_field(), button).confirm(confirm)) }
}

fn browser_name(ctx: &Ctx, user_agent: &str) -> String {
    match Browser::of(user_agent) {
        Browser {
            name: Some(name),
            system: Some(system),
        } => ctx.ta(
            "identity-session-browser",
            &[("browser", name.into()), ("system", system.into())],
        ),
        Browser {
            name: Some(known), ..
        }
        | Browser {
            system: Some(known), ..
        } => known.to_owned(),
        Browser {
            name: None,
            system: None,
        } => ctx.t("identity-session-browser-unknown"),
    }
}
