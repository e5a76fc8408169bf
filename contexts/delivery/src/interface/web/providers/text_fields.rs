//! The fields of accounts for text messages.

use maud::{Markup, html};
use ui_kit::Field;

use super::fields::Shown;
use crate::{domain::provider::ProviderKind, interface::provider_words::secret_field};

/// A line of text among the settings: its field, what stands in it, and the keys of its label and help.
struct Line<'l> {
    name: &'static str,
    value: &'l str,
    label: &'static str,
    help: &'static str,
}

impl Shown<'_> {
    pub(super) fn twilio(&self) -> Markup {
        let form = self.form;
        html! {
            (self.needed(Line {
                name: "account_sid",
                value: &form.account_sid,
                label: "delivery-provider-account-sid",
                help: "delivery-provider-account-sid-help",
            }))
            (self.sender("delivery-provider-twilio-sender-help", false))
            (self.optional(Line {
                name: "messaging_service_sid",
                value: &form.messaging_service_sid,
                label: "delivery-provider-messaging-service",
                help: "delivery-provider-messaging-service-help",
            }))
            (self.base_url())
        }
    }

    pub(super) fn plivo(&self) -> Markup {
        html! {
            (self.needed(Line {
                name: "auth_id",
                value: &self.form.auth_id,
                label: "delivery-provider-auth-id",
                help: "delivery-provider-auth-id-help",
            }))
            (self.sender("delivery-provider-sender-help", true))
            (self.base_url())
        }
    }

    pub(super) fn vonage(&self) -> Markup {
        html! {
            (self.needed(Line {
                name: "api_key_id",
                value: &self.form.api_key_id,
                label: "delivery-provider-api-key-id",
                help: "delivery-provider-api-key-id-help",
            }))
            (self.sender("delivery-provider-sender-help", true))
            (self.base_url())
        }
    }

    pub(super) fn telnyx(&self) -> Markup {
        html! {
            (self.sender("delivery-provider-telnyx-sender-help", false))
            (self.optional(Line {
                name: "messaging_profile_id",
                value: &self.form.messaging_profile_id,
                label: "delivery-provider-messaging-profile",
                help: "delivery-provider-messaging-profile-help",
            }))
            (self.base_url())
        }
    }

    /// The secret under the name that it has in the provider's console; Twilio has two sorts.
    pub(super) fn text_key(&self) -> Markup {
        let label = match secret_field(self.form.kind) {
            "auth_token" => "delivery-provider-auth-token",
            "api_secret" => "delivery-provider-api-secret",
            _ => "delivery-provider-api-key",
        };
        let is_twilio = self.form.kind == ProviderKind::Twilio;
        let help = if is_twilio {
            "delivery-provider-auth-token-help"
        } else {
            "delivery-provider-key-help"
        };
        html! {
            @if is_twilio {
                (self.optional(Line {
                    name: "api_key_sid",
                    value: &self.form.api_key_sid,
                    label: "delivery-provider-api-key-sid",
                    help: "delivery-provider-api-key-sid-help",
                }))
            }
            (self.secret(label, self.key_help(help), true))
        }
    }

    fn sender(&self, help: &'static str, needed: bool) -> Markup {
        let line = Line {
            name: "sender",
            value: &self.form.sender,
            label: "delivery-provider-sender",
            help,
        };
        if needed {
            self.needed(line)
        } else {
            self.optional(line)
        }
    }

    fn needed(&self, line: Line<'_>) -> Markup {
        html! { (self.field(line).required()) }
    }

    fn optional(&self, line: Line<'_>) -> Markup {
        html! { (self.field(line)) }
    }

    fn field<'l>(&self, line: Line<'l>) -> Field<'l> {
        Field::text(line.name, self.t(line.label))
            .value(line.value)
            .help(self.t(line.help))
            .error(self.error(line.name))
            .autocomplete("off")
            .max_length(128)
    }
}
