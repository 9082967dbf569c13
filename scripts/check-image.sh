#!/usr/bin/env bash
# Builds the image from the Dockerfile as it stands and proves that it works: `bash scripts/check-image.sh`.
#
# With a Docker engine, Docker builds and runs it. Without one podman does, which needs Debian, root and no registry;
# what is missing is installed by apt-get. Then the argument may name another architecture: with `check-image.sh arm64`
# the program is compiled here, for that one, and runs by emulation. The image that passed is left as
# `target/image/confluence-pr-link-ARCH.tar`; what podman keeps for the next time is below /var/tmp/confluence-pr-link.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

name=confluence-pr-link
own=$(dpkg --print-architecture)
arch=${1:-$own}
place=$PWD/target/image
limit=5000000
emulator=/proc/sys/fs/binfmt_misc/qemu-aarch64
mkdir -p "$place"

say() { printf '%s\n' "$*"; }
fail() { say "FAILED  $*" >&2 && exit 1; }
passed() { say "ok      $*"; }

needs() {
    local missing=() entry
    for entry in "$@"; do
        command -v "${entry%%:*}" >/dev/null || missing+=("${entry##*:}")
    done
    [ ${#missing[@]} -gt 0 ] || return 0
    say "Installing ${missing[*]}"
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install --yes -qq --no-install-recommends "${missing[@]}" >/dev/null
}

# The kernel hands programs for arm64 to the emulator, in containers too (flag F); only until the script ends.
emulate() {
    needs qemu-aarch64-static:qemu-user-static
    [ ! -e "$emulator" ] || return 0
    mountpoint -q "${emulator%/*}" || mount -t binfmt_misc binfmt_misc "${emulator%/*}"
    printf '%s' ':qemu-aarch64:M::\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\xb7\x00:\xff\xff\xff\xff\xff\xff\xff\x00\xff\xff\xff\xff\xff\xff\xff\xff\xfe\xff\xff\xff:/usr/bin/qemu-aarch64-static:F' \
        >"${emulator%/*}/register"
    trap 'echo -1 >"$emulator"' EXIT
}

# podman with storage of its own. runc, because crun wants newer control groups than some containers have.
use_podman() {
    needs podman:podman runc:runc debootstrap:debootstrap
    [ "$arch" = "$own" ] || emulate
    local storage=/var/tmp/$name/$arch
    mkdir -p "$storage"
    printf '[storage]\ndriver = "overlay"\ngraphroot = "%s/root"\nrunroot = "%s/run"\n' "$storage" "$storage" \
        >"$storage/storage.conf"
    printf '[containers]\ndefault_ulimits = ["nofile=1024:1024", "nproc=1024:1024"]\n[engine]\nruntime = "runc"\ncgroup_manager = "cgroupfs"\nevents_logger = "none"\n' \
        >"$storage/containers.conf"
    export CONTAINERS_STORAGE_CONF=$storage/storage.conf CONTAINERS_CONF=$storage/containers.conf
    local base
    base=$(sed -n 's/^FROM \(rust:[^ ]*\) AS build$/\1/p' Dockerfile)
    if ! podman image exists "$base"; then
        say "Making a stand-in for $base on $arch"
        bash scripts/stand-in-base.sh "$base" "$arch"
    fi
    engine=podman
    build=(podman build --quiet --isolation chroot --network host --pull-never --platform "linux/$arch")
    save=(podman save --quiet --format docker-archive)
}

use_docker() {
    [ "$arch" = "$own" ] || fail "by Docker the image is checked on a machine of its own architecture, and this is $own"
    engine=docker
    build=(docker build --quiet)
    save=(docker save)
}

if said=$(docker info 2>&1 >/dev/null); then
    use_docker
elif [ -n "${BITBUCKET_BUILD_NUMBER:-}" ]; then
    fail "a pipeline's Docker service does not answer: $said"
else
    use_podman
fi
say "Building linux/$arch by $($engine --version)"
revision=${BITBUCKET_COMMIT:-$(git rev-parse HEAD)}
begin=$SECONDS
"${build[@]}" --label "org.opencontainers.image.revision=$revision" --tag "$name:check" . >/dev/null
say "Built in $((SECONDS - begin)) s"

inspect() { $engine image inspect --format "$1" "$name:check"; }
expect() {
    [ "$2" = "$3" ] || fail "$1 is '$2', not '$3'"
}

version=$(sed -n 's/^version = "\(.*\)"$/\1/p' Cargo.toml | head -1)
source=$(sed -n 's/^repository = "\(.*\)"$/\1/p' Cargo.toml)
for pair in "title=$name" "version=$version" "source=$source" "licenses=Apache-2.0" "revision=$revision"; do
    label=org.opencontainers.image.${pair%%=*}
    expect "$label" "$(inspect "{{index .Config.Labels \"$label\"}}")" "${pair#*=}"
done
[ -n "$(inspect '{{index .Config.Labels "org.opencontainers.image.description"}}')" ] || fail "there is no description"
passed "the labels are those of version $version"

expect "the entrypoint" "$(inspect '{{json .Config.Entrypoint}}')" '["/confluence-pr-link"]'
expect "the command" "$(inspect '{{json .Config.Cmd}}' | sed 's/\[\]/null/')" null
expect "the user" "$(inspect '{{.Config.User}}')" ""
expect "the architecture" "$(inspect '{{.Architecture}}')" "$arch"
expect "--version" "$($engine run --rm --network none "$name:check" --version)" "$name $version"
passed "its entrypoint is absolute and runs"

archive=$place/$name-$arch
rm -rf "$archive.tar" "$archive.new" "$archive.layers" && mkdir "$archive.layers"
"${save[@]}" --output "$archive.new" "$name:check" 2>/dev/null
tar -xf "$archive.new" -C "$archive.layers"
layers=$(grep -o '"Layers":\[[^]]*\]' "$archive.layers/manifest.json" | grep -o '[^"]*[0-9a-f]\{64\}[^"]*')
mkdir "$archive.layers/all"
for layer in $layers; do
    tar -xf "$archive.layers/$layer" -C "$archive.layers/all"
done
files=$(cd "$archive.layers/all" && find . ! -name . -printf '%P\n' | LC_ALL=C sort | xargs)
expect "the list of files" "$files" "LICENSE.txt README.md confluence-pr-link pipe.yml"
for file in LICENSE.txt README.md pipe.yml; do
    cmp "$file" "$archive.layers/all/$file" || fail "$file is not the repository's"
done
for shell in /bin/sh sh; do
    ! $engine run --rm --network none --entrypoint "$shell" "$name:check" -c true 2>/dev/null || fail "there is a shell"
done
passed "it holds one program and three documents, and no shell"

size=$(gzip -9 <"$archive.new" | wc -c)
[ "$size" -lt "$limit" ] || fail "it has $size bytes compressed, $limit are allowed"
passed "it has $size bytes compressed, of which the program is $(gzip -9 <"$archive.layers/all/$name" | wc -c)"
rm -rf "$archive.layers"

cargo build --quiet --locked --example image
timeout 600 cargo run --quiet --locked --example image -- "$name:check" "$engine"
mv "$archive.new" "$archive.tar"
say "linux/$arch passed in $SECONDS s: ${archive#"$PWD/"}.tar"
