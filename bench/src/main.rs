//! Measures the program beside the limits of the machine, in the same run.
//!
//! Every figure stands beside what the same work costs without us: the same rows by bare SQL, the same
//! mails by `smtp-source`, the same answers by a bare server. Ratios carry from machine to machine;
//! figures do not. Nothing here fails on time.

mod campaign;
mod footprint;
mod import;
mod list;
mod machine;
mod segment;
mod table;
mod tracking;

use anyhow::Context;
use machine::Machine;
use table::Table;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// In this order, since later ones use what earlier ones brought in.
const MEASUREMENTS: [&str; 6] = ["import", "segment", "list", "campaign", "tracking", "footprint"];

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let mut arguments: Vec<String> = std::env::args().skip(1).collect();
    if arguments.first().is_some_and(|first| first == "bare-server") {
        return tracking::bare_server().await;
    }
    let contacts = take_number(&mut arguments, "--contacts")?.unwrap_or(1_000_000);
    let mails = take_number(&mut arguments, "--mails")?.unwrap_or(100_000);
    if let Some(unknown) = arguments
        .iter()
        .find(|name| !MEASUREMENTS.contains(&name.as_str()))
    {
        anyhow::bail!("{unknown} is not one of {}", MEASUREMENTS.join(", "));
    }
    let wanted = |name: &str| arguments.is_empty() || arguments.iter().any(|a| a == name);

    rustls::crypto::aws_lc_rs::default_provider()
        .install_default()
        .ok();
    println!("{}\n", machine::describe());
    let mut table = Table::default();
    let mut machine = Machine::start().await.context("the program did not start")?;
    let result = measure(&mut machine, &mut table, contacts, mails, wanted).await;
    machine.program.stop().await?;
    table.print();
    result
}

async fn measure(
    on: &mut Machine,
    table: &mut Table,
    contacts: usize,
    mails: usize,
    wanted: impl Fn(&str) -> bool,
) -> anyhow::Result<()> {
    if wanted("footprint") {
        footprint::measure_idle(on, table).await?;
    }
    // Everything else needs contacts.
    import::measure(on, table, contacts, wanted("import"))
        .await
        .context("import")?;
    if wanted("segment") {
        segment::measure(on, table).await.context("segment")?;
    }
    if wanted("list") {
        list::measure(on, table).await.context("list")?;
    }
    if wanted("campaign") || wanted("tracking") {
        let mail = campaign::measure(on, table, mails).await.context("campaign")?;
        if wanted("tracking") {
            tracking::measure(on, table, &mail).await.context("tracking")?;
        }
    }
    if wanted("footprint") {
        footprint::measure_peak(on, table)?;
        footprint::measure_restart(on, table).await?;
    }
    Ok(())
}

fn take_number(arguments: &mut Vec<String>, name: &str) -> anyhow::Result<Option<usize>> {
    let Some(at) = arguments.iter().position(|a| a == name) else {
        return Ok(None);
    };
    arguments.remove(at);
    anyhow::ensure!(at < arguments.len(), "{name} wants a number");
    Ok(Some(arguments.remove(at).parse()?))
}
