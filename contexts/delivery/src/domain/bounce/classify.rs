//! From what a report says of a recipient to the class that the send path knows, so that a no means
//! the same whether it comes during the conversation or a day later by mail.

use super::{
    delivery_status::{Action, RecipientReport},
    status_code::{enhanced_code, most_telling, smtp_code},
    wording,
};
use crate::domain::{
    answer::{Answer, Conclusion, EnhancedCode, Phase},
    outcome::{self, Class},
};

/// The class of what became of the message for one recipient.
///
/// The enhanced code decides, then the SMTP code, then the wording. [`Class::Deferred`] of a report
/// whose action is [`Action::Failed`] means that the server gave up on a trouble that passes: the
/// message has failed, the address is as good as before. [`Class::Rejected`] stands for all that
/// nobody can tell. [`Class::Account`] never comes out: the server that refuses is not the one that
/// our account is with.
#[must_use]
pub fn classify(recipient: &RecipientReport) -> Class {
    if matches!(
        recipient.action,
        Action::Delivered | Action::Relayed | Action::Expanded
    ) {
        return Class::Accepted;
    }
    match (refusal(recipient), recipient.action) {
        // It is still being tried, whatever kept it back.
        (Class::Rejected, Action::Delayed) => Class::Deferred,
        (class, _) => class,
    }
}

fn refusal(recipient: &RecipientReport) -> Class {
    let (answer, by_words) = (answer(recipient), words(recipient));
    let by_code = outcome::classify(&Conclusion::Answered {
        phase: Phase::RcptTo,
        answer: answer.clone(),
    });
    match by_code {
        Class::HardRecipient => spared(by_words, &recipient.diagnostic).unwrap_or(Class::HardRecipient),
        Class::InactiveRecipient if by_words == Some(Class::Rate) => Class::Rate,
        Class::InactiveRecipient | Class::Authentication | Class::Rate | Class::Content => by_code,
        _ if answer.is_transient() => transient(by_words),
        _ => permanent(answer.enhanced, by_words, by_code),
    }
}

/// What the other server would have said to us. Its own code rather than the reporting server's:
/// many put 5.0.0 or a guess into `Status`, and 4.0.0 beside a "554" that met them at the door.
fn answer(recipient: &RecipientReport) -> Answer {
    let said = smtp_code(&recipient.diagnostic);
    let told = enhanced_code(&recipient.diagnostic);
    let passes = match (said, told) {
        // A server that gives up on a trouble that passes writes 5xx beside 4.4.7.
        (Some(code), told) => code < 500 || told.is_some_and(|code| code.class == 4),
        (None, told) => told.or(recipient.status).is_some_and(|code| code.class == 4),
    };
    let code = match said {
        Some(code) if passes == (code < 500) => code,
        _ if passes => 450,
        _ => 550,
    };
    Answer {
        code,
        enhanced: most_telling(told.into_iter().chain(recipient.status)),
        text: recipient.diagnostic.clone(),
    }
}

/// What the text says, where it is not about us: "no such domain" in answer to `MAIL FROM` is about
/// ours, and the recipient was not even named yet.
fn words(recipient: &RecipientReport) -> Option<Class> {
    let text = recipient.diagnostic.to_lowercase();
    let about_sender = ["after mail from", "in reply to mail from", ">>> mail from"]
        .iter()
        .any(|words| text.contains(words));
    match wording::class_of(&text) {
        Some(Class::HardRecipient) if about_sender => Some(Class::Authentication),
        class => class,
    }
}

/// "5.1.1" together with words that mean no such thing, and without any that do: suppressing an
/// address that exists is worse than writing to one that does not.
fn spared(by_words: Option<Class>, text: &str) -> Option<Class> {
    let milder = matches!(
        by_words,
        Some(Class::InactiveRecipient | Class::Authentication | Class::Reputation | Class::Rate)
    );
    (milder && !wording::says_unknown(text)).then_some(by_words?)
}

fn transient(by_words: Option<Class>) -> Class {
    match by_words {
        Some(class @ (Class::Rate | Class::InactiveRecipient)) => class,
        _ => Class::Deferred,
    }
}

/// Codes that the table leaves to "any other", by what RFC 3463 says of them and what the text adds.
fn permanent(enhanced: Option<EnhancedCode>, by_words: Option<Class>, by_code: Class) -> Class {
    let detail = enhanced.map(|code| (code.subject, code.detail));
    match (detail, by_words) {
        // "Relaying denied": the address's mail server does not know its domain.
        _ if by_code == Class::Account => Class::Rejected,
        // The domain does not exist, or takes no mail.
        (Some((1, 2)), None | Some(Class::Deferred)) => Class::HardRecipient,
        (_, Some(class)) if class != Class::Deferred => class,
        // The sender's address: its domain, or what the receiver thinks of it.
        (Some((1, 7 | 8)), _) => Class::Reputation,
        (Some((7, _)), _) => Class::Reputation,
        // Routing and congestion: trouble of servers, given up on.
        (Some((3, 1 | 2) | (4, 1 | 2 | 3 | 5 | 7)), _) => Class::Deferred,
        (_, Some(class)) => class,
        _ => by_code,
    }
}

#[cfg(test)]
mod tests {
    use super::classify;
    use crate::domain::{
        bounce::{Action, RecipientReport},
        outcome::Class,
    };

    fn report(status: &str, diagnostic: &str) -> RecipientReport {
        RecipientReport {
            final_recipient: None,
            original_recipient: None,
            action: Action::Failed,
            status: status.parse().ok(),
            diagnostic: diagnostic.to_owned(),
            remote_mta: None,
        }
    }

    fn class(status: &str, diagnostic: &str) -> Class {
        classify(&report(status, diagnostic))
    }

    #[test]
    fn a_full_mailbox_is_a_soft_bounce() {
        assert_eq!(class("5.2.2", "552 5.2.2 Over quota"), Class::InactiveRecipient);
        assert_eq!(class("5.0.0", "Mailbox full"), Class::InactiveRecipient);
        assert_eq!(class("5.1.1", "550 5.1.1 Mailbox full"), Class::InactiveRecipient);
    }

    #[test]
    fn an_unknown_user_is_a_hard_bounce_whatever_stands_in_the_status() {
        assert_eq!(class("5.0.0", "550 5.1.1 User unknown"), Class::HardRecipient);
        assert_eq!(class("5.7.1", "550 No such user"), Class::HardRecipient);
        assert_eq!(
            class("5.4.1", "550 5.4.1 Recipient address rejected: Access denied."),
            Class::HardRecipient
        );
    }

    #[test]
    fn our_own_faults_touch_nobody() {
        assert_eq!(
            class("5.7.26", "550-5.7.26 Unauthenticated"),
            Class::Authentication
        );
        assert_eq!(
            class("5.7.509", "550 5.7.509 domain does not pass DMARC verification"),
            Class::Authentication
        );
        assert_eq!(
            class("5.7.1", "554 5.7.1 blocked using zen.spamhaus.org"),
            Class::Reputation
        );
        assert_eq!(
            class("5.1.1", "550 5.1.1 blocked using zen.spamhaus.org"),
            Class::Reputation
        );
    }

    #[test]
    fn a_trouble_that_passes_stays_one_when_the_server_gives_up() {
        assert_eq!(
            class("5.4.7", "550 4.4.7 QUEUE.Expired; message expired"),
            Class::Deferred
        );
        assert_eq!(
            class("4.4.1", "connect to mx: Connection timed out"),
            Class::Deferred
        );
        assert_eq!(class("5.4.7", "delivery time expired"), Class::Deferred);
    }

    #[test]
    fn a_no_to_our_own_address_is_not_about_the_recipient() {
        let text = "SMTP error after MAIL FROM:<bounces@shop.example>: 550 5.1.7 No such domain shop.example";
        assert_eq!(class("", text), Class::Authentication);
    }

    #[test]
    fn a_554_at_the_door_is_a_no_although_the_status_says_not_yet() {
        assert_eq!(
            class(
                "4.0.0",
                "554 Blocked - see https://ipcheck.proofpoint.com/?ip=192.0.2.25"
            ),
            Class::Reputation
        );
    }

    #[test]
    fn mail_that_is_still_tried_is_deferred_even_without_a_reason() {
        let delayed = RecipientReport {
            action: Action::Delayed,
            ..report("", "Message will be retried for 2 more days")
        };
        assert_eq!(classify(&delayed), Class::Deferred);
    }

    #[test]
    fn mail_that_arrived_is_no_bounce() {
        let arrived = RecipientReport {
            action: Action::Relayed,
            ..report("2.0.0", "250 ok")
        };
        assert_eq!(classify(&arrived), Class::Accepted);
    }

    #[test]
    fn what_nobody_can_tell_is_left_open() {
        assert_eq!(class("5.0.0", "554 transaction failed"), Class::Rejected);
        assert_eq!(class("", ""), Class::Rejected);
        assert_eq!(class("5.7.1", "554 5.7.1 Relay access denied"), Class::Rejected);
    }
}
