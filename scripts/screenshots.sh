#!/usr/bin/env bash
# Takes pictures to look at, in target/pictures or the named directory: both sides of the demo, and a review on screens and
# on paper. Needs chromium and pdftoppm. docs/both-sides.png is the first one, made smaller by pngquant.
set -euo pipefail
cd "$(dirname "$0")/.."

pictures=$(mkdir -p "${1:-target/pictures}" && cd "${1:-target/pictures}" && pwd)
profile=$(mktemp -d)
# shellcheck disable=SC2154 # `coproc` sets demo_PID.
trap 'kill "${demo_PID:-}" 2>/dev/null || true; rm -rf "$profile"' EXIT
browser() {
    timeout 60 chromium --headless --no-sandbox --disable-gpu --no-first-run --disable-background-networking \
        --hide-scrollbars --enable-logging=stderr --user-data-dir="$profile" "$@" 2>"$profile/log"
    # A page that breaks its own content security policy logs it here and nowhere else.
    ! grep -E 'CONSOLE|Content Security Policy' "$profile/log" >&2
}

coproc demo { exec cargo run --quiet --locked -p demo -- --serve; }
read -r url _ <&"${demo[0]}"
browser --window-size=1680,1330 --screenshot="$pictures/both-sides.png" "$url"

for size in month large; do
    mkdir -p "$pictures/$size"
    cargo run --quiet --locked --example review -- "$pictures/$size" $size
    for width in 1280 1680; do
        browser --window-size="$width,1900" --screenshot="$pictures/review-$size-$width.png" "file://$pictures/$size/review.html"
    done
    browser --no-pdf-header-footer --print-to-pdf="$profile/print.pdf" "file://$pictures/$size/review.html"
    pdftoppm -r 80 -png "$profile/print.pdf" "$pictures/review-$size-print"
done
# 40 pages and 60 pull requests fit on five sheets.
[ "$(find "$pictures" -name 'review-large-print*' | wc -l)" -le 5 ]
ls "$pictures"
