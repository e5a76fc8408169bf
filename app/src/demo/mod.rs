//! `mauntic demo seed`: fills an installation with a believable organisation.
//!
//! The program runs inside this process, on a clock that begins weeks ago and is moved from event to
//! event. Everything is done as a person or a program would: by the API, and by following the links of
//! the mails that the built-in inbox caught. So what is seen afterwards is what the program does, and
//! no table is written behind its back.
//!
//! Invariants: the same seed makes the same organisation; what is there already is not made again.

mod arrivals;
mod catalogue;
mod contact_files;
mod content;
mod engagement;
mod funnel;
mod imports;
mod made;
mod mailbox;
mod population;
mod product;
mod random;
mod seed;
mod stage;
mod story;

pub use made::{Made, MadeCampaign};
pub use seed::{Order, Outcome, Owner, seed};
