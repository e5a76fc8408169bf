//! Running scenarios: one by one as tests, or all of them with a table at the end.

use std::{
    fs,
    panic::AssertUnwindSafe,
    path::Path,
    process::ExitCode,
    time::{Duration, Instant},
};

use anyhow::Context;
use futures::FutureExt;

use crate::{
    plan::{Order, Plan, Size, fresh_seed},
    scenarios::{self, Report, Scenario},
    table::{self, Line},
};

/// As a test binary: what `cargo test` and `cargo nextest` ask of one.
/// <https://nexte.st/docs/design/custom-test-harnesses/>
pub fn test(arguments: &[String]) -> ExitCode {
    let has = |flag: &str| arguments.iter().any(|argument| argument == flag);
    let tests: Vec<&Scenario> = scenarios::ALL.iter().filter(|s| s.is_short).collect();
    if has("--list") {
        if !has("--ignored") {
            tests.iter().for_each(|test| println!("{}: test", test.name));
        }
        return ExitCode::SUCCESS;
    }
    let mut filters: Vec<&String> = Vec::new();
    let mut rest = arguments.iter();
    while let Some(argument) = rest.next() {
        // Options with a value of their own, which is no name.
        if ["--format", "--color", "--test-threads", "--skip", "-Z"].contains(&argument.as_str()) {
            rest.next();
        } else if !argument.starts_with('-') {
            filters.push(argument);
        }
    }
    let wanted = |test: &Scenario| {
        filters.is_empty()
            || filters.iter().any(|filter| match has("--exact") {
                true => *filter == test.name,
                false => test.name.contains(filter.as_str()),
            })
    };
    let order = Order {
        seed: fresh_seed(),
        size: Size::Short,
        recipients: 0,
    };
    let (mut passed, mut failed) = (0, 0);
    for test in tests.into_iter().filter(|test| wanted(test)) {
        let lines = carry_out(test, order);
        let good = lines.iter().all(Line::holds);
        table::print(&lines);
        println!("test {} ... {}", test.name, if good { "ok" } else { "FAILED" });
        if good { passed += 1 } else { failed += 1 }
    }
    let word = if failed == 0 { "ok" } else { "FAILED" };
    println!(
        "\ntest result: {word}. {passed} passed; {failed} failed; 0 ignored; 0 measured; 0 filtered out"
    );
    exit_code(failed == 0)
}

/// As a program.
pub fn run(plan: &Plan) -> ExitCode {
    let mut lines = Vec::new();
    for scenario in scenarios::ALL.iter().filter(|scenario| plan.wants(scenario)) {
        lines.extend(carry_out(scenario, plan.order));
    }
    println!("\n{}\n", table::heading(&plan.order));
    table::print(&lines);
    let good = lines.iter().all(Line::holds) && !lines.is_empty();
    if let Some(path) = &plan.write
        && let Err(error) = write(path, &plan.order, &lines)
    {
        eprintln!("chaos: {error:#}");
        return ExitCode::FAILURE;
    }
    let seed = plan.order.seed;
    if good {
        println!("\nEverything held. Seed {seed}.");
    } else {
        println!(
            "\nNot everything held. The same again: bin/chaos{} --seed {seed}",
            flag(plan.order.size)
        );
    }
    exit_code(good)
}

fn flag(size: Size) -> &'static str {
    match size {
        Size::Short => " --short",
        Size::Long => "",
    }
}

fn exit_code(good: bool) -> ExitCode {
    if good {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// One scenario. What goes wrong with it, down to a panic, is a line that does not hold.
fn carry_out(scenario: &Scenario, order: Order) -> Vec<Line> {
    eprintln!(
        "chaos: {} begins; the same again: bin/chaos{} --seed {} --scenario {}",
        scenario.name,
        flag(order.size),
        order.seed,
        scenario.name
    );
    let start = Instant::now();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a runtime can be made");
    let report: Report = runtime.block_on(async {
        let done = AssertUnwindSafe((scenario.run)(order)).catch_unwind().await;
        done.unwrap_or_else(|panic| {
            let text = panic.downcast_ref::<String>().cloned();
            let text = text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()));
            Err(anyhow::anyhow!("it panicked: {}", text.unwrap_or_default()))
        })
    });
    runtime.shutdown_timeout(Duration::from_secs(5));
    let mut lines = report.unwrap_or_else(|error| {
        vec![Line {
            what: scenario.what.to_owned(),
            asserted: "it can be carried out".to_owned(),
            violations: vec![format!("{error:#}")],
            ..Line::default()
        }]
    });
    let seconds = start.elapsed().as_secs();
    for line in &mut lines {
        line.scenario = scenario.name;
    }
    for line in lines.iter().filter(|line| !line.holds()) {
        for violation in &line.violations {
            eprintln!("chaos: {}: {}: {violation}", line.scenario, line.what);
        }
    }
    eprintln!("chaos: {} took {seconds} s", scenario.name);
    lines
}

/// Puts the table between the marks of a page.
fn write(path: &Path, order: &Order, lines: &[Line]) -> anyhow::Result<()> {
    const BEGIN: &str = "<!-- chaos: the table begins -->";
    const END: &str = "<!-- chaos: the table ends -->";
    let page = fs::read_to_string(path).with_context(|| format!("{} cannot be read", path.display()))?;
    let (before, rest) = page
        .split_once(BEGIN)
        .context("the page has no mark for the table")?;
    let (_, after) = rest
        .split_once(END)
        .context("the page does not say where the table ends")?;
    let table = table::markdown(lines);
    let text = format!(
        "{before}{BEGIN}\n\n{}\n\n{table}\n{END}{after}",
        table::heading(order)
    );
    fs::write(path, text)?;
    Ok(())
}
