//! Bounces that are no delivery status notifications: a text for people, and the message, or its
//! header, below it or attached. There is no standard for them, so that one reader takes them all,
//! by what they have in common.

use kernel::EmailAddress;

use super::{
    arrived::Arrived,
    automatic,
    delivery_status::{self, Action, RecipientReport, one_line},
    fields::Fields,
    notice_phrases::{speaks_of_delay, speaks_of_failure, split_original},
    notice_recipients::{Known, addresses_in, recipients_in},
    status_code::{enhanced_code, smtp_code},
    wording,
};

/// What a text bounce holds.
pub(super) struct Notice {
    pub recipients: Vec<RecipientReport>,
    /// The header of the message that came back.
    pub returned: Fields,
}

/// The bounce in a mail; `None` where it is none.
pub(super) fn notice(arrived: &Arrived<'_>) -> Option<Notice> {
    let text = arrived.text();
    let (words, original) = split_original(&text);
    if !is_bounce(arrived, words) {
        return None;
    }
    let returned = arrived
        .returned()
        .unwrap_or_else(|| Fields::parse(first_block(original)));
    let standard = delivery_status::recipients(words);
    let recipients = if standard.iter().any(|recipient| recipient.address().is_some()) {
        standard
    } else {
        recipients(arrived, words, &returned)
    };
    Some(Notice { recipients, returned })
}

/// Fills in what a delivery status left out with the words of the text beside it.
pub(super) fn complete(recipients: &mut [RecipientReport], arrived: &Arrived<'_>, returned: &Fields) {
    if recipients
        .iter()
        .all(|recipient| !recipient.diagnostic.is_empty() && recipient.address().is_some())
    {
        return;
    }
    let text = arrived.text();
    let (words, _) = split_original(&text);
    let found = found(arrived, words, returned);
    let single = recipients.len() == 1;
    for recipient in recipients.iter_mut() {
        if recipient.address().is_none()
            && single
            && let [(address, _)] = &found[..]
        {
            recipient.original_recipient = Some(address.clone());
        }
        let about = found
            .iter()
            .find(|(address, _)| Some(address) == recipient.address() || single)
            .map(|(_, words)| words);
        if recipient.diagnostic.is_empty()
            && let Some(words) = about
        {
            recipient.diagnostic = one_line(words);
        }
    }
}

/// A program says, in words for it, that mail did not arrive.
fn is_bounce(arrived: &Arrived<'_>, words: &str) -> bool {
    if arrived.fields.has("X-Failed-Recipients") {
        return true;
    }
    let subject = arrived.subject.to_lowercase();
    let (name, address) = arrived.author();
    let local = address.split('@').next().unwrap_or_default().to_ascii_lowercase();
    let is_daemon = is_daemon(&name.to_lowercase(), &local);
    // A postmaster is also a person; a mailer daemon is none.
    let is_postmaster = ["postmaster", "post_master"]
        .iter()
        .any(|office| local.starts_with(office))
        || name.to_lowercase().contains("postmaster");
    let gives_back = ["noreply", "no-reply"].contains(&local.as_str()) && arrived.returned().is_some();
    let from_program = arrived.has_null_sender()
        || is_daemon
        || gives_back
        || (is_postmaster && !is_written_by_hand(arrived, &subject));
    let lower = words.to_lowercase();
    from_program
        && !automatic::begins_like_one(&subject)
        && (speaks_of_failure(&subject)
            || speaks_of_failure(&lower)
            || speaks_of_delay(&subject)
            || speaks_of_delay(&lower))
}

/// An answer, which mail programs give a reference to what it answers, or something passed on.
fn is_written_by_hand(arrived: &Arrived<'_>, subject: &str) -> bool {
    let begins = |prefixes: &[&str]| prefixes.iter().any(|prefix| subject.starts_with(prefix));
    let refers = arrived.fields.has("In-Reply-To") || arrived.fields.has("References");
    begins(&["fwd:", "fw:", "wg:", "tr:"]) || (begins(&["re:", "aw:"]) && refers)
}

fn is_daemon(name: &str, local: &str) -> bool {
    [
        "mailer-daemon",
        "mailer_daemon",
        "mailerdaemon",
        "mdaemon",
        "mail-daemon",
        "maildaemon",
        "mail.daemon",
    ]
    .iter()
    .any(|daemon| local.contains(daemon) || name.contains(daemon))
        || [
            "mail delivery",
            "mail administrator",
            "system administrator",
            "mail router",
        ]
        .iter()
        .any(|words| name.contains(words))
}

fn recipients(arrived: &Arrived<'_>, words: &str, returned: &Fields) -> Vec<RecipientReport> {
    let lower = format!("{}\n{words}", arrived.subject).to_lowercase();
    let action = if speaks_of_delay(&lower) {
        Action::Delayed
    } else {
        Action::Failed
    };
    let found = found(arrived, words, returned);
    let single = found.len() == 1;
    found
        .into_iter()
        .map(|(address, about)| {
            // One recipient: all of the text is about it, wherever its address stands.
            let reason = if single && !says_why(&about) {
                format!("{words}\n{}", arrived.subject)
            } else {
                about
            };
            RecipientReport {
                final_recipient: Some(address),
                original_recipient: None,
                action,
                status: enhanced_code(&reason),
                diagnostic: one_line(&reason),
                remote_mta: None,
            }
        })
        .collect()
}

fn says_why(text: &str) -> bool {
    smtp_code(text).is_some() || enhanced_code(text).is_some() || wording::class_of(text).is_some()
}

fn found(arrived: &Arrived<'_>, words: &str, returned: &Fields) -> Vec<(EmailAddress, String)> {
    let of = |fields: &Fields, names: &[&str]| -> Vec<EmailAddress> {
        names
            .iter()
            .flat_map(|name| fields.all(name).flat_map(addresses_in).collect::<Vec<_>>())
            .collect()
    };
    let failed = of(&arrived.fields, &["X-Failed-Recipients"]);
    let addressed = of(returned, &["To"]);
    let mut own = of(
        &arrived.fields,
        &["To", "Delivered-To", "X-Original-To", "Envelope-To", "From"],
    );
    own.extend(of(returned, &["From", "Sender", "Reply-To", "Return-Path"]));
    own.retain(|address| !addressed.contains(address));
    recipients_in(
        words,
        &Known {
            failed: &failed,
            addressed: &addressed,
            own: &own,
        },
    )
}

/// From the first field on: an empty line, a rule or a heading may stand before it.
fn first_block(original: &str) -> &str {
    let mut at = 0;
    for line in original.split_inclusive('\n') {
        if super::fields::split_field(line).is_some_and(|(name, _)| name.len() < 40) {
            return &original[at..];
        }
        at += line.len();
    }
    ""
}
