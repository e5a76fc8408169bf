//! Which records of contacts a template reaches for.

use std::collections::BTreeSet;

/// What every contact has besides its records.
const OF_CONTACTS: [&str; 10] = [
    "id",
    "email",
    "first_name",
    "last_name",
    "name",
    "phone",
    "timezone",
    "locale",
    "tags",
    "attributes",
];

/// The words after `contact.` that may be those of objects; some are of attributes.
#[must_use]
pub fn record_words(variables: &BTreeSet<String>) -> Vec<String> {
    let mut words: Vec<String> = variables
        .iter()
        .filter_map(|path| path.strip_prefix("contact."))
        .filter_map(|rest| rest.split('.').next())
        .filter(|word| !OF_CONTACTS.contains(word))
        .map(str::to_owned)
        .collect();
    words.sort();
    words.dedup();
    words
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::template::{CompiledTemplate, TemplateKind, TemplateSource};

    #[test]
    fn a_template_says_which_records_it_reaches_for() {
        let source = TemplateSource {
            kind: TemplateKind::Html,
            subject: "{{ contact.first_name }}, {{ contact.orders[0].name }}".to_owned(),
            preheader: String::new(),
            body: "<p>{% for company in contact.companies %}{{ company.name }}{% endfor %}\
                   {{ contact.attributes.plan }} {{ contact.company_record.city }}</p>"
                .to_owned(),
            ..TemplateSource::default()
        };
        let compiled = CompiledTemplate::compile(&source).expect("a template");
        assert_eq!(
            record_words(&compiled.artefacts().variables),
            ["companies", "company_record", "orders"]
        );
    }
}
