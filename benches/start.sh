#!/usr/bin/env bash
# Start-up: CPU time from start to first useful output, against `git --version` and an empty program (/bin/true).
#
# Each command is run many times in a row by one shell, whose clock of its children's CPU time (user and system) is read
# before and after. That counts everything: loading, linking, parsing, printing, exiting.
set -euo pipefail
runs=${1:-200}
cargo build --release --quiet --locked -p portcullis
binary=${CARGO_TARGET_DIR:-target}/release/portcullis
state=$(mktemp -d)
trap 'rm -rf "$state"' EXIT
export PORTCULLIS_HOME="$state/home"

# cpu COMMAND…: milliseconds of CPU time per run.
cpu() {
  local times
  "$@" >/dev/null 2>&1 || true
  times=$(bash -c 'for ((i = 0; i < $1; i++)); do "${@:2}" >/dev/null 2>&1; done; times' _ "$runs" "$@" | tail -1)
  awk -v runs="$runs" '{
    total = 0
    for (i = 1; i <= 2; i++) { split($i, part, /[ms]/); total += part[1] * 60 + part[2] }
    printf "%.2f", total * 1000 / runs
  }' <<<"$times"
}

empty=$(cpu /bin/true)
git=$(cpu git --version)
printf '%-34s %8s %10s\n' "command" "ms CPU" "× git"
row() { printf '%-34s %8s %10s\n' "$1" "$2" "$(awk -v a="$2" -v b="$git" 'BEGIN { printf "%.2f", a / (b > 0 ? b : 0.01) }')"; }
row "/bin/true" "$empty"
row "git --version" "$git"
for command in "--version" "--help" "policy check" "log add --text start" "log verify" "doctor"; do
  # shellcheck disable=SC2086 # the words of a command are words
  row "portcullis $command" "$(cpu "$binary" $command)"
done
