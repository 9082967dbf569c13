#!/usr/bin/env bash
# Plays releases against a registry and a git repository on this machine: `bash scripts/rehearse-release.sh`.
#
# It needs the image that `check-image.sh` left; if `check-image.sh arm64` left none, the other one stands in for it. It
# needs Debian, where it installs what is missing. Nothing leaves the machine; the registry ends with the script.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

missing=()
for entry in buildah:buildah skopeo:skopeo jq:jq docker-registry:docker-registry; do
    command -v "${entry%%:*}" >/dev/null || missing+=("${entry##*:}")
done
if [ ${#missing[@]} -gt 0 ]; then
    echo "Installing ${missing[*]}"
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install --yes -qq --no-install-recommends "${missing[@]}" >/dev/null
fi
cargo cyclonedx --version >/dev/null 2>&1 || cargo install --quiet --locked cargo-cyclonedx --version 0.5.9

place=$(mktemp -d)
address=127.0.0.1:5123
trap '[ -z "${server:-}" ] || kill "$server"; rm -rf "$place"' EXIT
export RELEASE_IMAGE=$address/confluenceprlink/confluence-pr-link
export CONTAINERS_STORAGE_CONF=$place/storage.conf
# A home of its own, where skopeo and buildah learn that this registry speaks plain HTTP; Rust stays where it is.
export CARGO_HOME=${CARGO_HOME:-$HOME/.cargo} RUSTUP_HOME=${RUSTUP_HOME:-$HOME/.rustup} HOME=$place/home
mkdir -p "$HOME/.config/containers"
export GIT_AUTHOR_NAME=rehearsal GIT_AUTHOR_EMAIL=rehearsal@example.com
export GIT_COMMITTER_NAME=rehearsal GIT_COMMITTER_EMAIL=rehearsal@example.com

printf '[[registry]]\nlocation = "%s"\ninsecure = true\n' "$address" >"$HOME/.config/containers/registries.conf"
printf '[storage]\ndriver = "vfs"\ngraphroot = "%s/root"\nrunroot = "%s/run"\n' "$place" "$place" \
    >"$CONTAINERS_STORAGE_CONF"
printf 'version: 0.1\nlog: {level: error, accesslog: {disabled: true}}\nstorage: {filesystem: {rootdirectory: %s/registry}}\nhttp: {addr: %s}\n' \
    "$place" "$address" >"$place/registry.yml"
docker-registry serve "$place/registry.yml" >"$place/registry.log" 2>&1 &
server=$!
for _ in $(seq 50); do
    (exec 3<>"/dev/tcp/${address%:*}/${address#*:}") 2>/dev/null && break
    sleep 0.2
done

version=$(sed -n '/^\[package\]/,/^\[/s/^version = "\(.*\)"$/\1/p' Cargo.toml)
clone=$place/clone
git init --quiet --bare "$place/origin"
git clone --quiet --no-hardlinks . "$clone"
git -C "$clone" remote set-url origin "$place/origin"

# A commit of the clone, made by a change.
commit() { (cd "$clone" && sed -i "$1" "$2" && git commit --quiet --all --message "Change $2" && git rev-parse HEAD); }
# Another commit, with no trace of what a release left.
at() { (cd "$clone" && git checkout --quiet --force --detach "$1" && { git tag --delete "$version" >/dev/null 2>&1 || true; }); }
# Images for both platforms that say they were made from this commit.
images_of() {
    local arch archive container
    mkdir -p "$clone/target/image"
    for arch in amd64 arm64; do
        archive=target/image/confluence-pr-link-$arch.tar
        container=$(buildah from --quiet "docker-archive:$([ -e "$archive" ] && echo "$archive" || echo "${archive/arm64/amd64}")")
        buildah config --arch "$arch" --label "org.opencontainers.image.revision=$1" "$container"
        rm -f "$clone/$archive"
        buildah commit --quiet --rm "$container" "docker-archive:$clone/$archive" >/dev/null
    done
}

play() {
    local wanted=$1 sentence=$2 words=$3 code=0
    shift 3
    (cd "$clone" && "$@") >"$place/log" 2>&1 || code=1
    if [ "$code" -ne "$wanted" ] || ! grep -qF -- "$words" "$place/log"; then
        printf 'FAILED  %s: "%s" was expected, with exit code %s\n' "$sentence" "$words" "$wanted"
        cat "$place/log"
        exit 1
    fi
    echo "ok      $sentence"
}
# A sentence, words of the log, and a command that succeeds or fails.
succeeds() { play 0 "$@"; }
refuses() { play 1 "$@"; }
holds() {
    local sentence=$1
    shift
    "$@" || { echo "FAILED  $sentence" && exit 1; }
    echo "ok      $sentence"
}
digest() { skopeo inspect --raw "docker://$RELEASE_IMAGE:$version" | sha256sum | cut -d ' ' -f 1; }
nothing_is_public() { [ -z "$(git -C "$place/origin" tag)" ] && ! skopeo inspect --raw "docker://$RELEASE_IMAGE:$version" >/dev/null 2>&1; }
main=$(commit "0,/^## /s/^## \[$version\].*/## [$version] - $(date +%F)/" CHANGELOG.md || git rev-parse HEAD)
images_of "$main"
git -C "$clone" push --quiet origin "$main:refs/heads/main"

commit 's/image.version="[^"]*"/image.version="9.9.9"/' Dockerfile >/dev/null
refuses "a version that disagrees is refused" "Dockerfile: '9.9.9'" bash scripts/release.sh
at "$main~0" && other=$(commit 's/^publish = false/&  # changed/' Cargo.toml)
refuses "an image of another commit is refused" "was made from $main and not from $other" bash scripts/release.sh
at "$main"
refuses "a registry that does not answer is no proof" "is not known" env RELEASE_IMAGE=127.0.0.1:1/x/x bash scripts/release.sh
holds "until here nothing is public" nothing_is_public

# Somebody else may push to the registry too, and does so right after the release did.
mkdir "$place/bin"
cat >"$place/bin/skopeo" <<END
#!/bin/sh
$(command -v skopeo) "\$@" || exit 1
case "\$*" in *--all*) $(command -v skopeo) copy --quiet docker-archive:target/image/confluence-pr-link-amd64.tar \
    docker://$address/raced/image:$version ;; esac
END
chmod +x "$place/bin/skopeo"
refuses "an image that somebody put in the place of ours is no release" "pushed was sha256:" \
    env RELEASE_IMAGE="$address/raced/image" PATH="$place/bin:$PATH" bash scripts/release.sh
at "$main"
refuses "nor is it gone on with, as it lacks a platform" "has no linux/" \
    env RELEASE_IMAGE="$address/raced/image" bash scripts/release.sh
holds "until here no tag is public" [ -z "$(git -C "$place/origin" tag)" ]

printf '#!/bin/sh\nexit 1\n' >"$place/origin/hooks/pre-receive" && chmod +x "$place/origin/hooks/pre-receive"
refuses "the server takes no tag, after the image was pushed" "pre-receive hook declined" bash scripts/release.sh
rm "$place/origin/hooks/pre-receive"
first=$(digest)
refuses "run again from the commit that the release made it says where to go" "check out the one before" bash scripts/release.sh
at "$main"
succeeds "run again it goes on with the image that is there" "going on with it" bash scripts/release.sh
holds "the image was not moved" [ "$(digest)" = "$first" ]
released=$(git -C "$place/origin" rev-parse "$version^{commit}")
holds "the tag is one commit after main" [ "$(git -C "$clone" rev-parse "$released^")" = "$main" ]
holds "pipe.yml at the tag names the digest" grep -qx "image: confluenceprlink/confluence-pr-link:$version@sha256:$first" \
    <(git -C "$clone" show "$released:pipe.yml")
holds "the SBOM at the tag names the parts" grep -q '"name": "rustls"' <(git -C "$clone" show "$released:confluence-pr-link.cdx.json")
holds "and none that only tests need" [ "$(git -C "$clone" show "$released:confluence-pr-link.cdx.json" | grep -c '"name": "insta"')" = 0 ]
at "$released"
succeeds "whoever checks out the tag can verify it" "made from $main" bash scripts/release-verify.sh "$version"
at "$main"
refuses "a second release of it is refused" "The git tag $version exists" bash scripts/release.sh

git -C "$place/origin" tag --delete "$version" >/dev/null
at "$other" && images_of "$other"
refuses "from another commit too, when the tag was deleted" "exists and was made from $main" bash scripts/release.sh
refuses "a tag made by hand fails" "pipe.yml names no digest" bash scripts/release-verify.sh "$version"
at "$released" && (cd "$clone" && git commit --quiet --amend --message "Another" && echo >>README.md && git commit --quiet --all --amend --message "More")
refuses "a tag with other changes fails" "'README.md confluence-pr-link.cdx.json pipe.yml' changed" bash scripts/release-verify.sh "$version"
amended() { at "$released" && (cd "$clone" && sed -i "$1" "$2" && git commit --quiet --all --amend --no-edit); }
amended 's|^vendor:|variables: [{name: CONFLUENCE_BASE_URL, default: "https://evil.example"}]\n&|' pipe.yml
refuses "a tag whose pipe.yml tells more than the digest fails" "more of pipe.yml changed" bash scripts/release-verify.sh "$version"
amended 's/.*/{}/' confluence-pr-link.cdx.json
refuses "a tag without the parts of this version fails" "the SBOM is not that of version" bash scripts/release-verify.sh "$version"
git -C "$place/origin" update-ref refs/heads/main "$main^"
at "$released"
refuses "a tag beside main fails" "is not on main" bash scripts/release-verify.sh "$version"
git -C "$place/origin" update-ref refs/heads/main "$main"
at "$released"
skopeo copy --quiet "docker-archive:$clone/target/image/confluence-pr-link-amd64.tar" "docker://$RELEASE_IMAGE:$version"
refuses "an image that was moved in the registry is noticed" "pipe.yml says sha256:$first" bash scripts/release-verify.sh "$version"
echo "The rehearsal of $version passed in $SECONDS s"
