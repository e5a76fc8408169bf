//! What follows from a mail of the bounce mailbox.
//!
//! Anybody can write to that mailbox. So nothing follows from a mail that does not lead to a message
//! of ours, and whoever knows no more than a message's id, which everybody who got it does, has to know
//! its recipient as well.

use super::{
    classify::classify,
    delivery_status::{Action, RecipientReport},
    feedback::FeedbackReport,
    report::{DeliveryReport, Report},
    verp::Proof,
};
use crate::domain::{outcome::Class, webhook::EventKind};

/// So many different messages have to come back as not authenticated within
/// [`UNAUTHENTICATED_HOURS`] before that counts against the sending domain. One such mail can be made up
/// by whoever got a message, and servers also write "no reverse DNS", and the like, about a relay
/// between us and them.
pub const UNAUTHENTICATED_LIMIT: i64 = 5;
/// See [`UNAUTHENTICATED_LIMIT`].
pub const UNAUTHENTICATED_HOURS: i64 = 24;
/// Characters of strangers' words that are kept.
const LONGEST_DETAIL: usize = 500;

/// What a mail counts as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MailKind {
    /// A message of ours came back, or is late.
    Bounce,
    /// Somebody complains of a message of ours.
    Complaint,
    /// Somebody who got a message of ours wants no more.
    Unsubscribe,
    /// A message of ours arrived, or went on.
    Delivery,
    /// A program answered.
    AutoReply,
    /// A person wrote, most likely.
    Other,
    /// A report that is about no message of ours, or does not prove it.
    Unmatched,
    /// The server could not hand it over.
    Unreadable,
}

impl MailKind {
    /// The word that is stored.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            MailKind::Bounce => "bounce",
            MailKind::Complaint => "complaint",
            MailKind::Unsubscribe => "unsubscribe",
            MailKind::Delivery => "delivery",
            MailKind::AutoReply => "auto_reply",
            MailKind::Other => "other",
            MailKind::Unmatched => "unmatched",
            MailKind::Unreadable => "unreadable",
        }
    }

    /// Whether nobody needs the mail any more once it was taken down. The rest is left in place: it
    /// may be for a person.
    #[must_use]
    pub const fn is_dealt_with(self) -> bool {
        matches!(
            self,
            MailKind::Bounce | MailKind::Complaint | MailKind::Unsubscribe | MailKind::Delivery
        )
    }
}

/// What follows from a mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judgement {
    /// What it counts as.
    pub kind: MailKind,
    /// What it says of the message; `None` when nothing follows.
    pub finding: Option<Finding>,
}

/// What a mail says of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What happened.
    pub event: EventKind,
    /// For people: what the other side said. One line, 500 characters at most, may be empty.
    pub detail: String,
}

/// Judges a mail. `traced` is the message that it leads to, as far as there is such a message: by what
/// it is known, and to whom it was sent.
#[must_use]
pub fn judge(report: &Report, traced: Option<(Proof, &str)>) -> Judgement {
    match report {
        Report::Delivery(report) => traced.map_or_else(unmatched, |traced| delivery(report, traced)),
        Report::Feedback(report) => feedback(report, traced),
        Report::Unsubscribe { .. } => match traced {
            Some((Proof::Signed, _)) => found(MailKind::Unsubscribe, EventKind::Unsubscribed, ""),
            // Whoever may have read the message may have written this: it is for a person to decide.
            _ => nothing(MailKind::Unmatched),
        },
        Report::AutomaticReply => nothing(MailKind::AutoReply),
        Report::Other => nothing(MailKind::Other),
    }
}

fn delivery(report: &DeliveryReport, (proof, recipient): (Proof, &str)) -> Judgement {
    let names = |block: &&RecipientReport| {
        [&block.original_recipient, &block.final_recipient]
            .into_iter()
            .flatten()
            .any(|address| address.as_str().eq_ignore_ascii_case(recipient))
    };
    let named = report.recipients.iter().find(names);
    let block = match proof {
        // A forwarder names whom it forwards to; our messages have one recipient each.
        Proof::Signed => named.or(report.recipients.first()),
        Proof::Named => named,
    };
    block.map_or_else(unmatched, what_became)
}

fn what_became(block: &RecipientReport) -> Judgement {
    match block.action {
        Action::Delivered => found(MailKind::Delivery, EventKind::Delivered, &block.diagnostic),
        // Handed on to where nobody tells us any more: that it arrived is not said.
        Action::Relayed | Action::Expanded => nothing(MailKind::Delivery),
        Action::Delayed => found(MailKind::Bounce, EventKind::Deferred, &block.diagnostic),
        Action::Failed => {
            let class = for_good(classify(block));
            found(MailKind::Bounce, EventKind::Bounced { class }, &block.diagnostic)
        }
    }
}

/// The other server has given up: a trouble that would have passed is one more refusal, and what it
/// thinks of whoever handed the message to it says nothing of our account.
fn for_good(class: Class) -> Class {
    match class {
        Class::HardRecipient
        | Class::InactiveRecipient
        | Class::Authentication
        | Class::Reputation
        | Class::Content => class,
        _ => Class::Rejected,
    }
}

fn feedback(report: &FeedbackReport, traced: Option<(Proof, &str)>) -> Judgement {
    let Some((proof, recipient)) = traced else {
        return unmatched();
    };
    let names_recipient = report
        .recipients
        .iter()
        .any(|address| address.as_str().eq_ignore_ascii_case(recipient));
    if proof == Proof::Named && !names_recipient {
        return unmatched();
    }
    if report.feedback_type.is_complaint() {
        found(
            MailKind::Complaint,
            EventKind::Complained,
            report.feedback_type.as_str(),
        )
    } else {
        // "This is no spam", a virus, a failed check: no wish of the person.
        nothing(MailKind::Other)
    }
}

fn found(kind: MailKind, event: EventKind, words: &str) -> Judgement {
    let plain = words.chars().map(|c| if c.is_control() { ' ' } else { c });
    let detail: String = plain.take(LONGEST_DETAIL).collect();
    Judgement {
        kind,
        finding: Some(Finding {
            event,
            detail: detail.trim().to_owned(),
        }),
    }
}

fn nothing(kind: MailKind) -> Judgement {
    Judgement { kind, finding: None }
}

fn unmatched() -> Judgement {
    nothing(MailKind::Unmatched)
}

#[cfg(test)]
mod tests {
    use super::{Judgement, MailKind, judge};
    use crate::domain::{
        bounce::{Arrival, Proof},
        outcome::Class,
        webhook::EventKind,
    };

    const ANN: &str = "ann@example.com";

    fn dsn(action: &str, status: &str, recipient: &str) -> Arrival {
        let source = format!(
            "From: MAILER-DAEMON@mx.example\r\nSubject: Undelivered\r\n\
             Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n\
             --b\r\n\r\nSorry.\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\n\
             Reporting-MTA: dns; mx.example\r\n\r\nFinal-Recipient: rfc822; {recipient}\r\nAction: {action}\r\n\
             Status: {status}\r\nDiagnostic-Code: smtp; 550 {status} says the server\r\n--b--\r\n"
        );
        Arrival::parse(source.as_bytes())
    }

    fn event(judgement: &Judgement) -> Option<&EventKind> {
        judgement.finding.as_ref().map(|finding| &finding.event)
    }

    #[test]
    fn a_bounce_of_a_message_of_ours_says_what_became_of_it() {
        for (action, status, kind, expected) in [
            (
                "failed",
                "5.1.1",
                MailKind::Bounce,
                Some(EventKind::Bounced {
                    class: Class::HardRecipient,
                }),
            ),
            (
                "failed",
                "4.4.7",
                MailKind::Bounce,
                Some(EventKind::Bounced {
                    class: Class::Rejected,
                }),
            ),
            ("delayed", "4.4.1", MailKind::Bounce, Some(EventKind::Deferred)),
            (
                "delivered",
                "2.0.0",
                MailKind::Delivery,
                Some(EventKind::Delivered),
            ),
            ("relayed", "2.0.0", MailKind::Delivery, None),
        ] {
            let judged = judge(&dsn(action, status, ANN).report, Some((Proof::Signed, ANN)));
            assert_eq!(judged.kind, kind, "{action} {status}");
            assert_eq!(event(&judged), expected.as_ref(), "{action} {status}");
        }
    }

    #[test]
    fn whoever_only_knows_the_message_has_to_know_its_recipient() {
        let report = dsn("failed", "5.1.1", "eve@example.com").report;
        let unmatched = Judgement {
            kind: MailKind::Unmatched,
            finding: None,
        };
        assert_eq!(judge(&report, Some((Proof::Named, ANN))), unmatched);
        assert_eq!(judge(&report, None), unmatched);
        // With the token, a forwarder may name anybody.
        assert_eq!(judge(&report, Some((Proof::Signed, ANN))).kind, MailKind::Bounce);
        let own = dsn("failed", "5.1.1", "ANN@example.com").report;
        assert_eq!(judge(&own, Some((Proof::Named, ANN))).kind, MailKind::Bounce);
    }

    #[test]
    fn a_wish_to_unsubscribe_needs_proof() {
        let wish = "From: ann@example.com\r\nTo: bounces@shop.example\r\nSubject: unsubscribe\r\n\r\n\r\n";
        let report = Arrival::parse(wish.as_bytes()).report;
        let signed = judge(&report, Some((Proof::Signed, ANN)));
        assert_eq!(event(&signed), Some(&EventKind::Unsubscribed));
        assert_eq!(event(&judge(&report, Some((Proof::Named, ANN)))), None);
        assert_eq!(judge(&report, None).kind, MailKind::Unmatched);
    }

    #[test]
    fn what_is_for_people_is_left_to_them() {
        for (mail, kind) in [
            (
                "From: ann@example.com\r\nAuto-Submitted: auto-replied\r\nSubject: away\r\n\r\nBack soon.\r\n",
                MailKind::AutoReply,
            ),
            (
                "From: ann@example.com\r\nSubject: A question\r\n\r\nDo you ship to Norway?\r\n",
                MailKind::Other,
            ),
        ] {
            let judged = judge(
                &Arrival::parse(mail.as_bytes()).report,
                Some((Proof::Signed, ANN)),
            );
            assert_eq!(judged, Judgement { kind, finding: None });
            assert!(!kind.is_dealt_with());
        }
    }
}
