//! How many of some messages may leave now, with every limit that is above them.

use std::collections::{HashMap, HashSet};

use super::mx_group::MxGroup;

/// What holds for the mail of one sender, or one account.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Caps {
    /// A day's worth altogether.
    pub per_day: Option<u32>,
    /// A day's worth for each mailbox provider; who is not named has no limit.
    pub by_group: HashMap<MxGroup, u32>,
}

impl Caps {
    /// Whether anything is limited.
    #[must_use]
    pub fn is_free(&self) -> bool {
        self.per_day.is_none() && self.by_group.is_empty()
    }
}

/// All that holds for mail of an organisation from one domain.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    /// Of the organisation, over all accounts.
    pub per_second: Option<u32>,
    /// Of the organisation, over all accounts.
    pub per_day: Option<u32>,
    /// Of the sending domain.
    pub domain: Caps,
    /// Mailbox providers that get nothing until a person says so.
    pub braked: HashSet<MxGroup>,
}

impl Limits {
    /// Whether nothing is limited.
    #[must_use]
    pub fn are_none(&self) -> bool {
        self.per_second.is_none() && self.per_day.is_none() && self.domain.is_free() && self.braked.is_empty()
    }
}

/// What is left of a limit; `None` where there is none.
pub type Left = Option<u64>;

/// What is left of all limits that are above some messages.
#[derive(Clone, Debug, Default)]
pub struct Room {
    /// Of the organisation, this second.
    pub second: Left,
    /// Of the organisation, today.
    pub day: Left,
    /// Of the account, today.
    pub account: Left,
    /// Of the account at each mailbox provider, today.
    pub account_by_group: HashMap<MxGroup, u64>,
    /// Of the domain at each mailbox provider, today.
    pub domain_by_group: HashMap<MxGroup, u64>,
    /// Mailbox providers that get nothing.
    pub braked: HashSet<MxGroup>,
}

/// What may become of a message now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Admission {
    /// It may leave.
    Now,
    /// In a moment: only the second is full.
    Soon,
    /// The account has had its day's worth; another one may take it.
    OtherAccount,
    /// Not before tomorrow.
    Tomorrow,
    /// Not until a person says so.
    Braked,
}

/// Decides for messages in their order, and takes what they use out of the room.
pub fn admit(room: &mut Room, groups: impl IntoIterator<Item = MxGroup>) -> Vec<Admission> {
    groups.into_iter().map(|group| admit_one(room, group)).collect()
}

fn admit_one(room: &mut Room, group: MxGroup) -> Admission {
    if room.braked.contains(&group) {
        return Admission::Braked;
    }
    let empty = |left: Left| left == Some(0);
    if empty(room.day) || room.domain_by_group.get(&group) == Some(&0) {
        return Admission::Tomorrow;
    }
    if empty(room.account) || room.account_by_group.get(&group) == Some(&0) {
        return Admission::OtherAccount;
    }
    if empty(room.second) {
        return Admission::Soon;
    }
    for left in [&mut room.second, &mut room.day, &mut room.account] {
        *left = left.map(|left| left - 1);
    }
    for left in [&mut room.account_by_group, &mut room.domain_by_group] {
        if let Some(left) = left.get_mut(&group) {
            *left -= 1;
        }
    }
    Admission::Now
}

#[cfg(test)]
mod tests {
    use std::collections::{HashMap, HashSet};

    use super::{Admission, Room, admit};
    use crate::domain::mx_group::MxGroup::{Gmail, Other, Yahoo};

    #[test]
    fn without_limits_everything_leaves() {
        assert_eq!(
            admit(&mut Room::default(), [Gmail, Yahoo, Other]),
            [Admission::Now; 3]
        );
    }

    #[test]
    fn each_limit_above_a_message_counts_it_and_the_narrowest_stops_it() {
        let mut room = Room {
            second: Some(3),
            day: Some(10),
            account: Some(4),
            account_by_group: HashMap::new(),
            domain_by_group: HashMap::from([(Gmail, 1)]),
            braked: HashSet::from([Yahoo]),
        };
        assert_eq!(
            admit(&mut room, [Gmail, Gmail, Yahoo, Other, Other, Other]),
            [
                Admission::Now,
                Admission::Tomorrow,
                Admission::Braked,
                Admission::Now,
                Admission::Now,
                Admission::Soon,
            ]
        );
        assert_eq!((room.second, room.day, room.account), (Some(0), Some(7), Some(1)));
    }

    #[test]
    fn an_account_that_has_had_its_day_leaves_the_rest_to_others() {
        let mut room = Room {
            account: Some(1),
            ..Room::default()
        };
        assert_eq!(
            admit(&mut room, [Gmail, Gmail]),
            [Admission::Now, Admission::OtherAccount]
        );
        let mut room = Room {
            account_by_group: HashMap::from([(Gmail, 0)]),
            ..Room::default()
        };
        assert_eq!(
            admit(&mut room, [Gmail, Other]),
            [Admission::OtherAccount, Admission::Now]
        );
    }
}
