//! A list of contacts that somebody keeps: what is filtered, sorted and shown, under a name.

use kernel::{Role, UserId, ViewId};

/// A saved view.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContactView {
    pub id: ViewId,
    pub name: String,
    /// The query string of the list.
    pub query: String,
    pub owner: UserId,
    /// Seen by everybody of the organisation, or by the owner alone.
    pub shared: bool,
}

/// The name is empty, too long or not one line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a view has a name of 1 to 60 characters")]
pub struct InvalidViewName;

/// The longest query that is kept: what addresses may have anyway.
pub const LONGEST_QUERY: usize = 8_000;

impl ContactView {
    /// A name that can be shown in a tab.
    pub fn parse_name(text: &str) -> Result<String, InvalidViewName> {
        let name = text.trim();
        let fits = (1..=60).contains(&name.chars().count()) && !name.chars().any(char::is_control);
        fits.then(|| name.to_owned()).ok_or(InvalidViewName)
    }

    /// Whether somebody sees it.
    #[must_use]
    pub fn is_seen_by(&self, user: UserId) -> bool {
        self.shared || self.owner == user
    }

    /// Whether somebody may change or delete it: whoever made it, and of shared ones whoever looks
    /// after the organisation.
    #[must_use]
    pub fn may_be_changed_by(&self, user: UserId, role: Role) -> bool {
        self.owner == user || (self.shared && role >= Role::Admin)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn private_views_belong_to_their_owner() {
        let (ann, bob) = (UserId::generate(), UserId::generate());
        let mut view = ContactView {
            id: ViewId::generate(),
            name: "Mine".to_owned(),
            query: String::new(),
            owner: ann,
            shared: false,
        };
        assert!(view.is_seen_by(ann) && !view.is_seen_by(bob));
        assert!(!view.may_be_changed_by(bob, Role::Owner));
        view.shared = true;
        assert!(view.is_seen_by(bob));
        assert!(!view.may_be_changed_by(bob, Role::Member));
        assert!(view.may_be_changed_by(bob, Role::Admin) && view.may_be_changed_by(ann, Role::Member));
    }

    #[test]
    fn names_fit_a_tab() {
        assert_eq!(ContactView::parse_name(" VIPs ").as_deref(), Ok("VIPs"));
        for bad in ["", " ", "a\nb", &"x".repeat(61)] {
            assert_eq!(ContactView::parse_name(bad), Err(InvalidViewName), "{bad:?}");
        }
    }
}
