//! Whose turn it is: deficit round-robin over organisations, then transactional before marketing,
//! then batches in turn. One organisation with millions waiting delays the others by one turn.

use std::collections::{HashMap, VecDeque};

use contracts::delivery::Stream;
use kernel::{BatchId, OrgId};

/// A batch that may have messages to send.
#[derive(Clone, Copy, Debug)]
pub struct Demand {
    /// Whose.
    pub org: OrgId,
    /// Which.
    pub batch: BatchId,
    /// What kind.
    pub stream: Stream,
    /// How many the way out of it can take now.
    pub room: usize,
}

/// Whose turn it is, and for how many messages at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Turn {
    /// Whose.
    pub org: OrgId,
    /// Which.
    pub batch: BatchId,
    /// At most.
    pub count: usize,
}

/// Remembers who was served.
#[derive(Debug)]
pub struct Rota {
    /// How many messages an organisation may send in one turn.
    quantum: usize,
    ring: VecDeque<OrgId>,
    /// What an organisation did not use of its turns, since its way out had no room.
    deficits: HashMap<OrgId, usize>,
    /// When each batch was served last, counted in turns.
    served_at: HashMap<BatchId, u64>,
    turns: u64,
}

impl Rota {
    /// Nobody was served yet.
    #[must_use]
    pub fn new(quantum: usize) -> Self {
        Self {
            quantum,
            ring: VecDeque::new(),
            deficits: HashMap::new(),
            served_at: HashMap::new(),
            turns: 0,
        }
    }

    /// The next turn; `None` when nobody who wants to send has room.
    pub fn next(&mut self, demands: &[Demand]) -> Option<Turn> {
        self.follow(demands);
        for _ in 0..self.ring.len() {
            let org = self.ring.pop_front()?;
            self.ring.push_back(org);
            let Some(demand) = self.pick(org, demands) else {
                continue;
            };
            let deficit = self.deficits.entry(org).or_insert(0);
            *deficit = (*deficit + self.quantum).min(2 * self.quantum);
            let count = demand.room.min(*deficit);
            *deficit -= count;
            self.turns += 1;
            self.served_at.insert(demand.batch, self.turns);
            return Some(Turn {
                org,
                batch: demand.batch,
                count,
            });
        }
        None
    }

    /// Newcomers queue at the end; who wants nothing any more loses its place and its credit.
    fn follow(&mut self, demands: &[Demand]) {
        self.ring.retain(|org| demands.iter().any(|d| d.org == *org));
        for demand in demands {
            if !self.ring.contains(&demand.org) {
                self.ring.push_back(demand.org);
            }
        }
        self.deficits
            .retain(|org, _| demands.iter().any(|d| d.org == *org));
        self.served_at
            .retain(|batch, _| demands.iter().any(|d| d.batch == *batch));
    }

    fn pick<'d>(&self, org: OrgId, demands: &'d [Demand]) -> Option<&'d Demand> {
        demands
            .iter()
            .filter(|d| d.org == org && d.room > 0)
            .min_by_key(|d| {
                let last = self.served_at.get(&d.batch).copied().unwrap_or(0);
                (d.stream == Stream::Marketing, last)
            })
    }
}

#[cfg(test)]
mod tests {
    use super::{Demand, Rota};
    use contracts::delivery::Stream;
    use kernel::{BatchId, OrgId};

    fn demand(org: OrgId, stream: Stream) -> Demand {
        Demand {
            org,
            batch: BatchId::generate(),
            stream,
            room: 10_000,
        }
    }

    #[test]
    fn small_senders_are_not_starved_by_a_large_one() {
        let large = OrgId::generate();
        let mut demands: Vec<Demand> = (0..20).map(|_| demand(large, Stream::Marketing)).collect();
        let small: Vec<OrgId> = (0..50).map(|_| OrgId::generate()).collect();
        demands.extend(small.iter().map(|org| demand(*org, Stream::Marketing)));
        let mut rota = Rota::new(500);

        let first_round: Vec<OrgId> = (0..51)
            .map(|_| rota.next(&demands).expect("there is demand").org)
            .collect();

        assert!(small.iter().all(|org| first_round.contains(org)));
        assert_eq!(first_round.iter().filter(|org| **org == large).count(), 1);
    }

    #[test]
    fn transactional_mail_goes_first() {
        let org = OrgId::generate();
        let marketing = demand(org, Stream::Marketing);
        let receipt = demand(org, Stream::Transactional);
        let mut rota = Rota::new(500);
        for _ in 0..3 {
            let turn = rota.next(&[marketing, receipt]).expect("there is demand");
            assert_eq!(turn.batch, receipt.batch);
        }
    }

    #[test]
    fn batches_of_one_sender_take_turns() {
        let org = OrgId::generate();
        let (a, b) = (demand(org, Stream::Marketing), demand(org, Stream::Marketing));
        let mut rota = Rota::new(500);
        let turns: Vec<BatchId> = (0..4)
            .map(|_| rota.next(&[a, b]).expect("demand").batch)
            .collect();
        assert_eq!(turns, [a.batch, b.batch, a.batch, b.batch]);
    }

    #[test]
    fn who_had_little_room_catches_up_by_no_more_than_one_turn() {
        let org = OrgId::generate();
        let narrow = Demand {
            room: 10,
            ..demand(org, Stream::Marketing)
        };
        let mut rota = Rota::new(500);
        for _ in 0..5 {
            assert_eq!(rota.next(&[narrow]).map(|turn| turn.count), Some(10));
        }
        let wide = Demand {
            room: 10_000,
            ..narrow
        };
        assert_eq!(rota.next(&[wide]).map(|turn| turn.count), Some(1000));
        assert_eq!(rota.next(&[wide]).map(|turn| turn.count), Some(500));
    }

    #[test]
    fn who_has_no_room_is_passed_over() {
        let (slow, fast) = (OrgId::generate(), OrgId::generate());
        let blocked = Demand {
            room: 0,
            ..demand(slow, Stream::Marketing)
        };
        let other = demand(fast, Stream::Marketing);
        let mut rota = Rota::new(500);
        for _ in 0..10 {
            assert_eq!(rota.next(&[blocked, other]).map(|t| t.org), Some(fast));
        }
        let freed = Demand {
            room: 10_000,
            ..blocked
        };
        let turn = rota.next(&[freed, other]).expect("demand");
        assert_eq!((turn.org, turn.count), (slow, 500));
        assert_eq!(rota.next(&[]), None);
    }
}
