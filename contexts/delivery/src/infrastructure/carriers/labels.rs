//! What providers are told of a message besides the message, and tell us again in their events.

/// Under which name our message id travels.
pub use crate::domain::webhook::OUR_ID as MESSAGE_LABEL;

/// Under which name the campaign's id travels.
pub(super) const CAMPAIGN_LABEL: &str = "mauntic_campaign";

/// The campaign of a composed message: the first part of its `Feedback-ID`. Mail to one person has none.
pub(super) fn campaign_of(source: &str) -> Option<&str> {
    let header = source.split_once("\r\n\r\n").map_or(source, |(header, _)| header);
    let value = header
        .split("\r\n")
        .find_map(|line| line.strip_prefix("Feedback-ID: "))?;
    value.split(':').next().filter(|id| !id.is_empty())
}

#[cfg(test)]
mod tests {
    use super::campaign_of;

    #[test]
    fn the_campaign_stands_first_in_the_feedback_id() {
        let source = "To: a@example.com\r\nFeedback-ID: cmp_1:org_1:marketing:mauntic\r\n\r\nFeedback-ID: no";
        assert_eq!(campaign_of(source), Some("cmp_1"));
        assert_eq!(campaign_of("To: a@example.com\r\n\r\nFeedback-ID: cmp_1:x"), None);
    }
}
