//! What is run, how much of it, and by which seed.

use std::{
    path::{Path, PathBuf},
    str::FromStr,
};

use anyhow::{Context, bail, ensure};

use crate::scenarios;

pub const USAGE: &str = "\
bin/chaos [--short] [--seed N] [--scenario NAME]... [--recipients N] [--write FILE]

  --short          as in the tests: fewer scenarios, fewer of everything
  --seed N         lets chance fall as it did in the run that printed this seed
  --scenario NAME  only this one; may be given several times
  --recipients N   of the campaign that is killed again and again (100,000)
  --write FILE     writes the table into this file, between its marks";

/// How much is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Size {
    /// As a test among others.
    Short,
    /// As a run of its own.
    Long,
}

/// What a scenario is told.
#[derive(Clone, Copy, Debug)]
pub struct Order {
    pub seed: u64,
    pub size: Size,
    /// Of the large campaign.
    pub recipients: usize,
}

impl Order {
    /// One number for the short form, another for the long one.
    pub fn choose(&self, short: usize, long: usize) -> usize {
        match self.size {
            Size::Short => short,
            Size::Long => long,
        }
    }
}

/// A run.
#[derive(Debug)]
pub struct Plan {
    pub order: Order,
    /// By name; empty means all.
    chosen: Vec<String>,
    /// Where the table goes beside the terminal.
    pub write: Option<PathBuf>,
}

impl Plan {
    pub fn parse(arguments: &[String]) -> anyhow::Result<Self> {
        let mut plan = Self {
            order: Order {
                seed: fresh_seed(),
                size: Size::Long,
                recipients: 100_000,
            },
            chosen: Vec::new(),
            write: None,
        };
        let mut arguments = arguments.iter();
        while let Some(argument) = arguments.next() {
            let mut value = || {
                arguments
                    .next()
                    .with_context(|| format!("{argument} needs a value"))
            };
            match argument.as_str() {
                "--short" => plan.order.size = Size::Short,
                "--seed" => plan.order.seed = number(value()?)?,
                "--recipients" => plan.order.recipients = number(value()?)?,
                "--scenario" => plan.choose(value()?)?,
                "--write" => plan.write = Some(from_root(value()?)),
                other => bail!("{other} is no option"),
            }
        }
        ensure!(plan.order.recipients >= 1_000, "--recipients: at least 1,000");
        Ok(plan)
    }

    fn choose(&mut self, name: &str) -> anyhow::Result<()> {
        let names: Vec<&str> = scenarios::ALL.iter().map(|scenario| scenario.name).collect();
        ensure!(
            names.contains(&name),
            "there is no scenario {name}; there are {}",
            names.join(", ")
        );
        self.chosen.push(name.to_owned());
        Ok(())
    }

    /// Whether a scenario is part of it.
    pub fn wants(&self, scenario: &scenarios::Scenario) -> bool {
        match self.chosen.is_empty() {
            true => scenario.is_short || self.order.size == Size::Long,
            false => self.chosen.iter().any(|name| name == scenario.name),
        }
    }
}

/// A seed that nobody has had.
pub fn fresh_seed() -> u64 {
    // Short enough to be typed again.
    uuid::Uuid::new_v4().as_u128() as u64 % 1_000_000_000
}

/// Tests run in the folder of their package; people give paths from the root of the workspace.
fn from_root(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path)
}

fn number<N: FromStr>(text: &str) -> anyhow::Result<N> {
    text.parse().ok().with_context(|| format!("{text} is no number"))
}
