//! Guessing what the columns of a file become, from their names and first values.

use kernel::EmailAddress;
use serde_json::Value;

use super::{
    dialect::Sample,
    directory::Directory,
    mapping::{Existing, Identity, Mapping, NewField, Target},
};
use crate::domain::{
    contact::TextField,
    field::{Field, FieldType, key_from_label},
    field_value::{self, DateOrder, ValueRule},
};

/// A first mapping for a file: what the names of its columns mean to Mautic, listmonk, Parcelvoy and
/// people, then fields of the same name, then fields to be made.
#[must_use]
pub fn guess(sample: &Sample, fields: &[Field], directory: &Directory) -> Mapping {
    let mut columns: Vec<Target> = Vec::new();
    for (n, name) in sample.columns.iter().enumerate() {
        let values = Values::of(sample, n);
        let guessed = target(name, &values, fields, directory);
        let target = if is_taken(&columns, &guessed) {
            Target::Skip
        } else {
            guessed
        };
        columns.push(target);
    }
    give_names_precedence(&mut columns);
    let has = |target: &Target| columns.contains(target);
    let identity = if !has(&Target::Email) && has(&Target::ExternalId) {
        Identity::ExternalId
    } else {
        Identity::Email
    };
    let create_json_fields = has(&Target::Json);
    // Points go on counting here, so those of another system are where new people begin.
    let column_rules = if has(&Target::Points) {
        let rule = |target: &Target| (*target == Target::Points).then_some(Existing::Leave);
        columns.iter().map(rule).collect()
    } else {
        Vec::new()
    };
    Mapping {
        columns,
        column_rules,
        identity,
        dates: date_order(sample),
        create_json_fields,
        ..Mapping::default()
    }
}

/// A mapping with the column that names stages, where stages that do not exist are made: without that
/// it is passed over when most of them do not exist.
#[must_use]
pub fn with_stages(mut mapping: Mapping, columns: &[String]) -> Mapping {
    if !mapping.columns.contains(&Target::Stage) {
        let names = |(_, name): &(usize, &String)| well_known(name) == Some(Target::Stage);
        let column = columns.iter().enumerate().find(names).map(|(n, _)| n);
        if let Some(target) = column.and_then(|n| mapping.columns.get_mut(n))
            && *target == Target::Skip
        {
            *target = Target::Stage;
        }
    }
    mapping.create_stages = true;
    mapping
}

/// What a column of this name is, when its name says it.
#[must_use]
pub fn well_known(name: &str) -> Option<Target> {
    let plain: String = name
        .chars()
        .filter(|c| c.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect();
    Some(match plain.as_str() {
        "email" | "emailaddress" | "mail" | "primaryemail" | "emailaddress1" | "adresseemail" => {
            Target::Email
        }
        "externalid" | "userid" | "customerid" | "contactid" | "uuid" | "subscriberid" => Target::ExternalId,
        "firstname" | "fname" | "givenname" | "vorname" | "prenom" | "prénom" => {
            Target::Text(TextField::FirstName)
        }
        "lastname" | "lname" | "surname" | "familyname" | "nachname" => Target::Text(TextField::LastName),
        "name" | "fullname" | "displayname" | "contactname" => Target::FullName,
        "phone" | "phonenumber" | "telephone" | "tel" | "mobile" | "mobilephone" | "telefon" => {
            Target::Text(TextField::Phone)
        }
        "company" | "companyname" | "organization" | "organisation" | "employer" | "firma" => {
            Target::PrimaryCompany
        }
        "city" | "town" | "ort" | "stadt" | "ville" => Target::Text(TextField::City),
        "country" | "land" | "pays" | "countryname" => Target::Text(TextField::Country),
        "locale" | "language" | "preferredlocale" | "lang" => Target::Text(TextField::Locale),
        "timezone" | "tz" => Target::Text(TextField::Timezone),
        "tags" | "tag" | "labels" => Target::Tags,
        "donotemail" | "donotcontact" | "dnc" | "unsubscribed" | "optedout" | "optout" => Target::DoNotEmail,
        "dateadded" | "createdat" | "created" | "datecreated" | "signupdate" | "subscribedat" => {
            Target::CreatedAt
        }
        "dateidentified" | "identifiedat" => Target::IdentifiedAt,
        "lastactive" | "lastactiveat" | "lastseen" | "lastseenat" => Target::LastActive,
        "owner" | "ownerusername" | "owneremail" | "contactowner" | "assignedto" => Target::Owner,
        "stage" | "lifecyclestage" | "leadstage" => Target::Stage,
        "points" => Target::Points,
        "attributes" | "attribs" => Target::Json,
        _ => return None,
    })
}

/// Columns that other systems write about themselves and that mean nothing here.
fn is_bookkeeping(name: &str) -> bool {
    let plain: String = name
        .chars()
        .filter(|c| c.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect();
    const NAMES: [&str; 14] = [
        "id",
        "createdby",
        "createdbyuser",
        "datemodified",
        "modifiedby",
        "modifiedbyuser",
        "updatedat",
        "ip",
        "ipaddress",
        "ispublished",
        "checkedout",
        "checkedoutby",
        "checkedoutbyuser",
        "preferredprofileimage",
    ];
    NAMES.contains(&plain.as_str())
}

fn target(name: &str, values: &Values<'_>, fields: &[Field], directory: &Directory) -> Target {
    let same = |field: &&Field| {
        field.key.eq_ignore_ascii_case(name) || field.label.eq_ignore_ascii_case(name.trim())
    };
    if let Some(field) = fields.iter().find(same) {
        return Target::Attribute(field.key.clone());
    }
    if let Some(target) = well_known(name) {
        // A column called so may still hold something else.
        return match target {
            Target::Json if !values.mostly(is_json_object) => new_field(name, values, fields),
            Target::DoNotEmail if !values.mostly(is_opt_out) => Target::Skip,
            // Of people who are not here, and of stages that there are none of, a file would be
            // rejected whole: whoever wants that says so.
            Target::Owner if !values.mostly(|text| directory.owner(text).is_some()) => Target::Skip,
            Target::Stage if !values.mostly(|text| directory.stage(text).is_some()) => Target::Skip,
            Target::Points if !values.mostly(|text| text.parse::<i64>().is_ok()) => {
                new_field(name, values, fields)
            }
            Target::CreatedAt | Target::IdentifiedAt | Target::LastActive
                if !values.mostly(|text| field_value::datetime(text, DateOrder::DayFirst).is_ok()) =>
            {
                Target::Skip
            }
            target => target,
        };
    }
    if values.any() && values.all(|text| EmailAddress::parse(text).is_ok()) {
        return Target::Email;
    }
    // listmonk's `status`: only `blocklisted` says something about a person's wish.
    if name.trim().eq_ignore_ascii_case("status") && values.all(is_opt_out) {
        return Target::DoNotEmail;
    }
    if is_bookkeeping(name) || !values.any() {
        Target::Skip
    } else {
        new_field(name, values, fields)
    }
}

fn new_field(name: &str, values: &Values<'_>, fields: &[Field]) -> Target {
    match key_from_label(name) {
        // The key may be that of a field whose label differs.
        Some(key) if fields.iter().any(|field| field.key == key) => Target::Attribute(key),
        Some(key) => Target::NewField(NewField {
            key,
            label: name.trim().to_owned(),
            kind: values.kind(),
        }),
        None => Target::Skip,
    }
}

pub(super) fn is_taken(columns: &[Target], target: &Target) -> bool {
    match target {
        Target::Skip => false,
        Target::NewField(new) => columns
            .iter()
            .any(|c| matches!(c, Target::NewField(n) if n.key == new.key)),
        target => columns.contains(target),
    }
}

/// First and last name say more than a full name.
fn give_names_precedence(columns: &mut [Target]) {
    let has_part = |columns: &[Target]| {
        columns
            .iter()
            .any(|c| matches!(c, Target::Text(TextField::FirstName | TextField::LastName)))
    };
    if has_part(columns) {
        for target in columns.iter_mut().filter(|target| **target == Target::FullName) {
            *target = Target::Skip;
        }
    }
}

/// Whether some date of the form 04/13/2026 stands in the sample: then months come first.
pub(super) fn date_order(sample: &Sample) -> DateOrder {
    let reads = |text: &str, dates| {
        let rule = ValueRule::of(FieldType::Date, &[]).with_dates(dates);
        text.contains('/') && field_value::parse_text(rule, text).is_ok()
    };
    let cells = || sample.rows.iter().flatten();
    let month_only =
        cells().any(|text| reads(text, DateOrder::MonthFirst) && !reads(text, DateOrder::DayFirst));
    if month_only {
        DateOrder::MonthFirst
    } else {
        DateOrder::DayFirst
    }
}

fn is_json_object(text: &str) -> bool {
    matches!(serde_json::from_str(text), Ok(Value::Object(_)))
}

/// What a column about not being written to holds.
pub(super) fn opt_out(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "blocklisted" | "unsubscribed" | "blacklisted" => Some(true),
        "enabled" | "disabled" | "subscribed" | "active" | "confirmed" | "unconfirmed" => Some(false),
        other => field_value::boolean(other),
    }
}

fn is_opt_out(text: &str) -> bool {
    opt_out(text).is_some()
}

/// The values of one column in the sample that are not empty.
pub(super) struct Values<'a>(Vec<&'a str>);

impl<'a> Values<'a> {
    pub(super) fn of(sample: &'a Sample, column: usize) -> Self {
        let cells = sample
            .rows
            .iter()
            .filter_map(|row| row.get(column))
            .map(|cell| cell.trim());
        Self(cells.filter(|cell| !cell.is_empty() && *cell != "NULL").collect())
    }

    pub(super) fn any(&self) -> bool {
        !self.0.is_empty()
    }

    /// At least half of them: a few that are wrong do not make a column another one.
    pub(super) fn mostly(&self, test: impl Fn(&str) -> bool) -> bool {
        self.0.iter().filter(|text| test(text)).count() * 2 >= self.0.len()
    }

    pub(super) fn all(&self, test: impl Fn(&str) -> bool) -> bool {
        self.0.iter().all(|text| test(text))
    }

    /// The narrowest type that all values fit. Digits that begin with a zero are a code, not a
    /// number, and 0 and 1 are numbers, not answers.
    pub(super) fn kind(&self) -> FieldType {
        let fits = |kind| {
            [DateOrder::DayFirst, DateOrder::MonthFirst]
                .into_iter()
                .any(|dates| {
                    let rule = ValueRule::of(kind, &[]).with_dates(dates);
                    self.any() && self.all(|text| field_value::parse_text(rule, text).is_ok())
                })
        };
        let is_code = |text: &&str| text.len() > 1 && text.starts_with('0') && !text.contains('.');
        if fits(FieldType::Number) && !self.0.iter().any(is_code) {
            FieldType::Number
        } else if fits(FieldType::Boolean) {
            FieldType::Boolean
        } else if fits(FieldType::Date) {
            let has_time = |text: &str| text.contains(':');
            if self.0.iter().any(|text| has_time(text)) {
                FieldType::Datetime
            } else {
                FieldType::Date
            }
        } else if self.all(|text| text.contains("://")) && fits(FieldType::Url) {
            FieldType::Url
        } else if self.0.iter().any(|text| text.contains('|')) && self.all(|text| text.len() < 200) {
            FieldType::Multiselect
        } else {
            FieldType::Text
        }
    }
}

#[cfg(test)]
mod tests {
    use kernel::{FieldId, Timestamp, UserId};

    use super::*;
    use crate::domain::field::FieldDefinition;

    fn sample(columns: &[&str], rows: &[&[&str]]) -> Sample {
        let own = |cells: &[&str]| cells.iter().map(|cell| (*cell).to_owned()).collect::<Vec<_>>();
        Sample {
            columns: own(columns),
            rows: rows.iter().map(|row| own(row)).collect(),
        }
    }

    /// Bea works here.
    fn directory() -> Directory {
        Directory::new([(UserId::generate(), "bea@b.example", "Bea")], &[], &[])
    }

    #[track_caller]
    fn assert_guess(columns: &[(&str, &str, &str)], fields: &[Field]) {
        let names: Vec<_> = columns.iter().map(|(name, _, _)| *name).collect();
        let values: Vec<_> = columns.iter().map(|(_, value, _)| *value).collect();
        let mapping = guess(&sample(&names, &[&values]), fields, &directory());
        for ((name, _, wanted), target) in columns.iter().zip(&mapping.columns) {
            assert_eq!(target.to_string(), *wanted, "{name}");
        }
    }

    fn field(key: &str, label: &str) -> Field {
        let definition = FieldDefinition {
            key: key.to_owned(),
            label: label.to_owned(),
            ..FieldDefinition::default()
        };
        Field::new(FieldId::generate(), definition, Timestamp::UNIX_EPOCH)
    }

    #[test]
    fn mautics_columns_are_known() {
        assert_guess(
            &[
                ("id", "7", "skip"),
                ("title", "Mr", "new:text:title:title"),
                ("firstname", "Ann", "first_name"),
                ("lastname", "Smith", "last_name"),
                ("email", "a@b.example", "email"),
                ("mobile", "+4930123", "phone"),
                ("company", "Acme", "primary_company"),
                ("preferred_locale", "de_DE", "locale"),
                ("points", "12", "points"),
                ("ownerusername", "Bea", "owner"),
                ("owner", "admin", "skip"),
                ("stage", "Lead", "skip"),
                ("tags", "a|b", "tags"),
                ("doNotEmail", "0", "do_not_email"),
                ("dateAdded", "2020-01-02 03:04:05", "created_at"),
                ("dateModified", "2020-01-02 03:04:05", "skip"),
                ("createdByUser", "Admin User", "skip"),
                ("lastActive", "2020-01-02 03:04:05", "last_active_at"),
                ("dateIdentified", "2020-01-02 03:04:05", "identified_at"),
                ("ip", "192.0.2.1", "skip"),
                ("zipcode", "01067", "new:text:zipcode:zipcode"),
                ("interests", "golf|sailing", "new:multiselect:interests:interests"),
                (
                    "attribution_date",
                    "2020-01-02",
                    "new:date:attribution_date:attribution_date",
                ),
                ("fax", "", "skip"),
            ],
            &[],
        );
    }

    #[test]
    fn listmonks_and_parcelvoys_columns_are_known() {
        assert_guess(
            &[
                ("uuid", "4f2a", "external_id"),
                ("email", "a@b.example", "email"),
                ("name", "Ann Smith", "full_name"),
                ("attributes", r#"{"city": "Bonn"}"#, "json"),
                ("status", "blocklisted", "do_not_email"),
                ("created_at", "2020-01-02T03:04:05Z", "created_at"),
                ("updated_at", "2020-01-02T03:04:05Z", "skip"),
            ],
            &[],
        );
        let parcelvoy = guess(
            &sample(
                &["external_id", "timezone", "is_vip"],
                &[&["u1", "Europe/Berlin", "true"]],
            ),
            &[],
            &directory(),
        );
        assert_eq!(parcelvoy.identity, Identity::ExternalId);
        assert_eq!(parcelvoy.columns[2].to_string(), "new:boolean:is_vip:is_vip");
    }

    #[test]
    fn fields_that_exist_come_first() {
        assert_guess(
            &[
                ("Lieblingsfarbe", "blau", "attribute:colour"),
                ("score", "1", "attribute:score"),
                ("E-Mail", "x", "email"),
            ],
            &[field("colour", "Lieblingsfarbe"), field("score", "Lead score")],
        );
    }

    #[test]
    fn values_speak_where_names_do_not() {
        assert_guess(
            &[
                ("Kontakt", "a@b.example", "email"),
                ("Seite", "https://b.example", "new:url:seite:Seite"),
                ("status", "gold", "new:text:status:status"),
                ("attributes", "tall", "skip"),
                ("unsubscribed", "see note", "skip"),
            ],
            &[],
        );
        let dates = |cell: &str| {
            guess(
                &sample(&["email", "d"], &[&["a@b.example", cell]]),
                &[],
                &directory(),
            )
            .dates
        };
        assert_eq!(dates("04/13/2026"), DateOrder::MonthFirst);
        assert_eq!(dates("13/04/2026"), DateOrder::DayFirst);
        assert_eq!(dates("03/04/2026"), DateOrder::DayFirst);
    }

    #[test]
    fn no_two_columns_go_to_the_same_place() {
        let names = ["email", "Email Address", "name", "first name", "tel", "phone"];
        let mapping = guess(
            &sample(
                &names,
                &[&["a@b.example", "b@b.example", "x", "y", "1234", "5678"]],
            ),
            &[],
            &directory(),
        );
        assert_eq!(mapping.check(names.len(), []), Ok(()));
        assert_eq!(
            mapping.columns[2],
            Target::Skip,
            "the parts of the name come first"
        );
    }
}
