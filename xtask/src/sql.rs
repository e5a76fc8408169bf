//! SQL names only its own context's schema or the platform's, and stands only in
//! `infrastructure/pg`.

use std::{fs, path::Path};

use crate::{Source, at};

const SCHEMAS: [&str; 9] = [
    "identity",
    "crm",
    "journey",
    "campaign",
    "delivery",
    "content",
    "analytics",
    "integrations",
    "mail_infra",
];

pub fn check(source: &Source) -> Vec<String> {
    let Some(context) = source.context() else {
        return Vec::new();
    };
    let own = context.replace('-', "_");
    let mut complaints = Vec::new();
    for (text, line) in source.all_strings() {
        let tables = tables(text);
        if tables.is_empty() {
            continue;
        }
        if !source.path.contains("/infrastructure/pg") {
            complaints.push(at(source, *line, "SQL stands in infrastructure/pg only"));
        }
        for schema in tables.into_iter().filter(|schema| *schema != own) {
            complaints.push(at(
                source,
                *line,
                &format!("SQL of {context} must not name {schema}'s tables"),
            ));
        }
    }
    complaints
}

/// Each file of the timeline touches one schema, its own.
pub fn check_migrations(root: &Path) -> anyhow::Result<Vec<String>> {
    let mut complaints = Vec::new();
    for entry in fs::read_dir(root.join("migrations"))? {
        let path = entry?.path();
        let name = path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        let mut parts = name.trim_end_matches(".sql").split('_');
        let (stamp, context) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
        if stamp.len() != 14 || !stamp.bytes().all(|b| b.is_ascii_digit()) || !name.ends_with(".sql") {
            complaints.push(format!(
                "migrations/{name}: the name is <timestamp>_<context>_<what>.sql"
            ));
        }
        let text = fs::read_to_string(&path)?;
        for schema in tables(&text).into_iter().filter(|schema| *schema != context) {
            complaints.push(format!("migrations/{name}: names {schema}'s tables"));
        }
    }
    Ok(complaints)
}

/// Schemas of the tables that a statement names behind a keyword.
fn tables(text: &str) -> Vec<&'static str> {
    const BEFORE: [&str; 9] = [
        "from", "join", "into", "update", "table", "on", "using", "exists", "only",
    ];
    let words: Vec<String> = text
        .lines()
        .map(|line| line.split("--").next().unwrap_or_default())
        .flat_map(|line| line.split(|c: char| !(c.is_alphanumeric() || c == '.' || c == '_')))
        .filter(|word| !word.is_empty())
        .map(str::to_ascii_lowercase)
        .collect();
    words
        .windows(2)
        .filter(|pair| BEFORE.contains(&pair[0].as_str()))
        .filter_map(|pair| {
            let (schema, table) = pair[1].split_once('.')?;
            let known = SCHEMAS.into_iter().find(|s| *s == schema)?;
            (!table.is_empty()).then_some(known)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{check, tables};
    use crate::Source;

    #[test]
    fn tables_are_found_behind_keywords_and_prose_is_not_sql() {
        assert_eq!(
            tables("SELECT a FROM crm.contacts c JOIN delivery.messages m ON true"),
            ["crm", "delivery"]
        );
        assert!(tables("see crm.contacts for it").is_empty());
        assert!(tables("SELECT 1 -- FROM crm.contacts").is_empty());
    }

    #[test]
    fn foreign_schemas_and_foreign_places_are_found() {
        let text = r#"fn f() { q("SELECT 1 FROM crm.contacts"); }"#;
        assert_eq!(
            check(&Source::parse("contexts/crm/src/infrastructure/pg/a.rs", text)).len(),
            0
        );
        assert_eq!(
            check(&Source::parse("contexts/crm/src/application/a.rs", text)).len(),
            1
        );
        assert_eq!(
            check(&Source::parse(
                "contexts/delivery/src/infrastructure/pg/a.rs",
                text
            ))
            .len(),
            1
        );
    }
}
