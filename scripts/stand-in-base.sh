#!/usr/bin/env bash
# Makes a stand-in for the Dockerfile's base image from Debian and this machine's Rust, where no registry can be reached.
set -euo pipefail

root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
debootstrap --variant=minbase --include=gcc,libc6-dev,ca-certificates stable "$root" >&2
cp /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/"
mkdir -p "$root/usr/local/rustup"
tar -C "$(rustc --print sysroot)" --exclude=./share/doc -cf - . | tar -C "$root/usr/local/rustup" -xf -
tar -C "$root" -cf - . | docker import --change "ENV CARGO_HOME=/usr/local/cargo" \
    --change "ENV PATH=/usr/local/cargo/bin:/usr/local/rustup/bin:/usr/sbin:/usr/bin:/sbin:/bin" - stand-in-base
