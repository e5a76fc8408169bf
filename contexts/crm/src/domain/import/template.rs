//! A mapping that is kept for the next file with the same columns.

use std::collections::HashMap;

use kernel::{ImportTemplateId, UserId};

use super::mapping::Mapping;

/// A kept mapping.
#[derive(Clone, Debug, PartialEq)]
pub struct ImportTemplate {
    pub id: ImportTemplateId,
    pub name: String,
    /// What the rows of its files become: `contacts`, or the key of an object.
    pub object: String,
    /// The names of the columns of the file that it was made from.
    pub columns: Vec<String>,
    /// Settled: its new fields exist since that file was imported.
    pub mapping: Mapping,
    pub created_by: Option<UserId>,
}

/// The name is empty, too long or not one line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a template has a name of 1 to 100 characters")]
pub struct InvalidTemplateName;

/// A name for a template.
pub fn parse_name(text: &str) -> Result<String, InvalidTemplateName> {
    let name = text.trim();
    let fits = (1..=100).contains(&name.chars().count()) && !name.chars().any(char::is_control);
    fits.then(|| name.to_owned()).ok_or(InvalidTemplateName)
}

impl ImportTemplate {
    /// The mapping for a file with these columns, wherever they stand; `None` when the template does
    /// not know one of them, or does not find what tells people apart.
    #[must_use]
    pub fn for_columns(&self, columns: &[String]) -> Option<Mapping> {
        let known: HashMap<String, usize> = self
            .columns
            .iter()
            .enumerate()
            .map(|(n, name)| (plain(name), n))
            .collect();
        let places: Option<Vec<usize>> = columns
            .iter()
            .map(|name| known.get(&plain(name)).copied())
            .collect();
        let places = places.filter(|places| !places.is_empty())?;
        let mapping = Mapping {
            columns: places
                .iter()
                .map(|n| self.mapping.columns.get(*n).cloned())
                .collect::<Option<_>>()?,
            column_rules: places
                .iter()
                .map(|n| self.mapping.column_rules.get(*n).copied().flatten())
                .collect(),
            ..self.mapping.clone()
        };
        mapping.tells_apart().then_some(mapping)
    }
}

fn plain(name: &str) -> String {
    name.trim().to_lowercase()
}

/// The first of some templates, the newest first, that fits a file.
#[must_use]
pub fn best(templates: &[ImportTemplate], columns: &[String]) -> Option<(String, Mapping)> {
    templates
        .iter()
        .find_map(|template| Some((template.name.clone(), template.for_columns(columns)?)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::import::mapping::{Existing, Target};

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn a_template_fits_files_whose_columns_it_knows_in_any_order() {
        let template = ImportTemplate {
            id: ImportTemplateId::generate(),
            name: "Shop".to_owned(),
            object: "contacts".to_owned(),
            columns: names(&["E-Mail", "Town", "Note"]),
            mapping: Mapping {
                columns: vec![Target::Email, "city".parse().expect("a target"), Target::Skip],
                column_rules: vec![None, Some(Existing::FillEmpty), None],
                ..Mapping::default()
            },
            created_by: None,
        };
        let mapping = template
            .for_columns(&names(&[" town", "e-mail "]))
            .expect("it fits");
        assert_eq!(mapping.columns[1], Target::Email);
        assert_eq!(mapping.rule_of(0), Existing::FillEmpty);
        assert_eq!(template.for_columns(&names(&["E-Mail", "Shoe size"])), None);
        assert_eq!(
            template.for_columns(&names(&["Town"])),
            None,
            "nothing tells people apart"
        );
        assert_eq!(template.for_columns(&[]), None);
    }

    #[test]
    fn names_are_one_line() {
        assert_eq!(parse_name(" Shop ").as_deref(), Ok("Shop"));
        assert!(parse_name("").is_err() && parse_name("a\nb").is_err());
    }
}
