//! Tests of accounts, by what their messages travel by: who gets one, and what it says.

use contracts::crm::consent::Channel;
use kernel::EmailAddress;
use platform::web::{AppError, Ctx};

use super::{provider_words::test_letter, web::template_parts::author};
use crate::{
    application::{
        read_providers::Provider,
        settings_deps::SettingsDeps,
        test_provider::{NotTested, TestMessage, test_provider},
    },
    domain::{provider::telephone_number, provider_test::TestFailure},
};

/// Who gets the message of a test.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TestRecipient {
    /// By mail.
    Mailbox(EmailAddress),
    /// By text message; in the form of E.164.
    Telephone(String),
}

impl TestRecipient {
    /// For people.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            TestRecipient::Mailbox(address) => address.as_str(),
            TestRecipient::Telephone(number) => number,
        }
    }
}

/// Whom a person or a program has named as `to`.
pub fn recipient(ctx: &Ctx, channel: Channel, to: &str) -> Result<TestRecipient, AppError> {
    match channel {
        Channel::Sms => telephone_number(to).map(TestRecipient::Telephone).ok_or_else(|| {
            let words = ctx.t("delivery-provider-test-number-invalid");
            AppError::invalid("to", "invalid_telephone_number", words)
        }),
        _ => EmailAddress::parse(to)
            .map(TestRecipient::Mailbox)
            .map_err(|_| AppError::invalid("to", "invalid_email", ctx.t("delivery-provider-test-address"))),
    }
}

/// Sends it. `None` when it was taken.
pub async fn try_account(
    ctx: &Ctx,
    deps: &SettingsDeps,
    provider: &Provider,
    to: &TestRecipient,
) -> Result<Option<TestFailure>, NotTested> {
    match to {
        TestRecipient::Mailbox(to) => {
            let letter = test_letter(ctx, &provider.name);
            let message = TestMessage::Mail { to, letter: &letter };
            test_provider(deps, author(ctx), provider.id, message).await
        }
        TestRecipient::Telephone(to) => {
            let values = [
                ("organization", ctx.organization.name.as_str().into()),
                ("provider", provider.name.as_str().into()),
            ];
            let body = ctx.ta("delivery-provider-test-sms", &values);
            let message = TestMessage::Text { to, body: &body };
            test_provider(deps, author(ctx), provider.id, message).await
        }
    }
}
