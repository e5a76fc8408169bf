//! What words in cells stand for: members, stages and topics of the organisation.

use std::collections::HashMap;

use kernel::{StageId, TopicId, UserId};

use crate::domain::{
    stage::{MAX_STAGES, Stage},
    topic::Topic,
};

/// The names of an organisation's own, in lower case.
#[derive(Clone, Debug, Default)]
pub struct Directory {
    /// `None` where several people are called so.
    owners: HashMap<String, Option<UserId>>,
    stages: HashMap<String, StageId>,
    topics: HashMap<String, TopicId>,
}

impl Directory {
    /// Members come with their address and their name.
    #[must_use]
    pub fn new<'a>(
        members: impl IntoIterator<Item = (UserId, &'a str, &'a str)>,
        stages: &[Stage],
        topics: &[Topic],
    ) -> Self {
        let mut directory = Self::default();
        let mut addresses = Vec::new();
        for (id, email, name) in members {
            directory
                .owners
                .entry(plain(name))
                .and_modify(|several| *several = None)
                .or_insert(Some(id));
            addresses.push((plain(email), Some(id)));
        }
        // An address is one person's alone, whatever others are called.
        directory.owners.extend(addresses);
        directory.stages = stages
            .iter()
            .map(|stage| (plain(&stage.name), stage.id))
            .collect();
        directory.topics = topics
            .iter()
            .map(|topic| (plain(&topic.name), topic.id))
            .collect();
        let keys = topics.iter().map(|topic| (topic.key.clone(), topic.id));
        directory.topics.extend(keys);
        directory
    }

    /// A member, by address or name.
    #[must_use]
    pub fn owner(&self, text: &str) -> Option<UserId> {
        self.owners.get(&plain(text)).copied().flatten()
    }

    /// A stage, by name.
    #[must_use]
    pub fn stage(&self, text: &str) -> Option<StageId> {
        self.stages.get(&plain(text)).copied()
    }

    /// Takes in a stage that is going to be made, when there is room for one more.
    pub fn add_stage(&mut self, name: &str) -> Option<StageId> {
        if self.stages.len() >= MAX_STAGES {
            return None;
        }
        let id = StageId::generate();
        self.stages.insert(plain(name), id);
        Some(id)
    }

    /// Forgets one that is not made after all.
    pub fn remove_stage(&mut self, name: &str) {
        self.stages.remove(&plain(name));
    }

    /// A topic, by key or name.
    #[must_use]
    pub fn topic(&self, text: &str) -> Option<TopicId> {
        self.topics.get(&plain(text)).copied()
    }
}

fn plain(text: &str) -> String {
    text.trim().to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_are_known_by_address_and_by_a_name_that_only_one_has() {
        let (bea, cleo, other) = (UserId::generate(), UserId::generate(), UserId::generate());
        let members = [
            (bea, "Bea@example.com", "Bea Example"),
            (cleo, "cleo@example.com", "Cleo"),
            (other, "other@example.com", "cleo"),
        ];
        let directory = Directory::new(members, &[], &[]);
        assert_eq!(directory.owner(" bea@EXAMPLE.com "), Some(bea));
        assert_eq!(directory.owner("bea example"), Some(bea));
        assert_eq!(directory.owner("Cleo"), None, "two are called so");
        assert_eq!(directory.owner("cleo@example.com"), Some(cleo));
        assert_eq!(directory.owner("nobody"), None);
    }
}
