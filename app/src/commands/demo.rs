use std::process::ExitCode;

use clap::Args;
use contracts::identity::LOGIN;
use platform::Config;

use crate::{
    demo::{self, Made, Order, Outcome, Owner},
    process::Database,
};

/// What to make.
#[derive(Args)]
pub struct Size {
    /// How many contacts.
    #[arg(long, default_value_t = 5_000)]
    contacts: usize,
    /// The same number makes the same people, who do the same things.
    #[arg(long, default_value_t = 42)]
    seed: u64,
}

/// Fills the installation with a made-up organisation.
pub async fn seed(config: Config, size: &Size) -> anyhow::Result<ExitCode> {
    let url = config.base_url();
    let database = Database::start(&config).await?;
    let order = Order {
        contacts: size.contacts,
        seed: size.seed,
    };
    let result = demo::seed(config, database.url(), order, &|line| println!("  {line}")).await;
    database.stop().await?;
    match result? {
        Outcome::AlreadyThere => println!("The demo data is there already; nothing was changed."),
        Outcome::Made { owner, made } => print(&made, owner.as_ref(), &url),
    }
    Ok(ExitCode::SUCCESS)
}

fn print(made: &Made, owner: Option<&Owner>, url: &str) {
    println!(
        "\nContacts   {} (and {} rows of the file refused, as they should be)",
        made.contacts, made.refused_rows
    );
    println!("Templates  {}", made.templates);
    println!("Segments");
    for (name, members) in &made.segments {
        println!("  {members:>6}  {name}");
    }
    println!("Campaigns");
    for campaign in &made.campaigns {
        println!("  {:<9}  {}", campaign.state, campaign.name);
        if campaign.sent > 0 {
            println!(
                "             {} sent, {} opened, {} clicked, {} unsubscribed",
                campaign.sent, campaign.opened, campaign.clicked, campaign.unsubscribed
            );
        }
    }
    println!(
        "\nStart the program with `mauntic up`, then sign in at {url}{}",
        LOGIN.url()
    );
    match owner {
        Some(Owner { email, password }) => {
            println!("  e-mail    {email}\n  password  {password}\nThe password is not shown again.");
        }
        None => println!("with the account that you made when you set it up."),
    }
}
