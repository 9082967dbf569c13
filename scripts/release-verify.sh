#!/usr/bin/env bash
# Is the commit that is checked out a release that can be trusted? `bash scripts/release-verify.sh 1.2.3`.
#
# It is one if all documents name this version, `pipe.yml` names the image by the digest that the registry has for the tag
# and tells everybody, the image is for both platforms and was made from the commit before, which is on main, and nothing
# but that digest and the SBOM was added since. A tag that somebody made by hand fails here.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

version=$1
bash scripts/release-check.sh "$version"

reference=$(sed -n 's/^image: //p' pipe.yml)
name=${reference%%:*}
image=${RELEASE_IMAGE:-docker.io/$name}

refuse() { echo "$*" >&2 && exit 1; }

[[ $reference =~ @sha256:[0-9a-f]{64}$ ]] || refuse "pipe.yml names no digest: a release is made by the pipeline 'release'"
digest=${reference#*@}
index=$(mktemp)
trap 'rm -f "$index"' EXIT
skopeo inspect --no-creds --raw "docker://$image:$version" >"$index"
held=sha256:$(sha256sum <"$index" | cut -d ' ' -f 1)
[ "$held" = "$digest" ] || refuse "pipe.yml says $digest, $image:$version is $held"

before=$(git rev-parse HEAD^)
for arch in amd64 arm64; do
    grep -Eq "\"architecture\": ?\"$arch\"" "$index" || refuse "$image:$version has no linux/$arch"
    made_from=$(skopeo --override-os linux --override-arch "$arch" inspect --no-creds --config \
        --format '{{index .Config.Labels "org.opencontainers.image.revision"}}' "docker://$image@$digest")
    [ "$made_from" = "$before" ] || refuse "linux/$arch was made from $made_from, the commit before is $before"
done
changed=$(git diff --name-only HEAD^ HEAD | xargs)
[ "$changed" = "confluence-pr-link.cdx.json pipe.yml" ] || refuse "since the image was made, '$changed' changed"
expected=$(git show HEAD^:pipe.yml | sed "s|^image: .*|image: $reference|")
[ "$(git show HEAD:pipe.yml)" = "$expected" ] || refuse "since the image was made, more of pipe.yml changed than its image"
parts=$(git show HEAD:confluence-pr-link.cdx.json)
grep -q "\"purl\": \"pkg:cargo/confluence-pr-link@$version\b" <<<"$parts" ||
    refuse "the SBOM is not that of version $version"
git fetch --quiet origin main
git merge-base --is-ancestor "$before" FETCH_HEAD || refuse "the commit before, $before, is not on main"
echo "$version is $image@$digest, made from $before"
