//! The fields of the form, of each kind of account its own.

mod push;

use contracts::crm::consent::Channel;
use maud::{Markup, html};
use platform::web::{Ctx, FieldErrors};
use ui_kit::{Field, Select, Switch, form_section};

use super::ProviderForm;
use crate::{
    domain::{
        provider::{BaseUrl, MailgunRegion, ProviderKind, Security, SendGridRegion},
        provider_settings::{PasswordChange, ProviderName},
    },
    interface::provider_words::secret_field,
};

/// What a form is shown with.
pub(super) struct Shown<'f> {
    ctx: &'f Ctx,
    pub(super) form: &'f ProviderForm,
    errors: &'f FieldErrors,
    /// Whether a secret is stored.
    has_secret: bool,
}

/// All fields of an account of the form's kind.
pub fn fields(ctx: &Ctx, form: &ProviderForm, errors: &FieldErrors, has_secret: bool) -> Markup {
    let shown = Shown {
        ctx,
        form,
        errors,
        has_secret,
    };
    let (place, key) = match form.kind {
        ProviderKind::Smtp => (shown.server(), shown.signing_in()),
        ProviderKind::Ses => (shown.ses(), shown.ses_keys()),
        ProviderKind::SendGrid => (shown.sendgrid(), shown.key()),
        ProviderKind::Mailgun => (shown.mailgun(), shown.key()),
        ProviderKind::Twilio => (shown.twilio(), shown.text_key()),
        ProviderKind::Plivo => (shown.plivo(), shown.text_key()),
        ProviderKind::Vonage => (shown.vonage(), shown.text_key()),
        ProviderKind::Telnyx => (shown.telnyx(), shown.text_key()),
        ProviderKind::Fcm => (shown.fcm(), shown.service_account()),
        ProviderKind::Apns => (shown.apns(), shown.signing_key()),
        ProviderKind::Postfix => (shown.postfix(), shown.signing_in()),
    };
    let (place_title, place_help, key_title, key_help) = match form.kind {
        ProviderKind::Smtp | ProviderKind::Postfix => (
            "delivery-provider-server",
            "delivery-provider-server-help",
            "delivery-provider-signing-in",
            "delivery-provider-signing-in-help",
        ),
        kind if kind.channel() == Channel::Sms => (
            "delivery-provider-account",
            "delivery-provider-text-account-help",
            "delivery-provider-key-section",
            "delivery-provider-key-section-help",
        ),
        ProviderKind::Fcm | ProviderKind::Apns => (
            "delivery-provider-account",
            "delivery-provider-account-help-push",
            "delivery-provider-key-section",
            "delivery-provider-key-section-help",
        ),
        _ => (
            "delivery-provider-account",
            "delivery-provider-account-help",
            "delivery-provider-key-section",
            "delivery-provider-key-section-help",
        ),
    };
    html! {
        input type="hidden" name="kind" value=(form.kind.as_str());
        (form_section(&ctx.t(place_title), Some(&ctx.t(place_help)), html! { (shown.name()) (place) }))
        (form_section(&ctx.t(key_title), Some(&ctx.t(key_help)), key))
        (form_section(
            &ctx.t("delivery-provider-limits"),
            Some(&ctx.t("delivery-provider-limits-help")),
            shown.limits(),
        ))
    }
}

impl Shown<'_> {
    pub(super) fn t(&self, key: &str) -> String {
        self.ctx.t(key)
    }

    pub(super) fn error(&self, field: &str) -> Option<String> {
        self.errors.of(field).map(str::to_owned)
    }

    fn name(&self) -> Markup {
        html! {
            (Field::text("name", self.t("delivery-provider-name"))
                .value(self.form.name.as_str())
                .help(self.t("delivery-provider-name-help"))
                .error(self.error("name"))
                .max_length(ProviderName::LONGEST)
                .required())
        }
    }

    fn server(&self) -> Markup {
        let form = self.form;
        html! {
            (Field::text("host", self.t("delivery-provider-host"))
                .value(form.host.as_str())
                .placeholder(self.t("delivery-provider-host-example"))
                .error(self.error("host"))
                .autocomplete("off")
                .max_length(253)
                .required())
            (Select::new("security", self.t("delivery-provider-security"))
                .options(Security::ALL.map(|one| (one.as_str(), security(self.ctx, one))))
                .selected(form.security.0.as_str())
                .help(self.t("delivery-provider-security-help"))
                .error(self.error("security")))
            (Field::number("port", self.t("delivery-provider-port"))
                .value(form.port.as_str())
                .help(self.t("delivery-provider-port-help"))
                .error(self.error("port"))
                .attr("min", "1")
                .attr("max", "65535")
                .required())
            (Field::textarea("trusted_certificates", self.t("delivery-provider-certificates"), 3)
                .value(form.trusted_certificates.as_str())
                .help(self.t("delivery-provider-certificates-help"))
                .error(self.error("trusted_certificates")))
        }
    }

    fn signing_in(&self) -> Markup {
        let help = if self.has_secret {
            "delivery-provider-password-kept"
        } else {
            "delivery-provider-password-help"
        };
        html! {
            (Field::text("username", self.t("delivery-provider-username"))
                .value(self.form.username.as_str())
                .help(self.t("delivery-provider-username-help"))
                .error(self.error("username"))
                .autocomplete("off")
                .max_length(255))
            (self.secret("delivery-provider-password", help, false))
            @if self.has_secret {
                (Switch::new(
                    "remove_password",
                    self.t("delivery-provider-password-remove"),
                    self.form.remove_password,
                ))
            }
        }
    }

    fn ses(&self) -> Markup {
        html! {
            (Field::text("region", self.t("delivery-provider-region"))
                .value(self.form.region.as_str())
                .placeholder(self.t("delivery-provider-ses-region-example"))
                .help(self.t("delivery-provider-ses-region-help"))
                .error(self.error("region"))
                .autocomplete("off")
                .max_length(30)
                .required())
            (Field::text("configuration_set", self.t("delivery-provider-configuration-set"))
                .value(self.form.configuration_set.as_str())
                .help(self.t("delivery-provider-configuration-set-help"))
                .error(self.error("configuration_set"))
                .autocomplete("off")
                .max_length(64))
            (self.base_url())
        }
    }

    fn ses_keys(&self) -> Markup {
        html! {
            (Field::text("access_key_id", self.t("delivery-provider-access-key"))
                .value(self.form.access_key_id.as_str())
                .help(self.t("delivery-provider-access-key-help"))
                .error(self.error("access_key_id"))
                .autocomplete("off")
                .max_length(128)
                .required())
            (self.secret("delivery-provider-secret-access-key", self.key_help("delivery-provider-key-help"), true))
        }
    }

    fn sendgrid(&self) -> Markup {
        let options = SendGridRegion::ALL.map(|region| {
            let words = match region {
                SendGridRegion::Global => "delivery-provider-region-global",
                SendGridRegion::Eu => "delivery-provider-region-eu",
            };
            (region.as_str(), self.t(words))
        });
        html! { (self.region(options, SendGridRegion::default().as_str())) (self.base_url()) }
    }

    fn mailgun(&self) -> Markup {
        let options = MailgunRegion::ALL.map(|region| {
            let words = match region {
                MailgunRegion::Us => "delivery-provider-region-us",
                MailgunRegion::Eu => "delivery-provider-region-eu",
            };
            (region.as_str(), self.t(words))
        });
        html! {
            (Field::text("domain", self.t("delivery-provider-mailgun-domain"))
                .value(self.form.domain.as_str())
                .placeholder(self.t("delivery-provider-mailgun-domain-example"))
                .help(self.t("delivery-provider-mailgun-domain-help"))
                .error(self.error("domain"))
                .autocomplete("off")
                .max_length(253)
                .required())
            (self.region(options, MailgunRegion::default().as_str()))
            (self.base_url())
        }
    }

    fn region<const N: usize>(&self, options: [(&'static str, String); N], usual: &'static str) -> Markup {
        let chosen = if self.form.region.is_empty() {
            usual
        } else {
            self.form.region.as_str()
        };
        html! {
            (Select::new("region", self.t("delivery-provider-region"))
                .options(options)
                .selected(chosen)
                .help(self.t("delivery-provider-region-help"))
                .error(self.error("region")))
        }
    }

    fn key(&self) -> Markup {
        let help = match self.form.kind {
            ProviderKind::SendGrid => "delivery-provider-sendgrid-key-help",
            _ => "delivery-provider-key-help",
        };
        self.secret("delivery-provider-api-key", self.key_help(help), true)
    }

    pub(super) fn key_help(&self, fresh: &'static str) -> &'static str {
        if self.has_secret {
            "delivery-provider-key-kept"
        } else {
            fresh
        }
    }

    /// Never with a value: what was entered once is not shown again, not even to who entered it.
    pub(super) fn secret(&self, label: &str, help: &str, needed: bool) -> Markup {
        let name = secret_field(self.form.kind);
        let field = Field::password(name, self.t(label))
            .help(self.t(help))
            .error(self.error(name))
            .autocomplete("new-password")
            .max_length(PasswordChange::LONGEST);
        let field = if needed && !self.has_secret {
            field.required()
        } else {
            field
        };
        html! { (field) }
    }

    pub(super) fn base_url(&self) -> Markup {
        html! {
            (Field::url("base_url", self.t("delivery-provider-base-url"))
                .value(self.form.base_url.as_str())
                .help(self.t("delivery-provider-base-url-help"))
                .error(self.error("base_url"))
                .autocomplete("off")
                .max_length(BaseUrl::LONGEST))
        }
    }

    fn limits(&self) -> Markup {
        let number = |name: &'static str, label: &str, help: &str, value: &str| {
            let field = Field::number(name, self.t(label))
                .value(value.to_owned())
                .help(self.t(help))
                .error(self.error(name))
                .attr("min", "1");
            html! { (field) }
        };
        let form = self.form;
        let is_smtp = matches!(form.kind, ProviderKind::Smtp | ProviderKind::Postfix);
        let at_once = if is_smtp {
            "delivery-provider-connections"
        } else {
            "delivery-provider-requests"
        };
        html! {
            (number("max_connections", at_once, "delivery-provider-connections-help", &form.max_connections))
            @if is_smtp {
                (number("messages_per_connection", "delivery-provider-per-connection",
                    "delivery-provider-per-connection-help", &form.messages_per_connection))
            }
            (number("messages_per_second", "delivery-provider-per-second", "delivery-provider-per-second-help",
                &form.messages_per_second))
        }
    }
}

/// How a connection is protected, in a few words.
pub fn security(ctx: &Ctx, security: Security) -> String {
    ctx.t(match security {
        Security::Tls => "delivery-provider-security-tls",
        Security::StartTls => "delivery-provider-security-start-tls",
        Security::None => "delivery-provider-security-none",
    })
}
