use axum::response::Response;
use contracts::identity::{GO_LIVE, ReadinessItem, SendingMode};
use http::StatusCode;
use kernel::Permission;
use maud::{Markup, html};
use platform::web::Ctx;
use ui_kit::{
    ActionForm, Alert, Button, Card, Column, Confirm, Field, Form, Icon, PageHeader, Row, Table, Tone,
    badge_with_icon, danger_zone, stack,
};

use crate::domain::organization::ModeRefusal;

/// What the page shows.
pub struct GoLive {
    /// Everything that is checked, required things first.
    pub items: Vec<ReadinessItem>,
    /// How many keys stop working when the organisation goes live.
    pub test_keys: i64,
    /// Why the mode was not changed just now.
    pub refusal: Option<ModeRefusal>,
}

/// The page for both modes.
pub fn page(ctx: &Ctx, status: StatusCode, view: &GoLive) -> Response {
    let (title, purpose, badge) = match ctx.organization.mode {
        SendingMode::Test => (
            ctx.t("identity-live-title"),
            ctx.t("identity-live-purpose"),
            badge_with_icon(Tone::Warning, Icon::Inbox, &ctx.t("identity-mode-test")),
        ),
        SendingMode::Live => (
            ctx.t("identity-live-title-live"),
            ctx.t("identity-live-purpose-live"),
            badge_with_icon(Tone::Success, Icon::Send, &ctx.t("identity-mode-live")),
        ),
    };
    let body = stack(html! {
        (refused(ctx, view))
        (checks(ctx, &view.items))
        @match ctx.organization.mode {
            SendingMode::Test => (go(ctx, view)),
            SendingMode::Live => (go_back(ctx)),
        }
    });
    ctx.page_with(
        status,
        &PageHeader::new(title).purpose(purpose).badge(badge),
        body,
    )
}

fn refused(ctx: &Ctx, view: &GoLive) -> Markup {
    let Some(refusal) = &view.refusal else {
        return Markup::default();
    };
    let text = match refusal {
        ModeRefusal::AlreadyThere => ctx.t("identity-live-already"),
        ModeRefusal::NotReady(_) => ctx.t("identity-live-not-ready"),
        ModeRefusal::NotConfirmed => ctx.t("identity-live-not-confirmed"),
    };
    html! { (Alert::new(Tone::Danger, ctx.t("identity-live-refused")).text(text).live()) }
}

fn checks(ctx: &Ctx, items: &[ReadinessItem]) -> Markup {
    let columns = vec![
        Column::text(ctx.t("identity-live-check-column")),
        Column::text(ctx.t("identity-live-state-column")),
    ];
    let title = ctx.t("identity-live-checks");
    let table = Table::new(title.clone(), columns).rows(items.iter().map(|item| check(ctx, item)));
    Card::titled(title)
        .help(ctx.t("identity-live-checks-help"))
        .flush()
        .body(table.show(ctx.words()))
}

fn check<'a>(ctx: &Ctx, item: &ReadinessItem) -> Row<'a> {
    let (tone, icon, key) = match (item.ready, item.required) {
        (true, _) => (Tone::Success, Icon::Check, "identity-live-ready"),
        (false, true) => (Tone::Danger, Icon::Error, "identity-live-missing"),
        (false, false) => (Tone::Warning, Icon::Warning, "identity-live-advised"),
    };
    let row = Row::new(vec![
        html! {
            strong { (ctx.t(item.title_key)) }
            @if !item.ready { p.muted { (ctx.t(item.help_key)) } }
        },
        badge_with_icon(tone, icon, &ctx.t(key)),
    ]);
    if item.ready || item.href.is_empty() {
        return row;
    }
    let label = ctx.t("identity-live-mend");
    let description = ctx.ta(
        "identity-live-mend-what",
        &[("what", ctx.t(item.title_key).into())],
    );
    let button = Button::secondary(label)
        .small()
        .href(item.href.clone())
        .attr("aria-label", description);
    row.actions(html! { (button) })
}

fn go(ctx: &Ctx, view: &GoLive) -> Markup {
    let missing = view
        .items
        .iter()
        .filter(|item| item.required && !item.ready)
        .count();
    if missing > 0 {
        let title = ctx.ta("identity-live-missing-count", &[("count", missing.into())]);
        return html! { (Alert::new(Tone::Warning, title).text(ctx.t("identity-live-missing-help"))) };
    }
    if !ctx.may(Permission::OrganizationGoLive) {
        return html! { (Alert::new(Tone::Info, ctx.t("identity-live-owner-only"))) };
    }
    let name = ctx.organization.name.as_str();
    let wrong = view.refusal == Some(ModeRefusal::NotConfirmed);
    let fields = html! {
        @if view.test_keys > 0 {
            (Alert::new(Tone::Warning, ctx.ta("identity-live-test-keys", &[("count", view.test_keys.into())]))
                .text(ctx.t("identity-live-test-keys-help")))
        }
        (Field::text("confirmation", ctx.ta("identity-live-confirm", &[("name", name.into())]))
            .error(wrong.then(|| ctx.t("identity-live-not-confirmed")))
            .autocomplete("off")
            .required())
        (Button::primary(ctx.t("identity-live-go")).icon(Icon::Send).value("mode", SendingMode::Live.as_str()))
    };
    Card::titled(ctx.ta("identity-live-go-title", &[("name", name.into())]))
        .help(ctx.t("identity-live-go-help"))
        .body(Form::post(GO_LIVE.url(), ctx.csrf_field()).body(ctx.words(), fields))
}

fn go_back(ctx: &Ctx) -> Markup {
    if !ctx.may(Permission::OrganizationGoLive) {
        return html! { (Alert::new(Tone::Info, ctx.t("identity-live-owner-only"))) };
    }
    let label = ctx.t("identity-live-return");
    let confirm = Confirm {
        title: ctx.t("identity-live-return-title").into(),
        text: ctx.t("identity-live-return-help").into(),
        button: label.clone().into(),
    };
    let form = ActionForm::new(GO_LIVE.url(), ctx.csrf_field(), Button::danger(label))
        .field("mode", SendingMode::Test.as_str())
        .confirm(confirm);
    danger_zone(
        &ctx.t("identity-live-return-title"),
        &ctx.t("identity-live-return-help"),
        html! { (form) },
    )
}
