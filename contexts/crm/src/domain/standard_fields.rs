//! Fields that most organisations want, by the names that Mautic has for them.
//!
//! Those of companies come with the companies. Those of contacts are offered and not given: a form
//! with seventeen empty fields is no good beginning for somebody who wants to write to three people.

use super::field::{CONTACTS, FieldDefinition, FieldFlags, FieldType};

/// Object, key, type, group, label, options.
const ALL: &str = include_str!("../../data/standard_fields.tsv");

/// The fields of contacts, or of companies, in their order.
#[must_use]
pub fn standard_fields(object: &str) -> Vec<FieldDefinition> {
    ALL.lines()
        .filter_map(|line| definition(line, object))
        .zip(1..)
        .map(|(definition, position)| FieldDefinition {
            position,
            ..definition
        })
        .collect()
}

fn definition(line: &str, wanted: &str) -> Option<FieldDefinition> {
    let mut parts = line.split('\t');
    let mut next = || parts.next();
    let (object, key, kind, group, label) = (next()?, next()?, next()?, next()?, next()?);
    let options = next().unwrap_or_default();
    if object != wanted {
        return None;
    }
    Some(FieldDefinition {
        object: object.to_owned(),
        key: key.to_owned(),
        label: label.to_owned(),
        kind: FieldType::parse(kind)?,
        options: options
            .split('|')
            .filter(|option| !option.is_empty())
            .map(str::to_owned)
            .collect(),
        flags: FieldFlags {
            // What a list of companies is scanned for.
            listable: object != CONTACTS && ["domain", "industry", "city", "country"].contains(&key),
            ..FieldFlags::default()
        },
        group: group.to_owned(),
        ..FieldDefinition::default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_of_them_are_valid() {
        for (object, count) in [(CONTACTS, 17), ("companies", 15)] {
            let fields = standard_fields(object);
            assert_eq!(fields.len(), count, "{object}");
            for field in fields {
                assert_eq!(field.clone().check(), Ok(field));
            }
        }
    }
}
