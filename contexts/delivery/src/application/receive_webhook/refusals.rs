use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Arc, Mutex},
};

use jiff::SignedDuration;
use kernel::{ProviderId, Timestamp};

use super::Call;

/// So many refusals of one caller about one account in a minute are looked at; later ones are not.
const MOST_REFUSALS: u32 = 30;
const MINUTE: SignedDuration = SignedDuration::from_secs(60);
/// So many callers are remembered at once.
const MOST_CALLERS: usize = 10_000;

/// Who was refused of late, by account and by where they called from: whoever guesses burns no time of
/// ours, and keeps nobody else from calling. In memory, for each process by itself.
#[derive(Clone, Default)]
pub struct Refusals(Arc<Mutex<HashMap<Caller, (Timestamp, u32)>>>);

/// Who calls, and about which account; `None` is all of them.
type Caller = (Option<ProviderId>, IpAddr);

impl Refusals {
    pub(super) fn are_too_many(&self, call: &Call<'_>, now: Timestamp) -> bool {
        let known = self.0.lock().expect("nothing that holds it can panic");
        [None, call.account].into_iter().any(|account| {
            known
                .get(&(account, call.peer))
                .is_some_and(|(since, times)| *times >= MOST_REFUSALS && now.duration_since(*since) < MINUTE)
        })
    }

    pub(super) fn note(&self, account: Option<ProviderId>, peer: IpAddr, now: Timestamp) {
        let mut known = self.0.lock().expect("nothing that holds it can panic");
        if known.len() >= MOST_CALLERS {
            known.retain(|_, (since, _)| now.duration_since(*since) < MINUTE);
            // Still too many at once: better to forget than to grow.
            if known.len() >= MOST_CALLERS {
                known.clear();
            }
        }
        let (since, times) = known.entry((account, peer)).or_insert((now, 0));
        if now.duration_since(*since) >= MINUTE {
            (*since, *times) = (now, 0);
        }
        *times += 1;
    }
}

#[cfg(test)]
mod tests {
    use std::net::{IpAddr, Ipv4Addr};

    use jiff::SignedDuration;
    use kernel::{ProviderId, Timestamp};

    use super::{Call, MOST_REFUSALS, Refusals};
    use crate::domain::webhook::Request;

    fn call(account: ProviderId, last: u8) -> Call<'static> {
        Call {
            account: Some(account),
            peer: IpAddr::V4(Ipv4Addr::new(192, 0, 2, last)),
            request: Request {
                url: "",
                headers: &[],
                body: b"",
            },
        }
    }

    #[test]
    fn who_was_refused_too_often_has_to_wait_and_nobody_else() {
        let (refusals, now) = (Refusals::default(), Timestamp::UNIX_EPOCH);
        let (mine, other) = (ProviderId::generate(), ProviderId::generate());
        let guesser = call(mine, 1);
        for _ in 0..MOST_REFUSALS {
            assert!(!refusals.are_too_many(&guesser, now));
            refusals.note(Some(mine), guesser.peer, now);
        }
        assert!(refusals.are_too_many(&guesser, now));
        assert!(!refusals.are_too_many(&call(mine, 2), now));
        assert!(!refusals.are_too_many(&call(other, 1), now));
        assert!(!refusals.are_too_many(&guesser, now + SignedDuration::from_secs(60)));
    }

    #[test]
    fn who_guesses_accounts_has_to_wait_whichever_is_tried_next() {
        let (refusals, now) = (Refusals::default(), Timestamp::UNIX_EPOCH);
        for _ in 0..MOST_REFUSALS {
            refusals.note(None, call(ProviderId::generate(), 1).peer, now);
        }
        assert!(refusals.are_too_many(&call(ProviderId::generate(), 1), now));
    }
}
