#!/usr/bin/env bash
# The way out of a sandbox: bytes per second and time for a fresh connection through the broker, against the bare loopback.
#
#   ./bench egress [--mebibytes N] [--rounds N]
#
# It needs `unshare` (util-linux), `ip` (iproute2) and `nft` (nftables), the last two of which it installs where it may.
set -euo pipefail
for package in iproute2:ip nftables:nft; do
  command -v "${package#*:}" >/dev/null || apt-get install -y -q "${package%:*}" >/dev/null
done
cargo build --release --quiet --locked -p portcullis-benches
exec "${CARGO_TARGET_DIR:-target}/release/portcullis-bench" egress "$@"
