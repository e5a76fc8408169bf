//! The fields of accounts for push notifications, and of Postfix.

use maud::{Markup, html};
use ui_kit::{Field, Select};

use super::Shown;
use crate::{
    domain::provider::{ApnsEnvironment, ApnsKey, ServiceAccount},
    interface::provider_words::secret_field,
};

impl Shown<'_> {
    pub(super) fn fcm(&self) -> Markup {
        html! {
            (Field::text("project_id", self.t("delivery-provider-project-id"))
                .value(self.form.project_id.as_str())
                .placeholder(self.t("delivery-provider-project-id-example"))
                .help(self.t("delivery-provider-project-id-help"))
                .error(self.error("project_id"))
                .autocomplete("off")
                .max_length(100)
                .required())
            (self.base_url())
        }
    }

    pub(super) fn service_account(&self) -> Markup {
        let help = self.file_help("delivery-provider-service-account-help");
        self.file(
            "delivery-provider-service-account",
            help,
            8,
            ServiceAccount::LONGEST,
        )
    }

    pub(super) fn apns(&self) -> Markup {
        let environments = ApnsEnvironment::ALL.map(|one| {
            let words = match one {
                ApnsEnvironment::Production => "delivery-provider-environment-production",
                ApnsEnvironment::Sandbox => "delivery-provider-environment-sandbox",
            };
            (one.as_str(), self.t(words))
        });
        let chosen = if self.form.environment.is_empty() {
            ApnsEnvironment::default().as_str()
        } else {
            self.form.environment.as_str()
        };
        html! {
            (Field::text("topic", self.t("delivery-provider-topic"))
                .value(self.form.topic.as_str())
                .placeholder(self.t("delivery-provider-topic-example"))
                .help(self.t("delivery-provider-topic-help"))
                .error(self.error("topic"))
                .autocomplete("off")
                .max_length(255)
                .required())
            (Select::new("environment", self.t("delivery-provider-environment"))
                .options(environments)
                .selected(chosen)
                .help(self.t("delivery-provider-environment-help"))
                .error(self.error("environment")))
            (self.base_url())
        }
    }

    pub(super) fn signing_key(&self) -> Markup {
        let help = self.file_help("delivery-provider-signing-key-help");
        html! {
            (self.ten_characters("key_id", &self.form.key_id, "delivery-provider-key-id",
                "delivery-provider-key-id-help"))
            (self.ten_characters("team_id", &self.form.team_id, "delivery-provider-team-id",
                "delivery-provider-team-id-help"))
            (self.file("delivery-provider-signing-key", help, 6, ApnsKey::LONGEST))
        }
    }

    pub(super) fn postfix(&self) -> Markup {
        html! {
            (self.server())
            (Field::text("log_path", self.t("delivery-provider-log-path"))
                .value(self.form.log_path.as_str())
                .placeholder(self.t("delivery-provider-log-path-example"))
                .help(self.t("delivery-provider-log-path-help"))
                .error(self.error("log_path"))
                .autocomplete("off")
                .max_length(255))
        }
    }

    fn ten_characters(&self, name: &'static str, value: &str, label: &str, help: &str) -> Markup {
        let field = Field::text(name, self.t(label))
            .value(value.to_owned())
            .help(self.t(help))
            .error(self.error(name))
            .autocomplete("off")
            .max_length(10)
            .required();
        html! { (field) }
    }

    fn file_help(&self, fresh: &'static str) -> &'static str {
        if self.has_secret {
            "delivery-provider-file-kept"
        } else {
            fresh
        }
    }

    /// A file whose text is pasted. Never with a value, as all secrets.
    fn file(&self, label: &str, help: &str, rows: u16, longest: usize) -> Markup {
        let name = secret_field(self.form.kind);
        let field = Field::textarea(name, self.t(label), rows)
            .help(self.t(help))
            .error(self.error(name))
            .autocomplete("off")
            .max_length(longest);
        let field = if self.has_secret { field } else { field.required() };
        html! { (field) }
    }
}
