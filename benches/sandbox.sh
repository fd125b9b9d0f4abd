#!/usr/bin/env bash
# Starting a command within walls, and working there, against the bare command and bubblewrap where it is installed.
set -euo pipefail
cargo build --release --quiet --locked -p portcullis -p portcullis-benches
exec "${CARGO_TARGET_DIR:-target}/release/portcullis-bench" sandbox "$@"
