# Short names for what a contributor does all day. `just` alone lists them.

default:
    @just --list

# Build and run, as a newcomer would.
up *args:
    bin/up {{args}}

# Run a debug build on the same data folder.
dev *args:
    cargo run -p mauntic -- up {{args}}

# All tests, or some: `just test -p crm`, `just test --e2e story`.
test *args:
    bin/test {{args}}

# What is fast enough to run before every commit.
check:
    cargo fmt --all --check
    cargo run --quiet -p xtask -- arch
    cargo clippy --workspace --all-targets -- -D warnings

# Format everything.
fmt:
    cargo fmt --all

# The reliability suite in its long form.
chaos *args:
    bin/chaos {{args}}

# Benchmarks, each beside its limit.
bench *args:
    bench/run {{args}}

# Licences, bans and sources of dependencies (cargo install cargo-deny).
deny:
    cargo deny check licenses bans sources
