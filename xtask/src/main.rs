//! Checks of the architecture: `cargo run -p xtask -- arch`.
//!
//! Each rule is a function from the sources to complaints; the first line of its module says what it
//! keeps true. A complaint names file and line.

mod keys;
mod layers;
mod links;
mod parity;
mod source;
mod sql;
mod text;
mod workspace;

use std::{path::Path, process::ExitCode};

use source::Source;

fn main() -> ExitCode {
    let task = std::env::args().nth(1);
    if task.as_deref() != Some("arch") {
        eprintln!("usage: cargo run -p xtask -- arch");
        return ExitCode::from(2);
    }
    match arch(Path::new(".")) {
        Ok(complaints) if complaints.is_empty() => {
            println!("arch: all rules hold");
            ExitCode::SUCCESS
        }
        Ok(complaints) => {
            for complaint in &complaints {
                eprintln!("{complaint}");
            }
            eprintln!("arch: {} complaints", complaints.len());
            ExitCode::FAILURE
        }
        Err(error) => {
            eprintln!("arch: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// All complaints about the workspace at `root`.
fn arch(root: &Path) -> anyhow::Result<Vec<String>> {
    let sources = source::read_all(root)?;
    let mut complaints = workspace::check(root)?;
    complaints.extend(sources.iter().flat_map(layers::check));
    complaints.extend(sources.iter().flat_map(sql::check));
    complaints.extend(sql::check_migrations(root)?);
    complaints.extend(sources.iter().flat_map(text::check));
    complaints.extend(sources.iter().flat_map(links::check));
    complaints.extend(keys::check(root, &sources)?);
    complaints.extend(parity::check(root)?);
    for source in &sources {
        if source.lines > 400 {
            println!(
                "advice: {} has {} lines; does it still tell one story?",
                source.path, source.lines
            );
        }
    }
    Ok(complaints)
}

/// A complaint that an editor can jump to.
fn at(source: &Source, line: usize, what: &str) -> String {
    format!("{}:{line}: {what}", source.path)
}

#[cfg(test)]
mod tests {
    #[test]
    fn all_rules_hold_in_this_workspace() {
        let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let complaints = super::arch(&root).expect("the workspace can be read");
        assert!(complaints.is_empty(), "{}", complaints.join("\n"));
    }
}
