//! The table that is printed at the end.

/// A figure and its limit, taken one right after the other.
#[derive(Clone, Copy, Debug)]
pub struct Pair {
    /// What the program did.
    pub ours: f64,
    /// What the same work takes without it.
    pub limit: f64,
}

/// One line: a figure beside its limit.
pub struct Line {
    what: String,
    ours: String,
    limit: String,
    ratio: String,
    aim: String,
}

/// All lines so far.
#[derive(Default)]
pub struct Table(Vec<Line>);

impl Table {
    /// Rates: more is better. The ratio is ours over the limit's.
    pub fn rate(&mut self, what: &str, unit: &str, pairs: &[Pair], limit: &str, aim: &str) {
        self.add(
            what,
            pairs,
            |value| format!("{} {unit}", short(value)),
            limit,
            aim,
        );
    }

    /// Durations in seconds: less is better. The ratio is ours over the limit's.
    pub fn time(&mut self, what: &str, pairs: &[Pair], limit: &str, aim: &str) {
        self.add(what, pairs, duration, limit, aim);
    }

    /// A figure without a limit.
    pub fn figure(&mut self, what: &str, ours: String, aim: &str) {
        self.show(Line {
            what: what.to_owned(),
            ours,
            limit: String::new(),
            ratio: String::new(),
            aim: aim.to_owned(),
        });
    }

    fn add(&mut self, what: &str, pairs: &[Pair], write: impl Fn(f64) -> String, limit: &str, aim: &str) {
        let of = |value: fn(&Pair) -> f64| median(pairs.iter().map(value));
        self.show(Line {
            what: what.to_owned(),
            ours: write(of(|pair| pair.ours)),
            limit: format!("{} ({limit})", write(of(|pair| pair.limit))),
            ratio: ratios(pairs),
            aim: aim.to_owned(),
        });
    }

    /// Progress, so that a long run that is stopped has said something.
    fn show(&mut self, line: Line) {
        eprintln!("{}: {} {} {}", line.what, line.ours, line.limit, line.ratio);
        self.0.push(line);
    }

    /// As Markdown, which reads well in a terminal too.
    pub fn print(&self) {
        let head = ["measured", "ours", "limit in this run", "ratio", "aim"].map(str::to_owned);
        let rows: Vec<[String; 5]> = std::iter::once(head)
            .chain(
                self.0
                    .iter()
                    .map(|l| [&l.what, &l.ours, &l.limit, &l.ratio, &l.aim].map(Clone::clone)),
            )
            .collect();
        let width = |n: usize| rows.iter().map(|row| row[n].chars().count()).max().unwrap_or(0);
        let widths: [usize; 5] = std::array::from_fn(width);
        for (n, row) in rows.iter().enumerate() {
            let cells: Vec<String> = row
                .iter()
                .zip(widths)
                .map(|(cell, width)| format!("{cell:width$}"))
                .collect();
            println!("| {} |", cells.join(" | "));
            if n == 0 {
                println!("|{}|", widths.map(|width| "-".repeat(width + 2)).join("|"));
            }
        }
    }
}

/// The middle one; of an even number the lower of the two in the middle.
pub fn median(values: impl IntoIterator<Item = f64>) -> f64 {
    quantile(values, 0.5)
}

/// The value below which such a part of all lies.
pub fn quantile(values: impl IntoIterator<Item = f64>, part: f64) -> f64 {
    let mut values: Vec<f64> = values.into_iter().collect();
    values.sort_by(f64::total_cmp);
    let last = values.len().saturating_sub(1);
    values
        .get((last as f64 * part) as usize)
        .copied()
        .unwrap_or(f64::NAN)
}

/// The median of the ratios, and the least and the greatest when there are several.
fn ratios(pairs: &[Pair]) -> String {
    let all = || pairs.iter().map(|pair| pair.ours / pair.limit);
    let middle = median(all());
    if pairs.len() < 2 {
        return format!("{middle:.2}");
    }
    let (least, most) = all().fold((f64::MAX, f64::MIN), |(least, most), ratio| {
        (least.min(ratio), most.max(ratio))
    });
    format!("{middle:.2} ({least:.2} to {most:.2})")
}

fn short(value: f64) -> String {
    if value >= 10_000.0 {
        format!("{:.1}k", value / 1000.0)
    } else {
        format!("{value:.0}")
    }
}

/// Seconds as people read them.
pub fn duration(seconds: f64) -> String {
    if seconds < 1.0 {
        format!("{:.2} ms", seconds * 1000.0)
    } else {
        format!("{seconds:.2} s")
    }
}

#[cfg(test)]
mod tests {
    use super::{Pair, median, quantile, ratios};

    #[test]
    fn one_slow_round_does_not_move_the_figure() {
        let pairs = [(1.0, 2.0), (9.0, 2.0), (1.1, 2.0)].map(|(ours, limit)| Pair { ours, limit });
        assert_eq!(ratios(&pairs), "0.55 (0.50 to 4.50)");
        assert_eq!(ratios(&pairs[..1]), "0.50");
    }

    #[test]
    fn quantiles_are_values_that_were_measured() {
        let values = || (1..=100).map(f64::from);
        assert_eq!(median(values()), 50.0);
        assert_eq!(quantile(values(), 0.95), 95.0);
        assert!(median([]).is_nan());
    }
}
