# SPDX-License-Identifier: Apache-2.0
"""File systems that can run full, fail, and lose power.

They are mounted in our own mount namespace, so that no mount and no loop device outlives the test.
"""
import ctypes
import fcntl
import os
import shutil
import struct
import subprocess

import spool

SHUTDOWN = 0x8004587D  # FS_IOC_SHUTDOWN
NO_LOG_FLUSH = 2  # lose what is not in the journal yet
CLONE_NEWNS = 0x20000


def call(*words):
    done = subprocess.run([str(word) for word in words], stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    if done.returncode != 0:
        raise OSError("%s: %s" % (" ".join(map(str, words)), done.stdout.strip()))


def be_alone():
    """Enters a mount namespace of our own."""
    if os.geteuid() != 0:
        raise spool.Missing("mounting needs root")
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(CLONE_NEWNS) != 0:
        raise spool.Missing("no mount namespace: %s" % os.strerror(ctypes.get_errno()))
    try:
        call("mount", "--make-rprivate", "/")
    except OSError as problem:
        raise spool.Missing("no private mounts: %s" % problem) from problem


def need(*programs):
    for program in programs:
        if not shutil.which(program, path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin"):
            raise spool.Missing("needs %s" % program)


def remove(top):
    """Removes a directory, and unmounts what is still mounted below it."""
    with open("/proc/self/mounts", encoding="utf-8") as stream:
        places = [line.split()[1] for line in stream]
    for place in reversed(places):
        if place.startswith(top + "/"):
            call("umount", "-l", place)
    shutil.rmtree(top, ignore_errors=True)


class Tmpfs:
    def __init__(self, path, **options):
        self.path = path
        os.makedirs(path, exist_ok=True)
        self.options("", **options)

    def options(self, first="remount,", **options):
        words = ",".join("%s=%s" % pair for pair in options.items())
        call("mount", "-t", "tmpfs", "-o", first + words, "tmpfs", self.path)

    def end(self):
        call("umount", "-l", self.path)


class Image:
    """A file system in a sparse file."""

    def __init__(self, kind, top, size, *options):
        self.kind, self.file, self.path = kind, top + "/image", top + "/mount"
        need("mkfs." + kind)
        os.makedirs(self.path, exist_ok=True)
        with open(self.file, "wb") as stream:
            stream.truncate(size)
        if kind in ("xfs", "btrfs"):
            call("mkfs." + kind, "-q", "-f", *options, self.file)
        else:
            # Do not leave initialization to a background thread after the first mount.
            call("mkfs.ext4", "-q", "-F", "-E", "lazy_itable_init=0,lazy_journal_init=0", *options,
                 self.file)
        self.mount()

    def mount(self):
        try:
            call("mount", "-t", self.kind, "-o", "loop", self.file, self.path)
        except OSError as problem:
            raise spool.Missing("no %s on a loop device: %s" % (self.kind, problem)) from problem

    def cut_power(self):
        """Shuts the file system down: from now on nothing is written, and every access fails."""
        fd = os.open(self.path, os.O_RDONLY)
        try:
            fcntl.ioctl(fd, SHUTDOWN, struct.pack("I", NO_LOG_FLUSH))
        finally:
            os.close(fd)

    def use_journal(self, size):
        """Writes the whole journal once, so that the sparse file has blocks for it."""
        path = self.path + "/journal"
        for _ in range(size // 4096):
            fd = os.open(path, os.O_WRONLY | os.O_CREAT)
            os.unlink(path)
            os.fsync(fd)
            os.close(fd)

    def sync(self):
        fd = os.open(self.path, os.O_RDONLY)
        ctypes.CDLL(None).syncfs(fd)
        os.close(fd)

    def umount(self):
        call("umount", self.path)

    def end(self):
        try:
            self.umount()
        except OSError:
            call("umount", "-l", self.path)
