//! From what a server said, or failed to say, to what becomes of the message, the address, the
//! account and the domain.

use contracts::delivery::Stream;

use super::{
    answer::{Answer, Conclusion, Phase},
    http_answer::Meaning,
    repeats::Repeats,
};

/// What kind of ending it was. The first match of the table in the README.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Class {
    /// The server took it over.
    Accepted,
    /// Nothing was handed over and nobody said no.
    NotSent,
    /// The server may have it; it did not say.
    Ambiguous,
    /// Not now.
    Deferred,
    /// Not so fast.
    Rate,
    /// There is no such mailbox.
    HardRecipient,
    /// The mailbox is full or abandoned.
    InactiveRecipient,
    /// The From domain fails the receiver's authentication checks.
    Authentication,
    /// Our account is not let in, or may not send this.
    Account,
    /// Policy, blocklist, reputation.
    Reputation,
    /// Too big, or the content is refused.
    Content,
    /// Any other no.
    Rejected,
}

impl Class {
    /// The word that is stored with the attempt and, where the message ends by it, as its reason.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Class::Accepted => "accepted",
            Class::NotSent => "not_sent",
            Class::Ambiguous => "ambiguous",
            Class::Deferred => "deferred",
            Class::Rate => "rate",
            Class::HardRecipient => "hard_bounce",
            Class::InactiveRecipient => "inactive",
            Class::Authentication => "authentication",
            Class::Account => "account",
            Class::Reputation => "policy",
            Class::Content => "content",
            Class::Rejected => "rejected",
        }
    }
}

/// What becomes of the message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Taken over.
    Accepted,
    /// Back into the queue at once; it does not count as a try, since the message had no part in it.
    Requeued,
    /// Back into the queue after a moment: the conversation broke while it was its turn.
    Broken,
    /// Back into the queue for later.
    Deferred,
    /// Never again.
    Failed,
    /// Kept until a person decides.
    Held,
    /// Tried again although the other side may have it.
    Resent,
    /// Asked again under the same key, by which the other side knows whether it has it.
    Repeated,
}

/// What else follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Consequence {
    /// Nothing.
    None,
    /// The address may not be written to any more.
    SuppressAddress,
    /// The address is suppressed when this has happened often of late.
    CountAgainstAddress,
    /// The account sends more slowly for a while.
    SlowDown,
    /// The account sends nothing until a person mends it.
    PauseProvider,
    /// The domain sends nothing until a person mends it.
    PauseDomain,
    /// The account is left alone for a moment.
    BackOff,
}

/// Sorts an ending into its class.
#[must_use]
pub fn classify(conclusion: &Conclusion) -> Class {
    match conclusion {
        Conclusion::NotStarted { .. } => Class::NotSent,
        Conclusion::Broken {
            phase: Phase::Acceptance,
            ..
        } => Class::Ambiguous,
        Conclusion::Broken { .. } => Class::NotSent,
        Conclusion::Answered { phase, answer } => classify_answer(*phase, answer),
        Conclusion::Responded(answer) => classify_meaning(answer.meaning),
    }
}

/// Both ways in which an API says "not now" ask for fewer requests as well.
const fn classify_meaning(meaning: Meaning) -> Class {
    match meaning {
        Meaning::TakenOver => Class::Accepted,
        Meaning::Unknown => Class::Ambiguous,
        Meaning::NotNow => Class::Rate,
        Meaning::AccountFault => Class::Account,
        Meaning::TooLarge => Class::Content,
        // The provider lets nothing through to any of them, whatever is sent.
        Meaning::NoSuchRecipient | Meaning::OptedOut | Meaning::RecipientGone => Class::HardRecipient,
        Meaning::Refused => Class::Rejected,
    }
}

fn classify_answer(phase: Phase, answer: &Answer) -> Class {
    if phase == Phase::Acceptance && answer.is_positive() {
        return Class::Accepted;
    }
    if phase < Phase::MailFrom {
        return classify_opening(phase, answer);
    }
    if !(400..600).contains(&answer.code) {
        // Neither yes nor no: whoever says that is not speaking SMTP. After the final dot it must
        // be read as silence.
        return if phase == Phase::Acceptance {
            Class::Ambiguous
        } else {
            Class::NotSent
        };
    }
    if answer.is_transient() {
        classify_transient(answer)
    } else {
        classify_permanent(phase, answer)
    }
}

/// Before a message is named, a no can only mean the account or the server.
fn classify_opening(phase: Phase, answer: &Answer) -> Class {
    match (phase, answer.code) {
        (Phase::Auth, 500..=599) => Class::Account,
        (_, 530 | 534 | 535 | 538) => Class::Account,
        _ => Class::NotSent,
    }
}

fn classify_transient(answer: &Answer) -> Class {
    match (answer.code, answer.enhanced.map(|e| (e.subject, e.detail))) {
        (421, Some((7, 28))) => Class::Rate,
        (_, Some((2, 2))) => Class::InactiveRecipient,
        (_, Some((7, _))) if speaks_of_rate(&answer.text) => Class::Rate,
        (454 | 432, Some((7, _))) if speaks_of_signing_in(&answer.text) => Class::NotSent,
        (_, None) if speaks_of_rate(&answer.text) => Class::Rate,
        _ => Class::Deferred,
    }
}

fn classify_permanent(phase: Phase, answer: &Answer) -> Class {
    let about_sender = phase == Phase::MailFrom;
    match (answer.code, answer.enhanced.map(|e| (e.subject, e.detail))) {
        (530 | 534 | 535 | 538, _) => Class::Account,
        (550, Some((7, 515))) | (_, Some((7, 20..=30))) => Class::Authentication,
        // At MAIL the recipient is not known yet: it is our account or our sender that is refused.
        (_, Some((7 | 1, _))) if about_sender => Class::Account,
        (_, Some((1, 1 | 3 | 6 | 10) | (7, 17))) => Class::HardRecipient,
        (_, Some((2, 1 | 2))) => Class::InactiveRecipient,
        (_, Some((3, 4) | (6, _))) => Class::Content,
        (_, Some((7, _)) | None) if speaks_of_relaying(&answer.text) => Class::Account,
        (_, Some((7, _))) => Class::Reputation,
        (552, None) => Class::Content,
        (550 | 551 | 553, None) if phase == Phase::RcptTo && speaks_of_unknown_user(&answer.text) => {
            Class::HardRecipient
        }
        _ => Class::Rejected,
    }
}

fn contains_any(text: &str, words: &[&str]) -> bool {
    let text = text.to_ascii_lowercase();
    words.iter().any(|word| text.contains(word))
}

pub(super) fn speaks_of_rate(text: &str) -> bool {
    contains_any(
        text,
        &[
            "rate limit",
            "rate-limit",
            "too many",
            "too fast",
            "throttl",
            "unusual rate",
            "sending rate",
            "quota exceeded for",
        ],
    )
}

fn speaks_of_signing_in(text: &str) -> bool {
    contains_any(text, &["authentication", "credential"])
}

fn speaks_of_relaying(text: &str) -> bool {
    contains_any(
        text,
        &[
            "relay access denied",
            "relaying denied",
            "not permitted to relay",
            "unable to relay",
            "relay not permitted",
            "authentication required",
            "sender address rejected: not owned",
            "not authorized to send",
        ],
    )
}

/// Servers that send no enhanced code. Only words that can mean nothing else: suppressing an
/// address that exists is worse than trying one that does not.
pub(super) fn speaks_of_unknown_user(text: &str) -> bool {
    contains_any(
        text,
        &[
            "user unknown",
            "unknown user",
            "no such user",
            "no such mailbox",
            "no such recipient",
            "unknown recipient",
            "mailbox not found",
            "user not found",
            "recipient not found",
            "does not exist",
            "no mailbox here",
            "invalid mailbox",
        ],
    )
}

/// What an ending means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decision {
    /// What it was.
    pub class: Class,
    /// What becomes of the message.
    pub verdict: Verdict,
    /// What else follows.
    pub consequence: Consequence,
}

/// What becomes of the message, and what else follows.
#[must_use]
pub fn decide(conclusion: &Conclusion, stream: Stream) -> Decision {
    let class = classify(conclusion);
    let (verdict, consequence) = match class {
        Class::Accepted => (Verdict::Accepted, Consequence::None),
        // A message that breaks every conversation it takes part in must not do so in a loop.
        Class::NotSent if had_begun(conclusion) => (Verdict::Broken, Consequence::BackOff),
        Class::NotSent => (Verdict::Requeued, Consequence::BackOff),
        Class::Ambiguous => (resolve_ambiguous(stream), Consequence::BackOff),
        Class::Deferred => (Verdict::Deferred, Consequence::None),
        Class::Rate => (Verdict::Deferred, Consequence::SlowDown),
        // A device is forgotten by whoever knows the person; the list holds addresses of mail and numbers.
        Class::HardRecipient if device_is_gone(conclusion) => (Verdict::Failed, Consequence::None),
        Class::HardRecipient => (Verdict::Failed, Consequence::SuppressAddress),
        Class::InactiveRecipient if is_transient(conclusion) => {
            (Verdict::Deferred, Consequence::CountAgainstAddress)
        }
        Class::InactiveRecipient => (Verdict::Failed, Consequence::CountAgainstAddress),
        Class::Authentication => (Verdict::Requeued, Consequence::PauseDomain),
        Class::Account => (Verdict::Requeued, Consequence::PauseProvider),
        Class::Reputation | Class::Content | Class::Rejected => (Verdict::Failed, Consequence::None),
    };
    Decision {
        class,
        verdict,
        consequence,
    }
}

/// The same where the account may recognise what it was handed before: then asking again is the way to
/// find out, and nothing needs to be held or to arrive twice.
#[must_use]
pub fn decide_at(conclusion: &Conclusion, stream: Stream, repeats: Repeats) -> Decision {
    let mut decision = decide(conclusion, stream);
    if decision.class == Class::Ambiguous {
        decision.verdict = match repeats {
            Repeats::Arrive => decision.verdict,
            Repeats::Hidden => Verdict::Resent,
            Repeats::HiddenFor(_) => Verdict::Repeated,
        };
    }
    decision
}

fn had_begun(conclusion: &Conclusion) -> bool {
    match conclusion {
        Conclusion::Answered { phase, .. } | Conclusion::Broken { phase, .. } => *phase >= Phase::MailFrom,
        Conclusion::Responded(_) => true,
        Conclusion::NotStarted { .. } => false,
    }
}

fn is_transient(conclusion: &Conclusion) -> bool {
    matches!(conclusion, Conclusion::Answered { answer, .. } if answer.is_transient())
}

fn device_is_gone(conclusion: &Conclusion) -> bool {
    matches!(conclusion, Conclusion::Responded(answer) if answer.meaning == Meaning::RecipientGone)
}

/// The promise: marketing at most once, transactional at least once.
#[must_use]
pub const fn resolve_ambiguous(stream: Stream) -> Verdict {
    match stream {
        Stream::Marketing => Verdict::Held,
        Stream::Transactional => Verdict::Resent,
    }
}

#[cfg(test)]
mod tests {
    use super::{Class, Consequence, Verdict, classify, decide, decide_at};
    use crate::domain::{
        answer::{Answer, Conclusion, Phase},
        http_answer::{HttpAnswer, Meaning},
        repeats::Repeats,
    };
    use contracts::delivery::Stream;

    fn conclusion(phase: Phase, code: u16, text: &str) -> Conclusion {
        Conclusion::Answered {
            phase,
            answer: Answer::new(code, text),
        }
    }

    fn broken(phase: Phase) -> Conclusion {
        Conclusion::Broken {
            phase,
            error: "reset".to_owned(),
        }
    }

    #[test]
    fn answers_fall_into_the_classes_of_the_table() {
        for (phase, code, text, class) in [
            (Phase::Acceptance, 250, "2.0.0 Ok: queued as 4F1", Class::Accepted),
            (Phase::RcptTo, 421, "4.3.2 shutting down", Class::Deferred),
            (Phase::RcptTo, 450, "4.2.0 greylisted, come back", Class::Deferred),
            (Phase::Acceptance, 451, "try later", Class::Deferred),
            (Phase::RcptTo, 452, "4.3.1 out of storage", Class::Deferred),
            (Phase::Acceptance, 421, "4.7.28 unusual rate of mail", Class::Rate),
            (
                Phase::Acceptance,
                450,
                "4.7.1 too many messages, slow down",
                Class::Rate,
            ),
            (
                Phase::MailFrom,
                451,
                "4.7.0 temporarily deferred",
                Class::Deferred,
            ),
            (Phase::RcptTo, 550, "5.1.1 user unknown", Class::HardRecipient),
            (Phase::Acceptance, 550, "5.1.1 user unknown", Class::HardRecipient),
            (Phase::RcptTo, 553, "5.1.3 bad address", Class::HardRecipient),
            (Phase::RcptTo, 550, "5.1.6 moved", Class::HardRecipient),
            (Phase::RcptTo, 556, "5.1.10 null MX", Class::HardRecipient),
            (
                Phase::RcptTo,
                550,
                "5.7.17 mailbox owner has changed",
                Class::HardRecipient,
            ),
            (Phase::RcptTo, 550, "No such user here", Class::HardRecipient),
            (Phase::RcptTo, 550, "blocked", Class::Rejected),
            (Phase::RcptTo, 550, "5.2.1 disabled", Class::InactiveRecipient),
            (Phase::RcptTo, 552, "5.2.2 over quota", Class::InactiveRecipient),
            (Phase::RcptTo, 452, "4.2.2 over quota", Class::InactiveRecipient),
            (
                Phase::Acceptance,
                550,
                "5.7.26 unauthenticated",
                Class::Authentication,
            ),
            (
                Phase::Acceptance,
                550,
                "5.7.515 access denied",
                Class::Authentication,
            ),
            (
                Phase::Acceptance,
                550,
                "5.7.1 listed at a blocklist",
                Class::Reputation,
            ),
            (Phase::RcptTo, 554, "5.7.1 Relay access denied", Class::Account),
            (
                Phase::MailFrom,
                553,
                "5.7.1 Sender address rejected: not owned by user",
                Class::Account,
            ),
            (
                Phase::MailFrom,
                530,
                "5.7.0 Authentication required",
                Class::Account,
            ),
            (Phase::Auth, 535, "5.7.8 bad credentials", Class::Account),
            (Phase::Auth, 454, "4.7.0 temporary", Class::NotSent),
            (Phase::Greeting, 554, "no service", Class::NotSent),
            (Phase::Greeting, 421, "busy", Class::NotSent),
            (Phase::MailFrom, 552, "5.3.4 too big", Class::Content),
            (
                Phase::Acceptance,
                552,
                "message size exceeds limit",
                Class::Content,
            ),
            (Phase::Acceptance, 554, "5.6.0 bad MIME", Class::Content),
            (Phase::Acceptance, 554, "transaction failed", Class::Rejected),
            (Phase::Acceptance, 354, "go on", Class::Ambiguous),
            (Phase::Data, 250, "what", Class::NotSent),
        ] {
            assert_eq!(
                classify(&conclusion(phase, code, text)),
                class,
                "{phase:?} {code} {text}"
            );
        }
    }

    #[test]
    fn only_silence_after_the_final_dot_is_ambiguous() {
        use Phase::{Acceptance, Auth, Body, Connect, Data, Greeting, MailFrom, RcptTo, Tls};
        for phase in [Connect, Greeting, Tls, Auth, MailFrom, RcptTo, Data, Body] {
            assert_eq!(classify(&broken(phase)), Class::NotSent, "{phase:?}");
        }
        assert_eq!(classify(&broken(Acceptance)), Class::Ambiguous);
    }

    #[test]
    fn an_unknown_outcome_is_held_for_marketing_and_repeated_for_transactional_mail() {
        let silent = broken(Phase::Acceptance);
        assert_eq!(decide(&silent, Stream::Marketing).verdict, Verdict::Held);
        assert_eq!(decide(&silent, Stream::Transactional).verdict, Verdict::Resent);
    }

    #[test]
    fn an_account_that_recognises_repeats_is_asked_again_and_nothing_is_held() {
        let silent = broken(Phase::Acceptance);
        let keyed = Repeats::within(Some(jiff::SignedDuration::from_hours(24)));
        for (stream, repeats, verdict) in [
            (Stream::Marketing, keyed, Verdict::Repeated),
            (Stream::Transactional, keyed, Verdict::Repeated),
            (Stream::Marketing, Repeats::Hidden, Verdict::Resent),
            (Stream::Marketing, Repeats::Arrive, Verdict::Held),
            (Stream::Transactional, Repeats::Arrive, Verdict::Resent),
        ] {
            let decided = decide_at(&silent, stream, repeats).verdict;
            assert_eq!(decided, verdict, "{stream:?} {repeats:?}");
        }
        let refused = conclusion(Phase::RcptTo, 550, "blocked");
        for repeats in [keyed, Repeats::Hidden] {
            let decided = decide_at(&refused, Stream::Marketing, repeats);
            assert_eq!(decided, decide(&refused, Stream::Marketing), "{repeats:?}");
        }
    }

    #[test]
    fn faults_of_ours_never_fail_the_message_nor_touch_the_person() {
        for fault in [
            conclusion(Phase::Auth, 535, "5.7.8 bad credentials"),
            conclusion(Phase::Acceptance, 550, "5.7.26 unauthenticated"),
            broken(Phase::Connect),
            Conclusion::NotStarted {
                error: "gone".to_owned(),
            },
        ] {
            let decision = decide(&fault, Stream::Marketing);
            assert_eq!(decision.verdict, Verdict::Requeued, "{fault:?}");
            assert!(
                !matches!(
                    decision.consequence,
                    Consequence::SuppressAddress | Consequence::CountAgainstAddress
                ),
                "{fault:?}"
            );
        }
    }

    #[test]
    fn answers_of_an_api_have_the_consequences_of_the_table() {
        let decided = |meaning| {
            let answer = HttpAnswer {
                status: 200,
                meaning,
                said: String::new(),
                retry_after: None,
            };
            let decision = decide(&Conclusion::Responded(answer), Stream::Marketing);
            (decision.verdict, decision.consequence)
        };
        assert_eq!(
            decided(Meaning::TakenOver),
            (Verdict::Accepted, Consequence::None)
        );
        assert_eq!(decided(Meaning::Unknown), (Verdict::Held, Consequence::BackOff));
        assert_eq!(
            decided(Meaning::NotNow),
            (Verdict::Deferred, Consequence::SlowDown)
        );
        assert_eq!(
            decided(Meaning::AccountFault),
            (Verdict::Requeued, Consequence::PauseProvider)
        );
        assert_eq!(decided(Meaning::TooLarge), (Verdict::Failed, Consequence::None));
        assert_eq!(decided(Meaning::Refused), (Verdict::Failed, Consequence::None));
        for nobody in [Meaning::NoSuchRecipient, Meaning::OptedOut] {
            assert_eq!(
                decided(nobody),
                (Verdict::Failed, Consequence::SuppressAddress),
                "{nobody:?}"
            );
        }
        // Nobody may be kept from mail because they changed their phone.
        assert_eq!(
            decided(Meaning::RecipientGone),
            (Verdict::Failed, Consequence::None)
        );
    }

    #[test]
    fn a_full_mailbox_is_tried_again_only_when_the_server_says_so() {
        let full = conclusion(Phase::RcptTo, 452, "4.2.2 over quota");
        assert_eq!(decide(&full, Stream::Marketing).verdict, Verdict::Deferred);
        let gone = conclusion(Phase::RcptTo, 550, "5.2.1 disabled");
        assert_eq!(decide(&gone, Stream::Marketing).verdict, Verdict::Failed);
    }

    #[test]
    fn a_message_whose_conversation_breaks_waits_before_it_may_break_another() {
        for phase in [Phase::MailFrom, Phase::RcptTo, Phase::Data, Phase::Body] {
            assert_eq!(
                decide(&broken(phase), Stream::Marketing).verdict,
                Verdict::Broken,
                "{phase:?}"
            );
        }
    }
}
