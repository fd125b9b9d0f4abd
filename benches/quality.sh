#!/usr/bin/env bash
# How well secrets are found: precision and recall on a labelled set, by us and by other scanners, and noise in clean source.
#
#   ./bench quality [--misses test] [--noise] [--alone] [--clean DIR]…
#
# The labelled set is made anew by each run, from the templates in benches/quality. The other scanners are installed into
# target/peers, each by the client of its own package registry; one that can't be had is left out and named. Without
# --clean it takes the trees of source that this machine has: a kernel's, crates', Python's own.
set -euo pipefail
peers="${PORTCULLIS_PEERS:-$PWD/target/peers}"
mkdir -p "$peers"
quietly() { "$@" >"$peers/log" 2>&1 || printf 'bench: %s did not work: %s\n' "$1" "$(tail -1 "$peers/log")" >&2; }

if [[ " $* " != *" --alone "* && " $* " != *" --export "* ]]; then
  if command -v python3 >/dev/null && [ ! -x "$peers/python/bin/pip" ]; then quietly python3 -m venv "$peers/python"; fi
  for package in kingfisher-bin detect-secrets credsweeper; do
    [ -x "$peers/python/bin/${package%-bin}" ] || quietly "$peers/python/bin/pip" install --quiet "$package"
  done
  [ -x "$peers/bin/ripsecrets" ] || quietly cargo install --quiet --root "$peers" ripsecrets
  if [ ! -x "$peers/bin/gitleaks" ] && command -v gitleaks >/dev/null; then
    mkdir -p "$peers/bin" && ln -s "$(command -v gitleaks)" "$peers/bin/gitleaks"
  fi
fi

clean=()
if [[ " $* " != *" --clean "* ]]; then
  for tree in "$PWD/target/bench-tree" /usr/src/linux-source-* "${CARGO_HOME:-$HOME/.cargo}/registry/src" \
    "$(python3 -c 'import sysconfig; print(sysconfig.get_paths()["stdlib"])' 2>/dev/null || true)"; do
    if [ -d "$tree" ]; then clean+=(--clean "$tree"); fi
  done
fi

cargo build --release --quiet --locked -p portcullis -p portcullis-benches
exec "${CARGO_TARGET_DIR:-target}/release/portcullis-bench" quality --peers "$peers" ${clean[@]+"${clean[@]}"} "$@"
