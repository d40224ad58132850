#!/usr/bin/env bash
# tools/deb.sh [VERSION]   makes the Debian packages of packaging/debian in build/deb, and has lintian look at them.
#
# Takes what git would commit, not what lies around; works in a copy, so the source tree stays as it is. The same
# commit gives the same octets. VERSION is for tests of upgrades; else it is the project's, and after it time and name
# of the commit, with a ~ that sorts it before the release of that name. SPLASH_DEB_FOLDER is another place.
set -euo pipefail
cd "$(dirname "$0")/.."
if ! revision=$(git rev-parse --short=9 HEAD 2>/dev/null); then
    echo "deb: version and date of the packages are those of the last commit, and this is not a git checkout" >&2
    exit 4
fi
project=$(sed -n 's/^project(splash VERSION \([0-9.]*\).*/\1/p' CMakeLists.txt)
version=${1:-}
if [[ -z $version ]] && git describe --exact-match --match "v$project" >/dev/null 2>&1; then
    version=$project
elif [[ -z $version ]]; then
    version=$project~git$(TZ=UTC git log -1 --format=%cd --date=format-local:%Y%m%d.%H%M%S).$revision
fi
if [[ -z ${1:-} && -n $(git status --porcelain) ]]; then
    version+=+local
fi
maintainer=$(sed -n 's/^Maintainer: //p' packaging/debian/control)
SOURCE_DATE_EPOCH=$(git log -1 --format=%ct)
export SOURCE_DATE_EPOCH

folder=${SPLASH_DEB_FOLDER:-build/deb}
source=$folder/source
rm -rf "$source"
mkdir -p "$source"
rm -f "$folder"/*.deb "$folder"/*.changes "$folder"/*.buildinfo
git ls-files -z --cached --others --exclude-standard |
    tar --null --files-from=- --create --ignore-failed-read | tar --extract --directory "$source"
cp -r "$source/packaging/debian" "$source/debian"
cat >"$source/debian/changelog" <<END
splash ($version) unstable; urgency=medium

  * As of commit $revision. What is new: CHANGELOG.md.

 -- $maintainer  $(LC_ALL=C date --utc --date="@$SOURCE_DATE_EPOCH" '+%a, %d %b %Y %H:%M:%S %z')
END
# How splashd.postrm knows the configuration file that splashd.postinst made.
sum=$(sha256sum <packaging/debian/snmpd.conf)
sed -i "s/@SNMPD_CONF_SHA256@/${sum%% *}/" "$source/debian/splashd.postrm"

# debhelper has a home of its own for the build, where the compiler's cache is not.
if command -v ccache >/dev/null; then
    CCACHE_DIR=${CCACHE_DIR:-$(ccache --get-config cache_dir)}
    export CCACHE_DIR CCACHE_BASEDIR=$PWD/$source CCACHE_NOHASHDIR=1 CCACHE_SLOPPINESS=time_macros
fi
echo "deb: splash $version into $folder"
if ! (cd "$source" && dpkg-buildpackage --build=binary --no-sign --jobs=2) >"$folder/build.log" 2>&1; then
    tail -n 40 "$folder/build.log" >&2
    echo "deb: the build failed; all it said is in $folder/build.log" >&2
    exit 1
fi
if command -v lintian >/dev/null; then
    # As root it would say that this is not how it is meant to be run.
    lintian --allow-root --fail-on error,warning --tag-display-limit 0 "$folder"/splash_*.changes
fi
rm -rf "$source"
for package in "$folder"/*.deb; do
    echo "  $package"
done
