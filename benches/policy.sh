#!/usr/bin/env bash
# One decision under a policy of 500 rules, and one question about roles.
set -euo pipefail
cargo build --release --quiet --locked -p portcullis-benches
exec "${CARGO_TARGET_DIR:-target}/release/portcullis-bench" policy "$@"
