//! What a form or a program says of one contact, checked all at once: whoever corrects it should see
//! every problem, not the first.

use kernel::{EmailAddress, StageId, UserId};
use serde_json::Value;

use super::{
    contact::{Change, ContactPatch, TextField},
    contact_value::{parse_external_id, parse_text_field},
    field::Field,
    field_value::{self, ValueRule},
    import::reject::Reason,
    tag::{Tag, parse_tags},
};

/// A value that cannot be accepted. Forms and the API give the same reasons as imports do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// `email`, `attributes/plan`.
    pub field: String,
    /// `invalid_email`.
    pub code: &'static str,
}

/// Who may look after contacts, and the stages that they may stand in.
#[derive(Clone, Debug, Default)]
pub struct Assignable {
    pub owners: Vec<UserId>,
    pub stages: Vec<StageId>,
}

/// Collects changes and problems.
pub struct ContactInput<'a> {
    fields: &'a [Field],
    patch: ContactPatch,
    problems: Vec<Problem>,
}

impl<'a> ContactInput<'a> {
    /// Checks against the fields that exist.
    #[must_use]
    pub fn new(fields: &'a [Field]) -> Self {
        Self {
            fields,
            patch: ContactPatch::default(),
            problems: Vec::new(),
        }
    }

    /// Empty clears.
    pub fn email(&mut self, value: &str) {
        if value.trim().is_empty() {
            self.patch.email = Change::Clear;
            return;
        }
        match EmailAddress::parse(value) {
            Ok(email) => self.patch.email = Change::Set(email),
            Err(_) => self.problem("email", Reason::InvalidEmail.as_str()),
        }
    }

    /// Empty clears.
    pub fn external_id(&mut self, value: &str) {
        match parse_external_id(value) {
            Ok(id) => self.patch.external_id = Change::to(id),
            Err(error) => self.problem("external_id", Reason::from(error).as_str()),
        }
    }

    /// Empty clears.
    pub fn text(&mut self, field: TextField, value: &str) {
        match parse_text_field(field, value) {
            Ok(value) => self.patch.texts.push((field, Change::Set(value))),
            Err(error) => self.problem(field.key(), Reason::from(error).as_str()),
        }
    }

    /// A custom field as a form has it; empty clears.
    pub fn attribute_text(&mut self, key: &str, value: &str) {
        self.attribute(key, |rule| field_value::parse_text(rule, value));
    }

    /// A custom field as a program has it; `null` clears.
    pub fn attribute_json(&mut self, key: &str, value: &Value) {
        self.attribute(key, |rule| field_value::parse_json(rule, value));
    }

    /// All tags that the contact is to have, out of those that it has.
    pub fn tags(&mut self, wanted: &[String], present: impl IntoIterator<Item = Tag>) {
        let mut tags = std::collections::BTreeSet::new();
        for text in wanted {
            match parse_tags(text) {
                Ok(parsed) => tags.extend(parsed),
                Err(error) => return self.problem("tags", Reason::from(error).as_str()),
            }
        }
        self.patch.remove_tags = present.into_iter().filter(|tag| !tags.contains(tag)).collect();
        self.patch.add_tags = tags.into_iter().collect();
    }

    /// By the id of a member of the organisation; empty clears.
    pub fn owner(&mut self, value: &str, known: &Assignable) {
        match value.trim() {
            "" => self.patch.owner = Change::Clear,
            text => match text.parse().ok().filter(|id| known.owners.contains(id)) {
                Some(owner) => self.patch.owner = Change::Set(owner),
                None => self.problem("owner_id", "unknown_owner"),
            },
        }
    }

    /// By the id of a stage; empty clears.
    pub fn stage(&mut self, value: &str, known: &Assignable) {
        match value.trim() {
            "" => self.patch.stage = Change::Clear,
            text => match text.parse().ok().filter(|id| known.stages.contains(id)) {
                Some(stage) => self.patch.stage = Change::Set(stage),
                None => self.problem("stage_id", "unknown_stage"),
            },
        }
    }

    /// A whole number; empty is none.
    pub fn points(&mut self, value: &str) {
        match value.trim() {
            "" => self.patch.points = Some(0),
            text => match text.parse() {
                Ok(points) => self.patch.points = Some(points),
                Err(_) => self.problem("points", Reason::NotANumber.as_str()),
            },
        }
    }

    /// Something that only the caller can see.
    pub fn problem(&mut self, field: impl Into<String>, code: &'static str) {
        self.problems.push(Problem {
            field: field.into(),
            code,
        });
    }

    /// Of somebody new: what is required has to be given, and what is not given has its default.
    pub fn finish_new(mut self) -> Result<ContactPatch, Vec<Problem>> {
        for field in self.fields {
            if self.patch.attributes.iter().any(|(key, _)| *key == field.key) {
                continue;
            }
            let name = format!("attributes/{}", field.key);
            match &field.default_value {
                Some(value) => self
                    .patch
                    .attributes
                    .push((field.key.clone(), Some(value.clone()))),
                None if field.flags.required
                    && !self.problems.iter().any(|problem| problem.field == name) =>
                {
                    self.problem(name, "required");
                }
                None => {}
            }
        }
        self.finish()
    }

    /// The changes, or every problem there is.
    pub fn finish(self) -> Result<ContactPatch, Vec<Problem>> {
        if self.problems.is_empty() {
            Ok(self.patch)
        } else {
            Err(self.problems)
        }
    }

    fn attribute(
        &mut self,
        key: &str,
        parse: impl FnOnce(ValueRule<'_>) -> Result<Option<Value>, field_value::InvalidValue>,
    ) {
        let name = format!("attributes/{key}");
        let Some(field) = self.fields.iter().find(|field| field.key == key) else {
            return self.problem(name, "unknown_field");
        };
        match parse(field.rule()) {
            Ok(None) if field.flags.required => self.problem(name, "required"),
            Ok(value) => self.patch.attributes.push((key.to_owned(), value)),
            Err(error) => self.problem(name, Reason::from(error).as_str()),
        }
    }
}

#[cfg(test)]
mod tests {
    use kernel::{FieldId, Timestamp};
    use serde_json::json;

    use super::*;
    use crate::domain::field::{FieldDefinition, FieldType};

    fn age() -> Field {
        let definition = FieldDefinition {
            key: "age".to_owned(),
            label: "Age".to_owned(),
            kind: FieldType::Number,
            ..FieldDefinition::default()
        };
        Field::new(FieldId::generate(), definition, Timestamp::UNIX_EPOCH)
    }

    #[test]
    fn every_problem_is_told() {
        let fields = [age()];
        let mut input = ContactInput::new(&fields);
        input.email("nobody");
        input.text(TextField::Phone, "call me");
        input.attribute_json("age", &json!(true));
        input.attribute_text("shoe_size", "43");
        input.tags(&["a\u{7}".to_owned()], []);
        let problems = input.finish().expect_err("all is wrong");
        let told: Vec<_> = problems.iter().map(|p| (p.field.as_str(), p.code)).collect();
        assert_eq!(
            told,
            [
                ("email", "invalid_email"),
                ("phone", "not_a_phone"),
                ("attributes/age", "wrong_kind"),
                ("attributes/shoe_size", "unknown_field"),
                ("tags", "invalid_tag"),
            ]
        );
    }

    #[test]
    fn only_members_and_stages_that_exist_are_assigned() {
        let known = Assignable {
            owners: vec![UserId::generate()],
            stages: vec![StageId::generate()],
        };
        let mut input = ContactInput::new(&[]);
        input.owner(&known.owners[0].to_string(), &known);
        input.stage("", &known);
        input.points(" -5 ");
        let patch = input.finish().expect("valid");
        assert_eq!(patch.owner, Change::Set(known.owners[0]));
        assert_eq!((patch.stage, patch.points), (Change::Clear, Some(-5)));

        let mut input = ContactInput::new(&[]);
        input.owner(&UserId::generate().to_string(), &known);
        input.stage("lead", &known);
        input.points("many");
        let problems = input.finish().expect_err("all is wrong");
        let told: Vec<_> = problems.iter().map(|p| (p.field.as_str(), p.code)).collect();
        assert_eq!(
            told,
            [
                ("owner_id", "unknown_owner"),
                ("stage_id", "unknown_stage"),
                ("points", "not_a_number")
            ]
        );
    }

    #[test]
    fn tags_become_what_is_wanted() {
        let tag = |name: &str| Tag::parse(name).expect("valid");
        let mut input = ContactInput::new(&[]);
        input.tags(&["a".to_owned(), "b, c".to_owned()], [tag("a"), tag("old")]);
        let patch = input.finish().expect("valid");
        assert_eq!(patch.add_tags, [tag("a"), tag("b"), tag("c")]);
        assert_eq!(patch.remove_tags, [tag("old")]);
    }

    #[test]
    fn what_is_required_cannot_be_cleared_and_has_to_be_given_of_somebody_new() {
        let mut fields = [age()];
        fields[0].flags.required = true;
        let told = |result: Result<ContactPatch, Vec<Problem>>| result.expect_err("refused")[0].code;
        assert_eq!(told(ContactInput::new(&fields).finish_new()), "required");
        assert!(
            ContactInput::new(&fields).finish().is_ok(),
            "a change need not name it"
        );
        let mut input = ContactInput::new(&fields);
        input.attribute_json("age", &Value::Null);
        assert_eq!(told(input.finish()), "required");
        fields[0].default_value = Some(json!(18));
        let patch = ContactInput::new(&fields).finish_new().expect("the default");
        assert_eq!(patch.attributes, [("age".to_owned(), Some(json!(18)))]);
    }

    #[test]
    fn what_is_empty_clears() {
        let fields = [age()];
        let mut input = ContactInput::new(&fields);
        input.email(" ");
        input.external_id("");
        input.attribute_text("age", "");
        let patch = input.finish().expect("valid");
        assert_eq!(patch.email, Change::Clear);
        assert_eq!(patch.external_id, Change::Clear);
        assert_eq!(patch.attributes, [("age".to_owned(), None)]);
    }
}
