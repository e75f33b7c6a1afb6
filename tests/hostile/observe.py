# SPDX-License-Identifier: Apache-2.0
"""Compares directory trees, and finds bytes that are not safe to print on a terminal."""
import hashlib
import os
import re
import stat

BAD_CHARACTERS = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")
MAX_HASHED_BYTES = 1 << 24


def unprintable(text):
    """The surroundings of the first byte that is not printable UTF-8 or a line feed; "" if none."""
    try:
        decoded = text.decode()
    except UnicodeDecodeError as error:
        return f"not UTF-8: {text[max(0, error.start - 40):error.start + 40]!r}"
    bad = BAD_CHARACTERS.search(decoded)
    return f"{decoded[max(0, bad.start() - 40):bad.start() + 40]!r}" if bad else ""


def snapshot(top, exclude=(), with_links=True):
    """A dictionary from each path below `top` to what can be observed of it. Leave out the number of
    links if the test itself makes hard links."""
    seen, waiting = {}, [os.fsencode(top)]
    exclude = {os.fsencode(path) for path in exclude}
    while waiting:
        path = waiting.pop()
        if path in exclude:
            continue
        status = os.lstat(path)
        what = [stat.S_IFMT(status.st_mode), stat.S_IMODE(status.st_mode), status.st_uid, status.st_gid,
                status.st_ino]
        if stat.S_ISDIR(status.st_mode):
            waiting += [os.path.join(path, name) for name in os.listdir(path)]
        else:
            what += [status.st_size, status.st_mtime_ns] + ([status.st_nlink] if with_links else [])
        if stat.S_ISREG(status.st_mode) and status.st_size < MAX_HASHED_BYTES and os.access(path, os.R_OK):
            with open(path, "rb") as f:
                what.append(hashlib.sha256(f.read()).hexdigest())
        if stat.S_ISLNK(status.st_mode):
            what.append(os.readlink(path))
        seen[path] = tuple(what)
    return seen


def difference(before, after):
    """What differs between two snapshots, or ""."""
    lines = []
    for path in sorted(before.keys() | after.keys()):
        if path not in after:
            lines.append(f"removed: {path!r}")
        elif path not in before:
            lines.append(f"new: {path!r}")
        elif before[path] != after[path]:
            lines.append(f"changed: {path!r}")
    return "; ".join(lines)
