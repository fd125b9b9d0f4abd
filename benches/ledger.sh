#!/usr/bin/env bash
# Durable appends against SQLite and PostgreSQL, latency against the bare disk, verification, short-lived processes.
set -euo pipefail
# PostgreSQL takes part if it is there. On Debian it is installed, if whoever measures may do so; it is not started.
if ! command -v postgres >/dev/null && ! compgen -G '/usr/lib/postgresql/*/bin/postgres' >/dev/null; then
  root=()
  if [ "$(id -u)" != 0 ]; then root=(sudo -n); fi
  DEBIAN_FRONTEND=noninteractive "${root[@]}" apt-get install -y -q postgresql >&2 ||
    printf 'bench: PostgreSQL could not be installed; it is left out\n' >&2
fi
cargo build --release --quiet --locked -p portcullis-benches
exec "${CARGO_TARGET_DIR:-target}/release/portcullis-bench" ledger "$@"
