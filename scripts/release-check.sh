#!/usr/bin/env bash
# Do all documents name the same version? `bash scripts/release-check.sh` says what disagrees with Cargo.toml.
#
# With a tag, as in `release-check.sh 1.2.3`, the version has to be that one, and the changelog has to date it.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# In a pipeline the pipe is named by its repository. Its image has a name of its own, as Docker Hub takes no hyphen in an
# account's.
reference=confluence-pr-link/confluence-pr-link
image=confluenceprlink/confluence-pr-link
number='[0-9]+\.[0-9]+\.[0-9]+'
version=$(sed -n '/^\[package\]/,/^\[/s/^version = "\(.*\)"$/\1/p' Cargo.toml)
wrong=0

disagree() {
    echo "$1: $2" >&2
    wrong=1
}

# The file, what it should say, and what it says.
same() {
    [ "$2" = "$3" ] || disagree "$1" "'$3' where '$2' was expected"
}

if [ $# -gt 0 ]; then
    [[ $1 =~ ^$number$ ]] || disagree "the tag" "'$1' is no version such as 1.2.3"
    same Cargo.toml "$1" "$version"
else
    [[ $version =~ ^$number$ ]] || disagree Cargo.toml "'$version' is no version such as 1.2.3"
fi

for file in Cargo.lock fuzz/Cargo.lock; do
    same "$file" "$version" "$(sed -n '/^name = "confluence-pr-link"$/{n;s/^version = "\(.*\)"$/\1/p}' "$file")"
done
same Dockerfile "$version" "$(sed -n 's/.*org\.opencontainers\.image\.version="\([^"]*\)".*/\1/p' Dockerfile)"
# A digest may follow: the commit of a release has it.
named=$(sed -n 's/^image: //p' pipe.yml)
same pipe.yml "$image:$version" "${named%@sha256:*}"

heading=$(grep -m 1 '^## ' CHANGELOG.md || true)
case $heading in
    "## [$version] - "[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]) ;;
    "## [$version] - unreleased") [ $# -eq 0 ] || disagree CHANGELOG.md "$version is called unreleased: date it" ;;
    *) disagree CHANGELOG.md "the first heading is '$heading', without $version and a date" ;;
esac
grep -q "^\[$version\]: .*/src/$version\$" CHANGELOG.md || disagree CHANGELOG.md "no link for $version at the foot"

# Every reference of the README, and every image; there is at least one of each.
for name in "$reference" "$image"; do
    found=$({ grep -Eo "\b$name:[^\"'@ ]*" README.md || true; } | sort -u | xargs)
    same README.md "$name:$version" "$found"
done

# The project's own pull requests use a version that exists: one that the changelog has, this one before its release too.
own=$(sed -n "s|^ *- pipe: $reference:||p" bitbucket-pipelines.yml)
if [ -z "$own" ] || ! grep -q "^## \[$own\] - " CHANGELOG.md; then
    disagree bitbucket-pipelines.yml "the pipe's own version '$own' is not in the changelog"
fi

[ $wrong -eq 0 ] || exit 1
echo "Everything names version $version"
