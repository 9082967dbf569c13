#!/usr/bin/env bash
# Publishes the two images in target/image as the version in Cargo.toml, then tags it. RELEASING.md explains the order.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
refuse() { echo "$*" >&2 && exit 1; }

version=$(bash scripts/set-version.sh)
name=$(sed -n 's/^image: \([^:]*\):.*/\1/p' pipe.yml)
image=${RELEASE_IMAGE:-docker.io/$name}
commit=$(git rev-parse HEAD)
[ -z "$(git status --porcelain)" ] || refuse "There are uncommitted changes: $(git status --porcelain)"
grep -q "^## \[$version\] - 20" CHANGELOG.md || refuse "CHANGELOG.md has no date for $version."

# Published versions never change. No answer doesn't mean that the version is free.
tag=$(git ls-remote --tags origin "refs/tags/$version")
[ -z "$tag" ] || refuse "The tag $version exists. Use the next version."
if answer=$(skopeo inspect --raw "docker://$image:$version" 2>&1); then
    refuse "The image $image:$version exists. Use the next version."
fi
grep -Eq 'manifest unknown|name unknown' <<<"$answer" || refuse "Can't tell if $image:$version exists: $answer"

layout=$(mktemp -d)
trap 'rm -rf "$layout"' EXIT
images=()
for arch in amd64 arm64; do
    archive=docker-archive:target/image/confluence-pr-link-$arch.tar
    built=$(skopeo inspect --config "$archive" --format \
        '{{.OS}}/{{.Architecture}} of {{index .Config.Labels "org.opencontainers.image.revision"}}')
    [ "$built" = "linux/$arch of $commit" ] || refuse "$archive is $built, not linux/$arch of $commit."
    # The registry stores an image without a tag only under its digest, so it has to be known first.
    skopeo copy --quiet --dest-compress "$archive" "dir:$layout/$arch"
    images+=("$image@$(skopeo manifest-digest "$layout/$arch/manifest.json")")
    skopeo copy --quiet --preserve-digests "dir:$layout/$arch" "docker://${images[-1]}"
done
docker manifest create ${RELEASE_INSECURE:+--insecure} "$image:$version" "${images[@]}"
digest=$(docker manifest push ${RELEASE_INSECURE:+--insecure} --purge "$image:$version" | tail -n 1)

git checkout --quiet --detach
sed -i "s|^image: .*|image: $name:$version@$digest|" pipe.yml
git commit --quiet --all --message "Release $version" --message "The image was built from the commit before."
git tag --annotate --message "$version" "$version"
bash scripts/release-verify.sh "$version"
git push --quiet origin "refs/tags/$version"
echo "Released $version"
