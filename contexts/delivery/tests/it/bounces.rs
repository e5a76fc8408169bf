//! Real-shaped mail of a bounce mailbox, against what a postmaster would say of it.

use std::{collections::BTreeMap, fs, path::PathBuf};

use delivery::domain::bounce::{Arrival, Proof, Report, ReturnPath, Shape, classify};
use kernel::{EmailAddress, MessageId};
use proptest::prelude::*;

/// `kind,recipient,class` of each file.
type Verdicts = BTreeMap<String, Vec<String>>;

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/corpus/bounces")
}

fn expected() -> Verdicts {
    let text = fs::read_to_string(folder().join("expected.csv")).unwrap();
    let mut verdicts = Verdicts::new();
    for line in text.lines().skip(1) {
        let (file, verdict) = line.split_once(',').unwrap();
        verdicts
            .entry(file.to_owned())
            .or_default()
            .push(verdict.to_owned());
    }
    verdicts
}

fn mails() -> BTreeMap<String, Vec<u8>> {
    fs::read_dir(folder())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "eml"))
        .map(|path| {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            (name, fs::read(path).unwrap())
        })
        .collect()
}

fn verdict(arrival: &Arrival) -> Vec<String> {
    let none = |kind: &str, class: &str| vec![format!("{kind},-,{class}")];
    match &arrival.report {
        Report::Delivery(report) => {
            let kind = match report.shape {
                Shape::Standard => "dsn",
                Shape::Text => "text",
            };
            if report.recipients.is_empty() {
                return none(kind, "-");
            }
            report
                .recipients
                .iter()
                .map(|recipient| {
                    let address = recipient.address().map_or("-", |address| address.as_str());
                    format!("{kind},{address},{}", classify(recipient).as_str())
                })
                .collect()
        }
        Report::Feedback(report) if report.recipients.is_empty() => {
            none("feedback", report.feedback_type.as_str())
        }
        Report::Feedback(report) => report
            .recipients
            .iter()
            .map(|recipient| {
                format!(
                    "feedback,{},{}",
                    recipient.as_str(),
                    report.feedback_type.as_str()
                )
            })
            .collect(),
        Report::AutomaticReply => none("auto_reply", "-"),
        Report::Unsubscribe { from } => vec![format!("unsubscribe,{},-", from.as_str())],
        Report::Other => none("other", "-"),
    }
}

#[test]
fn reports_of_all_servers_are_read_as_a_postmaster_reads_them() {
    let (expected, mails) = (expected(), mails());
    assert!(mails.len() >= 150);
    assert!(mails.keys().eq(expected.keys()), "expected.csv names other files");

    let mut wrong = Vec::new();
    for (name, source) in &mails {
        let found = verdict(&Arrival::parse(source));
        if found != expected[name] {
            wrong.push(format!("{name}\n   is {:?}\n  not {found:?}", expected[name]));
        }
    }

    let right = mails.len() - wrong.len();
    println!("{right} of {} are right", mails.len());
    assert!(
        right * 100 >= mails.len() * 98,
        "{right} of {} are right; wrong are\n{}",
        mails.len(),
        wrong.join("\n")
    );
}

#[test]
fn no_person_is_called_gone_who_is_not() {
    // The one mistake that cannot be taken back by itself: nobody writes to a suppressed address.
    let expected = expected();
    for (name, source) in mails() {
        for line in verdict(&Arrival::parse(&source)) {
            if line.ends_with(",hard_bounce") || line.ends_with(",abuse") {
                assert!(expected[&name].contains(&line), "{name}: {line}");
            }
        }
    }
}

#[test]
fn most_reports_lead_back_to_the_message_that_they_are_about() {
    let mailbox = EmailAddress::parse("bounces@mail.nordlicht.example").unwrap();
    let path = ReturnPath::new(&[7; 32], &mailbox).unwrap();
    let (mut signed, mut named) = (0, 0);
    for (name, source) in mails() {
        let arrival = Arrival::parse(&source);
        let Some(trace) = path.trace(&arrival) else {
            let text = String::from_utf8_lossy(&source);
            let head_holds_it = text
                .lines()
                .take_while(|line| !line.is_empty())
                .any(|line| line.contains("bounces+") || line.contains("<msg_"));
            assert!(!head_holds_it, "{name} is about one of our messages");
            continue;
        };
        match trace.proof {
            Proof::Signed => signed += 1,
            Proof::Named => named += 1,
        }
        assert!(only_id_in(&source).is_none_or(|id| id == trace.message), "{name}");
    }
    assert!(signed >= 150 && named >= 5, "{signed} signed, {named} named");
}

/// The id in the text of a mail, when there is one in the clear.
fn only_id_in(source: &[u8]) -> Option<MessageId> {
    let text = String::from_utf8_lossy(source);
    let (at, _) = text.match_indices("<msg_").next()?;
    text.get(at + 1..at + 31)?.parse().ok()
}

/// What strangers and broken servers do to a mail.
#[derive(Clone, Debug)]
enum Damage {
    Cut(prop::sample::Index),
    Replace(prop::sample::Index, u8),
    Insert(prop::sample::Index, Vec<u8>),
    Drop(prop::sample::Index, usize),
    Repeat(prop::sample::Index, usize),
}

fn damage() -> impl Strategy<Value = Damage> {
    let at = || any::<prop::sample::Index>();
    prop_oneof![
        at().prop_map(Damage::Cut),
        (at(), any::<u8>()).prop_map(|(at, byte)| Damage::Replace(at, byte)),
        (at(), prop::collection::vec(any::<u8>(), 1..12)).prop_map(|(at, bytes)| Damage::Insert(at, bytes)),
        (
            at(),
            prop::sample::select(vec![
                "\r\n",
                "\r\n\r\n",
                "--",
                "=",
                "@",
                "<",
                ":",
                ";",
                "\u{feff}",
                "ß",
                "=?utf-8?B?"
            ])
        )
            .prop_map(|(at, text)| Damage::Insert(at, text.as_bytes().to_vec())),
        (at(), 1usize..200).prop_map(|(at, length)| Damage::Drop(at, length)),
        (at(), 1usize..400).prop_map(|(at, length)| Damage::Repeat(at, length)),
    ]
}

fn apply(source: &mut Vec<u8>, damage: &Damage) {
    if source.is_empty() {
        return;
    }
    let length = source.len();
    match damage {
        Damage::Cut(at) => source.truncate(at.index(length)),
        Damage::Replace(at, byte) => source[at.index(length)] = *byte,
        Damage::Insert(at, bytes) => {
            let at = at.index(length);
            source.splice(at..at, bytes.iter().copied());
        }
        Damage::Drop(at, count) => {
            let at = at.index(length);
            source.drain(at..(at + count).min(length));
        }
        Damage::Repeat(at, count) => {
            let at = at.index(length);
            let piece = source[at..(at + count).min(length)].to_vec();
            source.splice(at..at, piece);
        }
    }
}

fn read_it_all(source: &[u8]) {
    let arrival = Arrival::parse(source);
    verdict(&arrival);
    let mailbox = EmailAddress::parse("bounces@mail.nordlicht.example").unwrap();
    let _ = ReturnPath::new(&[7; 32], &mailbox).unwrap().trace(&arrival);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_500))]

    #[test]
    fn a_damaged_report_does_no_harm(
        mail in prop::sample::select(mails().into_values().collect::<Vec<_>>()),
        damages in prop::collection::vec(damage(), 1..8),
    ) {
        let mut source = mail;
        for damage in &damages {
            apply(&mut source, damage);
        }
        read_it_all(&source);
    }

    #[test]
    fn bytes_that_are_no_mail_do_no_harm(source in prop::collection::vec(any::<u8>(), 0..600)) {
        read_it_all(&source);
    }
}
