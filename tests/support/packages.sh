# shellcheck shell=sh disable=SC2034  # used by dev
# SPDX-License-Identifier: Apache-2.0
#
# The Debian packages that dev needs, and their installation.

build_packages='libyaml-dev libjansson-dev libuv1-dev nettle-dev libseccomp-dev meson ninja-build gcc
    pkg-config python3'
unit_packages='check'
test_packages='check shellcheck valgrind systemd scdoc g++ strace zsh fish'
daemon_packages='bindfs fuse3 libfuse3-dev strace e2fsprogs'
crash_packages='libeatmydata1 e2fsprogs xfsprogs btrfs-progs mount'
slurm_packages='slurm-wlm munge mariadb-server-core slurmdbd'
venv_packages='python3-venv'
lint_packages='shellcheck clang-format'
release_packages='debhelper lintian rpm cpio scdoc busybox-static strace file git lmod debootstrap'
aarch64_packages='gcc-aarch64-linux-gnu libc6-dev-arm64-cross qemu-user-static'

have() {
    (PATH=$PATH:/usr/sbin:/sbin command -v "$1") >/dev/null 2>&1
}
has_module() { pkg-config --exists "$1" 2>/dev/null; }

# Looks for what the package is needed for: a meson from pip is as good as Debian's.
is_installed() { # PACKAGE
    case $1 in
    libyaml-dev) has_module yaml-0.1 ;;
    libjansson-dev) has_module jansson ;;
    libuv1-dev) has_module libuv ;;
    nettle-dev) has_module nettle ;;
    libseccomp-dev) has_module libseccomp ;;
    libfuse3-dev) has_module fuse3 ;;
    check) has_module check ;;
    python3-venv) python3 -c 'import ensurepip, venv' 2>/dev/null ;;
    libeatmydata1) [ -n "$(find /usr/lib -name 'libeatmydata.so*' 2>/dev/null)" ] ;;
    ninja-build) have ninja ;;
    gcc) have cc ;;
    systemd) have systemd-analyze ;;
    e2fsprogs) have mkfs.ext4 ;;
    xfsprogs) have mkfs.xfs ;;
    btrfs-progs) have mkfs.btrfs ;;
    slurm-wlm) have sbatch && have slurmctld ;;
    munge) have munged ;;
    mariadb-server-core) have mariadbd ;;
    debhelper) have dh ;;
    lmod) [ -f /usr/share/lmod/lmod/libexec/lmod ] ;;
    busybox-static) [ -x /bin/busybox ] && file -L /bin/busybox | grep -q 'statically linked' ;;
    gcc-aarch64-linux-gnu) have aarch64-linux-gnu-gcc ;;
    libc6-dev-arm64-cross) [ -f /usr/aarch64-linux-gnu/lib/libc.a ] ;;
    qemu-user-static) have qemu-aarch64-static ;;
    fuse3) have fusermount3 ;;
    scdoc) have scdoc || ! have apt-get ;; # optional: manual pages
    *) have "$1" ;;
    esac
}

# Installs missing packages, or prints the command that does. $without_root: what else helps.
without_root=
need() { # PACKAGE...
    missing=
    for package; do
        is_installed "$package" || missing="$missing $package"
    done
    [ -n "$missing" ] || return 0
    have apt-get || die "${without_root}missing, by the names of Debian's packages:$missing"
    if [ "$(id -u)" = 0 ]; then
        as_root=
    elif have sudo && sudo -n true 2>/dev/null; then
        as_root='sudo -n'
    else
        die "${without_root}missing packages; run: sudo apt-get install$missing"
    fi
    say "installing:$missing"
    log=$(mktemp)
    # The package lists may be missing or too old: update them only then.
    # shellcheck disable=SC2086  # a list of words
    if ! apt_get install -y --no-install-recommends $missing && ! {
        apt_get update && apt_get install -y --no-install-recommends $missing
    }; then
        tail -n 20 "$log" >&2
        die "could not install:$missing"
    fi
    rm -f "$log"
}

apt_get() {
    $as_root env DEBIAN_FRONTEND=noninteractive apt-get -q "$@" >"$log" 2>&1 </dev/null
}
