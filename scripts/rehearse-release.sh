#!/usr/bin/env bash
# Runs release.sh from start to end against a registry and a git remote on this machine: `bash scripts/rehearse-release.sh`.
# Needs docker-registry, skopeo and the docker command. The images are empty, because check-image.sh tests the real ones.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

place=$(mktemp -d)
export RELEASE_INSECURE=yes RELEASE_IMAGE=127.0.0.1:5123/confluenceprlink/confluence-pr-link HOME=$place
export GIT_{AUTHOR,COMMITTER}_NAME=rehearsal GIT_{AUTHOR,COMMITTER}_EMAIL=rehearsal@example.com
printf '[[registry]]\nlocation = "127.0.0.1:5123"\ninsecure = true\n' |
    install -D /dev/stdin "$HOME/.config/containers/registries.conf"
printf 'version: 0.1\nstorage: {filesystem: {rootdirectory: %s}}\nhttp: {addr: "127.0.0.1:5123"}\n' "$place" >"$place/registry.yml"
docker-registry serve "$place/registry.yml" >"$place/log" 2>&1 &
trap 'kill $!; rm -rf "$place"' EXIT

git clone --quiet --bare --no-tags . "$place/origin"
git clone --quiet "$place/origin" "$place/clone"
cd "$place/clone"
version=$(bash scripts/set-version.sh)
sed -i "s/^## \[$version\] - .*/## [$version] - 2000-01-01/" CHANGELOG.md
git commit --quiet --all --allow-empty --message "Prepare the rehearsal"
git push --quiet --force origin HEAD:refs/heads/main
mkdir -p target/image
for arch in amd64 arm64; do
    mkdir "$place/$arch" && tar -C "$place" -cf "$place/$arch/layer.tar" --files-from /dev/null
    printf '{"os":"linux","architecture":"%s","config":{"Labels":{"org.opencontainers.image.revision":"%s"}},"rootfs":{"type":"layers","diff_ids":["sha256:%s"]}}' \
        "$arch" "$(git rev-parse HEAD)" "$(sha256sum <"$place/$arch/layer.tar" | cut -d ' ' -f 1)" >"$place/$arch/config.json"
    echo '[{"Config":"config.json","Layers":["layer.tar"]}]' >"$place/$arch/manifest.json"
    tar -C "$place/$arch" -cf "target/image/confluence-pr-link-$arch.tar" .
done

bash scripts/release.sh
echo >>README.md && git commit --quiet --all --amend --no-edit
git tag --force "$version" >/dev/null
! bash scripts/release-verify.sh "$version" || exit 1
git checkout --quiet -
! bash scripts/release.sh || exit 1
git push --quiet origin ":refs/tags/$version"
! bash scripts/release.sh || exit 1
echo "The rehearsal passed"
