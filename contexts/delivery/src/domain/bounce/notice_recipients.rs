//! Whom a bounce in plain text is about, and what it says of each.

use kernel::EmailAddress;

/// No more addresses of one text are looked at.
const MOST: usize = 200;

/// Words before an address on its line, in lower case, by which a recipient is known.
const CUES: &[&str] = &[
    "to:",
    "to ",
    "recipient",
    "address",
    "for ",
    "user",
    "mailbox",
    "account",
    "rcpt",
    "empfänger",
    "empfaenger",
    "adresse",
    "an:",
    "à:",
    "à :",
    "destinataire",
    "destinatario",
    "destinatário",
    "para:",
    "кому",
    "получател",
    "адрес",
    "宛先",
    "アドレス",
    "收件人",
    "收信人",
    "地址",
    "邮箱",
];

/// How sure it is that an address on a line is the recipient.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Strength {
    /// It stands somewhere.
    Mentioned,
    /// Its line speaks of a recipient.
    Cued,
    /// Its line begins with it.
    Leading,
    /// We wrote to it.
    Addressed,
}

/// What is known apart from the text.
pub(super) struct Known<'a> {
    /// `X-Failed-Recipients`.
    pub failed: &'a [EmailAddress],
    /// To whom the message that came back was addressed.
    pub addressed: &'a [EmailAddress],
    /// Addresses of ours, which no report is about.
    pub own: &'a [EmailAddress],
}

/// Each recipient with the text about it, from its mention to the next one's.
pub(super) fn recipients_in(notice: &str, known: &Known<'_>) -> Vec<(EmailAddress, String)> {
    let mentions = mentions(notice, known);
    let chosen = chosen(&mentions, known);
    chosen
        .iter()
        .map(|address| {
            let start = mentions
                .iter()
                .find(|mention| mention.address == *address)
                .map(|mention| mention.at);
            let Some(start) = start else {
                return (address.clone(), notice.to_owned());
            };
            let end = mentions
                .iter()
                .find(|other| {
                    other.at > start && other.address != *address && chosen.contains(&other.address)
                })
                .map_or(notice.len(), |other| other.at);
            (address.clone(), notice[start..end].to_owned())
        })
        .collect()
}

struct Mention {
    address: EmailAddress,
    /// Offset of its line.
    at: usize,
    strength: Strength,
}

fn mentions(notice: &str, known: &Known<'_>) -> Vec<Mention> {
    let mut found = Vec::new();
    let mut at = 0;
    let mut announced = false;
    for line in notice.split_inclusive('\n') {
        for address in addresses_in(line) {
            if known.own.contains(&address) || is_office(&address) || found.len() >= MOST {
                continue;
            }
            let strength = strength(line, &address, announced, known);
            found.push(Mention {
                address,
                at,
                strength,
            });
        }
        if !line.trim().is_empty() {
            announced = line.trim_end().ends_with(':');
        }
        at += line.len();
    }
    found
}

fn strength(line: &str, address: &EmailAddress, announced: bool, known: &Known<'_>) -> Strength {
    if known.addressed.contains(address) {
        return Strength::Addressed;
    }
    let lower = line.to_lowercase();
    let before = lower.split(address.as_str()).next().unwrap_or_default();
    let is_sender_line = before.trim_start().starts_with("from") || before.contains("mail from");
    if before.chars().all(|c| !c.is_alphanumeric()) {
        Strength::Leading
    } else if !is_sender_line && (announced || CUES.iter().any(|cue| before.contains(cue))) {
        Strength::Cued
    } else {
        Strength::Mentioned
    }
}

/// The header knows best; then the surest kind of mention; then whom we wrote to.
fn chosen(mentions: &[Mention], known: &Known<'_>) -> Vec<EmailAddress> {
    if !known.failed.is_empty() {
        return known.failed.to_vec();
    }
    let surest = mentions.iter().map(|mention| mention.strength).max();
    let mut chosen: Vec<EmailAddress> = Vec::new();
    for mention in mentions {
        if Some(mention.strength) == surest && !chosen.contains(&mention.address) {
            chosen.push(mention.address.clone());
        }
    }
    // Several addresses in running text: any of them may be a help desk.
    if surest == Some(Strength::Mentioned) && chosen.len() > 1 {
        chosen.clear();
    }
    match (chosen.is_empty(), known.addressed) {
        (true, [only]) => vec![only.clone()],
        _ => chosen,
    }
}

/// Addresses behind which stands whoever runs a server.
fn is_office(address: &EmailAddress) -> bool {
    let local = address.as_str().split('@').next().unwrap_or_default();
    [
        "mailer-daemon",
        "postmaster",
        "abuse",
        "hostmaster",
        "support",
        "helpdesk",
        "noreply",
        "no-reply",
    ]
    .contains(&local)
}

/// All addresses of a text, in order.
pub(super) fn addresses_in(text: &str) -> Vec<EmailAddress> {
    text.split(|c: char| c.is_whitespace() || "<>\"'()[],;|`「」『』《》【】（）、。：".contains(c))
        .filter(|word| word.contains('@'))
        .filter_map(parse_address)
        .collect()
}

/// One address with what may stand around it.
pub(super) fn parse_address(text: &str) -> Option<EmailAddress> {
    let text = match text.rsplit_once('<') {
        Some((_, rest)) => rest.split('>').next().unwrap_or_default(),
        None => text.rsplit_once(';').map_or(text, |(_, rest)| rest),
    };
    let text = text.trim().trim_matches(|c: char| "<>:.,;\"'*=".contains(c));
    let text = text
        .strip_prefix("mailto:")
        .or_else(|| text.strip_prefix("SMTP:"))
        .or_else(|| text.strip_prefix("smtp:"))
        .or_else(|| text.strip_prefix("TO:<"))
        .unwrap_or(text);
    let text = text.rsplit_once(':').map_or(text, |(_, rest)| rest);
    EmailAddress::parse(text).ok()
}

#[cfg(test)]
mod tests {
    use super::{Known, recipients_in};
    use kernel::EmailAddress;

    fn address(text: &str) -> EmailAddress {
        EmailAddress::parse(text).expect("valid")
    }

    fn names(notice: &str, addressed: &[EmailAddress]) -> Vec<String> {
        let known = Known {
            failed: &[],
            addressed,
            own: &[address("news@shop.example")],
        };
        recipients_in(notice, &known)
            .into_iter()
            .map(|(address, _)| address.into_string())
            .collect()
    }

    #[test]
    fn a_line_that_begins_with_an_address_is_about_it() {
        let notice = "The mail from news@shop.example failed.\n\n<ann@a.example>:\n550 gone\n\n  * bob@b.example\n\
                      ask help@mx.example\n";
        assert_eq!(names(notice, &[]), ["ann@a.example", "bob@b.example"]);
    }

    #[test]
    fn whom_we_wrote_to_is_surer_than_where_it_was_forwarded() {
        let notice = "  box@forward.example\n    (generated from ann@a.example)\n    550 gone\n";
        assert_eq!(names(notice, &[address("ann@a.example")]), ["ann@a.example"]);
    }

    #[test]
    fn each_recipient_has_its_own_text() {
        let known = Known {
            failed: &[],
            addressed: &[],
            own: &[],
        };
        let found = recipients_in("a@a.example:\n  full\n\nb@b.example:\n  gone\n", &known);
        assert!(found[0].1.contains("full") && !found[0].1.contains("gone"));
        assert!(found[1].1.contains("gone") && !found[1].1.contains("full"));
    }
}
