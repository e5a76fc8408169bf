//! The table that is printed at the end.

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
    /// Rates: more is better, the ratio is ours over the limit's.
    pub fn rate(&mut self, what: &str, unit: &str, ours: f64, limit: (&str, f64), aim: &str) {
        self.add(
            what,
            format!("{} {unit}", short(ours)),
            format!("{} {} ({})", short(limit.1), unit, limit.0),
            ours / limit.1,
            aim,
        );
    }

    /// Durations in seconds: less is better, the ratio is ours over the limit's.
    pub fn time(&mut self, what: &str, ours: f64, limit: (&str, f64), aim: &str) {
        self.add(
            what,
            duration(ours),
            format!("{} ({})", duration(limit.1), limit.0),
            ours / limit.1,
            aim,
        );
    }

    /// A figure without a limit.
    pub fn figure(&mut self, what: &str, ours: String, aim: &str) {
        let line = Line {
            what: what.to_owned(),
            ours,
            limit: String::new(),
            ratio: String::new(),
            aim: aim.to_owned(),
        };
        self.show(line);
    }

    fn add(&mut self, what: &str, ours: String, limit: String, ratio: f64, aim: &str) {
        self.show(Line {
            what: what.to_owned(),
            ours,
            limit,
            ratio: format!("{ratio:.2}"),
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
