# Sourced by the other scripts: packages, build folders, temporary servers. POSIX sh + flock.
# shellcheck shell=sh

LC_ALL=C.UTF-8
export LC_ALL
ROOT=$(cd "$(dirname "$0")/.." && pwd)
# Debian's interpreter, whatever else stands first in PATH: its packages are the ones we install.
PYTHON=/usr/bin/python3
# One build folder per user: files of root would be in another user's way.
BUILD_ROOT=${MG_BUILD_ROOT:-$ROOT/build-$(id -un)}

BUILD_PACKAGES="gcc libc6-dev meson ninja-build pkg-config python3 mawk libsndfile1-dev libmpg123-dev
 libfftw3-dev libaubio-dev libpq-dev libhiredis-dev libjansson-dev libsqlite3-dev nettle-dev
 libebur128-dev"
DEMO_PACKAGES="$BUILD_PACKAGES lame"
TEST_PACKAGES="$DEMO_PACKAGES clang libcmocka-dev redis-server redis-tools postgresql
 postgresql-client sqlite3 ffmpeg sox flac espeak-ng python3-jsonschema procps util-linux
 chromium poppler-utils ca-certificates"
# npm comes with other builds of Node.js too, which Debian's package would fight with
command -v npm >/dev/null 2>&1 || TEST_PACKAGES="$TEST_PACKAGES npm"

say() {
    printf '%s\n' "$*"
}

die() { # CODE TEXT...
    code=$1
    shift
    printf '%s: %s\n' "$(basename "$0")" "$*" >&2
    exit "$code"
}

missing_packages() { # PACKAGE...
    for package in "$@"; do
        case $(dpkg-query -W -f '${Status}' "$package" 2>/dev/null) in
        "install ok installed") ;;
        *) printf '%s ' "$package" ;;
        esac
    done
}

# apt as root; noninteractive; waits for another apt instead of failing.
apt_get() {
    $AS_ROOT env DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8 \
        apt-get -o DPkg::Lock::Timeout=600 -o Dpkg::Use-Pty=0 -qq "$@"
}

# While packages are installed no service may start and no default cluster may appear.
without_services() { # COMMAND...
    policy=/usr/sbin/policy-rc.d
    made_policy=
    if [ ! -e $policy ]; then
        printf '#!/bin/sh\nexit 101\n' | $AS_ROOT tee $policy >/dev/null
        $AS_ROOT chmod 755 $policy
        made_policy=yes
    fi
    "$@"
    status=$?
    [ -z "$made_policy" ] || $AS_ROOT rm -f $policy
    return $status
}

install_postgresql_quietly() {
    conf=/etc/postgresql-common/createcluster.conf
    apt_get install -y --no-install-recommends postgresql-common </dev/null >/dev/null || return 1
    $AS_ROOT cp -p $conf $conf.mixgauge-saved &&
        printf 'create_main_cluster = false\n' | $AS_ROOT tee -a $conf >/dev/null
    apt_get install -y --no-install-recommends postgresql </dev/null >/dev/null
    status=$?
    $AS_ROOT mv -f $conf.mixgauge-saved $conf
    return $status
}

install_missing() { # PACKAGE...
    case " $* " in
    *" postgresql "*) install_postgresql_quietly || return 1 ;;
    esac
    apt_get install -y --no-install-recommends "$@" </dev/null >/dev/null
}

# Installs what is missing of PACKAGE...; exits 77 with the one line to type when it may not.
need_packages() {
    # shellcheck disable=SC2086
    missing=$(missing_packages "$@")
    [ -n "$missing" ] || return 0
    if [ "$(id -u)" = 0 ]; then
        AS_ROOT=
    elif command -v sudo >/dev/null 2>&1 && { sudo -n true 2>/dev/null || [ -t 0 ]; }; then
        AS_ROOT=sudo
    else
        say "These packages are needed; please run as root:" >&2
        say "apt-get install -y --no-install-recommends $missing" >&2
        exit 77
    fi
    say "installing: $missing"
    apt_get update </dev/null >/dev/null || die 69 "apt-get update failed"
    # shellcheck disable=SC2086
    without_services install_missing $missing || die 69 "apt-get install failed"
}

# Sets up and builds $BUILD_ROOT/NAME. Two runs side by side take turns.
build() { # NAME MESON_OPTION...
    name=$1
    shift
    dir=$BUILD_ROOT/$name
    mkdir -p "$BUILD_ROOT"
    (
        flock 9
        log=$BUILD_ROOT/$name.log
        if [ ! -f "$dir/build.ninja" ]; then
            rm -rf "$dir"
            meson setup "$dir" "$ROOT" "$@" >"$log" 2>&1 || {
                tail -n 40 "$log" >&2
                exit 1
            }
        fi
        ninja -C "$dir" >"$log" 2>&1 || {
            grep -E -A8 'error|FAILED|warning' "$log" | tail -n 60 >&2
            exit 1
        }
    ) 9>"$BUILD_ROOT/$name.lock"
}
