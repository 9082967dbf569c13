#!/usr/bin/env bash
# Takes pictures of review.html in a browser, to be looked at: light.png, dark.png, narrow.png, plain.png (without
# JavaScript) and print-N.png, in the directory that is named, by default target/review. Needs chromium and pdftoppm.
set -euo pipefail
cd "$(dirname "$0")/.."

pictures=${1:-${CARGO_TARGET_DIR:-target}/review}
mkdir -p "$pictures"
pictures=$(cd "$pictures" && pwd)
profile=$(mktemp -d)
trap 'rm -rf "$profile"' EXIT
rm -f "$pictures"/*.png "$pictures"/print.pdf
cargo run --quiet --locked --example review -- "$pictures"

# The page as a browser without JavaScript has it.
perl -0pe 's/<script>.*<\/script>//s' "$pictures/review.html" >"$profile/plain.html"

browser() {
    timeout 60 chromium --headless --no-sandbox --disable-gpu --disable-quic --no-first-run \
        --disable-background-networking --disable-component-update --disable-sync --hide-scrollbars \
        --enable-logging=stderr --user-data-dir="$profile" "$@" "file://$page" 2>"$profile/log" ||
        { cat "$profile/log" >&2; return 1; }
    # A broken rule of the page's own policy shows here and nowhere else.
    if grep -E 'CONSOLE|Content Security Policy' "$profile/log" >&2; then return 1; fi
}

page=$pictures/review.html
browser --blink-settings=preferredColorScheme=1 --window-size=1680,1900 --screenshot="$pictures/light.png"
browser --blink-settings=preferredColorScheme=0 --window-size=1680,1900 --screenshot="$pictures/dark.png"
browser --blink-settings=preferredColorScheme=1 --window-size=600,1600 --screenshot="$pictures/narrow.png"
browser --no-pdf-header-footer --print-to-pdf="$pictures/print.pdf"
page=$profile/plain.html
browser --blink-settings=preferredColorScheme=1 --window-size=1680,1200 --screenshot="$pictures/plain.png"
pdftoppm -r 80 -png "$pictures/print.pdf" "$pictures/print"
ls "$pictures"
