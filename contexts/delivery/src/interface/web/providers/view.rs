use axum::response::Response;
use contracts::delivery::{
    PROVIDER, PROVIDER_DELETION, PROVIDER_PAUSE, PROVIDER_PREFERENCE, PROVIDER_RESUMPTION, PROVIDER_TEST,
    PROVIDERS,
};
use http::StatusCode;
use kernel::Permission;
use maud::{Markup, html};
use platform::web::{Ctx, FieldErrors};
use ui_kit::{
    ActionForm, Alert, Button, Card, Field, Form, Icon, PageHeader, Select, Switch, Tone, badge_with_icon,
    button_row, danger_zone, form_section, stack,
};

use super::{
    ProviderForm,
    list_view::{crumb, last_test, mode_note},
};
use crate::{
    application::read_providers::Provider,
    domain::{
        provider::{Security, SmtpConfig},
        provider_settings::{PasswordChange, ProviderName},
        provider_test::TestFailure,
    },
    interface::{
        settings_words::test_failure,
        web::{settings_parts::Question, template_parts::summary},
    },
};

/// The form for a new account.
pub fn new_page(ctx: &Ctx, status: StatusCode, form: &ProviderForm, errors: &FieldErrors) -> Response {
    let header = crumb(ctx, PageHeader::new(ctx.t("delivery-provider-new")))
        .purpose(ctx.t("delivery-provider-new-purpose"));
    let fields = html! {
        (fields(ctx, form, errors, false))
        (button_row(html! { (Button::primary(ctx.t("delivery-provider-create"))) }))
    };
    let body = stack(html! {
        (summary(ctx, errors))
        (Form::post(PROVIDERS.url(), ctx.csrf_field()).body(ctx.words(), fields))
    });
    ctx.page_with(status, &header, body)
}

/// One account with its settings.
pub fn page(
    ctx: &Ctx,
    status: StatusCode,
    provider: &Provider,
    form: &ProviderForm,
    errors: &FieldErrors,
) -> Response {
    let may_write = ctx.may(Permission::ProvidersWrite);
    let header = crumb(ctx, PageHeader::new(provider.name.as_str())).badge(state_badge(ctx, provider));
    let header = if may_write {
        header.actions(actions(ctx, provider))
    } else {
        header
    };
    let fields = fields(ctx, form, errors, provider.secret.is_some());
    let save = Form::post(PROVIDER.url(&provider.id), ctx.csrf_field());
    let body = stack(html! {
        (summary(ctx, errors))
        (mode_note(ctx))
        (paused_note(ctx, provider))
        (test_card(ctx, provider))
        (save.body(ctx.words(), html! {
            (fields)
            @if may_write { (button_row(html! { (Button::primary(ctx.t("delivery-provider-save"))) })) }
        }))
        @if may_write {
            (danger_zone(
                &ctx.t("delivery-provider-delete"),
                &ctx.t("delivery-provider-delete-help"),
                html! { (Button::danger(ctx.t("delivery-provider-delete")).href(PROVIDER_DELETION.url(&provider.id))) },
            ))
        }
    });
    ctx.page_with(status, &header, body)
}

fn actions(ctx: &Ctx, provider: &Provider) -> Markup {
    let form = |action: String, button| ActionForm::new(action, ctx.csrf_field(), button);
    let id = &provider.id;
    let switch = match provider.paused {
        Some(_) => form(
            PROVIDER_RESUMPTION.url(id),
            Button::secondary(ctx.t("delivery-provider-resume")).icon(Icon::Play),
        ),
        None => form(
            PROVIDER_PAUSE.url(id),
            Button::secondary(ctx.t("delivery-provider-pause")).icon(Icon::Pause),
        ),
    };
    html! {
        (form(PROVIDER_PREFERENCE.url(id), Button::ghost(ctx.t("delivery-provider-prefer")).icon(Icon::ArrowUp)))
        (switch)
        (form(PROVIDER_TEST.url(id), Button::primary(ctx.t("delivery-provider-test")).icon(Icon::Send)))
    }
}

fn paused_note(ctx: &Ctx, provider: &Provider) -> Markup {
    let Some(reason) = &provider.paused else {
        return Markup::default();
    };
    html! {
        (Alert::new(Tone::Warning, ctx.t("delivery-provider-paused-title"))
            .text(ctx.ta("delivery-provider-paused-text", &[("reason", reason.as_str().into())])))
    }
}

fn test_card(ctx: &Ctx, provider: &Provider) -> Markup {
    let failure = provider
        .test_error
        .as_deref()
        .and_then(|text| text.parse::<TestFailure>().ok());
    Card::titled(ctx.t("delivery-provider-last-test"))
        .help(ctx.t("delivery-provider-test-help"))
        .body(html! {
            p { (last_test(ctx, provider)) }
            @if let Some(failure) = failure { p { code { (test_failure(&ctx.l10n, &failure)) } } }
        })
}

fn fields(ctx: &Ctx, form: &ProviderForm, errors: &FieldErrors, has_password: bool) -> Markup {
    html! {
        (form_section(
            &ctx.t("delivery-provider-server"),
            Some(&ctx.t("delivery-provider-server-help")),
            server(ctx, form, errors),
        ))
        (form_section(
            &ctx.t("delivery-provider-signing-in"),
            Some(&ctx.t("delivery-provider-signing-in-help")),
            signing_in(ctx, form, errors, has_password),
        ))
        (form_section(
            &ctx.t("delivery-provider-limits"),
            Some(&ctx.t("delivery-provider-limits-help")),
            limits(ctx, form, errors),
        ))
    }
}

fn server(ctx: &Ctx, form: &ProviderForm, errors: &FieldErrors) -> Markup {
    let error = |field: &str| errors.of(field).map(str::to_owned);
    html! {
        (Field::text("name", ctx.t("delivery-provider-name"))
            .value(form.name.as_str())
            .help(ctx.t("delivery-provider-name-help"))
            .error(error("name"))
            .max_length(ProviderName::LONGEST)
            .required())
        (Field::text("host", ctx.t("delivery-provider-host"))
            .value(form.host.as_str())
            .placeholder(ctx.t("delivery-provider-host-example"))
            .error(error("host"))
            .autocomplete("off")
            .max_length(253)
            .required())
        (Select::new("security", ctx.t("delivery-provider-security"))
            .options(Security::ALL.map(|one| (one.as_str(), security(ctx, one))))
            .selected(form.security.0.as_str())
            .help(ctx.t("delivery-provider-security-help"))
            .error(error("security")))
        (Field::number("port", ctx.t("delivery-provider-port"))
            .value(form.port.as_str())
            .help(ctx.t("delivery-provider-port-help"))
            .error(error("port"))
            .attr("min", "1")
            .attr("max", "65535")
            .required())
        (Field::textarea("trusted_certificates", ctx.t("delivery-provider-certificates"), 3)
            .value(form.trusted_certificates.as_str())
            .help(ctx.t("delivery-provider-certificates-help"))
            .error(error("trusted_certificates")))
    }
}

fn signing_in(ctx: &Ctx, form: &ProviderForm, errors: &FieldErrors, has_password: bool) -> Markup {
    let error = |field: &str| errors.of(field).map(str::to_owned);
    let help = if has_password {
        "delivery-provider-password-kept"
    } else {
        "delivery-provider-password-help"
    };
    html! {
        (Field::text("username", ctx.t("delivery-provider-username"))
            .value(form.username.as_str())
            .help(ctx.t("delivery-provider-username-help"))
            .error(error("username"))
            .autocomplete("off")
            .max_length(255))
        // Never with a value: what was entered once is not shown again, not even to who entered it.
        (Field::password("password", ctx.t("delivery-provider-password"))
            .help(ctx.t(help))
            .error(error("password"))
            .autocomplete("new-password")
            .max_length(PasswordChange::LONGEST))
        @if has_password {
            (Switch::new("remove_password", ctx.t("delivery-provider-password-remove"), form.remove_password))
        }
    }
}

fn limits(ctx: &Ctx, form: &ProviderForm, errors: &FieldErrors) -> Markup {
    let number = |name: &'static str, label: &str, help: &str, value: &str| {
        let field = Field::number(name, ctx.t(label))
            .value(value.to_owned())
            .help(ctx.t(help))
            .error(errors.of(name).map(str::to_owned))
            .attr("min", "1");
        html! { (field) }
    };
    html! {
        (number("max_connections", "delivery-provider-connections", "delivery-provider-connections-help",
            &form.max_connections))
        (number("messages_per_connection", "delivery-provider-per-connection",
            "delivery-provider-per-connection-help", &form.messages_per_connection))
        (number("messages_per_second", "delivery-provider-per-second", "delivery-provider-per-second-help",
            &form.messages_per_second))
    }
}

/// Asks before an account goes.
pub fn deletion_page(ctx: &Ctx, provider: &Provider) -> Response {
    let title = ctx.ta(
        "delivery-provider-delete-title",
        &[("name", provider.name.as_str().into())],
    );
    let header = crumb(ctx, PageHeader::new(title)).crumb(provider.name.as_str(), PROVIDER.url(&provider.id));
    let question = Question {
        text: ctx.t("delivery-provider-delete-text"),
        button: ctx.t("delivery-provider-delete"),
        action: PROVIDER_DELETION.url(&provider.id),
        back: PROVIDER.url(&provider.id),
    };
    question.page(ctx, header)
}

/// Whether it sends.
pub fn state_badge(ctx: &Ctx, provider: &Provider) -> Markup {
    match provider.paused {
        None => badge_with_icon(Tone::Success, Icon::Check, &ctx.t("delivery-provider-active")),
        Some(_) => badge_with_icon(Tone::Warning, Icon::Pause, &ctx.t("delivery-provider-is-paused")),
    }
}

/// `smtp.example.com:587`
pub fn address(config: &SmtpConfig) -> String {
    format!("{}:{}", config.host, config.port)
}

/// How a connection is protected, in a few words.
pub fn security(ctx: &Ctx, security: Security) -> String {
    ctx.t(match security {
        Security::Tls => "delivery-provider-security-tls",
        Security::StartTls => "delivery-provider-security-start-tls",
        Security::None => "delivery-provider-security-none",
    })
}
