#!/usr/bin/env bash
# Builds the image with Docker, checks its content and runs it as Pipelines does: `bash scripts/check-image.sh`.
# Leaves target/image/confluence-pr-link-ARCH.tar for release.sh. CONTRIBUTING.md shows how to run it without a registry.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

name=confluence-pr-link
arch=$(docker version --format '{{.Server.Arch}}')
archive=target/image/$name-$arch.tar
layers=target/image/layers
revision=${BITBUCKET_COMMIT:-$(git rev-parse HEAD)}
same() { [ "$2" = "$3" ] || { echo "FAILED  $1: '$2' instead of '$3'" >&2 && exit 1; }; }
inspect() { docker image inspect --format "$1" "$name:check"; }
package() { sed -n "s/^$1 = \"\(.*\)\"\$/\1/p" Cargo.toml | head -n 1; }

# shellcheck disable=SC2086 # BUILD_OPTIONS is a list of options.
docker build --quiet ${BUILD_OPTIONS:-} --label "org.opencontainers.image.revision=$revision" --tag "$name:check" .

for label in "title=$name" "version=$(package version)" "source=$(package repository)" "licenses=$(package license)" \
    "description=$(package description)" "revision=$revision"; do
    same "label ${label%%=*}" "$(inspect "{{index .Config.Labels \"org.opencontainers.image.${label%%=*}\"}}")" "${label#*=}"
done
same "entrypoint, command and user" "$(inspect '{{.Config.Entrypoint}} {{.Config.Cmd}} {{.Config.User}}')" "[/$name] [] "
same "--version" "$(docker run --rm --network none "$name:check" --version)" "$name $(package version)"

rm -rf "$layers" && mkdir -p "$layers/files"
docker save --output "$archive.new" "$name:check"
tar -xf "$archive.new" -C "$layers"
for layer in $(python3 -c 'import json, sys; print(*json.load(sys.stdin)[0]["Layers"])' <"$layers/manifest.json"); do
    tar -xf "$layers/$layer" -C "$layers/files"
done
same "files" "$(cd "$layers/files" && echo *)" "LICENSE.txt README.md $name pipe.yml"
for file in LICENSE.txt README.md pipe.yml; do
    cmp "$file" "$layers/files/$file"
done
grep --quiet --fixed-strings .dep-v0 "$layers/files/$name" || { echo "FAILED  no list of dependencies" >&2 && exit 1; }
size=$(gzip -9 <"$archive.new" | wc -c)
[ "$size" -lt 5000000 ] || { echo "FAILED  $size bytes compressed" >&2 && exit 1; }
rm -rf "$layers"

cargo run --quiet --locked --example image -- "$name:check" docker
mv "$archive.new" "$archive"
echo "linux/$arch passed, $size bytes compressed: $archive"
