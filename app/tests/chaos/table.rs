//! The table: what was done, what had to hold, in figures, and whether it did.

use std::process::Command;

use crate::plan::Order;

/// One line.
#[derive(Clone, Debug, Default)]
pub struct Line {
    pub scenario: &'static str,
    /// What was done.
    pub what: String,
    /// What had to hold.
    pub asserted: String,
    /// What came of it.
    pub figures: String,
    /// What did not hold.
    pub violations: Vec<String>,
    /// Why it was not done, where something is missing for it.
    pub not_done: Option<String>,
}

impl Line {
    /// Whether all held. What was not done has not failed; it says so.
    pub fn holds(&self) -> bool {
        self.violations.is_empty()
    }

    fn result(&self) -> String {
        match (&self.not_done, self.violations.as_slice()) {
            (Some(why), _) => format!("not done: {why}"),
            (None, []) => "holds".to_owned(),
            (None, [only]) => format!("**violated**: {only}"),
            (None, [first, rest @ ..]) => format!("**violated**: {first} (and {} more)", rest.len()),
        }
    }
}

/// Seed, commit, machine.
pub fn heading(order: &Order) -> String {
    let commit = output("git", &["rev-parse", "--short=12", "HEAD"]);
    let changed = if output("git", &["status", "--porcelain", "--untracked-files=no"]).is_empty() {
        ""
    } else {
        ", with changes that are not committed"
    };
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let memory = std::fs::read_to_string("/proc/meminfo").unwrap_or_default();
    let memory: u64 = memory
        .lines()
        .find_map(|line| {
            line.strip_prefix("MemTotal:")?
                .trim()
                .split(' ')
                .next()?
                .parse()
                .ok()
        })
        .unwrap_or(0);
    format!(
        "Seed {}, commit {commit}{changed}; {cores} cores, {} GiB, {}, {}; {} form, {} build.",
        order.seed,
        memory / 1024 / 1024,
        output("uname", &["-sr"]),
        output("pg_config", &["--version"]),
        format!("{:?}", order.size).to_lowercase(),
        if cfg!(debug_assertions) {
            "debug"
        } else {
            "release"
        },
    )
}

fn output(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).output();
    output.map_or_else(
        |_| String::new(),
        |output| String::from_utf8_lossy(&output.stdout).trim().to_owned(),
    )
}

/// As Markdown.
pub fn markdown(lines: &[Line]) -> String {
    let mut text =
        "| scenario | what is done | asserted | figures | result |\n|---|---|---|---|---|\n".to_owned();
    for line in lines {
        let cells = [
            line.scenario,
            &line.what,
            &line.asserted,
            &line.figures,
            &line.result(),
        ];
        let cells = cells.map(|cell| cell.replace('|', "\\|").replace('\n', " "));
        text.push_str(&format!("| {} |\n", cells.join(" | ")));
    }
    text
}

/// To the terminal.
pub fn print(lines: &[Line]) {
    println!("{}", markdown(lines));
}
