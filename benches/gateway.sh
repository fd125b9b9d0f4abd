#!/usr/bin/env bash
# The gate of models against nginx as a plain proxy and against LiteLLM: CPU for each request, first event, memory.
#
#   ./bench gateway [--seconds N] [--rounds N] [--streams N]
#
# nginx is a Debian package, which it installs where it may; LiteLLM comes from the Python package index into target/peers.
# One that can't be had is left out and named.
set -euo pipefail
peers="$PWD/target/peers"
mkdir -p "$peers"
quietly() { "$@" >"$peers/log" 2>&1 || printf 'bench: %s did not work: %s\n' "$1" "$(tail -1 "$peers/log")" >&2; }

# The run level keeps the package from starting a server of its own.
command -v nginx >/dev/null || quietly env RUNLEVEL=1 apt-get install -y -q --no-install-recommends nginx
if command -v python3 >/dev/null && [ ! -x "$peers/litellm/bin/litellm" ]; then
  quietly python3 -m venv "$peers/litellm"
  [ ! -x "$peers/litellm/bin/pip" ] || quietly "$peers/litellm/bin/pip" install --quiet 'litellm[proxy]'
fi
cargo build --release --quiet --locked -p portcullis -p portcullis-benches
exec "${CARGO_TARGET_DIR:-target}/release/portcullis-bench" gateway --peers "$peers" "$@"
