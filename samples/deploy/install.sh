#!/bin/sh
# Installs DeepHealth SDK from its packed packages into a folder of its own; nothing outside of it is changed.
#
#   install.sh --packages <folder with deephealth-*.tgz> --prefix <folder>
#
# The folder gets releases/<version>/ and a link "current" to it: an upgrade is a new release and a moved link, going
# back is the link alone. Node.js 20.19 or later and npm are taken from the search path. Dependencies of others come
# from the registry that npm is configured for, a mirror of the hospital's for example; no script of theirs runs.
set -eu

packages='' prefix='' keep_link=''
usage() {
  printf 'usage: install.sh --packages <folder> --prefix <folder> [--no-link]\n' >&2
  exit 2
}
while [ $# -gt 0 ]; do
  case $1 in
    --packages) [ $# -ge 2 ] || usage; packages=$2; shift 2 ;;
    --prefix) [ $# -ge 2 ] || usage; prefix=$2; shift 2 ;;
    --no-link) keep_link=yes; shift ;;
    *) usage ;;
  esac
done
[ -n "$packages" ] && [ -n "$prefix" ] || usage

die() {
  printf 'install.sh: %s\n' "$1" >&2
  exit 1
}

command -v node >/dev/null || die 'Node.js is not on the search path.'
command -v npm >/dev/null || die 'npm is not on the search path.'
node -e 'const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 20 || (a === 20 && b >= 19) ? 0 : 1)' ||
  die "Node.js $(node --version) is too old: 20.19 or later is needed."
set -- "$packages"/deephealth-*.tgz
[ -f "$1" ] || die 'the folder given with --packages holds no deephealth-*.tgz.'
packages=$(cd "$packages" && pwd)
if [ -f "$packages/SHA256SUMS" ]; then
  (cd "$packages" && sha256sum --quiet --check SHA256SUMS) || die 'a package is not what SHA256SUMS says.'
fi
cli=$(ls "$packages"/deephealth-cli-*.tgz 2>/dev/null) || die 'deephealth-cli-*.tgz is missing.'
version=$(basename "$cli" .tgz)
version=${version#deephealth-cli-}

release=$prefix/releases/$version
[ ! -e "$release" ] || die "release $version is installed already. Remove its folder to install it anew."
mkdir -p "$prefix/releases"
work=$(mktemp -d "$prefix/releases/.new-XXXXXX")
trap 'rm -rf "$work"' EXIT
printf '{ "name": "deephealth-installation", "private": true }\n' >"$work/package.json"
# What one package needs of another is the file beside it, and nothing of the same name in a registry.
(cd "$work" && npm install --omit=dev --ignore-scripts --no-audit --no-fund --loglevel=error "$packages"/deephealth-*.tgz)
node "$work/node_modules/@deephealth/cli/bin/deephealth.mjs" --version >/dev/null || die 'the command does not start.'
# Whoever runs it reads it, and changes nothing.
chmod -R a+rX,go-w "$work"
mv "$work" "$release"
trap - EXIT
if [ -z "$keep_link" ]; then
  # One step, so that there is no moment without a release.
  ln -s "releases/$version" "$prefix/.current-$$"
  mv -T "$prefix/.current-$$" "$prefix/current"
fi
printf 'DeepHealth SDK %s is in %s\n' "$version" "$release"
