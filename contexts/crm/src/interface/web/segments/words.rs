//! What the pages of segments have in common: how a rule and a person are called.

use contracts::crm::CONTACT;
use maud::Markup;
use platform::{
    i18n::FluentValue,
    web::{AppError, Ctx, FieldErrors},
};
use ui_kit::{Icon, Times, Tone, badge, badge_with_icon, person_link};

use crate::{
    Crm,
    domain::{
        contact::{Contact, TextField, label},
        rule::{
            Problem, Rule, Schema,
            draft::field_of,
            reasons,
            sentence::{Names, Word, clause, problem_key, sentence},
        },
        segment::{Segment, SegmentProblem},
    },
    infrastructure::pg::CrmTx,
};

/// What segments, campaigns, stages and colleagues are called.
pub async fn names(ctx: &Ctx, crm: &Crm, tx: &mut CrmTx) -> Result<Names, AppError> {
    let mut names = tx.names_in_rules().await?;
    let colleagues = crm.organizations.members(ctx.org).await?;
    names.others.extend(
        colleagues
            .into_iter()
            .map(|member| (member.id.uuid(), member.name)),
    );
    Ok(names)
}

/// The rule as one sentence in the person's language.
pub fn rule_sentence(ctx: &Ctx, rule: &Rule, schema: &Schema, names: &Names) -> String {
    sentence(rule, schema, names, &|key, words| say(ctx, key, words))
}

/// Why somebody matches, as short as can be; empty when it is not known.
pub fn reasons_text(ctx: &Ctx, rule: &Rule, answers: &[bool], schema: &Schema, names: &Names) -> String {
    let clauses: Vec<String> = reasons(rule, answers)
        .into_iter()
        .map(|part| clause(part, schema, names, &|key, words| say(ctx, key, words)))
        .collect();
    clauses.join(" · ")
}

/// Says a message that the domain asks for.
pub fn say(ctx: &Ctx, key: &str, words: &[(&'static str, Word)]) -> String {
    let values: Vec<(&str, FluentValue<'_>)> = words
        .iter()
        .map(|(name, word)| {
            let value = match word {
                Word::Text(text) => FluentValue::from(text.as_str()),
                Word::Count(count) => FluentValue::from(*count),
            };
            (*name, value)
        })
        .collect();
    ctx.ta(key, &values)
}

/// Problems of a rule, by the names of the form's fields.
pub fn form_errors(ctx: &Ctx, problems: &[Problem]) -> FieldErrors {
    let mut errors = FieldErrors::new();
    for problem in problems {
        errors.add(
            field_of(problem),
            problem.code.word(),
            ctx.t(&problem_key(problem.code)),
        );
    }
    errors
}

/// What people call somebody.
pub fn name_of(ctx: &Ctx, contact: &Contact) -> String {
    let email = contact.email.as_ref().map(kernel::EmailAddress::as_str);
    let (first, last) = (
        contact.texts.get(TextField::FirstName),
        contact.texts.get(TextField::LastName),
    );
    let name = label(first, last, email, contact.external_id.as_deref());
    if name.is_empty() {
        ctx.t("crm-segments-nameless")
    } else {
        name
    }
}

/// A link to somebody.
pub fn person(ctx: &Ctx, contact: &Contact) -> Markup {
    let email = contact.email.as_ref().map_or("", kernel::EmailAddress::as_str);
    person_link(&CONTACT.url(&contact.id), &name_of(ctx, contact), email)
}

/// How times are shown.
pub fn times(ctx: &Ctx) -> Times<'_> {
    Times {
        now: ctx.now,
        zone: &ctx.zone,
        words: ctx.words(),
    }
}

/// Whether the members are who matches.
pub fn state_badge(ctx: &Ctx, segment: &Segment) -> Markup {
    match segment.problem {
        Some(SegmentProblem::Rule) => {
            badge_with_icon(Tone::Danger, Icon::Error, &ctx.t("crm-segments-state-rule"))
        }
        Some(SegmentProblem::Slow) => {
            badge_with_icon(Tone::Warning, Icon::Warning, &ctx.t("crm-segments-state-slow"))
        }
        None if segment.stale => badge(Tone::Info, &ctx.t("crm-segments-stale")),
        None => badge(Tone::Success, &ctx.t("crm-segments-fresh")),
    }
}
