//! Embeds the migrations: a list of all files of `migrations/`, in their order.

#![expect(
    clippy::disallowed_methods,
    reason = "cargo talks to a build script by its environment"
)]

use std::{env, fmt::Write as _, fs, path::Path};

fn main() {
    let folder = Path::new(&env::var("CARGO_MANIFEST_DIR").expect("set by cargo")).join("../migrations");
    println!("cargo::rerun-if-changed={}", folder.display());
    let mut files: Vec<_> = fs::read_dir(&folder)
        .expect("the migrations are there")
        .map(|entry| entry.expect("the folder can be read").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "sql"))
        .collect();
    files.sort();
    let mut list = String::from("&[\n");
    for file in files {
        let name = file
            .file_stem()
            .expect("a file has a name")
            .to_string_lossy()
            .into_owned();
        let path = file.canonicalize().expect("the file is there");
        writeln!(
            list,
            "Migration {{ name: {name:?}, sql: include_str!({path:?}) }},"
        )
        .expect("a string grows");
    }
    list.push(']');
    let out = Path::new(&env::var("OUT_DIR").expect("set by cargo")).join("timeline.rs");
    fs::write(out, list).expect("the output folder can be written");
}
