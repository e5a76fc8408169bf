//! Chance that falls the same way for the same seed, in every version of the program.

/// A stream of random numbers: SplitMix64. Written out here, since libraries keep the freedom to
/// change what a seed means, and then the same seed would make another organisation.
#[derive(Clone, Debug)]
pub struct Random(u64);

impl Random {
    /// A stream of its own for one thing of one kind, so that more contacts do not change the ones
    /// before them.
    pub fn of(seed: u64, kind: &str, number: u64) -> Self {
        let mut stream = Self(seed);
        for byte in kind.bytes() {
            stream.0 = stream.next() ^ u64::from(byte);
        }
        stream.0 = stream.next() ^ number;
        stream
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^ (bits >> 31)
    }

    /// From 0 to just below 1.
    pub fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// From 0 to just below `end`, which is not 0.
    pub fn below(&mut self, end: usize) -> usize {
        (self.unit() * end as f64) as usize
    }

    /// Both ends included.
    pub fn between(&mut self, first: i64, last: i64) -> i64 {
        first + (self.unit() * (last - first + 1) as f64) as i64
    }

    /// Yes, in this share of cases.
    pub fn chance(&mut self, share: f64) -> bool {
        self.unit() < share
    }

    /// Mostly below the mean, seldom far above it: how long people take.
    pub fn exponential(&mut self, mean: f64) -> f64 {
        -mean * (1.0 - self.unit()).ln()
    }

    /// One of some.
    pub fn pick<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        &items[self.below(items.len())]
    }

    /// One of some, by their weights.
    pub fn pick_weighted<'a, T>(&mut self, items: &'a [T], weight: impl Fn(&T) -> u32) -> &'a T {
        let total: u32 = items.iter().map(&weight).sum();
        let mut left = self.below(total as usize) as u32;
        let found = items.iter().find(|item| {
            let weight = weight(item);
            let hit = left < weight;
            left = left.saturating_sub(weight);
            hit
        });
        found.expect("what is left is below the sum of the weights")
    }

    /// One of a list that is written with commas.
    pub fn word<'a>(&mut self, list: &'a str) -> &'a str {
        let number = self.below(list.split(',').count());
        list.split(',')
            .nth(number)
            .expect("the number is below the count")
            .trim()
    }
}

#[cfg(test)]
mod tests {
    use super::Random;

    #[test]
    fn the_same_seed_says_the_same_for_ever() {
        let mut stream = Random::of(42, "person", 7);
        let drawn: Vec<usize> = (0..6).map(|_| stream.below(1000)).collect();
        assert_eq!(drawn, SAID_FIRST, "a released seed must not change its meaning");
        assert_ne!(
            Random::of(42, "person", 8).next(),
            Random::of(42, "person", 7).next()
        );
        assert_ne!(
            Random::of(43, "person", 7).next(),
            Random::of(42, "person", 7).next()
        );
    }

    /// Drawn when the generator was written.
    const SAID_FIRST: [usize; 6] = [106, 784, 984, 62, 179, 469];

    #[test]
    fn weights_are_kept() {
        let mut stream = Random::of(1, "weights", 0);
        let items = [("seldom", 1), ("never", 0), ("often", 9)];
        let drawn: Vec<&str> = (0..10_000)
            .map(|_| stream.pick_weighted(&items, |item| item.1).0)
            .collect();
        let count = |name| drawn.iter().filter(|item| **item == name).count();
        assert_eq!(count("never"), 0);
        assert!((800..1200).contains(&count("seldom")), "{}", count("seldom"));
    }

    #[test]
    fn ends_are_reached_and_not_passed() {
        let mut stream = Random::of(1, "ends", 0);
        let drawn: Vec<i64> = (0..1000).map(|_| stream.between(-1, 2)).collect();
        assert_eq!((drawn.iter().min(), drawn.iter().max()), (Some(&-1), Some(&2)));
        assert!((0..1000).all(|_| stream.exponential(3.0).is_finite()));
    }
}
