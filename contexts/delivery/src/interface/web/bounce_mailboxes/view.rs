use axum::response::Response;
use contracts::delivery::bounces::{
    BOUNCE_MAILBOX, BOUNCE_MAILBOX_DELETION, BOUNCE_MAILBOX_TEST, BOUNCE_MAILBOXES,
};
use http::StatusCode;
use kernel::Permission;
use maud::{Markup, html};
use platform::{
    egress::Reach,
    web::{Ctx, FieldErrors},
};
use ui_kit::{
    ActionForm, Button, Field, Form, Icon, PageHeader, Select, Switch, button_row, danger_zone, form_section,
    stack,
};

use super::{
    MailboxForm,
    list_view::{crumb, state_badge},
    status_view::status,
};
use crate::{
    application::{
        mailbox_deps::MailboxDeps,
        read_bounce_mailboxes::{BounceMailbox, ShownMailbox},
    },
    domain::{bounce_mailbox::Disposal, provider::Security},
    interface::{
        bounce_words,
        web::{settings_parts::Question, template_parts::summary},
    },
};

/// The form for a new mailbox.
pub fn new_page(
    ctx: &Ctx,
    deps: &MailboxDeps,
    code: StatusCode,
    form: &MailboxForm,
    errors: &FieldErrors,
) -> Response {
    let header = crumb(ctx, PageHeader::new(ctx.t("delivery-bounce-new")))
        .purpose(ctx.t("delivery-bounce-new-purpose"));
    let fields = html! {
        (fields(ctx, deps, form, errors, "delivery-bounce-password-help"))
        (button_row(html! { (Button::primary(ctx.t("delivery-bounce-create"))) }))
    };
    let body = stack(html! {
        (summary(ctx, errors))
        (Form::post(BOUNCE_MAILBOXES.url(), ctx.csrf_field()).body(ctx.words(), fields))
    });
    ctx.page_with(code, &header, body)
}

/// One mailbox: what it came to, and its settings.
pub fn page(
    ctx: &Ctx,
    deps: &MailboxDeps,
    code: StatusCode,
    shown: &ShownMailbox,
    form: &MailboxForm,
    errors: &FieldErrors,
) -> Response {
    let mailbox = &shown.mailbox;
    let may_write = ctx.may(Permission::ProvidersWrite);
    let header =
        crumb(ctx, PageHeader::new(mailbox.settings.address.as_str())).badge(state_badge(ctx, shown));
    let test = ActionForm::new(
        BOUNCE_MAILBOX_TEST.url(&mailbox.id),
        ctx.csrf_field(),
        Button::primary(ctx.t("delivery-bounce-test")).icon(Icon::Inbox),
    );
    let header = if may_write {
        header.actions(html! { (test) })
    } else {
        header
    };
    let save = Form::post(BOUNCE_MAILBOX.url(&mailbox.id), ctx.csrf_field());
    let body = stack(html! {
        (summary(ctx, errors))
        (status(ctx, shown))
        (save.body(ctx.words(), html! {
            (fields(ctx, deps, form, errors, "delivery-bounce-password-kept"))
            @if may_write { (button_row(html! { (Button::primary(ctx.t("delivery-bounce-save"))) })) }
        }))
        @if may_write {
            (danger_zone(
                &ctx.t("delivery-bounce-delete"),
                &ctx.t("delivery-bounce-delete-help"),
                html! { (Button::danger(ctx.t("delivery-bounce-delete")).href(BOUNCE_MAILBOX_DELETION.url(&mailbox.id))) },
            ))
        }
    });
    ctx.page_with(code, &header, body)
}

fn fields(
    ctx: &Ctx,
    deps: &MailboxDeps,
    form: &MailboxForm,
    errors: &FieldErrors,
    password_help: &str,
) -> Markup {
    html! {
        input type="hidden" name="sent" value="true";
        (form_section(
            &ctx.t("delivery-bounce-mailbox"),
            Some(&ctx.t("delivery-bounce-mailbox-help")),
            mailbox_fields(ctx, form, errors),
        ))
        (form_section(
            &ctx.t("delivery-bounce-server"),
            Some(&ctx.t("delivery-bounce-server-help")),
            server_fields(ctx, deps, form, errors, password_help),
        ))
        (form_section(
            &ctx.t("delivery-bounce-handling"),
            Some(&ctx.t("delivery-bounce-handling-help")),
            handling_fields(ctx, form, errors),
        ))
    }
}

fn mailbox_fields(ctx: &Ctx, form: &MailboxForm, errors: &FieldErrors) -> Markup {
    html! {
        (Field::email("address", ctx.t("delivery-bounce-address"))
            .value(form.address.as_str())
            .placeholder(ctx.t("delivery-bounce-address-example"))
            .help(ctx.t("delivery-bounce-address-help"))
            .error(errors.of("address").map(str::to_owned))
            .autocomplete("off")
            .required())
        (Switch::new("enabled", ctx.t("delivery-bounce-enabled"), form.is_on())
            .help(ctx.t("delivery-bounce-enabled-help")))
    }
}

fn server_fields(
    ctx: &Ctx,
    deps: &MailboxDeps,
    form: &MailboxForm,
    errors: &FieldErrors,
    password_help: &str,
) -> Markup {
    let error = |field: &str| errors.of(field).map(str::to_owned);
    // In clear only where whoever runs the installation allows it.
    let offered = Security::ALL
        .into_iter()
        .filter(|one| *one != Security::None || deps.reach == Reach::Anywhere)
        .map(|one| (one.as_str(), bounce_words::security(&ctx.l10n, one)));
    html! {
        (Field::text("host", ctx.t("delivery-bounce-host"))
            .value(form.host.as_str())
            .placeholder(ctx.t("delivery-bounce-host-example"))
            .error(error("host"))
            .autocomplete("off")
            .max_length(253)
            .required())
        (Select::new("security", ctx.t("delivery-bounce-security"))
            .options(offered)
            .selected(form.security.as_str())
            .help(ctx.t("delivery-bounce-security-help"))
            .error(error("security")))
        (Field::number("port", ctx.t("delivery-bounce-port"))
            .value(form.port.as_str())
            .help(ctx.t("delivery-bounce-port-help"))
            .error(error("port"))
            .attr("min", "1")
            .attr("max", "65535")
            .required())
        (Field::text("username", ctx.t("delivery-bounce-username"))
            .value(form.username.as_str())
            .help(ctx.t("delivery-bounce-username-help"))
            .error(error("username"))
            .autocomplete("off")
            .max_length(255))
        (Field::password("password", ctx.t("delivery-bounce-password"))
            .help(ctx.t(password_help))
            .error(error("password"))
            .autocomplete("new-password")
            .max_length(1000))
        (Field::text("folder", ctx.t("delivery-bounce-folder"))
            .value(form.folder.as_str())
            .help(ctx.t("delivery-bounce-folder-help"))
            .error(error("folder"))
            .autocomplete("off")
            .max_length(255))
    }
}

fn handling_fields(ctx: &Ctx, form: &MailboxForm, errors: &FieldErrors) -> Markup {
    html! {
        (Select::new("disposal", ctx.t("delivery-bounce-disposal"))
            .options(Disposal::ALL.map(|one| (one.as_str(), bounce_words::disposal(&ctx.l10n, one))))
            .selected(form.disposal.as_str())
            .help(ctx.t("delivery-bounce-disposal-help"))
            .error(errors.of("disposal").map(str::to_owned)))
        (Field::text("move_to", ctx.t("delivery-bounce-move-to"))
            .value(form.move_to.as_str())
            .help(ctx.t("delivery-bounce-move-to-help"))
            .error(errors.of("move_to").map(str::to_owned))
            .autocomplete("off")
            .max_length(255))
    }
}

/// Asks before a mailbox goes.
pub fn deletion_page(ctx: &Ctx, mailbox: &BounceMailbox) -> Response {
    let address = mailbox.settings.address.as_str();
    let title = ctx.ta("delivery-bounce-delete-title", &[("address", address.into())]);
    let header = crumb(ctx, PageHeader::new(title)).crumb(address, BOUNCE_MAILBOX.url(&mailbox.id));
    let question = Question {
        text: ctx.t("delivery-bounce-delete-text"),
        button: ctx.t("delivery-bounce-delete"),
        action: BOUNCE_MAILBOX_DELETION.url(&mailbox.id),
        back: BOUNCE_MAILBOX.url(&mailbox.id),
    };
    question.page(ctx, header)
}
