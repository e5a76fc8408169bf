//! From facts about contacts to how many came and went, by day.

use std::collections::BTreeMap;

use contracts::crm::CrmEvent;
use jiff::{civil::Date, tz::TimeZone};
use kernel::{OrgId, Timestamp};

/// How many came and went.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ContactDelta {
    /// Came.
    pub created: i64,
    /// Went.
    pub deleted: i64,
}

/// What a batch of facts adds, by organisation, day of UTC and source: `manual`, `api`, `import`, and
/// nothing for those who went. The map is ordered, as that of messages is.
#[derive(Clone, Debug, Default)]
pub struct ContactDeltas(pub BTreeMap<(OrgId, Date, String), ContactDelta>);

impl ContactDeltas {
    /// Adds what one fact says. Returns whether it says anything that is counted.
    pub fn apply(&mut self, org: OrgId, at: Timestamp, event: &CrmEvent) -> bool {
        let day = at.to_zoned(TimeZone::UTC).date();
        let many = |contacts: &[kernel::ContactId]| i64::try_from(contacts.len()).unwrap_or(i64::MAX);
        match event {
            CrmEvent::ContactsCreated { contacts, source } if !contacts.is_empty() => {
                self.0.entry((org, day, source.clone())).or_default().created += many(contacts);
                true
            }
            CrmEvent::ContactsDeleted { contacts } if !contacts.is_empty() => {
                self.0.entry((org, day, String::new())).or_default().deleted += many(contacts);
                true
            }
            // Two became one.
            CrmEvent::ContactsMerged { merges } if !merges.is_empty() => {
                let losers: Vec<_> = merges.iter().map(|merged| merged.loser).collect();
                self.0.entry((org, day, String::new())).or_default().deleted += many(&losers);
                true
            }
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use contracts::crm::ContactMerged;
    use kernel::ContactId;

    use super::*;

    #[test]
    fn contacts_are_counted_by_day_and_by_where_they_came_from() {
        let org = OrgId::generate();
        let at = |text: &str| text.parse::<Timestamp>().expect("an instant");
        let came = |count: usize, source: &str| CrmEvent::ContactsCreated {
            contacts: (0..count).map(|_| ContactId::generate()).collect(),
            source: source.to_owned(),
        };
        let mut deltas = ContactDeltas::default();
        assert!(deltas.apply(org, at("2026-06-01T10:00:00Z"), &came(2, "import")));
        assert!(deltas.apply(org, at("2026-06-01T23:59:59Z"), &came(3, "import")));
        assert!(deltas.apply(org, at("2026-06-02T00:00:00Z"), &came(1, "api")));
        let gone = CrmEvent::ContactsDeleted {
            contacts: vec![ContactId::generate()],
        };
        assert!(deltas.apply(org, at("2026-06-02T00:00:00Z"), &gone));
        let merged = CrmEvent::ContactsMerged {
            merges: vec![ContactMerged {
                winner: ContactId::generate(),
                loser: ContactId::generate(),
            }],
        };
        assert!(deltas.apply(org, at("2026-06-02T00:00:00Z"), &merged));
        assert!(!deltas.apply(org, at("2026-06-02T00:00:00Z"), &came(0, "api")));

        let found: Vec<_> = deltas
            .0
            .iter()
            .map(|((_, day, source), d)| (day.day(), source.as_str(), d.created, d.deleted))
            .collect();
        assert_eq!(found, [(1, "import", 5, 0), (2, "", 0, 2), (2, "api", 1, 0)]);
    }
}
