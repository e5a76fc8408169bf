use kernel::{FieldId, ObjectId, RelationId, Timestamp};

use super::*;
use crate::domain::{
    field::{FieldDefinition, FieldType},
    import::mapping::InvalidMapping,
    object::{COMPANIES, ObjectKind},
    standard_fields::standard_fields,
};

fn object(key: &str, singular: &str, plural: &str, kind: ObjectKind) -> Object {
    Object {
        id: ObjectId::generate(),
        key: key.to_owned(),
        singular: singular.to_owned(),
        plural: plural.to_owned(),
        kind,
        built_in: key == COMPANIES,
        created_at: Timestamp::UNIX_EPOCH,
        updated_at: Timestamp::UNIX_EPOCH,
    }
}

fn field(key: &str, unique: bool) -> Field {
    let mut definition = FieldDefinition {
        object: "orders".to_owned(),
        key: key.to_owned(),
        label: key.to_owned(),
        kind: FieldType::Text,
        ..FieldDefinition::default()
    };
    definition.flags.unique_identifier = unique;
    Field::new(FieldId::generate(), definition, Timestamp::UNIX_EPOCH)
}

fn companies() -> RecordShape {
    let fields = standard_fields(COMPANIES).into_iter();
    let fields = fields.map(|definition| Field::new(FieldId::generate(), definition, Timestamp::UNIX_EPOCH));
    let companies = object(COMPANIES, "Company", "Companies", ObjectKind::Records);
    RecordShape::new(companies.clone(), fields.collect(), &[companies], &[])
}

fn orders() -> RecordShape {
    let orders = object("orders", "Order", "Orders", ObjectKind::Records);
    let products = object("products", "Product", "Products", ObjectKind::Catalogue);
    let items = Relation {
        id: RelationId::generate(),
        from: orders.id,
        to: products.id,
        key: "items".to_owned(),
        inverse_key: "orders".to_owned(),
        label: "Order items".to_owned(),
        single: false,
        created_at: Timestamp::UNIX_EPOCH,
    };
    let fields = vec![field("state", false), field("invoice", true)];
    RecordShape::new(orders.clone(), fields, &[orders, products], &[items])
}

fn guessed(shape: &RecordShape, columns: &[(&str, &str)]) -> (Vec<String>, Identity) {
    let sample = Sample {
        columns: columns.iter().map(|(name, _)| (*name).to_owned()).collect(),
        rows: vec![columns.iter().map(|(_, value)| (*value).to_owned()).collect()],
    };
    let mapping = shape.guess(&sample, &Directory::default());
    let targets = mapping.columns.iter().map(ToString::to_string);
    (targets.collect(), mapping.identity)
}

#[test]
fn mautics_columns_of_companies_are_known() {
    let columns = [
        ("id", "7", "skip"),
        ("companyname", "Acme", "name"),
        ("companyemail", "a@b.example", "attribute:email"),
        ("companyaddress1", "Main St", "attribute:address1"),
        (
            "companynumber_of_employees",
            "12",
            "attribute:number_of_employees",
        ),
        ("companyannual_revenue", "1", "attribute:annual_revenue"),
        ("companywebsite", "b.example", "attribute:website"),
        ("City", "Bonn", "attribute:city"),
        ("owner", "nobody", "skip"),
        ("companyscore", "12", "new:number:companyscore:companyscore"),
        ("dateAdded", "2026-01-02", "skip"),
    ];
    let given: Vec<(&str, &str)> = columns.iter().map(|(name, value, _)| (*name, *value)).collect();
    let wanted: Vec<&str> = columns.iter().map(|(_, _, target)| *target).collect();
    let (targets, identity) = guessed(&companies(), &given);
    assert_eq!(targets, wanted);
    assert_eq!(identity, Identity::Name);
}

#[test]
fn people_and_other_records_are_recognised() {
    let (targets, identity) = guessed(
        &orders(),
        &[
            ("order_number", "o1"),
            ("buyer", "a@b.example|c@b.example"),
            ("product ids", "p1|p2"),
            ("State", "open"),
            ("placed_at", "2026-01-02"),
            ("id", "9"),
        ],
    );
    assert_eq!(
        targets,
        [
            "external_id",
            "contacts",
            "link:items",
            "attribute:state",
            "new:date:placed_at:placed_at",
            "skip"
        ]
    );
    assert_eq!(identity, Identity::ExternalId);
}

#[test]
fn a_mapping_of_records_is_checked_against_the_object() {
    let check = |shape: &RecordShape, columns: &[&str], identity: &str| {
        let mapping = Mapping {
            columns: columns
                .iter()
                .map(|text| text.parse().expect("a target"))
                .collect(),
            identity: Identity::parse(identity).expect("an identity"),
            ..Mapping::default()
        };
        mapping.check_records(columns.len(), shape)
    };
    let orders = orders();
    let fine = [
        "external_id",
        "name",
        "contacts",
        "link:items",
        "new:text:note:Note",
    ];
    assert_eq!(check(&orders, &fine, "external_id"), Ok(()));
    assert_eq!(check(&orders, &fine, "name"), Ok(()));
    assert_eq!(
        check(&orders, &["attribute:invoice"], "attributes.invoice"),
        Ok(())
    );
    assert_eq!(
        check(&orders, &["attribute:state"], "attributes.state"),
        Err(InvalidMapping::NotUnique)
    );
    assert_eq!(
        check(&orders, &["name"], "external_id"),
        Err(InvalidMapping::IdentityMissing)
    );
    assert_eq!(
        check(&orders, &["name", "link:parts"], "name"),
        Err(InvalidMapping::NotHere(1))
    );
    assert_eq!(
        check(&orders, &["name", "tags"], "name"),
        Err(InvalidMapping::NotHere(1))
    );
    assert_eq!(
        check(&orders, &["name", "contacts", "contacts"], "name"),
        Err(InvalidMapping::Twice(2))
    );
    assert_eq!(
        check(&orders, &["name", "new:text:contacts:C"], "name"),
        Err(InvalidMapping::NewField(1))
    );
    let products = object("products", "Product", "Products", ObjectKind::Catalogue);
    let products = RecordShape::new(products.clone(), Vec::new(), &[products], &[]);
    assert_eq!(
        check(&products, &["name", "contacts"], "name"),
        Err(InvalidMapping::NotHere(1)),
        "a catalogue has no people"
    );
}
