#!/usr/bin/env bash
# Building the index of 10 million events (or as many as you say), its size, and every shape of question.
set -euo pipefail
cargo build --release --quiet --locked -p portcullis-benches
exec "${CARGO_TARGET_DIR:-target}/release/portcullis-bench" index "$@"
