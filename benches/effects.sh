#!/usr/bin/env bash
# Telling what commands would do: those of the corpus one by one, and long ones that are built to be slow.
set -euo pipefail
exec cargo run --release --quiet --locked -p portcullis-effects --example tell_bench
