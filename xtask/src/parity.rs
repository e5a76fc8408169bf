//! Every test that a parity table names exists: a row whose test is gone proves nothing.

use std::{collections::HashSet, fs, path::Path};

use anyhow::Context;

/// Complaints about `docs/parity/*.md`. A test is named as `crate path::of::the_test`, a browser story
/// as `e2e/<story>.test.mjs`; other words in backticks are not looked at.
pub fn check(root: &Path) -> anyhow::Result<Vec<String>> {
    let mut texts = Vec::new();
    for group in ["crates", "contexts", "app"] {
        read(&root.join(group), &mut texts)?;
    }
    let tests: HashSet<&str> = texts.iter().flat_map(|text| functions(text)).collect();
    let folder = root.join("docs/parity");
    let mut complaints = Vec::new();
    for entry in fs::read_dir(&folder).with_context(|| folder.display().to_string())? {
        let path = entry?.path();
        let text = fs::read_to_string(&path)?;
        for (number, line) in text.lines().enumerate() {
            let Some(last) = line
                .trim_end()
                .strip_suffix('|')
                .and_then(|line| line.rsplit('|').next())
            else {
                continue;
            };
            for name in quoted(last) {
                let missing = match name.split_once(' ') {
                    Some((_, test)) => test.rsplit("::").next().is_some_and(|test| !tests.contains(test)),
                    None => name.starts_with("e2e/") && !root.join(name).exists(),
                };
                if missing {
                    let file = path.strip_prefix(root).unwrap_or(&path).display();
                    complaints.push(format!("{file}:{}: there is no test {name}", number + 1));
                }
            }
        }
    }
    Ok(complaints)
}

/// The texts of all Rust files below a folder, those of tests too.
fn read(folder: &Path, texts: &mut Vec<String>) -> anyhow::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            read(&path, texts)?;
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            texts.push(fs::read_to_string(&path)?);
        }
    }
    Ok(())
}

/// What stands in backticks.
fn quoted(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

/// The names of all functions in a file.
fn functions(text: &str) -> impl Iterator<Item = &str> {
    text.split("fn ").skip(1).map(|rest| {
        let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_');
        &rest[..end.unwrap_or(rest.len())]
    })
}

#[cfg(test)]
mod tests {
    use super::{functions, quoted};

    #[test]
    fn names_are_read_from_tables_and_sources() {
        let names: Vec<&str> = quoted(" `crm lists::a`, or `e2e/story.test.mjs`").collect();
        assert_eq!(names, ["crm lists::a", "e2e/story.test.mjs"]);
        let found: Vec<&str> = functions("async fn a_b() {}\nfn c<T>() {}").collect();
        assert_eq!(found, ["a_b", "c"]);
    }
}
