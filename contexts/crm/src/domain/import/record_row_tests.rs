use kernel::{FieldId, Timestamp, UserId};
use serde_json::json;

use super::*;
use crate::domain::{
    field::{FieldDefinition, FieldType},
    import::{
        reader::Outcome,
        records::{Position, Progress, Records},
    },
};

fn field(key: &str, kind: FieldType) -> Field {
    let definition = FieldDefinition {
        object: "orders".to_owned(),
        key: key.to_owned(),
        label: key.to_owned(),
        kind,
        default_value: (key == "state").then(|| json!("open")),
        ..FieldDefinition::default()
    };
    Field::new(FieldId::generate(), definition, Timestamp::UNIX_EPOCH)
}

fn fields() -> Vec<Field> {
    vec![
        field("total", FieldType::Number),
        field("code", FieldType::Text),
        field("state", FieldType::Text),
    ]
}

fn mapping(columns: &[&str], identity: &str, rules: &[Option<Existing>]) -> Mapping {
    Mapping {
        columns: columns
            .iter()
            .map(|text| text.parse().expect("a target"))
            .collect(),
        identity: Identity::parse(identity).expect("an identity"),
        column_rules: rules.to_vec(),
        ..Mapping::default()
    }
}

fn read(mapping: &Mapping, file: &str) -> Outcome<RecordRow> {
    let names: Vec<String> = mapping
        .columns
        .iter()
        .map(|target| format!("[{target}]"))
        .collect();
    let directory = Directory::new([(UserId::generate(), "bea@b.example", "Bea")], &[], &[]);
    let mut reader = RecordReader::new(mapping, &names, &fields(), Encoding::Utf8, 0, directory);
    let mut records = Records::new(b',', Position::START);
    let mut rest = file.as_bytes();
    loop {
        let (used, progress) = records.read(rest);
        rest = &rest[used..];
        match progress {
            Progress::NeedsMore => {}
            Progress::Record => return reader.read(records.record()),
            Progress::End => panic!("no row"),
        }
    }
}

#[track_caller]
fn row(mapping: &Mapping, file: &str) -> RecordRow {
    match read(mapping, file) {
        Outcome::Row(row) => *row,
        other => panic!("{other:?}"),
    }
}

#[test]
fn cells_become_values_people_and_links() {
    let columns = [
        "external_id",
        "name",
        "attribute:total",
        "owner",
        "contacts",
        "link:items",
        "skip",
    ];
    let row = row(
        &mapping(&columns, "external_id", &[]),
        " o1 ,An  order,'-12.5,bea@b.example,Ann@b.example| 4711 |,p1|p2|,x\n",
    );
    assert_eq!(row.patch.external_id, Change::Set("o1".to_owned()));
    assert_eq!(row.patch.name, Change::Set("An order".to_owned()));
    assert_eq!(row.patch.attributes, [("total".to_owned(), Some(json!(-12.5)))]);
    assert!(matches!(row.patch.owner, Change::Set(_)));
    assert_eq!(
        row.contacts,
        [
            ContactRef::Email("ann@b.example".to_owned()),
            ContactRef::ExternalId("4711".to_owned())
        ]
    );
    assert_eq!(
        row.links["items"],
        [
            RecordRef::ExternalId("p1".to_owned()),
            RecordRef::ExternalId("p2".to_owned())
        ]
    );
}

#[test]
fn what_does_not_fit_is_refused_with_its_column() {
    let refused = |columns: &[&str], file: &str| match read(&mapping(columns, "external_id", &[]), file) {
        Outcome::Rejected(reject) => (reject.reason, reject.column),
        other => panic!("{other:?}"),
    };
    for (column, cell, reason) in [
        ("attribute:total", "much", Reason::NotANumber),
        ("owner", "nobody", Reason::UnknownOwner),
        ("name", &"x".repeat(201), Reason::TooLong),
        ("link:items", &"x".repeat(256), Reason::InvalidExternalId),
        ("contacts", &"a|".repeat(201), Reason::TooManyValues),
        ("name", "a\0b", Reason::NulByte),
    ] {
        let found = refused(&["external_id", column], &format!("o1,{cell}\n"));
        assert_eq!(found, (reason, format!("[{column}]")));
    }
    assert_eq!(
        refused(&["external_id", "name"], ",x\n"),
        (Reason::MissingRecordKey, String::new())
    );
    assert_eq!(read(&mapping(&["name"], "name", &[]), ",,\n"), Outcome::Blank);
}

#[test]
fn columns_write_to_the_part_that_their_rule_says() {
    let rules = [
        Some(Existing::Leave),
        Some(Existing::FillEmpty),
        Some(Existing::Leave),
        Some(Existing::Leave),
    ];
    let columns = ["external_id", "name", "attribute:total", "contacts"];
    let row = row(
        &mapping(&columns, "external_id", &rules),
        "o1,Order,5,a@b.example\n",
    );
    assert_eq!(
        row.patch.external_id,
        Change::Set("o1".to_owned()),
        "what tells records apart is needed in any case"
    );
    assert_eq!(row.fill.name, Change::Set("Order".to_owned()));
    assert_eq!(row.once.attributes, [("total".to_owned(), Some(json!(5)))]);
    assert!(row.contacts.is_empty());
    assert_eq!(row.new_contacts.len(), 1);

    let file = RecordFile::new(Identity::ExternalId, fields());
    let (item, rules) = file.item(&row);
    assert_eq!(item.key, RecordKey::ExternalId("o1".to_owned()));
    assert_eq!(rules.whole.name, Change::Set("Order".to_owned()));
    let new = item.new_patch.expect("valid");
    assert_eq!(
        json!(new.attributes_set()),
        json!({"total": 5, "state": "open"}),
        "a new one has what fields have by default"
    );
    assert!(rules.whole.attributes.iter().all(|(key, _)| key != "state"));
}

#[test]
fn a_record_that_is_found_by_its_name_stays_written_as_it_is() {
    let file = RecordFile::new(Identity::Name, fields());
    let (item, rules) = file.item(&row(&mapping(&["name"], "name", &[]), "ACME\n"));
    assert_eq!(item.key, RecordKey::Name("acme".to_owned()));
    assert_eq!(item.patch.name, Change::Keep);
    assert_eq!(rules.fill.name, Change::Set("ACME".to_owned()));
    assert_eq!(
        item.new_patch.expect("valid").name,
        Change::Set("ACME".to_owned())
    );
    let by_code = RecordFile::new(Identity::Attribute("code".to_owned()), fields());
    let columns = mapping(&["attribute:code"], "attributes.code", &[]);
    let (item, _) = by_code.item(&row(&columns, "AbC\n"));
    let field = by_code.fields[1].id;
    assert_eq!(item.key, RecordKey::Value((field, "abc".to_owned())));
}

#[test]
fn null_clears_values_and_no_links() {
    let columns = ["external_id", "name", "attribute:total", "contacts", "owner"];
    let row = row(&mapping(&columns, "external_id", &[]), "o1,NULL,NULL,NULL,NULL\n");
    assert_eq!(row.patch.name, Change::Clear);
    assert_eq!(row.patch.owner, Change::Clear);
    assert_eq!(row.patch.attributes, [("total".to_owned(), None)]);
    assert!(row.contacts.is_empty());
}
