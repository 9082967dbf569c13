#!/usr/bin/env bash
# Makes a stand-in for the Rust image that the Dockerfile starts from, without a registry, for podman:
# `bash scripts/stand-in-base.sh rust:1.95-slim amd64`. `check-image.sh` calls it.
#
# It holds what the official one holds: a small Debian with a C compiler, and Rust where the official one has it. For
# this machine's architecture the toolchain is this machine's own, and of the version in the tag. For another one it is
# Debian's newest (rustc-web), which compiles on this machine for that one: an emulated compiler takes hours.
set -euo pipefail

image=$1
arch=$2
mirror=http://deb.debian.org/debian
own=$(dpkg --print-architecture)
# shellcheck source=/dev/null
suite=$(. /etc/os-release && echo "$VERSION_CODENAME")
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT

debootstrap --arch="$own" --variant=minbase --include=gcc,libc6-dev,ca-certificates "$suite" "$root" "$mirror" >&2
# A machine behind a proxy that opens TLS has its authority here.
cp /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/"
mkdir -p "$root/usr/local/cargo/bin"

changes=(
    --change 'ENV PATH=/usr/local/cargo/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'
    --change 'ENV CARGO_HOME=/usr/local/cargo'
)
if [ "$arch" = "$own" ]; then
    wanted=${image#*:}
    wanted=${wanted%-slim}
    toolchain=$(rustc --print sysroot)
    case $(rustc --version) in
        "rustc $wanted."*) ;;
        *) echo "the Dockerfile wants Rust $wanted, this machine has $(rustc --version)" >&2 && exit 1 ;;
    esac
    mkdir -p "$root/usr/local/rustup"
    tar -C "$toolchain" --exclude=./share/doc -cf - . | tar -C "$root/usr/local/rustup" -xf -
    ln -s /usr/local/rustup/bin/cargo /usr/local/rustup/bin/rustc "$root/usr/local/cargo/bin/"
else
    [ "$arch" = arm64 ] || { echo "no image is made for $arch on $own" >&2 && exit 1; }
    echo "deb ${mirror}-security $suite-security main" >"$root/etc/apt/sources.list.d/security.list"
    chroot "$root" sh -c "dpkg --add-architecture arm64 && apt-get update &&
        apt-get install --yes --no-install-recommends rustc-web cargo-web libstd-rust-web-dev:arm64 \
            gcc-aarch64-linux-gnu libc6-dev-arm64-cross" >&2
    # The Dockerfile builds for the machine that it runs on, so that is what this one says it is. All else is cargo's.
    cat >"$root/usr/local/cargo/bin/rustc" <<'END'
#!/bin/sh
[ "$*" != "--print host-tuple" ] || exec echo aarch64-unknown-linux-gnu
exec /usr/bin/rustc "$@"
END
    chmod +x "$root/usr/local/cargo/bin/rustc"
    changes+=(--change 'ENV CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_LINKER=aarch64-linux-gnu-gcc')
fi
rm -rf "$root"/var/cache/apt/archives/*.deb "$root"/var/lib/apt/lists/*

tar -C "$root" -cf - . | podman import --quiet --arch "$arch" "${changes[@]}" - "docker.io/library/$image"
