//! For how many people of an audience the fields of a template are empty.

use std::sync::Arc;

use minijinja::value::Value;

use super::{CompiledTemplate, MergeData, MessageLinks, merge::Mail};

/// A field that some people lack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EmptyShare {
    /// As in the template: `contact.first_name`.
    pub path: String,
    /// Of how many people it is empty.
    pub empty: usize,
    /// Of all that were looked at, in percent, rounded up: a few are never none.
    pub percent: usize,
}

/// The fields of contacts that a template reads and that some of these people lack, those that most
/// people lack first. Records and catalogues are not looked up.
#[must_use]
pub fn empty_shares(
    template: &CompiledTemplate,
    people: &[MergeData],
    links: &MessageLinks,
) -> Vec<EmptyShare> {
    let mails: Vec<Arc<Mail>> = people
        .iter()
        .map(|data| Arc::new(Mail::new(data, links)))
        .collect();
    let mut shares: Vec<EmptyShare> = template
        .artefacts()
        .variables
        .iter()
        .filter(|path| path.starts_with("contact."))
        .map(|path| {
            let empty = mails.iter().filter(|mail| is_empty(path, mail)).count();
            EmptyShare {
                path: path.clone(),
                empty,
                percent: (empty * 100).div_ceil(people.len().max(1)),
            }
        })
        .filter(|share| share.empty > 0)
        .collect();
    shares.sort_by(|a, b| b.empty.cmp(&a.empty).then_with(|| a.path.cmp(&b.path)));
    shares
}

fn is_empty(path: &str, mail: &Arc<Mail>) -> bool {
    let mut value = Value::from_dyn_object(Arc::clone(mail));
    for name in path.split('.') {
        value = value.get_attr(name).unwrap_or_default();
    }
    value.is_undefined() || value.is_none() || value.as_str().is_some_and(|text| text.trim().is_empty())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use kernel::{MessageId, OrgId};

    use super::empty_shares;
    use crate::domain::{
        template::{
            CompiledTemplate, MergeData, MessageLinks, OrganizationFacts, TemplateKind, TemplateSource,
            Tracking, sample_contact,
        },
        tracking::LinkSigner,
    };

    fn person(first_name: &str, plan: &str) -> MergeData {
        let mut contact = sample_contact();
        contact.first_name = first_name.to_owned();
        if !plan.is_empty() {
            contact.attributes.insert("plan".to_owned(), plan.into());
        }
        MergeData {
            contact: Arc::new(contact),
            organization: Arc::new(OrganizationFacts::default()),
            campaign: "".into(),
            catalogue: Arc::default(),
            data: Arc::default(),
        }
    }

    #[test]
    fn it_is_counted_how_many_people_lack_a_field() {
        let source = TemplateSource {
            kind: TemplateKind::Html,
            subject: "{{ contact.first_name | default('there') }}".to_owned(),
            preheader: String::new(),
            body: "<p>{{ contact.plan }} {{ contact.email }} {{ organization.name }}</p>".to_owned(),
            ..TemplateSource::default()
        };
        let template = CompiledTemplate::compile(&source).expect("a template");
        let links = MessageLinks {
            signer: Arc::new(LinkSigner::new(&[1; 32], "https://t.example")),
            topic: None,
            org: OrgId::generate(),
            message: MessageId::generate(),
            tracking: Tracking::Off,
        };
        let people = [person("Ann", "pro"), person(" ", ""), person("Cy", "")];
        let found: Vec<_> = empty_shares(&template, &people, &links)
            .into_iter()
            .map(|share| (share.path, share.empty, share.percent))
            .collect();
        assert_eq!(
            found,
            [
                ("contact.plan".to_owned(), 2, 67),
                ("contact.first_name".to_owned(), 1, 34)
            ]
        );
        assert_eq!(empty_shares(&template, &[], &links), []);
    }
}
