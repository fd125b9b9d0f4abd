#!/usr/bin/env bash
# What is found of harmful skills, servers and tools, by class, and of honest ones; false alarms on a folder: folder DIR …
set -euo pipefail
exec cargo run --release --quiet --locked -p portcullis-trust --example trust_measure -- "$@"
