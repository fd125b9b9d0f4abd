#!/usr/bin/env bash
# Whether placeholders come back through damage, forgeries and any cutting of a stream, and how fast.
set -euo pipefail
cargo build --release --quiet --locked -p portcullis-benches
exec "${CARGO_TARGET_DIR:-target}/release/portcullis-bench" restore "$@"
