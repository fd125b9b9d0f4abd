#!/usr/bin/env bash
# CPU time from start to the end of the commands that hooks and people start most, against `git --version`.
set -euo pipefail
cargo build --release --quiet --locked -p portcullis -p portcullis-benches
exec "${CARGO_TARGET_DIR:-target}/release/portcullis-bench" start "$@"
