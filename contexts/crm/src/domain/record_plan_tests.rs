use kernel::FieldId;
use serde_json::{Value, json};

use super::*;
use crate::domain::{
    field::{FieldDefinition, FieldType},
    object::{COMPANIES, ObjectKind},
};

fn object() -> Object {
    Object {
        id: ObjectId::generate(),
        key: COMPANIES.to_owned(),
        singular: "Company".to_owned(),
        plural: "Companies".to_owned(),
        kind: ObjectKind::Records,
        built_in: true,
        created_at: Timestamp::UNIX_EPOCH,
        updated_at: Timestamp::UNIX_EPOCH,
    }
}

fn stored(object: &Object, name: &str, external_id: Option<&str>, attributes: Value) -> Record {
    let mut record = Record::new(RecordId::generate(), object.id, Timestamp::UNIX_EPOCH);
    record.name = name.to_owned();
    record.external_id = external_id.map(str::to_owned);
    record.attributes = attributes.as_object().cloned().unwrap_or_default();
    record
}

fn patch(attributes: &[(&str, &str)]) -> RecordPatch {
    RecordPatch {
        attributes: attributes
            .iter()
            .map(|(key, value)| ((*key).to_owned(), Some(json!(value))))
            .collect(),
        ..RecordPatch::default()
    }
}

fn item(key: RecordKey, patch: RecordPatch) -> RecordItem {
    let mut new_patch = patch.clone();
    match &key {
        RecordKey::Name(name) => new_patch.name = Change::Set(name.clone()),
        RecordKey::ExternalId(id) => new_patch.external_id = Change::Set(id.clone()),
        _ => {}
    }
    RecordItem {
        key,
        patch,
        new_patch: Ok(new_patch),
        contacts: Vec::new(),
        links: BTreeMap::new(),
    }
}

fn by_name(name: &str, attributes: &[(&str, &str)]) -> RecordItem {
    item(RecordKey::Name(name.to_owned()), patch(attributes))
}

fn tax_no() -> Field {
    let mut definition = FieldDefinition {
        key: "tax_no".to_owned(),
        label: "Tax number".to_owned(),
        kind: FieldType::Text,
        ..FieldDefinition::default()
    };
    definition.flags.unique_identifier = true;
    Field::new(FieldId::generate(), definition, Timestamp::UNIX_EPOCH)
}

#[test]
fn rows_find_a_record_by_a_name_that_only_one_has() {
    let object = object();
    let known = Known {
        records: vec![
            stored(&object, "Acme", None, json!({})),
            stored(&object, "Twin", None, json!({})),
            stored(&object, "twin", None, json!({})),
        ],
        ..Known::default()
    };
    let acme = known.records[0].id;
    let mut plan = RecordPlan::new(&object, known, Timestamp::UNIX_EPOCH);
    let rules = || Some(RowRules::default());
    assert_eq!(
        plan.add_row(by_name("acme", &[("city", "Bonn")]), rules()),
        RecordOutcome::Updated(acme)
    );
    assert_eq!(
        plan.add_row(by_name("acme", &[("city", "Bonn")]), rules()),
        RecordOutcome::Unchanged(acme)
    );
    assert_eq!(
        plan.add_row(by_name("twin", &[]), rules()),
        rejected("name", "several_records")
    );
    let made = plan.add_row(by_name("new", &[("city", "Kiel")]), rules());
    let RecordOutcome::Created(id) = made else {
        panic!("{made:?}")
    };
    let again = RowRules {
        whole: patch(&[("city", "Jena")]),
        ..RowRules::default()
    };
    assert_eq!(
        plan.add_row(by_name("new", &[]), Some(again)),
        RecordOutcome::Updated(id),
        "what the file has made itself is not protected from it"
    );
    assert_eq!(plan.slots.iter().filter(|slot| slot.before.is_none()).count(), 1);
}

#[test]
fn what_may_only_fill_fills_only_what_is_empty() {
    let object = object();
    let acme = stored(&object, "Acme", Some("a1"), json!({"city": "Bonn"}));
    let known = Known {
        records: vec![acme],
        ..Known::default()
    };
    let mut plan = RecordPlan::new(&object, known, Timestamp::UNIX_EPOCH);
    let rules = RowRules {
        fill: patch(&[("city", "Kiel"), ("phone", "12345")]),
        ..RowRules::default()
    };
    let row = item(RecordKey::ExternalId("a1".to_owned()), RecordPatch::default());
    plan.add_row(row, Some(rules));
    assert_eq!(
        json!(plan.slots[0].record.attributes),
        json!({"city": "Bonn", "phone": "12345"})
    );
}

#[test]
fn another_identifier_leads_only_to_who_lacks_the_deciding_one() {
    let object = object();
    let field = tax_no();
    let nameless = stored(&object, "", Some("n1"), json!({}));
    let taxed = stored(&object, "Taxed", None, json!({"tax_no": "T1"}));
    let (nameless_id, taxed_id) = (nameless.id, taxed.id);
    let value: UniqueValue = (field.id, "t1".to_owned());
    let known = Known {
        records: vec![nameless, taxed],
        owners: HashMap::from([(value.clone(), taxed_id.uuid())]),
        unique: vec![field],
        ..Known::default()
    };
    let mut plan = RecordPlan::new(&object, known, Timestamp::UNIX_EPOCH);
    let with_id = |id: &str| RecordPatch {
        external_id: Change::Set(id.to_owned()),
        ..RecordPatch::default()
    };
    let row = |name: &str, id: &str| {
        let rules = RowRules {
            fill: RecordPatch {
                name: Change::Set(name.to_owned()),
                ..RecordPatch::default()
            },
            whole: with_id(id),
            ..RowRules::default()
        };
        (
            item(RecordKey::Name(name.to_lowercase()), with_id(id)),
            Some(rules),
        )
    };
    let (found, rules) = row("Named", "n1");
    assert_eq!(plan.add_row(found, rules), RecordOutcome::Updated(nameless_id));
    let (other, rules) = row("Other", "n1");
    assert_eq!(
        plan.add_row(other, rules),
        RecordOutcome::Taken(nameless_id),
        "it has a name now"
    );
    let by_value = item(RecordKey::Value(value), patch(&[("city", "Bonn")]));
    assert_eq!(
        plan.add_row(by_value, Some(RowRules::default())),
        RecordOutcome::Updated(taxed_id)
    );
    let stranger = item(RecordKey::ExternalId("s1".to_owned()), patch(&[("tax_no", "T1")]));
    let rules = RowRules {
        whole: patch(&[("tax_no", "T1")]),
        ..RowRules::default()
    };
    assert_eq!(
        plan.add_row(stranger.clone(), Some(rules)),
        RecordOutcome::Unchanged(taxed_id),
        "it has no external ID"
    );
    assert_eq!(
        plan.add(stranger),
        rejected("attributes/tax_no", "value_taken"),
        "programs say which one they mean"
    );
}

#[test]
fn a_row_may_name_a_record_that_stands_above_it() {
    let object = object();
    let parent = Relation {
        id: RelationId::generate(),
        from: object.id,
        to: object.id,
        key: "parent".to_owned(),
        inverse_key: "children".to_owned(),
        label: "Parent".to_owned(),
        single: true,
        created_at: Timestamp::UNIX_EPOCH,
    };
    let known = Known {
        relations: seen_from(object.id, vec![parent.clone()]),
        ..Known::default()
    };
    let mut plan = RecordPlan::new(&object, known, Timestamp::UNIX_EPOCH);
    let child = |of: &str| {
        let mut row = item(RecordKey::ExternalId("c".to_owned()), RecordPatch::default());
        row.links = BTreeMap::from([("parent".to_owned(), vec![RecordRef::ExternalId(of.to_owned())])]);
        row
    };
    let rules = || Some(RowRules::default());
    assert_eq!(
        plan.add_row(child("p"), rules()),
        rejected("links/parent/0", "unknown_record")
    );
    plan.add_row(
        item(RecordKey::ExternalId("p".to_owned()), RecordPatch::default()),
        rules(),
    );
    assert!(matches!(
        plan.add_row(child("p"), rules()),
        RecordOutcome::Created(_)
    ));
    let made: Vec<RecordId> = plan.slots.iter().map(|slot| slot.record.id).collect();
    assert_eq!(
        plan.links,
        [Link {
            relation: parent.id,
            from: made[1],
            to: made[0]
        }]
    );
    assert_eq!(plan.wanted[2].links, 0..1);
}
