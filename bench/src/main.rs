//! Measures the program beside the limits of the machine, in the same run.
//!
//! Every figure stands beside what the same work costs without us: the same rows by bare SQL, the same
//! mails by `smtp-source`, the same answers by a bare server. Each is taken several times, its limit
//! right before or after it, and what counts is the median of the ratios: a machine that is busy with
//! something else for a while slows both down. Ratios carry from machine to machine; figures do not.
//! Nothing here fails on time.

mod activity;
mod campaign;
mod footprint;
mod hand;
mod import;
mod ingestion;
mod latency;
mod list;
mod machine;
mod plan;
mod rules;
mod segment;
mod table;
mod tracking;

use anyhow::Context;
use machine::Machine;
use plan::Plan;
use table::Table;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if arguments.first().is_some_and(|first| first == "bare-server") {
        return tracking::bare_server().await;
    }
    if arguments.first().is_some_and(|first| first == "bare-json-server") {
        return ingestion::bare_server().await;
    }
    let plan = Plan::parse(arguments)?;
    rustls::crypto::aws_lc_rs::default_provider()
        .install_default()
        .ok();
    println!("{}\n{plan}\n", machine::describe());
    let mut table = Table::default();
    let mut machine = Machine::start().await.context("the program did not start")?;
    let result = measure(&mut machine, &mut table, &plan).await;
    machine.program.stop().await?;
    table.print();
    result
}

/// In this order, since later ones use what earlier ones brought in.
async fn measure(on: &mut Machine, table: &mut Table, plan: &Plan) -> anyhow::Result<()> {
    if plan.wants("footprint") {
        footprint::measure_idle(on, table).await?;
    }
    // Everything else needs contacts.
    if plan.wants_more_than("footprint") {
        import::measure(on, table, plan).await.context("import")?;
    }
    if plan.wants("segment") {
        segment::measure(on, table, plan).await.context("segment")?;
    }
    if ["rules", "latency", "list", "ingestion"]
        .iter()
        .any(|name| plan.wants(name))
    {
        activity::fill(on, plan).await.context("activity")?;
    }
    if plan.wants("rules") {
        rules::measure(on, table, plan).await.context("rules")?;
    }
    if plan.wants("latency") {
        latency::measure(on, table, plan).await.context("latency")?;
    }
    if plan.wants("list") {
        list::measure(on, table, plan).await.context("list")?;
    }
    if plan.wants("ingestion") {
        ingestion::measure(on, table, plan).await.context("ingestion")?;
    }
    if plan.wants("campaign") || plan.wants("tracking") {
        let mail = campaign::measure(on, table, plan).await.context("campaign")?;
        if plan.wants("tracking") {
            tracking::measure(on, table, plan, &mail)
                .await
                .context("tracking")?;
        }
    }
    if plan.wants("footprint") {
        footprint::measure_peak(on, table)?;
        footprint::measure_restart(on, table).await?;
    }
    Ok(())
}
