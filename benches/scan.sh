#!/usr/bin/env bash
# A scan of one tree by us and by other scanners: MB for each CPU second, peak memory, both cores, and a whole history.
#
#   ./bench scan [--tree DIR] [--repository DIR] [--seconds N]
#
# Without --tree it takes C source of Debian's kernel, which it installs where it may, and its documents apart from that. The other scanners are installed
# into target/peers, each by the client of its own package registry; one that can't be had is left out and named.
set -euo pipefail
peers="$PWD/target/peers"
mkdir -p "$peers"
quietly() { "$@" >"$peers/log" 2>&1 || printf 'bench: %s did not work: %s\n' "$1" "$(tail -1 "$peers/log")" >&2; }

if command -v python3 >/dev/null && [ ! -x "$peers/python/bin/pip" ]; then quietly python3 -m venv "$peers/python"; fi
if [ -x "$peers/python/bin/pip" ]; then
  for package in kingfisher-bin detect-secrets credsweeper; do
    quietly "$peers/python/bin/pip" install --quiet "$package"
  done
fi
[ -x "$peers/bin/ripsecrets" ] || quietly cargo install --quiet --root "$peers" ripsecrets

tree="$PWD/target/bench-source"
documents="$PWD/target/bench-documents"
if [ ! -d "$tree" ] && [[ " $* " != *" --tree "* ]]; then
  archive=$(ls /usr/src/linux-source-*.tar.xz 2>/dev/null | head -1 || true)
  if [ -z "$archive" ]; then
    quietly apt-get install -y -q linux-source
    archive=$(ls /usr/src/linux-source-*.tar.xz 2>/dev/null | head -1 || true)
  fi
  if [ -n "$archive" ]; then
    mkdir -p "$tree" "$documents"
    unpack=(tar -xJf "$archive" --strip-components=1 --wildcards --no-wildcards-match-slash)
    "${unpack[@]}" -C "$tree" '*/fs' '*/net'
    "${unpack[@]}" -C "$documents" '*/Documentation'
  fi
fi

cargo build --release --quiet --locked -p portcullis -p portcullis-benches
exec "${CARGO_TARGET_DIR:-target}/release/portcullis-bench" scan --peers "$peers" --default-tree "$tree" --documents "$documents" "$@"
