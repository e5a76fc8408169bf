//! From facts about campaigns to what is known of them.

use std::collections::BTreeMap;

use contracts::{campaign::CampaignEvent, crm::AudienceCounts};
use kernel::{CampaignId, OrgId, Timestamp};

/// Where a campaign that was launched stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CampaignState {
    /// Is being sent.
    Running,
    /// Stopped for the time being.
    Paused,
    /// Everything was sent.
    Completed,
    /// Stopped for good.
    Cancelled,
}

impl CampaignState {
    /// The word that is stored.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            CampaignState::Running => "running",
            CampaignState::Paused => "paused",
            CampaignState::Completed => "completed",
            CampaignState::Cancelled => "cancelled",
        }
    }

    /// The state of a stored word.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let all = [Self::Running, Self::Paused, Self::Completed, Self::Cancelled];
        all.into_iter().find(|state| state.as_str() == text)
    }

    /// Whether it has not ended.
    #[must_use]
    pub const fn is_under_way(self) -> bool {
        matches!(self, CampaignState::Running | CampaignState::Paused)
    }
}

/// What becomes known of one campaign; `None` stays as it was.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CampaignChange {
    /// What it is called.
    pub name: Option<String>,
    /// Where it stands.
    pub state: Option<CampaignState>,
    /// When it was launched, to how many.
    pub launch: Option<(Timestamp, AudienceCounts)>,
    /// When it ended.
    pub finished_at: Option<Timestamp>,
}

/// What a batch of facts says of campaigns. The map is ordered, as that of messages is.
#[derive(Clone, Debug, Default)]
pub struct CampaignChanges(pub BTreeMap<(OrgId, CampaignId), CampaignChange>);

impl CampaignChanges {
    /// Adds what one fact says; later ones win.
    pub fn apply(&mut self, org: OrgId, event: &CampaignEvent) {
        match event {
            CampaignEvent::CampaignLaunched {
                campaign,
                name,
                audience,
                at,
            } => {
                let change = self.of(org, *campaign);
                change.name = Some(name.clone());
                change.state = Some(CampaignState::Running);
                change.launch = Some((*at, *audience));
            }
            CampaignEvent::CampaignFinished {
                campaign,
                name,
                outcome,
                at,
            } => {
                let change = self.of(org, *campaign);
                change.name = Some(name.clone());
                let ended = CampaignState::parse(outcome).filter(|state| !state.is_under_way());
                change.state = ended.or(Some(CampaignState::Completed));
                change.finished_at = Some(*at);
            }
            CampaignEvent::CampaignPaused { campaign } => {
                self.of(org, *campaign).state = Some(CampaignState::Paused);
            }
            CampaignEvent::CampaignResumed { campaign } => {
                self.of(org, *campaign).state = Some(CampaignState::Running);
            }
            CampaignEvent::CampaignRenamed { campaign, name } => {
                self.of(org, *campaign).name = Some(name.clone());
            }
        }
    }

    fn of(&mut self, org: OrgId, campaign: CampaignId) -> &mut CampaignChange {
        self.0.entry((org, campaign)).or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_word_on_a_campaign_counts() {
        let (org, campaign) = (OrgId::generate(), CampaignId::generate());
        let at: Timestamp = "2026-06-01T10:00:00Z".parse().expect("an instant");
        let audience = AudienceCounts {
            matching: 3,
            reachable: 2,
            will_receive: 1,
        };
        let name = |name: &str| name.to_owned();
        let mut changes = CampaignChanges::default();
        changes.apply(
            org,
            &CampaignEvent::CampaignLaunched {
                campaign,
                name: name("Spring"),
                audience,
                at,
            },
        );
        changes.apply(org, &CampaignEvent::CampaignPaused { campaign });
        assert_eq!(changes.0[&(org, campaign)].state, Some(CampaignState::Paused));
        changes.apply(org, &CampaignEvent::CampaignResumed { campaign });
        changes.apply(
            org,
            &CampaignEvent::CampaignRenamed {
                campaign,
                name: name("Summer"),
            },
        );
        let outcome = name("cancelled");
        changes.apply(
            org,
            &CampaignEvent::CampaignFinished {
                campaign,
                name: name("Summer"),
                outcome,
                at,
            },
        );

        let expected = CampaignChange {
            name: Some(name("Summer")),
            state: Some(CampaignState::Cancelled),
            launch: Some((at, audience)),
            finished_at: Some(at),
        };
        assert_eq!(changes.0[&(org, campaign)], expected);
    }

    #[test]
    fn words_are_read_back() {
        for word in ["running", "paused", "completed", "cancelled"] {
            assert_eq!(CampaignState::parse(word).map(CampaignState::as_str), Some(word));
        }
        assert_eq!(CampaignState::parse("draft"), None);
    }
}
