#!/usr/bin/env bash
# Takes the README's picture of both sides: docs/both-sides.png, or the file that is named.
# Needs chromium; pngquant makes the file smaller when it is there. `dark` as a second argument shows the dark colours.
set -euo pipefail
cd "$(dirname "$0")/.."

picture=${1:-docs/both-sides.png}
scheme=$([ "${2:-light}" = dark ] && echo 0 || echo 1)
profile=$(mktemp -d)
cargo build --quiet --locked -p demo
coproc demo { exec "${CARGO_TARGET_DIR:-target}/debug/demo" --serve; }
# shellcheck disable=SC2154 # `coproc` sets it
server=$demo_PID
trap 'kill "$server" 2>/dev/null || true; rm -rf "$profile"' EXIT
read -r -t 20 url _ <&"${demo[0]}"

timeout 60 chromium --headless --no-sandbox --disable-gpu --disable-quic --no-first-run \
    --disable-background-networking --disable-component-update --disable-sync --hide-scrollbars \
    --blink-settings="preferredColorScheme=$scheme" --user-data-dir="$profile" \
    --window-size=1680,1330 --screenshot="$picture" "$url" 2>/dev/null
if command -v pngquant >/dev/null; then
    pngquant --force --skip-if-larger --strip --output "$picture" 128 -- "$picture"
fi
echo "$picture: $(wc -c <"$picture") bytes"
