# SPDX-License-Identifier: Apache-2.0
"""Power cuts while the daemon works, on ext4 and on xfs.

Specs are dropped, with fsync, into a spool on a loop device. At a random time the file system is shut
down without a flush of its journal, and mounted again, as after a power cut. Each dropped spec must be
in exactly one directory, and each spec that was seen in done/ must have its complete sweep. Then the
daemon is restarted and finishes; some cuts hit that daemon too.

The same is done with a daemon whose fsync() does nothing (eatmydata). The test fails unless it finds
violations after nine of ten of those cuts.
"""
import glob
import os
import random
import shutil
import time

import device
import parallel
import spool

CUTS = {False: {"ext4": 60, "xfs": 40}, True: {"ext4": 600, "xfs": 400}}
CONTROLS = {False: 10, True: 40}  # for each file system
SIZE = {"ext4": 64 << 20, "xfs": 320 << 20}
LONGEST = 0.25  # seconds from the first drop to the cut
BAD = 4  # every so many specs is invalid
EATMYDATA = "/usr/lib/*/libeatmydata.so"


def preload():
    found = glob.glob(EATMYDATA)
    if not found:
        raise spool.Missing("needs libeatmydata: %s" % EATMYDATA)
    return found[0]


class Machine:
    """A spool on an image. The log, and the list of dropped specs, are outside."""

    def __init__(self, image, top):
        self.image, self.chance, self.cuts = image, None, 0
        self.place = spool.Spool(image.path + "/spool")
        self.place.log_path = top + "/log"
        self.serial = 0

    def drop(self):
        self.serial += 1
        name = "s%d" % self.serial
        if self.serial % BAD == 0:
            self.place.drop(name + ".json", spool.invalid(name), "bad", durable=True)
        else:
            self.place.drop(name + ".json", spool.good(name, self.chance.randint(1, 8)), "good",
                            durable=True)

    def cut(self, process):
        """Specs that are in done/ now must have their sweeps after the cut."""
        self.place.note_done()
        self.image.cut_power()
        self.cuts += 1
        process.kill()
        process.wait()
        spool.end_children()
        self.image.umount()
        self.image.mount()
        return ["after the cut: %s: %s" % fault for fault in self.place.check()]

    def live(self, seed):
        """Drops specs until a cut, maybe cuts again during the recovery, and lets a daemon finish."""
        self.chance = random.Random(seed)
        self.clear()
        process = self.place.launch()
        end = time.monotonic() + self.chance.uniform(0, LONGEST)
        while time.monotonic() < end:
            self.drop()
            if self.chance.random() < 0.3:
                time.sleep(self.chance.uniform(0, 0.02))
        wrong = self.cut(process)
        if self.chance.random() < 0.3:
            process = self.place.launch()
            time.sleep(self.chance.uniform(0, 0.1))
            wrong += self.cut(process)
        wrong += ["restarted: %s: %s" % fault for fault in self.place.run_to_idle()]
        wrong += ["idle: %s: %s" % fault for fault in self.place.check(idle=True)]
        return wrong

    def live_without_syncs(self, seed, library):
        """Drops all specs before, so that only the daemon has something to sync."""
        self.chance = random.Random(seed)
        self.clear()
        for _ in range(12):
            self.drop()
        self.image.sync()
        process = self.place.launch(env={"LD_PRELOAD": library})
        self.place.wait_idle(process, spool.IDLE_SECONDS)
        return self.cut(process)

    def clear(self):
        for directory in (self.place.specs, self.place.queue):
            shutil.rmtree(directory)
            os.mkdir(directory, 0o755)
        self.place.dropped = []

    def done(self):
        return sum(spec["done"] for spec in self.place.dropped)


def on_kind(case):
    """All cuts on one kind of file system."""
    kind, top, cuts, controls, seed = case
    library = preload()
    os.makedirs(top)
    image = device.Image(kind, top, SIZE[kind])
    wrong, dropped, done, noticed = [], 0, 0, 0
    try:
        machine = Machine(image, top)
        while machine.cuts < cuts:
            life = "%s %s %d" % (seed, kind, machine.cuts)
            wrong += ["%s: %s" % (life, fault) for fault in machine.live(life)]
            dropped, done = dropped + len(machine.place.dropped), done + machine.done()
        done_cuts = machine.cuts
        for number in range(controls):
            noticed += bool(machine.live_without_syncs("%s %d" % (seed, number), library))
    finally:
        image.end()
    if noticed < 0.9 * controls:
        wrong.append("%s: only %d of %d cuts without syncs lose anything" % (kind, noticed, controls))
    return ("%s: %d cuts, %d specs dropped, %d done by then, without syncs %d of %d cuts lose some"
            % (kind, done_cuts, dropped, done, noticed, controls)), wrong


def run(options):
    preload()
    device.be_alone()
    top = spool.scratch()
    try:
        counts, wrong = parallel.each(on_kind, [
            (kind, "%s/%s" % (top, kind), cuts, CONTROLS[options.long], options.seed)
            for kind, cuts in CUTS[options.long].items()])
    finally:
        device.remove(top)
    return "; ".join(counts), wrong
