#!/usr/bin/env bash
# The gate of models at saturation for ten minutes with faults: rows that are missing, failures of its own, memory.
#
#   ./bench endurance [--minutes N] [--clients N]
set -euo pipefail
cargo build --release --quiet --locked -p portcullis -p portcullis-benches
exec "${CARGO_TARGET_DIR:-target}/release/portcullis-bench" endurance "$@"
