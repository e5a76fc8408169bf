//! The `mauntic` program.

use std::process::ExitCode;

// Many small strings live for one request each; this allocator gives their memory back.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    mauntic::cli::main()
}
