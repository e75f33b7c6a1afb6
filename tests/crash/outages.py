# SPDX-License-Identifier: Apache-2.0
"""What every generator needs is missing for a while: the queue, torchtune, the profile, a base directory.

Good specs and an invalid one arrive before and during the outage. Until it is over no spec may be in
failed/ and no attempt may be counted, and the daemon tells why it pauses: in the log once, in its
status, in its metrics, and to the service manager. Afterwards it resumes by itself.
"""
import json
import os
import re
import shutil
import socket
import subprocess
import time

import device
import parallel
import spool
from sweepd import BASE, NOBODY, wait

SECONDS = {False: 3, True: 15}  # how long an outage lasts
ROUNDS = {False: 1, True: 3}
RESUMED = 10  # seconds until it must be noticed that it is over, with a margin for a busy machine
WORKERS = 8
LARGE = 2000  # runs of a spec whose generator is at work when the outage begins
PROFILES = os.path.join(os.path.dirname(__file__), "../../specs/profiles")


class Place(spool.Spool):
    """A spool whose daemon has all settings, and a service manager."""

    def __init__(self, root):
        super().__init__(root)
        self.torchtune, self.profile, self.bases = root + "/torchtune", root + "/profile.json", root + "/bases"
        for directory in (self.torchtune + "/recipes/configs/llama3_1", self.bases):
            os.makedirs(directory)
        self.options += ["--torchtune", self.torchtune, "--profile", self.profile, "--bases", self.bases,
                         "--metrics", root + "/sweepd.prom"]
        shutil.copy(PROFILES + "/torchtune-0.6.1.json", self.profile)
        shutil.copy(PROFILES + "/torchtune-0.6.1.scan.json", root)
        with open(self.bases + "/base.yaml", "w", encoding="utf-8") as stream:
            stream.write(subprocess.run([self.sweepctl, "bases", "--show", BASE], check=True,
                                        capture_output=True, text=True).stdout)
        self.env = {"RUNTIME_DIRECTORY": root, "SWEEPD_CONTROL": root + "/control"}
        self.manager = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.manager.bind("")
        self.env["NOTIFY_SOCKET"] = "@" + self.manager.getsockname()[1:].decode()
        self.states, self.user = "", 0

    def drop(self, *words, **more):
        os.seteuid(self.user)
        super().drop(*words, **more)
        os.seteuid(0)

    def told(self):
        """What the service manager was told so far."""
        try:
            while True:
                self.states += self.manager.recv(65536, socket.MSG_DONTWAIT).decode() + "\n"
        except BlockingIOError:
            return self.states

    def status(self):
        done = subprocess.run([self.sweepctl, "status", "--json", "--socket", self.root + "/control"],
                              capture_output=True, text=True, check=False)
        return json.loads(done.stdout) if done.returncode == 0 else {"state": done.stderr}

    def measured(self):
        with open(self.root + "/sweepd.prom", encoding="ascii") as stream:
            return int(re.search(r"^sweepd_paused (\d)$", stream.read(), re.M)[1])


# Each outage: what is taken away, and how it comes back.

def move_away(path):
    os.rename(path, path + ".away")
    return lambda: os.rename(path + ".away", path)


def replace(path, make):
    os.rename(path, path + ".away")
    make()

    def repair():
        os.unlink(path)
        os.rename(path + ".away", path)
    return repair


def make_read_only(path):
    device.call("mount", "--bind", path, path)
    device.call("mount", "-o", "remount,bind,ro", path)
    return lambda: device.call("umount", "-l", path)


def unmount(path, content):
    """Takes the file system away that was mounted here before the daemon was started."""
    device.call("umount", "-l", path)

    def repair():
        device.call("mount", "--bind", content, path)
    return repair


def change_mode(path):
    os.chmod(path, 0o500)
    return lambda: os.chmod(path, 0o700)


OUTAGES = {
    "the queue is read-only": lambda p: make_read_only(p.queue),
    "the queue is moved away": lambda p: move_away(p.queue),
    "the queue is a file": lambda p: replace(p.queue, lambda: open(p.queue, "x", encoding="ascii").close()),
    "the queue is a dangling link": lambda p: replace(p.queue, lambda: os.symlink("nowhere", p.queue)),
    "the queue is not ours to write": lambda p: change_mode(p.queue),
    "the queue is not mounted": lambda p: unmount(p.queue, p.root + "/mounted"),
    "torchtune is missing": lambda p: move_away(p.torchtune),
    "the profile is missing": lambda p: move_away(p.profile),
    "a directory of bases is missing": lambda p: move_away(p.bases),
    "a directory of bases is not mounted": lambda p: unmount(p.bases, p.root + "/mounted"),
}


def mount_first(place, path, top):
    """Moves a directory to a file system of its own, mounted over the path."""
    place.mounted = device.Tmpfs(place.root + "/mounted", size="256m")
    for name in os.listdir(path):
        shutil.move(path + "/" + name, place.mounted.path)
    shutil.copystat(path, place.mounted.path)
    device.call("mount", "--bind", place.mounted.path, path)


def drop_all(place, kind, count):
    """Drops good specs, with and without the base that may be missing, and an invalid one."""
    for number in range(count):
        name = "%s%d" % (kind, number)
        text = spool.good(name)
        if number % 2:
            text = text.replace(json.dumps(BASE), json.dumps({"file": place.bases + "/base.yaml"}))
            text = text.replace("{", '{"recipe": "lora_finetune_single_device", ', 1)
        place.drop(name + ".json", text, "good")
    place.drop(kind + "-bad.json", spool.invalid(kind), "bad")


def during(place, seconds):
    """Yields what is wrong during an outage that has begun."""
    if not wait(lambda: place.status()["state"] in ("paused", "failed"), 5):
        yield "its state is %s" % place.status()["state"]
    time.sleep(seconds)
    failed = [name for name in os.listdir(place.specs + "/failed") if "-bad" not in name]
    if failed:
        yield "%s failed" % failed[0]
    if "during-bad.json" in os.listdir(place.specs + "/failed"):
        yield "a spec that arrived during the outage was judged"
    counted = [name for name in os.listdir(place.specs + "/.claimed")
               if re.match(r"\d+-\d+-[1-9]", name)]
    if counted:
        yield "an attempt is counted: %s" % counted[0]
    status = place.status()
    if not status.get("reason"):
        yield "its status has no reason: %s" % status
    if place.measured() != 1:
        yield "its metrics do not say that it is paused"
    if not re.search("STATUS=(paused|storage error): ", place.told()):
        yield "the service manager is not told: %s" % place.told()
    # A generator that cannot write any more reports an error of the storage.
    for what in "paused: ", "storage error: ":
        if place.log().count(what) > 1:
            yield "\"%s\" is logged %d times" % (what, place.log().count(what))


def outage(case):
    top, label, seconds, number, busy = case
    place = Place("%s/%d" % (top, number))
    repair = None
    wrong = []
    try:
        if "not mounted" in label:
            mount_first(place, place.bases if "bases" in label else place.queue, top)
        if "not ours" in label:
            # Root can write everywhere.
            place.sweepd = shutil.copy(place.sweepd, place.root)
            place.sweepctl = shutil.copy(place.sweepctl, place.root)
            os.chmod(top, 0o755)
            device.call("chown", "-R", "%d:%d" % (NOBODY, NOBODY), place.root)
            place.user = NOBODY
        process = place.launch("--rescan", "0.5", user=place.user, group=place.user)
        drop_all(place, "before", 2)
        if not place.wait_idle(process, 20):
            wrong.append("is not idle before: %s" % place.log())
        if busy:
            place.drop("large.json", spool.good("large", LARGE), "good")
            wait(lambda: any(name.startswith(".stage.") for name in os.listdir(place.queue)), 5, 0.001)
        repair = OUTAGES[label](place)
        drop_all(place, "during", 4)
        wrong += during(place, seconds)
        repair()
        repair = None
        begin = time.monotonic()
        if not place.wait_idle(process, RESUMED + 20 * busy):
            wrong.append("does not resume: %s" % place.log())
        paused = time.monotonic() - begin
        process.terminate()
        if process.wait(20) != 0:
            wrong.append("exits with %d" % process.returncode)
        wrong += ["%s: %s" % fault for fault in place.check(idle=True)]
        if " attempt " in place.log():
            wrong.append("an attempt was counted: %s" % place.log())
    finally:
        if repair is not None:
            process.kill()
            repair()
        spool.end_children()
        if not os.environ.get("KEEP"):
            device.remove(place.root)
    return paused, ["%s%s: %s" % (label, " while it generates" * busy, fault) for fault in wrong]


def run(options):
    device.be_alone()
    top = spool.scratch()
    try:
        kinds = [(label, busy) for label in OUTAGES for busy in (False, True)]
        cases = [(top, label, SECONDS[options.long], number, busy) for number, (label, busy) in
                 enumerate(kinds * ROUNDS[options.long])]
        resumed, wrong = parallel.each(outage, cases, WORKERS)
    finally:
        device.remove(top)
    return "%d outages of %d kinds, %d s each; resumed after %.1f s at most" % (
        len(cases), len(OUTAGES), SECONDS[options.long], max(resumed)), wrong
