# SPDX-License-Identifier: Apache-2.0
"""The file system has no room for a sweep, or fails to keep what was written to it.

With no bytes or no inodes left, the spec is kept, the daemon says why it waits, and goes on by itself
when there is room again, with the same sweeps as if there always had been. When what was written
cannot be brought to the disk, which on ext4 is learned at the sync and only once, nothing is called
done, the daemon says so, and after the repair all is made anew.
"""
import signal
import subprocess

import device
import spool

NO_SPACE = r"(?i)no space|paused|quota"
NO_STORAGE = r"(?i)input/output error|storage|EIO"
SECONDS = 30
LARGE = 200  # runs: more than a small tmpfs has bytes or inodes for
# Tmpfs with too little, and what it gets then.
TOO_SMALL = {"bytes": ({"size": "512k"}, {"size": "64m"}),
             "inodes": ({"nr_inodes": "120"}, {"nr_inodes": "10000"})}
BACKING, REPAIRED, IMAGE = "16m", "200m", 160 << 20
HUGE = 5000  # runs: more bytes than there are behind the image


def kept(place):
    """Yield what is wrong when nothing can be done: all must wait, except what was done before."""
    yield from ("%s: %s" % fault for fault in place.check())
    if place.is_idle():
        yield "nothing waits"


def stop(process):
    """Yield what was wrong with the end of a daemon."""
    process.send_signal(signal.SIGTERM)
    try:
        if process.wait(SECONDS) != 0:
            yield "sweepd ended with %d" % process.returncode
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        yield "sweepd does not stop"
    spool.end_children()


def full(top, what):
    small, large = TOO_SMALL[what]
    tmpfs = device.Tmpfs("%s/%s" % (top, what), **small)
    wrong = []
    try:
        place = spool.Spool(tmpfs.path + "/spool")
        place.log_path = "%s/%s.log" % (top, what)
        place.drop("large.json", spool.good("large", LARGE), "good")
        process = place.start(options=["--rescan", "0.2"])
        if not place.wait_log(NO_SPACE, seconds=SECONDS):
            wrong.append("the daemon does not say why it waits")
        place.drop("small.json", spool.good("small"), "good")
        place.drop("bad.json", spool.invalid("bad"), "bad")
        wrong += kept(place)
        if process.poll() is not None:
            wrong.append("the daemon ended with %d" % process.returncode)
        tmpfs.options(**large)
        if not place.wait_idle(process, SECONDS):
            wrong.append("the daemon does not go on when there is room again")
        wrong += stop(process)
        wrong += ["%s: %s" % fault for fault in place.check(idle=True)]
    finally:
        tmpfs.end()
    return ["no %s: %s" % (what, fault) for fault in wrong]


def failing(top):
    backing = device.Tmpfs(top + "/backing", size=BACKING)
    image, wrong = None, []
    try:
        # The data is what cannot be written; without its journal a file system goes read-only.
        image = device.Image("ext4", backing.path, IMAGE, "-J", "size=4")
        image.use_journal(4 << 20)
        place = spool.Spool(image.path + "/spool")
        place.log_path = top + "/failing.log"
        place.drop("first.json", spool.good("first"), "good", durable=True)
        wrong += ["%s: %s" % fault for fault in place.run_to_idle()]
        place.note_done()
        before = len(place.log())
        place.drop("huge.json", spool.good("huge", HUGE), "good", durable=True)
        process = place.start(options=["--rescan", "0.2"])
        if not place.wait_log(NO_STORAGE, before, SECONDS):
            wrong.append("the daemon does not say that the storage fails")
        wrong += kept(place)
        process.kill()
        process.wait()
        spool.end_children()
        image.umount()
        backing.options(size=REPAIRED)
        # 1: mended something.
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
    device.need("e2fsck")
    top = spool.scratch()
    try:
        wrong = full(top, "bytes") + full(top, "inodes") + failing(top)
    finally:
        device.remove(top)
    return "no bytes, no inodes, a write error of the disk", wrong
