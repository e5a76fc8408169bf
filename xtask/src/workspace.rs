//! Crates depend on each other only inwards: kernel, contracts, ui-kit, platform, contexts, app. A
//! context never depends on a context, and the test kit is never shipped.

use std::{path::Path, process::Command};

use anyhow::{Context, ensure};
use serde_json::Value;

pub fn check(root: &Path) -> anyhow::Result<Vec<String>> {
    let output = Command::new("cargo")
        .args(["metadata", "--no-deps", "--format-version", "1", "--offline"])
        .current_dir(root)
        .output()
        .context("cargo metadata")?;
    ensure!(
        output.status.success(),
        "cargo metadata failed: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    let metadata: Value = serde_json::from_slice(&output.stdout)?;
    let root = metadata["workspace_root"].as_str().unwrap_or_default();
    let packages = metadata["packages"]
        .as_array()
        .context("metadata lists packages")?;
    Ok(packages
        .iter()
        .flat_map(|package| complaints(package, root))
        .collect())
}

fn complaints(package: &Value, root: &str) -> Vec<String> {
    let manifest = package["manifest_path"].as_str().unwrap_or_default();
    let from = folder(manifest, root);
    let dependencies = package["dependencies"].as_array().map_or(&[][..], Vec::as_slice);
    let ours = dependencies
        .iter()
        .filter(|d| d["source"].is_null() && d["kind"].is_null());
    ours.filter_map(|d| {
        let to = folder(
            &format!("{}/Cargo.toml", d["path"].as_str().unwrap_or_default()),
            root,
        );
        (!allowed(&from, &to)).then(|| format!("{from}/Cargo.toml: {from} must not depend on {to}"))
    })
    .collect()
}

fn folder(manifest: &str, root: &str) -> String {
    manifest
        .trim_start_matches(root)
        .trim_start_matches('/')
        .trim_end_matches("/Cargo.toml")
        .to_owned()
}

fn allowed(from: &str, to: &str) -> bool {
    const ORDER: [&str; 4] = [
        "crates/kernel",
        "crates/contracts",
        "crates/ui-kit",
        "crates/platform",
    ];
    let rank = |name: &str| match ORDER.iter().position(|o| *o == name) {
        Some(n) => n,
        None if name.starts_with("contexts/") => 4,
        None if name == "app" => 6,
        None if name == "bench" => 7,
        None => 5,
    };
    if to == "crates/testkit" {
        // The benchmarks drive the real program as tests do, and are not shipped either.
        return from == "bench";
    }
    from == "crates/testkit" && rank(to) < 4 || rank(to) < rank(from)
}

#[cfg(test)]
mod tests {
    use super::allowed;

    #[test]
    fn dependencies_point_inwards() {
        assert!(allowed("contexts/crm", "crates/platform"));
        assert!(allowed("crates/platform", "crates/ui-kit"));
        assert!(allowed("app", "contexts/crm"));
        assert!(!allowed("contexts/crm", "contexts/delivery"));
        assert!(!allowed("crates/kernel", "crates/contracts"));
        assert!(!allowed("crates/ui-kit", "crates/platform"));
        assert!(!allowed("app", "crates/testkit"));
    }
}
