//! What an author should know before sending. Errors keep a version from being saved; these do not.

use std::sync::Arc;

use contracts::crm::consent::Channel;
use minijinja::value::Value;

use super::{
    CompiledTemplate, MergeData, MessageLinks, Place, Rendered,
    merge::{Mail, ROOTS},
    short_checks::{about_the_notification, about_the_text},
};

/// Gmail cuts messages off at about this size, and with them the unsubscribe link and the pixel.
const CLIP: usize = 102 * 1024;
/// What phones show of a subject.
const LONG_SUBJECT: usize = 70;

/// How much a finding matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum CheckLevel {
    /// Mend it before sending to many.
    Problem,
    /// Worth a look.
    Advice,
}

/// One finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// How much it matters.
    pub level: CheckLevel,
    /// A short word for programs; the message key is `delivery-template-check-` and this.
    pub code: &'static str,
    /// For `$detail`: which link, which variable; empty where there is nothing to name.
    pub detail: String,
    /// Where it is, as far as that is known.
    pub place: Option<Place>,
}

/// All findings about a version as it comes out for one contact, the worst first.
#[must_use]
pub fn check(
    template: &CompiledTemplate,
    rendered: &Rendered,
    data: &MergeData,
    links: &MessageLinks,
) -> Vec<Check> {
    let mut found = match template.artefacts().channel {
        Channel::Email => {
            let mut found = about_the_version(template);
            found.extend(about_the_mail(rendered));
            found
        }
        Channel::Sms => about_the_text(rendered),
        Channel::Push => about_the_notification(rendered),
    };
    found.extend(about_variables(template, &Arc::new(Mail::new(data, links))));
    found.sort_by_key(|check| check.level);
    found
}

fn about_the_version(template: &CompiledTemplate) -> Vec<Check> {
    let made = template.artefacts();
    let mut found = Vec::new();
    if !made.has_unsubscribe_link() {
        found.push(problem("no-unsubscribe-link", ""));
    }
    if !made.variables.contains("organization.postal_address") {
        found.push(advice("no-postal-address", ""));
    }
    found.extend(made.http_links.iter().map(|url| problem("http-link", url)));
    found.extend(
        made.relative_links
            .iter()
            .map(|url| problem("relative-link", url)),
    );
    found.extend(
        made.images_without_alt
            .iter()
            .map(|source| advice("image-without-alt", source)),
    );
    found.extend(made.removed.iter().map(|name| advice("removed", name)));
    found
}

fn about_the_mail(rendered: &Rendered) -> Vec<Check> {
    let mut found = Vec::new();
    if rendered.html.len() > CLIP {
        found.push(problem(
            "too-large",
            &rendered.html.len().div_ceil(1024).to_string(),
        ));
    }
    match rendered.subject.chars().count() {
        0 => found.push(problem("no-subject", "")),
        n if n > LONG_SUBJECT => found.push(advice("long-subject", &n.to_string())),
        _ => {}
    }
    found
}

fn about_variables(template: &CompiledTemplate, mail: &Arc<Mail>) -> Vec<Check> {
    template
        .artefacts()
        .variables
        .iter()
        .filter_map(|path| about_variable(path, mail))
        .collect()
}

fn about_variable(path: &str, mail: &Arc<Mail>) -> Option<Check> {
    let mut names = path.split('.');
    let root = names.next().unwrap_or(path);
    if root == "range" {
        return None;
    }
    if !ROOTS.contains(&root) {
        return Some(problem("unknown-variable", path));
    }
    let mut value = Value::from_dyn_object(Arc::clone(mail)).get_attr(root).ok()?;
    for name in names {
        value = value.get_attr(name).unwrap_or_default();
    }
    // An attribute that nobody has ever filled in cannot be told from one that this contact lacks;
    // a field of the sender or of a contact that does not exist can.
    let known = match root {
        "contact" | "catalogue" => true,
        "organization" => matches!(
            path,
            "organization" | "organization.name" | "organization.postal_address"
        ),
        // A test has no campaign.
        "campaign" if matches!(path, "campaign" | "campaign.name") => return None,
        _ => !path.contains('.'),
    };
    if !known {
        return Some(problem("unknown-variable", path));
    }
    value.is_undefined().then(|| advice("empty-variable", path))
}

fn problem(code: &'static str, detail: &str) -> Check {
    Check::problem(code, detail)
}

fn advice(code: &'static str, detail: &str) -> Check {
    Check::advice(code, detail)
}
