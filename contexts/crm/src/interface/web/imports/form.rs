//! The form of a mapping as it was filled in.

use std::collections::BTreeMap;

use platform::{L10n, web::FieldErrors};

use crate::domain::{
    field::FieldType,
    field_value::DateOrder,
    import::{
        dialect::{Delimiter, Dialect},
        encoding::Encoding,
        mapping::{Existing, Identity, Mapping, NewField, Target},
        state::Import,
        wishes::Claim,
    },
    tag::parse_tags,
};

/// What is to happen with the mapping.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Then {
    /// It is kept.
    #[default]
    Save,
    /// All rows are looked at.
    Check,
    /// The rows are imported.
    Start,
    /// The file is read another way.
    Reread,
    /// The columns become what they became in another file.
    UseTemplate,
    /// The mapping is kept for the next file.
    KeepTemplate,
}

/// All fields as they were chosen.
#[derive(Clone, Debug, Default)]
pub struct MappingForm {
    values: BTreeMap<String, String>,
    pub then: Then,
}

/// A choice that the form does not offer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unreadable(String);

/// The choice "a new field" of a column; type, key and label are fields of their own.
pub const NEW: &str = "new";

impl MappingForm {
    #[must_use]
    pub fn read(pairs: Vec<(String, String)>) -> Self {
        let values: BTreeMap<String, String> = pairs.into_iter().collect();
        let then = match values.get("then").map(String::as_str) {
            Some("check") => Then::Check,
            Some("start") => Then::Start,
            Some("reread") => Then::Reread,
            Some("use_template") => Then::UseTemplate,
            Some("keep_template") => Then::KeepTemplate,
            _ => Then::Save,
        };
        Self { values, then }
    }

    /// Filled with what is guessed or was chosen before.
    #[must_use]
    pub fn of(import: &Import) -> Self {
        let mut form = Self::default();
        if let Some(dialect) = import.dialect {
            form.set("delimiter", dialect.delimiter.as_str());
            form.set("encoding", dialect.encoding.as_str());
            form.set("header", if dialect.has_header { "true" } else { "false" });
        }
        let Some(mapping) = &import.mapping else {
            return form;
        };
        for (n, target) in mapping.columns.iter().enumerate() {
            match target {
                Target::NewField(new) => {
                    form.set(&column(n), NEW);
                    form.set(&new_kind(n), new.kind.as_str());
                    form.set(&new_label(n), &new.label);
                    form.set(&new_key(n), &new.key);
                }
                target => form.set(&column(n), &target.to_string()),
            }
            if let Some(rule) = mapping.column_rules.get(n).copied().flatten() {
                form.set(&column_rule(n), rule.as_str());
            }
        }
        form.set("identity", &mapping.identity.to_string());
        form.set("existing", mapping.existing.as_str());
        form.set("tags", &mapping.tags.join(", "));
        form.set("dates", date_order(mapping.dates));
        form.set(
            "json_fields",
            if mapping.create_json_fields { "true" } else { "" },
        );
        form.set("create_stages", if mapping.create_stages { "true" } else { "" });
        if let Some(claim) = &mapping.claim {
            form.set("consent_basis", &claim.basis);
            form.set("consent_text", &claim.text);
            form.set("consent_confirmed", if claim.confirmed { "true" } else { "" });
        }
        form
    }

    #[must_use]
    pub fn get(&self, name: &str) -> &str {
        self.values.get(name).map_or("", String::as_str)
    }

    /// The dialect that is asked for.
    #[must_use]
    pub fn dialect(&self, present: Dialect) -> Dialect {
        Dialect {
            delimiter: Delimiter::parse(self.get("delimiter")).unwrap_or(present.delimiter),
            encoding: Encoding::parse(self.get("encoding")).unwrap_or(present.encoding),
            has_header: self.get("header") != "false",
            start: present.start,
        }
    }

    /// The mapping, or the fields whose choices do not exist.
    pub fn mapping(&self, columns: usize) -> Result<Mapping, Vec<Unreadable>> {
        let mut unreadable = Vec::new();
        let mut target = |n: usize| {
            let target = self.target(n);
            target.unwrap_or_else(|| {
                unreadable.push(Unreadable(column(n)));
                Target::Skip
            })
        };
        let column_rules = (0..columns)
            .map(|n| Existing::parse(self.get(&column_rule(n))))
            .collect();
        let columns: Vec<Target> = (0..columns).map(&mut target).collect();
        let tags = match parse_tags(self.get("tags")) {
            Ok(tags) => tags.into_iter().map(|tag| tag.into_string()).collect(),
            Err(_) => {
                unreadable.push(Unreadable("tags".to_owned()));
                Vec::new()
            }
        };
        if !unreadable.is_empty() {
            return Err(unreadable);
        }
        Ok(Mapping {
            columns,
            identity: Identity::parse(self.get("identity")).unwrap_or_default(),
            existing: Existing::parse(self.get("existing")).unwrap_or_default(),
            column_rules,
            tags,
            dates: if self.get("dates") == date_order(DateOrder::MonthFirst) {
                DateOrder::MonthFirst
            } else {
                DateOrder::DayFirst
            },
            create_json_fields: self.get("json_fields") == "true",
            create_stages: self.get("create_stages") == "true",
            claim: self.claim(),
        })
    }

    fn claim(&self) -> Option<Claim> {
        let claim = Claim {
            basis: self.get("consent_basis").to_owned(),
            text: self.get("consent_text").to_owned(),
            confirmed: self.get("consent_confirmed") == "true",
        };
        (claim != Claim::default()).then_some(claim)
    }

    fn target(&self, n: usize) -> Option<Target> {
        match self.get(&column(n)) {
            NEW => Some(Target::NewField(NewField {
                key: self.get(&new_key(n)).to_owned(),
                label: self.get(&new_label(n)).to_owned(),
                kind: FieldType::parse(self.get(&new_kind(n)))?,
            })),
            text => text
                .parse()
                .ok()
                .filter(|target| !matches!(target, Target::NewField(_))),
        }
    }

    fn set(&mut self, name: &str, value: &str) {
        self.values.insert(name.to_owned(), value.to_owned());
    }
}

/// The fields of the form for a column.
pub fn column(n: usize) -> String {
    format!("column_{n}")
}
pub fn column_rule(n: usize) -> String {
    format!("rule_{n}")
}
pub fn new_kind(n: usize) -> String {
    format!("kind_{n}")
}
pub fn new_label(n: usize) -> String {
    format!("label_{n}")
}
pub fn new_key(n: usize) -> String {
    format!("key_{n}")
}

/// The word for an order of dates.
pub const fn date_order(order: DateOrder) -> &'static str {
    match order {
        DateOrder::DayFirst => "day_first",
        DateOrder::MonthFirst => "month_first",
    }
}

/// Choices that do not exist, in words.
pub fn unreadable(l10n: &L10n, problems: &[Unreadable]) -> FieldErrors {
    let mut errors = FieldErrors::new();
    for Unreadable(name) in problems {
        errors.add(
            name.clone(),
            "unknown_choice",
            l10n.t("crm-import-unknown-choice"),
        );
    }
    errors
}
