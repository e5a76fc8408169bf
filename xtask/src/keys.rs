//! Every message key that the code names has an English message.

use std::{collections::BTreeSet, fs, path::Path};

use crate::{Source, at};

pub fn check(root: &Path, sources: &[Source]) -> anyhow::Result<Vec<String>> {
    let defined = defined(root)?;
    let mut complaints = Vec::new();
    for source in sources {
        let prefix = match (source.context(), source.krate.as_str()) {
            (Some(context), _) => format!("{context}-"),
            (None, "crates/platform") => "platform-".to_owned(),
            _ => continue,
        };
        for (text, line) in source.all_strings() {
            if is_key(text, &prefix) && !defined.contains(text) {
                complaints.push(at(source, *line, &format!("the message {text:?} is not defined")));
            }
        }
    }
    Ok(complaints)
}

fn is_key(text: &str, prefix: &str) -> bool {
    let rest = text.strip_prefix(prefix);
    rest.is_some_and(|rest| {
        !rest.is_empty()
            && !rest.ends_with('-')
            && rest
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
    })
}

fn defined(root: &Path) -> anyhow::Result<BTreeSet<String>> {
    let mut keys = BTreeSet::new();
    for group in ["crates", "contexts"] {
        for krate in fs::read_dir(root.join(group))? {
            let Ok(folder) = fs::read_dir(krate?.path().join("i18n")) else {
                continue;
            };
            for file in folder {
                let text = fs::read_to_string(file?.path())?;
                let names = text
                    .lines()
                    .filter(|line| line.starts_with(|c: char| c.is_ascii_lowercase()));
                keys.extend(names.filter_map(|line| Some(line.split_once('=')?.0.trim().to_owned())));
            }
        }
    }
    Ok(keys)
}

#[cfg(test)]
mod tests {
    use super::is_key;

    #[test]
    fn keys_are_told_from_other_words() {
        assert!(is_key("crm-contacts-title", "crm-"));
        assert!(!is_key("crm-", "crm-"));
        assert!(!is_key("crm-Contacts", "crm-"));
        assert!(!is_key("crm-error-", "crm-"));
        assert!(!is_key("delivery-x", "crm-"));
    }
}
