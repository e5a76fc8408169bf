//! What consent is called, and requests about it from outside made statements.

use contracts::crm::consent::{Channel, Frequency};
use platform::{
    L10n,
    web::{Actor as Caller, AppError, Ctx, FieldErrors},
};

use crate::{
    application::save_topic::SaveTopicError,
    domain::{
        consent::{Action, Actor, Basis, State},
        topic::InvalidTopic,
    },
};

/// Who stands behind a request.
#[must_use]
pub fn actor(ctx: &Ctx) -> Actor {
    match &ctx.actor {
        Caller::User(person) => Actor::User(person.user),
        Caller::ApiKey { key, .. } => Actor::ApiKey(*key),
    }
}

#[must_use]
pub fn channel_word(l10n: &L10n, channel: Channel) -> String {
    l10n.t(match channel {
        Channel::Email => "crm-channel-email",
        Channel::Sms => "crm-channel-sms",
        Channel::Push => "crm-channel-push",
    })
}

#[must_use]
pub fn frequency_word(l10n: &L10n, frequency: Frequency) -> String {
    l10n.ta(
        "crm-frequency",
        &[("most", frequency.most.into()), ("days", frequency.days.into())],
    )
}

#[must_use]
pub fn state_word(l10n: &L10n, state: State) -> String {
    l10n.t(match state {
        State::Subscribed => "crm-consent-subscribed",
        State::Pending => "crm-consent-pending",
        State::Unsubscribed => "crm-consent-unsubscribed",
    })
}

#[must_use]
pub fn action_word(l10n: &L10n, action: Action) -> String {
    l10n.t(match action {
        Action::Granted => "crm-consent-granted",
        Action::Requested => "crm-consent-requested",
        Action::Withdrawn => "crm-consent-withdrawn",
        Action::Expired => "crm-consent-expired",
    })
}

#[must_use]
pub fn basis_word(l10n: &L10n, basis: Basis) -> String {
    l10n.t(match basis {
        Basis::Consent => "crm-basis-consent",
        Basis::LegitimateInterest => "crm-basis-legitimate-interest",
        Basis::Contract => "crm-basis-contract",
        Basis::LegalObligation => "crm-basis-legal-obligation",
        Basis::Unknown => "crm-basis-unknown",
    })
}

/// Where something was said; words that this version does not know are shown as they are.
#[must_use]
pub fn source_word(l10n: &L10n, source: &str) -> String {
    let key = match source {
        "preferences" => "crm-consent-by-preferences",
        "form" => "crm-consent-by-form",
        "import" => "crm-consent-by-import",
        "api" => "crm-consent-by-api",
        "user" => "crm-consent-by-user",
        "bulk" => "crm-consent-by-bulk",
        "unsubscribe_link" => "crm-consent-by-unsubscribe-link",
        "confirmation" => "crm-consent-by-confirmation",
        other => return other.to_owned(),
    };
    l10n.t(key)
}

/// Why a topic was not saved, as problems of a form where it is one.
pub fn save_topic_errors(l10n: &L10n, error: SaveTopicError) -> Result<FieldErrors, AppError> {
    let mut errors = FieldErrors::new();
    match error {
        SaveTopicError::NotFound => return Err(AppError::NotFound),
        SaveTopicError::Db(error) => return Err(error.into()),
        SaveTopicError::KeyTaken => errors.add("key", "key_taken", l10n.t("crm-topic-key-taken")),
        SaveTopicError::TooMany => errors.add("name", "too_many_topics", l10n.t("crm-topic-too-many")),
        SaveTopicError::Invalid(problems) => {
            for (field, problem) in problems {
                let (code, key) = match problem {
                    InvalidTopic::Key => ("invalid_key", "crm-topic-key-invalid"),
                    InvalidTopic::Name => ("invalid_name", "crm-topic-name-invalid"),
                    InvalidTopic::Description => ("too_long", "crm-topic-description-invalid"),
                    InvalidTopic::Channels => ("no_channel", "crm-topic-channels-invalid"),
                    InvalidTopic::Initial => ("invalid_initial", "crm-topic-initial-invalid"),
                    InvalidTopic::ConsentText => ("too_long", "crm-topic-text-invalid"),
                };
                errors.add(field, code, l10n.t(key));
            }
        }
    }
    Ok(errors)
}

/// What is offered, and what was chosen otherwise.
pub fn frequencies(l10n: &L10n, chosen: Option<Frequency>) -> Vec<(String, String)> {
    let other = chosen.filter(|chosen| !Frequency::OFFERED.contains(chosen));
    let offered = Frequency::OFFERED
        .into_iter()
        .chain(other)
        .map(|frequency| (frequency.to_string(), frequency_word(l10n, frequency)));
    std::iter::once((String::new(), l10n.t("crm-frequency-any")))
        .chain(offered)
        .collect()
}
