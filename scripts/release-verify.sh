#!/usr/bin/env bash
# Verifies a release without an account: `bash scripts/release-verify.sh 1.2.3`. RELEASING.md lists what has to be true.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
refuse() { echo "$*" >&2 && exit 1; }

version=$1
reference=$(git show "$version:pipe.yml" | sed -n 's/^image: //p')
[[ $reference =~ :$version@sha256:[0-9a-f]{64}$ ]] || refuse "pipe.yml names $reference, without $version or a digest."
digest=${reference#*@}
image=${RELEASE_IMAGE:-docker.io/${reference%%:*}}
published=sha256:$(skopeo inspect --no-creds --raw "docker://$image:$version" | sha256sum | cut -d ' ' -f 1)
[ "$published" = "$digest" ] || refuse "The registry has $published, pipe.yml has $digest."

source=$(git rev-parse "$version^")
for arch in amd64 arm64; do
    revision=$(skopeo --override-os linux --override-arch "$arch" inspect --no-creds --config \
        --format '{{index .Config.Labels "org.opencontainers.image.revision"}}' "docker://$image@$digest")
    [ "$revision" = "$source" ] || refuse "linux/$arch was built from $revision, not from $source."
done
[ "$(git diff --name-only "$source" "$version")" = pipe.yml ] || refuse "The tag changes other files than pipe.yml."
git show "$source:pipe.yml" | sed "s|^image: .*|image: $reference|" | cmp --quiet - <(git show "$version:pipe.yml") ||
    refuse "The tag changes other lines of pipe.yml than the image."
git fetch --quiet origin main
git merge-base --is-ancestor "$source" FETCH_HEAD || refuse "$source isn't on main."
echo "$version is $image@$digest, built from $source"
