//! The words by which a bounce in plain text is known. All in lower case.

/// A subject or a text with one of these speaks of mail that did not arrive.
pub(super) const UNDELIVERED: &[&str] = &[
    "undeliver",
    "non-deliver",
    "nondeliver",
    "not deliver",
    "not be deliver",
    "not been deliver",
    "not been successfully delivered",
    "unable to deliver",
    "n't able to deliver",
    "not able to deliver",
    "cannot deliver",
    "couldn't deliver",
    "can't be delivered",
    "couldn't be delivered",
    "wasn't delivered",
    "hasn't been delivered",
    "can not be delivered",
    "failed to deliver",
    "did not reach the following",
    "delivery has failed",
    "delivery failed",
    "delivery failure",
    "delivery fail",
    "delivery error",
    "delivery problem",
    "delivery notification",
    "delivery status notification",
    "delivery to the following recipient",
    "delivery to these recipients",
    "delivery of your message",
    "delivery report",
    "had delivery errors",
    "permanent fatal errors",
    "permanent delivery errors",
    "transient non-fatal errors",
    "failure notice",
    "failure reasons",
    "mail failure",
    "mail delivery failed",
    "mail could not be sent",
    "message could not be sent",
    "message you sent was rejected",
    "message was rejected",
    "message rejected",
    "message blocked",
    "was blocked",
    "rejected by the recipient",
    "returned mail",
    "returning message to sender",
    "returned to sender",
    "rejected by a remote mail server",
    "transcript of session follows",
    "while attempting to deliver",
    "unknown user:",
    "user unknown",
    "invalid user address",
    "message delayed",
    "been delayed",
    "will be retried",
    // German
    "unzustellbar",
    "nicht zugestellt",
    "nicht zustellbar",
    "zustellung fehlgeschlagen",
    "zustellung verz",
    "fehler bei der zustellung",
    "nicht ausgeliefert",
    // French
    "non remis",
    "échec de la remise",
    "n'a pas pu être remis",
    "n'a pas pu être livré",
    "n'a pu être délivré",
    "non délivré",
    "non distribu",
    "echec de remise",
    // Spanish, Portuguese, Italian
    "no se ha podido entregar",
    "no se pudo entregar",
    "no entregado",
    "devuelto",
    "não foi possível entregar",
    "não entregue",
    "mancata consegna",
    "impossibile recapitare",
    "non è stato recapitato",
    // Dutch, Polish, Czech
    "onbestelbaar",
    "kon niet worden bezorgd",
    "niedostarczon",
    "nie mogła zostać dostarczona",
    "nedoručiteln",
    // Russian, Ukrainian
    "недоставлен",
    "не доставлено",
    "не может быть доставлено",
    "не удалось доставить",
    // Japanese
    "配信不能",
    "配信できません",
    "送信できません",
    "届けられません",
    // Chinese
    "退信",
    "投递失败",
    "trouble delivering",
    "returned permanent errors",
    "returning to sender",
    "mail failed",
    "failed addresses follow",
    "not delivered within",
    "did not receive this message",
];

/// Of these, the ones that say "not yet".
const DELAYED: &[&str] = &[
    "delivery status notification (delay)",
    "delivery delayed",
    "message delayed",
    "has been delayed",
    "been delayed",
    "delayed mail",
    "delivery incomplete",
    "temporary problem delivering",
    "could not be delivered yet",
    "not yet been delivered",
    "not been delivered yet",
    "will be retried",
    "will continue to try",
    "will keep trying",
    "will retry for",
    "no action is required on your part",
    "do not need to resend",
    "don't need to resend",
    "warning: could not send message for past",
    "warning: message",
    "this is a warning",
    "zustellung verzögert",
    "zustellung verz",
    "weiterhin versucht",
    "livraison retardée",
    "доставка задерживается",
];

/// A line with one of these stands before the message that came back.
const ORIGINAL_BEGINS: &[&str] = &[
    "below this line is a copy",
    "below this line is the original",
    "this is a copy of the message",
    "this is a copy of your message",
    "this is a copy of the headers",
    "copy of the original message",
    "copy of the message header",
    "copy of the message, including",
    "the header of the original message",
    "headers of the original message",
    "original message headers",
    "original message header",
    "the body of the original message",
    "original message follows",
    "original message is attached",
    "----- original message -----",
    "-----original message-----",
    "---- original message",
    "-------original message",
    "original message:",
    "returned message ---",
    "returned message---",
    "unsent message follows",
    "message text follows",
    "message header follows",
    "message headers follow",
    "your original message",
    "returned text follows",
    "copy of your message",
    "copy of your mail",
    "undelivered message follows",
    "start of returned message",
    "der kopf der ursprünglichen nachricht",
    "kopfzeilen der nachricht",
    "ursprüngliche nachricht",
    "nachrichtenkopf",
    "en-têtes d'origine",
    "en-têtes de message d'origine",
    "исходное сообщение",
    "元のメッセージ",
    "----original mail",
];

/// Whether a text, in lower case, speaks of mail that did not arrive.
pub(super) fn speaks_of_failure(text: &str) -> bool {
    UNDELIVERED.iter().any(|phrase| text.contains(phrase))
}

/// Whether a text, in lower case, says "not yet".
pub(super) fn speaks_of_delay(text: &str) -> bool {
    DELAYED.iter().any(|phrase| text.contains(phrase))
}

/// What the server says, and the message that it gives back, where a text holds both.
///
/// The border is a line that announces it, or the first `Received` or `Return-Path` where none does.
pub(super) fn split_original(text: &str) -> (&str, &str) {
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let lower = line.to_lowercase();
        let after = at + line.len();
        if ORIGINAL_BEGINS.iter().any(|phrase| lower.contains(phrase)) && has_head(&text[after..]) {
            return (&text[..at], &text[after..]);
        }
        let is_head = ["received:", "return-path:", "message-id:"]
            .iter()
            .any(|name| lower.starts_with(name));
        if is_head && has_head(&text[at..]) {
            return (&text[..at], &text[at..]);
        }
        at = after;
    }
    (text, "")
}

/// Whether fields begin within the next lines.
fn has_head(text: &str) -> bool {
    let names = text
        .lines()
        .take(60)
        .filter_map(super::fields::split_field)
        .filter(|(name, _)| {
            [
                "message-id",
                "from",
                "to",
                "subject",
                "date",
                "received",
                "return-path",
                "mime-version",
                "content-type",
            ]
            .iter()
            .any(|known| name.eq_ignore_ascii_case(known))
        })
        .count();
    names >= 2
}
