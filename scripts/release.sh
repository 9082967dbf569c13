#!/usr/bin/env bash
# Publishes the images that `check-image.sh` left in target/image as the version of Cargo.toml, and makes its git tag.
#
# The order and the reasons are in RELEASING.md. Nothing that is public is ever moved: a version that has a git tag, or an
# image that was made from another commit, is refused. After an interruption it goes on where it stopped.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

version=$(sed -n '/^\[package\]/,/^\[/s/^version = "\(.*\)"$/\1/p' Cargo.toml)
bash scripts/release-check.sh "$version"

name=$(sed -n 's/^image: \([^:]*\):.*/\1/p' pipe.yml)
image=${RELEASE_IMAGE:-docker.io/$name}
commit=$(git rev-parse HEAD)
platforms=(amd64 arm64)
sbom=confluence-pr-link.cdx.json

refuse() { echo "$*" >&2 && exit 1; }
# Which commit an image of this architecture says that it was made from.
made_from() {
    skopeo --override-os linux --override-arch "$1" inspect --config \
        --format '{{index .Config.Labels "org.opencontainers.image.revision"}}' "$2"
}
digest_of() { echo "sha256:$(sha256sum | cut -d ' ' -f 1)"; }

[ -z "$(git status --porcelain --untracked-files=no)" ] || refuse "The working tree has changes: release a commit"
tagged=$(git ls-remote --tags origin "refs/tags/$version")
[ -z "$tagged" ] || refuse "The git tag $version exists; a release is never moved: take the next number"
! grep -q '^image: .*@sha256:' pipe.yml || refuse "This is a commit that a release made: check out the one before"

# An answer that did not come is no proof that the version is free.
if held=$(skopeo inspect --raw "docker://$image:$version" 2>&1); then
    for arch in "${platforms[@]}"; do
        grep -Eq "\"architecture\": ?\"$arch\"" <<<"$held" ||
            refuse "$image:$version exists and has no linux/$arch: take the next number"
        from=$(made_from "$arch" "docker://$image:$version")
        [ "$from" = "$commit" ] || refuse "$image:$version exists and was made from $from: take the next number"
    done
    echo "$image:$version was published from this commit by an earlier run: going on with it"
elif ! grep -Eq 'manifest unknown|name unknown' <<<"$held"; then
    refuse "Whether $image:$version exists is not known: $held"
else
    # Both platforms and the index over them as files of OCI's layout, so that nothing of it is left to the registry and no
    # container is needed; and the digest is known before anything is public.
    layout=$(mktemp -d)
    trap 'rm -rf "$layout"' EXIT
    for arch in "${platforms[@]}"; do
        archive=docker-archive:target/image/confluence-pr-link-$arch.tar
        from=$(made_from "$arch" "$archive")
        [ "$from" = "$commit" ] || refuse "$archive was made from $from and not from $commit"
        built_for=$(skopeo inspect --config --format '{{.OS}}/{{.Architecture}}' "$archive")
        [ "$built_for" = "linux/$arch" ] || refuse "$archive is for $built_for"
        skopeo copy --quiet "$archive" "oci:$layout:$arch"
    done
    type=application/vnd.oci.image.index.v1+json
    jq --join-output --compact-output --arg type "$type" '{schemaVersion: 2, mediaType: $type, manifests: [.manifests[] |
        {mediaType, digest, size, platform: {os: "linux", architecture: .annotations["org.opencontainers.image.ref.name"]}}]}' \
        "$layout/index.json" >"$layout/index"
    pushed=$(digest_of <"$layout/index")
    size=$(stat --format %s "$layout/index")
    mv "$layout/index" "$layout/blobs/sha256/${pushed#sha256:}"
    jq --null-input --arg type "$type" --arg digest "$pushed" --argjson size "$size" --arg version "$version" \
        '{schemaVersion: 2, manifests: [{mediaType: $type, digest: $digest, size: $size,
        annotations: {"org.opencontainers.image.ref.name": $version}}]}' >"$layout/index.json"
    skopeo copy --quiet --all --preserve-digests "oci:$layout:$version" "docker://$image:$version"
fi
digest=$(skopeo inspect --raw "docker://$image:$version" | digest_of)
[ "$digest" = "${pushed:-$digest}" ] || refuse "$image:$version is $digest, pushed was $pushed: take the next number"
echo "$image:$version is $digest"

# What this crate is built from, for the machine that the image is for; dependencies of tests are not in it.
cargo cyclonedx --format json --spec-version 1.5 --target x86_64-unknown-linux-gnu --override-filename "${sbom%.json}"

# The tag's commit adds what only a build can know. It stands beside main, so nobody has to be allowed to push there.
sed -i "s|^image: .*|image: $name:$version@$digest|" pipe.yml
bash scripts/release-check.sh "$version"
git add --force pipe.yml "$sbom"
git commit --quiet --message "Release $version" --message "The image is $digest, made from the commit before."
git tag --annotate --message "$version" "$version"
bash scripts/release-verify.sh "$version"
git push origin "refs/tags/$version"
echo "Released $version"
