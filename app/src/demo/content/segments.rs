//! Segments, each of another kind: an attribute, nested groups, mail activity, another segment, time.

use serde_json::{Value, json};

/// A segment that is to be made.
pub struct Segment {
    pub name: &'static str,
    pub description: &'static str,
    pub rule: Value,
}

pub const READERS: &str = "Newsletter readers";
pub const GROWING: &str = "Growing teams";
pub const ENGAGED: &str = "Recently engaged";
pub const QUIET: &str = "Gone quiet";
pub const NEW: &str = "New this month";

/// Those that depend on no other.
pub fn first() -> Vec<Segment> {
    vec![
        Segment {
            name: READERS,
            description: "Everybody who asked for the Rota Letter and has not unsubscribed since.",
            rule: json!({"all": [
                {"field": "attributes.newsletter", "operator": "is", "value": true},
                {"field": "subscription", "operator": "is", "value": "subscribed"},
            ]}),
        },
        Segment {
            name: GROWING,
            description: "Paying teams of some size that look for more, or came within the last year.",
            rule: json!({"all": [
                {"field": "attributes.plan", "operator": "is_any_of", "value": ["Starter", "Team"]},
                {"field": "attributes.seats", "operator": "at_least", "value": 3},
                {"any": [
                    {"field": "attributes.interests", "operator": "has_any_of", "value": ["Payroll", "Integrations", "Events"]},
                    {"field": "attributes.signed_up", "operator": "in_the_last", "value": {"amount": 12, "unit": "months"}},
                    {"field": "tags", "operator": "has_any_of", "value": ["webinar guest", "vip"]},
                ]},
            ]}),
        },
        Segment {
            name: ENGAGED,
            description: "Opened twice or clicked once within a month.",
            rule: json!({"any": [
                {"field": "mail.opened", "operator": "at_least", "value": 2, "within": {"amount": 30, "unit": "days"}},
                {"field": "mail.clicked", "operator": "at_least", "value": 1, "within": {"amount": 30, "unit": "days"}},
            ]}),
        },
        Segment {
            name: NEW,
            description: "Came within the last 30 days; not the large accounts, whom somebody greets in person.",
            rule: json!({"all": [
                {"field": "created_at", "operator": "in_the_last", "value": {"amount": 30, "unit": "days"}},
                {"none": [{"field": "attributes.plan", "operator": "is", "value": "Business"}]},
            ]}),
        },
    ]
}

/// Those that look at what people do in the product and at what is kept of them.
pub fn of_the_product() -> Vec<Segment> {
    vec![
        Segment {
            name: "Active this week",
            description: "Did something in the product at least twice within seven days.",
            rule: json!({"all": [
                {"field": "event", "operator": "at_least", "value": 2, "within": {"amount": 7, "unit": "days"}},
            ]}),
        },
        Segment {
            name: "Invited nobody after publishing",
            description: "Published shifts lately and invited no colleague within the three days after that.",
            rule: json!({"all": [
                {"field": "event.sequence", "operator": "not_followed", "name": "Shift Published",
                 "within": {"amount": 30, "unit": "days"},
                 "then": {"name": "Employee Invited"}, "gap": {"amount": 3, "unit": "days"}},
            ]}),
        },
        Segment {
            name: "Open invoices",
            description: "Has an unpaid invoice of 100 or more.",
            rule: json!({"all": [
                {"field": "objects.invoices", "operator": "at_least", "value": 1, "where": {"all": [
                    {"field": "attributes.paid", "operator": "is", "value": false},
                    {"field": "attributes.amount", "operator": "at_least", "value": 100},
                ]}},
            ]}),
        },
        Segment {
            name: "Webinar guests to be",
            description: "Wants to hear about webinars and may be written to.",
            rule: json!({"all": [
                {"field": "topics.webinars", "operator": "is", "value": "subscribed"},
                {"field": "subscription", "operator": "is", "value": "subscribed"},
            ]}),
        },
    ]
}

/// The one that looks at another one.
pub fn quiet(readers: &Value) -> Segment {
    Segment {
        name: QUIET,
        description: "Readers who got something lately and opened none of it.",
        rule: json!({"all": [
            {"field": "segment", "operator": "is_in", "value": readers},
            {"field": "mail.sent", "operator": "at_least", "value": 1, "within": {"amount": 30, "unit": "days"}},
            {"field": "mail.opened", "operator": "never", "within": {"amount": 30, "unit": "days"}},
        ]}),
    }
}
