//! What each column of a file becomes, and how rows meet the contacts or records that exist.

use std::{collections::HashSet, fmt, str::FromStr};

use super::super::{
    contact::TextField,
    field::{CONTACTS, FieldType, check_key_of, is_key},
    field_value::DateOrder,
    tag::Tag,
    topic::Topic,
};
use super::{record_shape::RecordShape, wishes::Claim};

/// What a column becomes. Written as text: `skip`, `email`, `first_name`, `attribute:plan`,
/// `new:number:score:Lead score`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Target {
    Skip,
    Email,
    ExternalId,
    Text(TextField),
    /// First word and the rest: first and last name.
    FullName,
    Tags,
    /// The tags of the row instead of those that the contact has.
    TagsReplace,
    /// Yes makes the address one that is not written to.
    DoNotEmail,
    /// When the contact came to be; only of contacts that the import creates.
    CreatedAt,
    /// When it became known who somebody is: when they came to be, where nothing else says it.
    IdentifiedAt,
    /// When they were last seen; an earlier time changes nothing.
    LastActive,
    /// Who looks after them, by address or name.
    Owner,
    /// By name.
    Stage,
    Points,
    /// Yes or no to a topic, which is named by its key.
    Topic(String),
    /// All the topics that somebody agreed to, by key or name.
    Topics,
    /// When they agreed, and from which address of the network: part of the proof.
    ConsentAt,
    ConsentIp,
    /// Their company, by external ID or name; one that is not known is made.
    PrimaryCompany,
    /// A custom field.
    Attribute(String),
    /// A custom field that is made when the import starts.
    NewField(NewField),
    /// A JSON object whose members are custom fields.
    Json,
    /// What a record is called.
    Name,
    /// The people whom a record belongs to, by address or external ID, with `|` between them.
    Contacts,
    /// Records that a record is linked with, by external ID, with `|` between them; by the word of the
    /// relation.
    Link(String),
}

/// A field to be made.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct NewField {
    pub key: String,
    pub label: String,
    pub kind: FieldType,
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Target::Skip => f.write_str("skip"),
            Target::Email => f.write_str("email"),
            Target::ExternalId => f.write_str("external_id"),
            Target::Text(field) => f.write_str(field.key()),
            Target::FullName => f.write_str("full_name"),
            Target::Tags => f.write_str("tags"),
            Target::TagsReplace => f.write_str("tags_replace"),
            Target::DoNotEmail => f.write_str("do_not_email"),
            Target::CreatedAt => f.write_str("created_at"),
            Target::IdentifiedAt => f.write_str("identified_at"),
            Target::LastActive => f.write_str("last_active_at"),
            Target::Owner => f.write_str("owner"),
            Target::Stage => f.write_str("stage"),
            Target::Points => f.write_str("points"),
            Target::PrimaryCompany => f.write_str("primary_company"),
            Target::Topic(key) => write!(f, "topic:{key}"),
            Target::Topics => f.write_str("topics"),
            Target::ConsentAt => f.write_str("consent_at"),
            Target::ConsentIp => f.write_str("consent_ip"),
            Target::Attribute(key) => write!(f, "attribute:{key}"),
            Target::NewField(new) => write!(f, "new:{}:{}:{}", new.kind.as_str(), new.key, new.label),
            Target::Json => f.write_str("json"),
            Target::Name => f.write_str("name"),
            Target::Contacts => f.write_str("contacts"),
            Target::Link(relation) => write!(f, "link:{relation}"),
        }
    }
}

/// The text is none that a [`Target`] is written as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not something that a column can become")]
pub struct UnknownTarget;

impl FromStr for Target {
    type Err = UnknownTarget;
    fn from_str(text: &str) -> Result<Self, UnknownTarget> {
        if let Some(key) = text.strip_prefix("attribute:") {
            return Ok(Target::Attribute(key.to_owned()));
        }
        if let Some(key) = text.strip_prefix("topic:") {
            return Ok(Target::Topic(key.to_owned()));
        }
        if let Some(relation) = text.strip_prefix("link:") {
            return Ok(Target::Link(relation.to_owned()));
        }
        if let Some(rest) = text.strip_prefix("new:") {
            let mut parts = rest.splitn(3, ':');
            let kind = parts.next().and_then(FieldType::parse).ok_or(UnknownTarget)?;
            let (Some(key), Some(label)) = (parts.next(), parts.next()) else {
                return Err(UnknownTarget);
            };
            return Ok(Target::NewField(NewField {
                key: key.to_owned(),
                label: label.to_owned(),
                kind,
            }));
        }
        Ok(match text {
            "skip" => Target::Skip,
            "email" => Target::Email,
            "external_id" => Target::ExternalId,
            "full_name" => Target::FullName,
            "tags" => Target::Tags,
            "tags_replace" => Target::TagsReplace,
            "do_not_email" => Target::DoNotEmail,
            "created_at" => Target::CreatedAt,
            "identified_at" => Target::IdentifiedAt,
            "last_active_at" => Target::LastActive,
            "owner" => Target::Owner,
            "stage" => Target::Stage,
            "points" => Target::Points,
            "primary_company" => Target::PrimaryCompany,
            "topics" => Target::Topics,
            "consent_at" => Target::ConsentAt,
            "consent_ip" => Target::ConsentIp,
            "json" => Target::Json,
            "name" => Target::Name,
            "contacts" => Target::Contacts,
            other => Target::Text(TextField::from_key(other).ok_or(UnknownTarget)?),
        })
    }
}

impl serde::Serialize for Target {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
impl<'de> serde::Deserialize<'de> for Target {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

impl Target {
    /// Whether rows of contacts can become it.
    #[must_use]
    pub const fn is_of_contacts(&self) -> bool {
        !matches!(self, Target::Name | Target::Contacts | Target::Link(_))
    }

    /// Whether rows of records can.
    #[must_use]
    pub const fn is_of_records(&self) -> bool {
        matches!(
            self,
            Target::Skip
                | Target::ExternalId
                | Target::Name
                | Target::Owner
                | Target::Contacts
                | Target::Link(_)
                | Target::Attribute(_)
                | Target::NewField(_)
        )
    }
}

/// What tells that a row and a contact are the same person, or that a row and a record are the same.
/// Written as text: `email`, `phone`, `name`, `attributes.customer_number`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Identity {
    #[default]
    Email,
    ExternalId,
    Phone,
    /// Of records only.
    Name,
    /// A custom field that is different for everybody.
    Attribute(String),
}

impl Identity {
    /// Those of contacts that need no field of the organisation's own.
    pub const CORE: [Identity; 3] = [Identity::Email, Identity::ExternalId, Identity::Phone];
    /// The same of records.
    pub const OF_RECORDS: [Identity; 2] = [Identity::ExternalId, Identity::Name];

    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        if let Some(key) = text.strip_prefix("attributes.") {
            // Records may have a field of a name that contacts have something else of.
            return is_key(key).then(|| Identity::Attribute(key.to_owned()));
        }
        Self::CORE
            .into_iter()
            .chain([Identity::Name])
            .find(|identity| identity.to_string() == text)
    }

    fn is_target(&self, target: &Target) -> bool {
        match (self, target) {
            (Identity::Email, Target::Email)
            | (Identity::ExternalId, Target::ExternalId)
            | (Identity::Phone, Target::Text(TextField::Phone))
            | (Identity::Name, Target::Name) => true,
            (Identity::Attribute(key), Target::Attribute(other)) => key == other,
            (Identity::Attribute(key), Target::NewField(new)) => *key == new.key,
            _ => false,
        }
    }
}

impl fmt::Display for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Identity::Email => f.write_str("email"),
            Identity::ExternalId => f.write_str("external_id"),
            Identity::Phone => f.write_str("phone"),
            Identity::Name => f.write_str("name"),
            Identity::Attribute(key) => write!(f, "attributes.{key}"),
        }
    }
}

impl serde::Serialize for Identity {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
impl<'de> serde::Deserialize<'de> for Identity {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        Identity::parse(&text).ok_or_else(|| serde::de::Error::custom("not an identity"))
    }
}

/// What a row does to a contact or record that exists. An empty cell never does anything.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Existing {
    /// What the file says replaces what is there.
    #[default]
    Overwrite,
    /// Only what is empty is filled in; tags are added.
    FillEmpty,
    /// Nothing.
    Leave,
}

impl Existing {
    pub const ALL: [Existing; 3] = [Existing::Overwrite, Existing::FillEmpty, Existing::Leave];

    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Existing::Overwrite => "overwrite",
            Existing::FillEmpty => "fill_empty",
            Existing::Leave => "leave",
        }
    }

    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|existing| existing.as_str() == text)
    }
}

/// How a file becomes contacts or records.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Mapping {
    /// One for each column, in the order of the file.
    pub columns: Vec<Target>,
    pub identity: Identity,
    #[serde(default)]
    pub existing: Existing,
    /// What single columns do to a contact that exists, where that is not what the others do.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub column_rules: Vec<Option<Existing>>,
    /// Put on every contact of the file.
    #[serde(default)]
    pub tags: Vec<String>,
    #[serde(default)]
    pub dates: DateOrder,
    /// Whether members of a JSON column that no field knows become new fields; else they are left out.
    #[serde(default)]
    pub create_json_fields: bool,
    /// Whether stages that rows name and that do not exist are made; else such rows are rejected.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub create_stages: bool,
    /// How it is known that people agreed to the topics that columns name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub claim: Option<Claim>,
}

/// Why a mapping cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidMapping {
    #[error("no column holds what tells contacts apart")]
    IdentityMissing,
    #[error("column {0} goes where another one goes")]
    Twice(usize),
    #[error("column {0} goes to a field that does not exist")]
    UnknownField(usize),
    #[error("column {0} goes to something that these rows do not have")]
    NotHere(usize),
    #[error("the field that tells records apart is not a unique one")]
    NotUnique,
    #[error("column {0} needs a key that is free")]
    NewField(usize),
    #[error("the tags for all are not tags")]
    Tags,
    #[error("column {0} names a topic that does not exist")]
    UnknownTopic(usize),
    #[error("nobody is subscribed without a legal basis")]
    Basis,
    #[error("nobody is subscribed without a word of how they agreed")]
    Claim,
    #[error("the mapping has not one entry for each column")]
    Columns,
}

impl Mapping {
    /// Checks a mapping onto contacts against the file's number of columns and the keys of the fields
    /// that exist.
    pub fn check<'a>(
        &self,
        columns: usize,
        fields: impl IntoIterator<Item = &'a str>,
    ) -> Result<(), InvalidMapping> {
        let foreign = |target: &Target| !target.is_of_contacts();
        if let Some(n) = self.columns.iter().position(foreign) {
            return Err(InvalidMapping::NotHere(n));
        }
        self.check_columns(columns, &fields.into_iter().collect(), CONTACTS)?;
        if self.tags.iter().any(|tag| Tag::parse(tag).is_err()) {
            Err(InvalidMapping::Tags)
        } else {
            Ok(())
        }
    }

    /// The same of a mapping onto records.
    pub fn check_records(&self, columns: usize, shape: &RecordShape) -> Result<(), InvalidMapping> {
        let foreign = |target: &Target| match target {
            Target::Contacts => !shape.object.has_contacts(),
            Target::Link(relation) => !shape.relations.iter().any(|seen| seen.key == *relation),
            other => !other.is_of_records(),
        };
        if let Some(n) = self.columns.iter().position(foreign) {
            return Err(InvalidMapping::NotHere(n));
        }
        let fields = shape.fields.iter().map(|field| field.key.as_str()).collect();
        self.check_columns(columns, &fields, &shape.object.key)?;
        match &self.identity {
            Identity::ExternalId | Identity::Name => Ok(()),
            Identity::Attribute(key) if shape.unique_fields().any(|field| field.key == *key) => Ok(()),
            Identity::Attribute(_) => Err(InvalidMapping::NotUnique),
            Identity::Email | Identity::Phone => Err(InvalidMapping::IdentityMissing),
        }
    }

    fn check_columns(
        &self,
        columns: usize,
        fields: &HashSet<&str>,
        object: &str,
    ) -> Result<(), InvalidMapping> {
        if self.columns.len() != columns {
            return Err(InvalidMapping::Columns);
        }
        if !self.tells_apart() {
            return Err(InvalidMapping::IdentityMissing);
        }
        let mut taken = HashSet::new();
        for (n, target) in self.columns.iter().enumerate() {
            match target {
                Target::Attribute(key) if !fields.contains(key.as_str()) => {
                    return Err(InvalidMapping::UnknownField(n));
                }
                Target::NewField(new)
                    if check_key_of(object, &new.key).is_err() || fields.contains(new.key.as_str()) =>
                {
                    return Err(InvalidMapping::NewField(n));
                }
                _ => {}
            }
            if places(target).into_iter().any(|place| !taken.insert(place)) {
                return Err(InvalidMapping::Twice(n));
            }
        }
        Ok(())
    }

    /// Whether some column says what people are to be written to about.
    #[must_use]
    pub fn speaks_of_topics(&self) -> bool {
        let speaks = |target: &Target| matches!(target, Target::Topic(_) | Target::Topics);
        self.columns.iter().any(speaks)
    }

    /// Checks what it says of topics: they exist, and it is said how it is known that people agreed.
    pub fn check_topics(&self, topics: &[Topic]) -> Result<(), InvalidMapping> {
        let unknown = |target: &Target| match target {
            Target::Topic(key) => !topics.iter().any(|topic| topic.key == *key),
            _ => false,
        };
        if let Some(n) = self.columns.iter().position(unknown) {
            return Err(InvalidMapping::UnknownTopic(n));
        }
        if !self.speaks_of_topics() {
            return Ok(());
        }
        let claim = self.claim.as_ref();
        if claim.and_then(Claim::basis).is_none() {
            return Err(InvalidMapping::Basis);
        }
        match claim.and_then(Claim::text) {
            None => Err(InvalidMapping::Claim),
            Some(_) => Ok(()),
        }
    }

    /// Whether some column holds what tells people or records apart.
    #[must_use]
    pub fn tells_apart(&self) -> bool {
        self.columns.iter().any(|target| self.identity.is_target(target))
    }

    /// What a column does to a contact that exists. What tells people apart is needed in any case.
    #[must_use]
    pub fn rule_of(&self, column: usize) -> Existing {
        let own = self.column_rules.get(column).copied().flatten();
        match self.columns.get(column) {
            Some(target) if self.identity.is_target(target) => Existing::Overwrite,
            _ => own.unwrap_or(self.existing),
        }
    }

    /// The fields to be made.
    pub fn new_fields(&self) -> impl Iterator<Item = &NewField> {
        self.columns.iter().filter_map(|target| match target {
            Target::NewField(new) => Some(new),
            _ => None,
        })
    }

    /// The mapping once its new fields exist.
    #[must_use]
    pub fn settled(mut self) -> Self {
        for target in &mut self.columns {
            if let Target::NewField(new) = target {
                *target = Target::Attribute(std::mem::take(&mut new.key));
            }
        }
        self
    }
}

/// What a target writes, so that no two columns write the same.
fn places(target: &Target) -> Vec<String> {
    match target {
        Target::Skip => vec![],
        Target::FullName => vec!["first_name".to_owned(), "last_name".to_owned()],
        Target::Tags | Target::TagsReplace => vec!["tags".to_owned()],
        // The text of a company follows its name.
        Target::PrimaryCompany => vec!["company".to_owned()],
        Target::Attribute(key) => vec![format!("attribute:{key}")],
        Target::NewField(new) => vec![format!("attribute:{}", new.key)],
        other => vec![other.to_string()],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mapping(columns: &[&str]) -> Mapping {
        Mapping {
            columns: columns
                .iter()
                .map(|text| text.parse().expect("a target"))
                .collect(),
            ..Mapping::default()
        }
    }

    #[test]
    fn targets_survive_being_written_and_read() {
        for text in [
            "skip",
            "email",
            "external_id",
            "first_name",
            "timezone",
            "full_name",
            "tags",
            "tags_replace",
            "do_not_email",
            "created_at",
            "identified_at",
            "last_active_at",
            "owner",
            "stage",
            "points",
            "primary_company",
            "topic:news",
            "topics",
            "consent_at",
            "consent_ip",
            "attribute:plan",
            "new:number:score:Lead: score",
            "json",
            "name",
            "contacts",
            "link:items",
        ] {
            assert_eq!(
                text.parse::<Target>().map(|target| target.to_string()).as_deref(),
                Ok(text)
            );
        }
        for text in ["", "mail", "new:number", "new:colour:a:A", "attributes"] {
            assert_eq!(text.parse::<Target>(), Err(UnknownTarget));
        }
        let json = serde_json::to_string(&mapping(&["email", "attribute:plan"])).expect("JSON");
        let back: Mapping = serde_json::from_str(&json).expect("a mapping");
        assert_eq!(back, mapping(&["email", "attribute:plan"]));
    }

    #[test]
    fn a_mapping_is_checked_against_file_and_fields() {
        let check = |columns: &[&str]| mapping(columns).check(columns.len(), ["plan"]);
        assert_eq!(
            check(&["email", "skip", "skip", "attribute:plan", "new:text:note:Note"]),
            Ok(())
        );
        assert_eq!(check(&["first_name"]), Err(InvalidMapping::IdentityMissing));
        assert_eq!(check(&["email", "email"]), Err(InvalidMapping::Twice(1)));
        assert_eq!(
            check(&["email", "full_name", "last_name"]),
            Err(InvalidMapping::Twice(2))
        );
        assert_eq!(
            check(&["email", "company", "primary_company"]),
            Err(InvalidMapping::Twice(2))
        );
        assert_eq!(
            check(&["email", "attribute:age"]),
            Err(InvalidMapping::UnknownField(1))
        );
        assert_eq!(
            check(&["email", "new:text:plan:Plan"]),
            Err(InvalidMapping::NewField(1))
        );
        assert_eq!(
            check(&["email", "new:text:email:E"]),
            Err(InvalidMapping::NewField(1))
        );
        assert_eq!(
            check(&["email", "new:text:a:A", "new:text:a:B"]),
            Err(InvalidMapping::Twice(2))
        );
        assert_eq!(mapping(&["email"]).check(2, []), Err(InvalidMapping::Columns));
        let tagged = Mapping {
            tags: vec!["a|b".to_owned()],
            ..mapping(&["email"])
        };
        assert_eq!(tagged.check(1, []), Err(InvalidMapping::Tags));
        let by_id = Mapping {
            identity: Identity::ExternalId,
            ..mapping(&["email"])
        };
        assert_eq!(by_id.check(1, []), Err(InvalidMapping::IdentityMissing));
        assert_eq!(check(&["email", "contacts"]), Err(InvalidMapping::NotHere(1)));
    }

    #[test]
    fn people_are_told_apart_by_what_the_organisation_says() {
        for text in ["email", "external_id", "phone", "attributes.customer_no"] {
            assert_eq!(
                Identity::parse(text).map(|i| i.to_string()).as_deref(),
                Some(text)
            );
        }
        assert_eq!(Identity::parse("city"), None);
        let by_number = Mapping {
            identity: Identity::Attribute("customer_no".to_owned()),
            ..mapping(&["email", "attribute:customer_no"])
        };
        assert_eq!(by_number.check(2, ["customer_no"]), Ok(()));
        assert_eq!(
            Mapping {
                columns: vec![Target::Email],
                ..by_number
            }
            .check(1, ["customer_no"]),
            Err(InvalidMapping::IdentityMissing)
        );
    }

    #[test]
    fn a_column_may_have_a_rule_of_its_own() {
        let mapping = Mapping {
            existing: Existing::FillEmpty,
            column_rules: vec![Some(Existing::Leave), None, Some(Existing::Leave)],
            ..mapping(&["email", "city", "country"])
        };
        assert_eq!(
            mapping.rule_of(0),
            Existing::Overwrite,
            "what tells people apart is needed"
        );
        assert_eq!(mapping.rule_of(1), Existing::FillEmpty);
        assert_eq!(mapping.rule_of(2), Existing::Leave);
    }

    #[test]
    fn new_fields_become_attributes() {
        let mapping = mapping(&["email", "new:number:score:Score"]);
        assert_eq!(mapping.new_fields().count(), 1);
        assert_eq!(
            mapping.settled().columns[1],
            Target::Attribute("score".to_owned())
        );
    }
}
