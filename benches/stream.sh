#!/usr/bin/env bash
# Whether a stream shows the same findings however it is cut into pieces, and what a piece costs.
set -euo pipefail
cargo build --release --quiet --locked -p portcullis-benches
exec "${CARGO_TARGET_DIR:-target}/release/portcullis-bench" stream "$@"
