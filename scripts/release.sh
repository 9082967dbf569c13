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
revision='{{index .Config.Labels "org.opencontainers.image.revision"}}'
sbom=confluence-pr-link.cdx.json

refuse() { echo "$*" >&2 && exit 1; }

[ -z "$(git status --porcelain --untracked-files=no)" ] || refuse "The working tree has changes: release a commit"
tagged=$(git ls-remote --tags origin "refs/tags/$version")
[ -z "$tagged" ] || refuse "The git tag $version exists; a release is never moved: take the next number"

# An answer that did not come is no proof that the version is free.
if held=$(skopeo inspect --raw "docker://$image:$version" 2>&1); then
    made_from=$(skopeo inspect --config --format "$revision" "docker://$image:$version")
    [ "$made_from" = "$commit" ] || refuse "$image:$version exists and was made from $made_from: take the next number"
    echo "$image:$version was published from this commit by an earlier run: going on with it"
elif ! grep -q 'manifest unknown' <<<"$held"; then
    refuse "Whether $image:$version exists is not known: $held"
else
    list=localhost/$name:$version-$$
    buildah manifest create "$list" >/dev/null
    trap 'buildah manifest rm "$list" >/dev/null' EXIT
    for arch in amd64 arm64; do
        archive=docker-archive:target/image/confluence-pr-link-$arch.tar
        made_from=$(skopeo inspect --config --format "$revision" "$archive")
        [ "$made_from" = "$commit" ] || refuse "$archive was made from $made_from and not from $commit"
        buildah manifest add --os linux --arch "$arch" "$list" "$archive" >/dev/null
    done
    buildah manifest push --all "$list" "docker://$image:$version"
fi
digest=sha256:$(skopeo inspect --raw "docker://$image:$version" | sha256sum | cut -d ' ' -f 1)
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
