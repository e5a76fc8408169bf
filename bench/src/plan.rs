//! What is measured, how large, and how often.

use std::fmt;

/// All there are.
const MEASUREMENTS: [&str; 9] = [
    "import",
    "segment",
    "rules",
    "latency",
    "list",
    "ingestion",
    "campaign",
    "tracking",
    "footprint",
];

/// What the command line asks for.
#[derive(Debug, PartialEq, Eq)]
pub struct Plan {
    /// How many contacts there are.
    pub contacts: usize,
    /// How many of them get a mail.
    pub mails: usize,
    /// How many events each of the contacts has.
    pub events_each: usize,
    /// How often each figure is taken.
    pub rounds: usize,
    /// For how many seconds requests are made.
    pub load_seconds: usize,
    only: Vec<String>,
}

impl Plan {
    /// Reads `--quick`, `--contacts`, `--events` (of each contact), `--mails`, `--rounds` and names of
    /// measurements.
    pub fn parse(arguments: Vec<String>) -> anyhow::Result<Self> {
        let mut plan = Self {
            contacts: 1_000_000,
            mails: 100_000,
            events_each: 20,
            rounds: 3,
            load_seconds: 10,
            only: Vec::new(),
        };
        if arguments.iter().any(|argument| argument == "--quick") {
            plan.contacts = 50_000;
            plan.mails = 10_000;
            plan.load_seconds = 3;
        }
        let mut arguments = arguments.into_iter();
        while let Some(argument) = arguments.next() {
            let mut number = || {
                let value = arguments.next().and_then(|value| value.parse().ok());
                value
                    .filter(|n| *n > 0)
                    .ok_or_else(|| anyhow::anyhow!("{argument} wants a number"))
            };
            match argument.as_str() {
                "--quick" => {}
                "--contacts" => plan.contacts = number()?,
                "--events" => plan.events_each = number()?,
                "--mails" => plan.mails = number()?,
                "--rounds" => plan.rounds = number()?,
                name if MEASUREMENTS.contains(&name) => plan.only.push(argument),
                other => anyhow::bail!("{other} is not one of {}", MEASUREMENTS.join(", ")),
            }
        }
        Ok(plan)
    }

    /// Whether a measurement is to be taken.
    pub fn wants(&self, name: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|only| only == name)
    }

    /// Whether anything but this one is.
    pub fn wants_more_than(&self, name: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|only| only != name)
    }
}

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            contacts,
            mails,
            events_each,
            rounds,
            ..
        } = self;
        let events = contacts * events_each;
        write!(
            f,
            "{contacts} contacts, {events} events, {mails} mails, the median of {rounds} rounds with their spread"
        )
    }
}

#[cfg(test)]
mod tests {
    use super::Plan;

    fn plan(line: &str) -> anyhow::Result<Plan> {
        Plan::parse(line.split_whitespace().map(str::to_owned).collect())
    }

    #[test]
    fn without_arguments_everything_is_measured_at_full_size() {
        let plan = plan("").expect("valid");
        assert_eq!((plan.contacts, plan.mails), (1_000_000, 100_000));
        assert!(plan.wants("list") && plan.wants("footprint"));
    }

    #[test]
    fn names_choose_and_sizes_are_taken_wherever_they_stand() {
        let plan = plan("list --contacts 5000 --quick footprint").expect("valid");
        assert_eq!((plan.contacts, plan.mails), (5_000, 10_000));
        assert!(plan.wants("list") && !plan.wants("import") && plan.wants_more_than("footprint"));
    }

    #[test]
    fn what_is_not_understood_is_refused() {
        for line in ["lists", "--contacts", "--mails many", "--rounds 0"] {
            assert!(plan(line).is_err(), "{line}");
        }
    }
}
