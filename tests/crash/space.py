# SPDX-License-Identifier: Apache-2.0
"""A full file system, one with a quota, and one whose disk has write errors.

Without free bytes or inodes, or over a quota, which no statfs() tells, the daemon logs why it pauses, keeps the specs, and resumes by itself when
there is space again, with the same sweeps. After a write error, which ext4 reports once, at the sync,
no spec is moved to done/, the daemon logs it, and after the repair all specs are generated again.
"""
import os
import signal
import subprocess

import device
import spool

NO_SPACE = r"(?i)no space|paused|quota"
NO_STORAGE = r"(?i)input/output error|storage|EIO"
SECONDS = 30
LARGE = 200  # runs: more than a small tmpfs has bytes or inodes for
# Options of a tmpfs that is too small, and those that it gets then.
TOO_SMALL = {"bytes": ({"size": "512k"}, {"size": "64m"}),
             "inodes": ({"nr_inodes": "120"}, {"nr_inodes": "10000"})}
QUOTA, QUOTA_RUNS, QUOTA_IMAGE = "2M", 2000, 300 << 20
BACKING, REPAIRED, IMAGE = "16m", "200m", 160 << 20
HUGE = 5000  # runs: more bytes than the backing tmpfs has


def kept(place):
    """Yields what is wrong while the daemon cannot work: specs must wait."""
    yield from ("%s: %s" % fault for fault in place.check())
    if place.is_idle():
        yield "no spec waits"


def stop(process):
    """Stops the daemon; yields what is wrong with that."""
    process.send_signal(signal.SIGTERM)
    try:
        if process.wait(SECONDS) != 0:
            yield "sweepd exited with %d" % process.returncode
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        yield "sweepd does not stop"
    spool.end_children()


def waits(root, log, runs, repair):
    """Yields what is wrong with a daemon that has too little space for a spec until repair()."""
    place = spool.Spool(root)
    place.log_path = log
    place.drop("large.json", spool.good("large", runs), "good")
    process = place.launch("--rescan", "0.2")
    if not place.wait_log(NO_SPACE, seconds=SECONDS):
        yield "the daemon does not log why it pauses"
    place.drop("small.json", spool.good("small"), "good")
    place.drop("bad.json", spool.invalid("bad"), "bad")
    yield from kept(place)
    if process.poll() is not None:
        yield "the daemon exited with %d" % process.returncode
    repair()
    if not place.wait_idle(process, SECONDS):
        yield "the daemon does not resume when there is space again"
    yield from stop(process)
    yield from ("%s: %s" % fault for fault in place.check(idle=True))


def full(top, what):
    small, large = TOO_SMALL[what]
    tmpfs = device.Tmpfs("%s/%s" % (top, what), **small)
    try:
        return ["no %s: %s" % (what, fault) for fault in waits(
            tmpfs.path + "/spool", "%s/%s.log" % (top, what), LARGE, lambda: tmpfs.options(**large))]
    finally:
        tmpfs.end()


def quota(top):
    """A limit of a btrfs subvolume: needs no quota format in the kernel, as the limits of users do."""
    os.mkdir(top + "/limited")
    image = device.Image("btrfs", top + "/limited", QUOTA_IMAGE)
    volume = image.path + "/volume"
    try:
        device.call("btrfs", "quota", "enable", image.path)
        device.call("btrfs", "subvolume", "create", volume)
        device.call("btrfs", "qgroup", "limit", QUOTA, volume)
        faults = list(waits(volume + "/spool", top + "/limited.log", QUOTA_RUNS,
                            lambda: device.call("btrfs", "qgroup", "limit", "none", volume)))
        with open(top + "/limited.log", encoding="utf-8") as log:
            if "Disk quota exceeded" not in log.read():
                faults.append("the log does not say that it is the quota")
        return ["over the quota: %s" % fault for fault in faults]
    finally:
        image.end()


def failing(top):
    backing = device.Tmpfs(top + "/backing", size=BACKING)
    image, wrong = None, []
    try:
        # Data must be what cannot be written; after a journal error ext4 becomes read-only.
        image = device.Image("ext4", backing.path, IMAGE, "-J", "size=4")
        image.use_journal(4 << 20)
        place = spool.Spool(image.path + "/spool")
        place.log_path = top + "/failing.log"
        place.drop("first.json", spool.good("first"), "good", durable=True)
        wrong += ["%s: %s" % fault for fault in place.run_to_idle()]
        place.note_done()
        before = len(place.log())
        place.drop("huge.json", spool.good("huge", HUGE), "good", durable=True)
        process = place.launch("--rescan", "0.2")
        if not place.wait_log(NO_STORAGE, before, SECONDS):
            wrong.append("the daemon does not log the storage error")
        wrong += kept(place)
        process.kill()
        process.wait()
        spool.end_children()
        image.umount()
        backing.options(size=REPAIRED)
        # Its exit status is 1 if it corrected errors.
        subprocess.run(["e2fsck", "-fy", image.file], stdin=subprocess.DEVNULL,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
        image.mount()
        wrong += ["after the repair: %s" % fault for fault in place.recover()]
    finally:
        if image is not None:
            image.end()
        backing.end()
    return ["write error: %s" % fault for fault in wrong]


def run(_):
    device.be_alone()
    device.need("e2fsck", "btrfs")
    top = spool.scratch()
    try:
        wrong = full(top, "bytes") + full(top, "inodes") + quota(top) + failing(top)
    finally:
        device.remove(top)
    return "no bytes, no inodes, a quota, a write error of the disk", wrong
