#!/usr/bin/env bash
# tools/setup.sh [build|test|deb|check]   installs the Debian packages of that stage and of those before it.
#
# Asks nothing. With nothing missing it only asks dpkg and returns. Needs root, or sudo without a password.
# Debian starts the snmpd it installs; while we install, a policy-rc.d keeps that from happening (an existing
# one is left alone), and if systemd runs here a newly installed snmpd.service is disabled as well.
set -euo pipefail
cd "$(dirname "$0")/.."

stage=${1:-build}
case $stage in
    build) wanted="build" ;;
    test) wanted="build test" ;;
    deb) wanted="build deb" ;;
    check) wanted="build test deb check" ;;
    *) echo "usage: tools/setup.sh [build|test|deb|check]" >&2; exit 2 ;;
esac
if ! command -v dpkg-query >/dev/null; then
    echo "setup: this is made for Debian 12 and there is no dpkg here. tools/packages.txt lists what to install." >&2
    exit 4
fi

declare -A why=()
names=()
while read -r package of reason; do
    [[ -z $package || $package == \#* ]] && continue
    [[ " $wanted " == *" $of "* ]] || continue
    names+=("$package")
    why[$package]=$reason
done < tools/packages.txt

declare -A present=()
while read -r state package; do
    [[ $state == installed ]] && present[$package]=1
# dpkg-query fails when it has never heard of a name: such a package is simply missing.
done < <(dpkg-query -W -f '${db:Status-Status} ${Package}\n' "${names[@]}" 2>/dev/null || :)

missing=()
for package in "${names[@]}"; do
    [[ -n ${present[$package]:-} ]] || missing+=("$package")
done
if ((${#missing[@]} == 0)); then
    exit 0
fi

echo "setup: ${#missing[@]} of ${#names[@]} packages are missing and will be installed by apt:"
for package in "${missing[@]}"; do
    printf '  %-22s %s\n' "$package" "${why[$package]}"
done

as_root=()
if ((EUID != 0)); then
    if command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
        as_root=(sudo -n)
    else
        echo "setup: that needs root, and sudo would ask for a password. Please run this and try again:" >&2
        echo "  apt-get install --no-install-recommends ${missing[*]}" >&2
        exit 4
    fi
fi

policy=/usr/sbin/policy-rc.d
made_policy=
remove_policy() {
    if [[ -n $made_policy ]]; then
        "${as_root[@]}" rm -f "$policy"
        made_policy=
    fi
}
if [[ " ${missing[*]} " == *" snmpd "* && ! -e $policy ]]; then
    trap remove_policy EXIT
    made_policy=1
    # shellcheck disable=SC2016  # $1 is for the script written here
    printf '#!/bin/sh\n# put here by the tools/setup.sh of Splash while it installs snmpd; removed afterwards\n%s\n' \
        'case $1 in snmpd*) exit 101 ;; esac; exit 0' | "${as_root[@]}" tee "$policy" >/dev/null
    "${as_root[@]}" chmod 755 "$policy"
fi

apt() {
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive APT_LISTCHANGES_FRONTEND=none \
        apt-get -qq -o DPkg::Lock::Timeout=300 -o Dpkg::Use-Pty=0 -o Acquire::Retries=3 "$@" </dev/null
}
log=$(mktemp)
echo "setup: apt-get update"
if ! apt update >"$log" 2>&1; then
    echo "setup: some package lists could not be renewed; going on with those that are there:"
    sed 's/^/  /' "$log" | tail -n 5
fi
echo "setup: apt-get install"
if ! apt install --yes --no-install-recommends "${missing[@]}" >"$log" 2>&1; then
    tail -n 30 "$log" >&2
    echo "setup: apt could not install them; its last words are above, all of them in $log" >&2
    exit 4
fi
rm -f "$log"
remove_policy
if [[ " ${missing[*]} " == *" snmpd "* && -d /run/systemd/system ]]; then
    "${as_root[@]}" systemctl --quiet disable snmpd.service
    echo "setup: Debian's snmpd was installed for comparison and stays off; 'systemctl enable --now snmpd' starts it."
fi
echo "setup: done"
