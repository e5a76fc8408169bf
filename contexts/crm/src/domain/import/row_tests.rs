use kernel::FieldId;
use serde_json::json;

use super::*;
use crate::domain::field::FieldDefinition;
use crate::domain::import::{
    reader::Outcome,
    records::{Position, Progress, Records},
};

fn field(key: &str, kind: FieldType) -> Field {
    let definition = FieldDefinition {
        key: key.to_owned(),
        label: key.to_owned(),
        kind,
        ..FieldDefinition::default()
    };
    Field::new(FieldId::generate(), definition, Timestamp::UNIX_EPOCH)
}

fn reader(columns: &[&str], encoding: Encoding) -> RowReader {
    let mapping = Mapping {
        columns: columns
            .iter()
            .map(|text| text.parse().expect("a target"))
            .collect(),
        ..Mapping::default()
    };
    let names: Vec<_> = columns.iter().map(|name| format!("[{name}]")).collect();
    let fields = [
        field("plan", FieldType::Text),
        field("age", FieldType::Number),
        field("langs", FieldType::Multiselect),
    ];
    RowReader::new(&mapping, &names, &fields, encoding, 0)
}

fn outcomes(reader: &mut RowReader, file: &[u8]) -> Vec<Outcome<Row>> {
    let mut records = Records::new(b',', Position::START);
    let mut rest = file;
    let mut outcomes = Vec::new();
    loop {
        let (used, progress) = records.read(rest);
        rest = &rest[used..];
        match progress {
            Progress::NeedsMore => {}
            Progress::Record => outcomes.push(reader.read(records.record())),
            Progress::End => return outcomes,
        }
    }
}

fn row(columns: &[&str], file: &str) -> Row {
    let outcome = outcomes(&mut reader(columns, Encoding::Utf8), file.as_bytes()).remove(0);
    match outcome {
        Outcome::Row(row) => *row,
        other => panic!("{other:?}"),
    }
}

fn reason(columns: &[&str], file: &[u8]) -> (Reason, String) {
    match outcomes(&mut reader(columns, Encoding::Utf8), file).remove(0) {
        Outcome::Rejected(reject) => (reject.reason, reject.column),
        other => panic!("{other:?}"),
    }
}

#[test]
fn cells_become_changes_by_their_type() {
    let row = row(
        &[
            "email",
            "first_name",
            "tags",
            "attribute:age",
            "attribute:plan",
            "created_at",
            "do_not_email",
        ],
        " Ann@B.Example ,Ann,vip|trial,41,=1+1,2020-01-02,yes\n",
    );
    assert_eq!(
        row.patch.email,
        Change::Set(EmailAddress::parse("ann@b.example").expect("valid"))
    );
    assert_eq!(
        row.patch.texts,
        [(TextField::FirstName, Change::Set("Ann".to_owned()))]
    );
    assert_eq!(row.patch.add_tags.len(), 2);
    assert_eq!(
        row.patch.attributes,
        [
            ("age".to_owned(), Some(json!(41))),
            ("plan".to_owned(), Some(json!("=1+1")))
        ],
        "a formula is text"
    );
    assert_eq!(
        row.created_at,
        Some("2020-01-02T00:00:00Z".parse().expect("a timestamp"))
    );
    assert!(row.do_not_email);
}

#[test]
fn empty_cells_say_nothing_and_null_clears() {
    let row = row(
        &["email", "first_name", "city", "attribute:plan", "tags"],
        "a@b.example,,NULL,NULL,NULL\n",
    );
    assert_eq!(row.patch.texts, [(TextField::City, Change::Clear)]);
    assert_eq!(row.patch.attributes, [("plan".to_owned(), None)]);
    assert!(row.patch.add_tags.is_empty());
}

#[test]
fn the_apostrophe_of_a_protected_cell_is_taken_off() {
    let row = row(
        &["email", "phone", "attribute:plan", "city"],
        "a@b.example,'+49 30 123,'=1+1,'s-Hertogenbosch\n",
    );
    let texts = |n: usize| row.patch.texts[n].1.clone();
    assert_eq!(texts(0), Change::Set("+49 30 123".to_owned()));
    assert_eq!(row.patch.attributes, [("plan".to_owned(), Some(json!("=1+1")))]);
    assert_eq!(
        texts(1),
        Change::Set("'s-Hertogenbosch".to_owned()),
        "a name that begins with one keeps it"
    );
}

#[test]
fn a_full_name_is_split() {
    let texts = |name: &str| {
        row(&["email", "full_name"], &format!("a@b.example,{name}\n"))
            .patch
            .texts
    };
    let first = (TextField::FirstName, Change::Set("Ann".to_owned()));
    let last = (TextField::LastName, Change::Set("van der Berg".to_owned()));
    assert_eq!(texts("Ann van der Berg"), [first.clone(), last]);
    assert_eq!(texts("Ann"), [first]);
}

#[test]
fn each_fault_has_its_reason_and_column() {
    let columns = ["email", "attribute:age", "phone", "json", "timezone", "tags"];
    for (file, why, column) in [
        (&b"nobody,1\n"[..], Reason::InvalidEmail, "[email]"),
        (b",1\n", Reason::MissingIdentity, ""),
        (b"NULL,1\n", Reason::MissingIdentity, ""),
        (b"a@b.example,old\n", Reason::NotANumber, "[attribute:age]"),
        (b"a@b.example,1,call me\n", Reason::NotAPhone, "[phone]"),
        (b"a@b.example,1,,{\n", Reason::InvalidJson, "[json]"),
        (b"a@b.example,1,,[]\n", Reason::InvalidJson, "[json]"),
        (
            b"a@b.example,1,,\"{\"\"age\"\": \"\"x\"\"}\"\n",
            Reason::NotANumber,
            "[json]",
        ),
        (
            b"a@b.example,1,,\"{\"\"age\"\": true}\"\n",
            Reason::WrongKind,
            "[json]",
        ),
        (
            b"a@b.example,1,,\"{\"\"plan\"\": \"\"a\\u0000\"\"}\"\n",
            Reason::ControlCharacter,
            "[json]",
        ),
        (b"a@b.example,1,,,Mars\n", Reason::NotATimezone, "[timezone]"),
        (b"a@b.example,1,,,,a\x07b\n", Reason::InvalidTag, "[tags]"),
        (b"a@b.example,1,,,,,extra\n", Reason::TooManyCells, ""),
        (b"a@b.example,\xff\n", Reason::InvalidEncoding, "[attribute:age]"),
        (b"a@b.example,a\0b\n", Reason::NulByte, "[attribute:age]"),
        (b"\"a@b.example,1\nc,2\n", Reason::UnclosedQuote, ""),
    ] {
        assert_eq!(
            reason(&columns, file),
            (why, column.to_owned()),
            "{}",
            String::from_utf8_lossy(file)
        );
    }
}

#[test]
fn short_rows_are_fine_and_so_are_empty_cells_beyond_the_columns() {
    assert!(
        row(&["email", "city", "country"], "a@b.example\n")
            .patch
            .texts
            .is_empty()
    );
    assert!(row(&["email"], "a@b.example,, ,\n").patch.texts.is_empty());
    let blank = outcomes(&mut reader(&["email", "city"], Encoding::Utf8), b" , \n\"\",\n");
    assert_eq!(blank, [Outcome::Blank, Outcome::Blank]);
}

#[test]
fn a_rejected_row_keeps_its_cells_and_place() {
    let outcomes = outcomes(
        &mut reader(&["email", "city"], Encoding::Utf8),
        b"a@b.example,\"x\ny\"\nbad\0,B\xfcnn\n",
    );
    let Outcome::Rejected(reject) = &outcomes[1] else {
        panic!("{outcomes:?}")
    };
    assert_eq!((reject.row, reject.line), (2, 3));
    assert_eq!(reject.cells, ["bad\u{fffd}", "B\u{fffd}nn"]);
}

#[test]
fn members_of_json_become_attributes() {
    let row = row(
        &["email", "json"],
        r#"a@b.example,"{""plan"": {""tier"": 2}, ""age"": 7, ""langs"": [""de"", ""en""], ""unknown"": 1}""#,
    );
    assert_eq!(
        row.patch.attributes,
        [
            ("age".to_owned(), Some(json!(7))),
            ("langs".to_owned(), Some(json!(["de", "en"]))),
            ("plan".to_owned(), Some(json!(r#"{"tier":2}"#))),
        ]
    );
}

#[test]
fn members_of_json_that_every_contact_has_go_there() {
    let file = r#"a@b.example,Ann,"{""city"": ""Bonn"", ""firstName"": ""Anna"", ""Company"": null}""#;
    let texts = row(&["email", "first_name", "json"], file).patch.texts;
    let set = |field, text: &str| (field, Change::Set(text.to_owned()));
    let mut wanted = vec![
        set(TextField::FirstName, "Ann"),
        set(TextField::Company, ""),
        set(TextField::City, "Bonn"),
    ];
    wanted.sort_by_key(|(field, _)| *field);
    let mut texts = texts;
    texts.sort_by_key(|(field, _)| *field);
    assert_eq!(texts, wanted, "a column of the file comes first");
}

#[test]
fn unknown_members_of_json_become_fields_when_asked_to() {
    let mapping = Mapping {
        columns: vec![Target::Email, Target::Json],
        create_json_fields: true,
        ..Mapping::default()
    };
    let mut reader = RowReader::new(&mapping, &[], &[], Encoding::Utf8, 0);
    let file = "a@b.example,\"{\"\"Lead Score\"\": 7, \"\"good\"\": true, \"\"x\"\": null, \"\"名\"\": 1}\"\nb@b.example,\"{\"\"Lead Score\"\": \"\"high\"\"}\"\n";
    let outcomes = outcomes(&mut reader, file.as_bytes());
    let learned = reader.take_learned().fields;
    let learned: Vec<_> = learned
        .iter()
        .map(|field| (field.key.as_str(), field.kind))
        .collect();
    assert_eq!(
        learned,
        [("lead_score", FieldType::Number), ("good", FieldType::Boolean)]
    );
    let Outcome::Rejected(reject) = &outcomes[1] else {
        panic!("{outcomes:?}")
    };
    assert_eq!(
        reject.reason,
        Reason::NotANumber,
        "the first value decided the type"
    );
    assert_eq!(reader.take_learned(), Learned::default());
}

#[test]
fn windows_1252_is_read() {
    let outcomes = outcomes(
        &mut reader(&["email", "city"], Encoding::Windows1252),
        b"a@b.example,K\xf6ln\n",
    );
    let Outcome::Row(row) = &outcomes[0] else {
        panic!("{outcomes:?}")
    };
    assert_eq!(
        row.patch.texts,
        [(TextField::City, Change::Set("Köln".to_owned()))]
    );
}

#[test]
fn stages_that_rows_name_are_learned_once_and_only_from_rows_that_can_be_used() {
    let mapping = Mapping {
        columns: vec![Target::Stage, Target::Email],
        create_stages: true,
        ..Mapping::default()
    };
    let names = ["stage".to_owned(), "email".to_owned()];
    let mut reader = RowReader::new(&mapping, &names, &[], Encoding::Utf8, 0);
    let file = "Lead,nobody\nNew  lead,a@b.example\nnew lead,b@b.example\nLead,c@b.example\n";
    let found = outcomes(&mut reader, file.as_bytes());
    let stages: Vec<_> = found
        .iter()
        .map(|outcome| match outcome {
            Outcome::Row(row) => Some(row.patch.stage.clone()),
            _ => None,
        })
        .collect();
    let learned = reader.take_learned().stages;
    let names: Vec<_> = learned.iter().map(|stage| stage.name.as_str()).collect();
    assert_eq!(names, ["New lead", "Lead"]);
    assert_eq!(
        stages,
        [
            None,
            Some(Change::Set(learned[0].id)),
            Some(Change::Set(learned[0].id)),
            Some(Change::Set(learned[1].id))
        ]
    );
    let long = format!("{},a@b.example\n", "x".repeat(101));
    let refused = outcomes(&mut reader, long.as_bytes());
    assert!(matches!(&refused[0], Outcome::Rejected(reject) if reject.reason == Reason::UnknownStage));
}
