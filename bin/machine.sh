# shellcheck shell=bash
# What this machine has, and getting what it lacks. Sourced by bin/up and bin/test.

bold='' red='' plain=''
if [ -t 2 ] && [ -z "${NO_COLOR:-}" ]; then bold=$'\033[1m' red=$'\033[31m' plain=$'\033[0m'; fi
say() { printf '%s\n' "$bold$*$plain" >&2; }
die() { printf '%s\n' "$red$*$plain" >&2; exit 1; }

has() { command -v "$1" >/dev/null 2>&1; }
on_debian() { has apt-get && has dpkg; }

as_root() {
  if [ "$(id -u)" = 0 ]; then
    "$@"
  elif has sudo; then
    sudo "$@"
  else
    die "This needs root, and there is no sudo. Run as root: $*"
  fi
}

# Runs a command quietly; what it printed is shown only when it fails.
quietly() {
  local log
  log=$(mktemp)
  if ! "$@" >"$log" 2>&1; then
    cat "$log" >&2
    rm -f "$log"
    die "This failed: $*"
  fi
  rm -f "$log"
}

apt_updated=
apt_refresh() {
  [ -n "$apt_updated" ] || quietly as_root apt-get update -qq
  apt_updated=yes
}

# apt_install PACKAGE...
apt_install() {
  say "Installing $* ..."
  apt_refresh
  quietly as_root env DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends "$@"
}

# Rust is the one thing taken for granted.
need_rust() {
  if ! has cargo && [ -f "${CARGO_HOME:-$HOME/.cargo}/env" ]; then
    # shellcheck source=/dev/null
    . "${CARGO_HOME:-$HOME/.cargo}/env"
  fi
  has cargo || die "Rust is missing. Install it with rustup, then run this again:

    curl --proto '=https' --tlsv1.2 -sSf https://sh.rustup.rs | sh"
  local wanted found
  wanted=$(sed -n 's/^rust-version = "\(.*\)"/\1/p' Cargo.toml)
  found=$(rustc --version | cut -d' ' -f2)
  if [ "$(printf '%s\n' "$wanted" "$found" | sort -V | head -n1)" != "$wanted" ]; then
    die "Rust $wanted or newer is needed, here is $found. With rustup: rustup update"
  fi
}

# A C compiler (for the TLS library and the allocator) and the certificates that cargo trusts.
need_compiler() {
  if has cc && [ -e /usr/include/stdio.h ] && [ -d /etc/ssl/certs ]; then return; fi
  if on_debian; then
    apt_install gcc libc6-dev ca-certificates
  elif [ "$(uname)" = Darwin ]; then
    has cc || die "A C compiler is missing. Install it with: xcode-select --install"
  elif ! has cc; then
    die "A C compiler is missing. Install the packages gcc and the C library's headers (Fedora: dnf install gcc; Arch: pacman -S gcc; Alpine: apk add gcc musl-dev)."
  fi
}

# The folder of PostgreSQL's programs, release 15 or newer; fails when there is none. The program
# itself looks in the same places (app/src/cluster/binaries.rs).
postgres_folder() {
  local folder version
  for folder in "${MAUNTIC_PG_BIN:-}" "$(pg_config --bindir 2>/dev/null || true)" \
    $(printf '%s\n' /usr/lib/postgresql/*/bin /usr/pgsql-*/bin | sort -rV) \
    $(printf '%s\n' /opt/homebrew/opt/postgresql@*/bin /usr/local/opt/postgresql@*/bin | sort -rV) \
    /usr/local/pgsql/bin /usr/local/bin /usr/bin; do
    if [ -n "$folder" ] && [ -x "$folder/postgres" ] && [ -x "$folder/initdb" ]; then
      version=$("$folder/postgres" --version | sed -E 's/.*\(PostgreSQL\) ([0-9]+).*/\1/')
      if [ "$version" -ge 15 ]; then
        printf '%s\n' "$folder"
        return
      fi
    fi
  done
  return 1
}

need_postgres() {
  if postgres_folder >/dev/null; then return; fi
  if on_debian; then
    install_postgres_debian
  elif [ "$(uname)" = Darwin ]; then
    die "PostgreSQL 15 or newer is missing. Install it with: brew install postgresql@17"
  else
    die "PostgreSQL 15 or newer is missing. Install its server:

    Fedora, RHEL   sudo dnf install postgresql-server
    Arch           sudo pacman -S postgresql
    Alpine         sudo apk add postgresql17
    openSUSE       sudo zypper install postgresql-server

or set DATABASE_URL to a server that you have."
  fi
  postgres_folder >/dev/null || die "PostgreSQL was installed, but no release from 15 on was found."
}

# Debian makes and starts a cluster of its own with the package; ours is private, so that one would
# only be in the way. The choice holds for this installation and is not left behind.
install_postgres_debian() {
  apt_refresh
  local candidate choice=/etc/postgresql-common/createcluster.d/mauntic.conf
  candidate=$(apt-cache policy postgresql | sed -nE 's/^ *Candidate: ([0-9]+).*/\1/p')
  if [ "${candidate:-0}" -lt 15 ]; then
    die "PostgreSQL 15 or newer is needed; this system's own is ${candidate:-missing}. Newer ones come from PostgreSQL's package source:

    sudo apt-get install -y postgresql-common
    sudo /usr/share/postgresql-common/pgdg/apt.postgresql.org.sh -y
    sudo apt-get install -y postgresql-17"
  fi
  as_root mkdir -p "$(dirname "$choice")"
  echo 'create_main_cluster = false' | as_root tee "$choice" >/dev/null
  apt_install postgresql
  as_root rm -f "$choice"
}

# need_packages COMMAND:PACKAGE... installs the packages of commands that are missing.
need_packages() {
  local pair missing=()
  for pair in "$@"; do
    # Debian keeps some of them where only root looks.
    if ! has "${pair%%:*}" && [ ! -x "/usr/sbin/${pair%%:*}" ]; then missing+=("${pair#*:}"); fi
  done
  if [ "${#missing[@]}" = 0 ]; then return; fi
  on_debian || die "These are missing: ${missing[*]}. Install the packages that bear their names here."
  apt_refresh
  # Only postfix's tools are wanted: with no configuration its server does not start.
  if has debconf-set-selections; then
    echo 'postfix postfix/main_mailer_type select No configuration' | as_root debconf-set-selections
  fi
  apt_install "${missing[@]}"
}
