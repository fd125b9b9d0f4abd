#!/usr/bin/env bash
# What is found of texts that steer an agent or hide, by rule and by kind; false alarms; speed. --set FILE, --clean DIR, --model PATH, --write.
set -euo pipefail
cargo build --release --quiet --locked -p portcullis-benches
exec "${CARGO_TARGET_DIR:-target}/release/portcullis-bench" injection "$@"
