#!/usr/bin/env bash
# Writes the version everywhere it appears: `bash scripts/set-version.sh 1.2.3`. Without an argument, the one in Cargo.toml.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

version=${1:-$(sed -n '/^\[package\]/,/^\[/s/^version = "\(.*\)"$/\1/p' Cargo.toml)}
number='[0-9]\+\.[0-9]\+\.[0-9]\+'
expr "$version" : "$number\$" >/dev/null || { echo "'$version' isn't a version such as 1.2.3" >&2; exit 1; }

sed -i "/^\[package\]/,/^\[/s/^version = .*/version = \"$version\"/" Cargo.toml
sed -i "/^name = \"confluence-pr-link\"/{n;s/.*/version = \"$version\"/}" Cargo.lock fuzz/Cargo.lock
sed -i "s/\(image\.version=\"\)$number/\1$version/" Dockerfile
sed -i "s/\(confluence-pr-link:\)$number/\1$version/" pipe.yml README.md docs/*.md
echo "$version"
