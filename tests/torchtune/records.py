#!/usr/bin/env python3
"""Files of recorded verdicts.

usage: records.py FILE ID        print the config and the verdict of one mutation
       records.py FILE DIR/      write all configs, and index.json, to a directory

A file has gzipped lines of JSON. The first line has the versions and data files, the next are the working
configs with their texts and losses. Each other line is a mutation; its text is given as the lines that
differ from its working config:

  id, base      number of the mutation, and which working config it changes
  kind, path, old, new          what was changed; benign: it should still work
  edit          [first line, lines removed, [lines added]]
  verdict       finished, failed, timeout or killed
  phase         where it ended: parse, startup (the recipe's __init__), setup,
                loaded (in setup, after the checkpoint was read), training, saving
  error, message, frame         the exception, and where in torchtune it was raised
  reason, why   config, or environment: a missing file, package, device…
  validate      `tune validate`: ok, refused (exit status 2) or crashed (1)
  steps, last_loss              what was logged
  same_losses, same_weights     as those of the working config
  trained       whether training changed any weight
"""

import gzip
import json
import sys
from pathlib import Path


def difference(base, text):
    """[first differing line, number of lines replaced, the new lines]."""
    old, new = base.split("\n"), text.split("\n")
    start = 0
    while start < min(len(old), len(new)) and old[start] == new[start]:
        start += 1
    end = 0
    while end < min(len(old), len(new)) - start and old[-1 - end] == new[-1 - end]:
        end += 1
    return [start, len(old) - start - end, new[start:len(new) - end]]


def patched(base, edit):
    start, removed, added = edit
    lines = base.split("\n")
    return "\n".join(lines[:start] + added + lines[start + removed:])


class Writer:
    def __init__(self, path, head, bases):
        self.file = gzip.open(path, "wt", compresslevel=9)
        self.texts = {base["name"]: base["text"] for base in bases}
        self._line(head)
        for base in bases:
            self._line({"working": base})

    def _line(self, item):
        self.file.write(json.dumps(item, separators=(",", ":")) + "\n")

    def add(self, record, text):
        edit = difference(self.texts[record["base"]], text)
        self._line({**record, "edit": edit})

    def close(self):
        self.file.close()


def read(path):
    """(head, {name: working config}, [records with their full "text"])."""
    with gzip.open(path, "rt") as file:
        lines = [json.loads(line) for line in file]
    bases = {line["working"]["name"]: line["working"] for line in lines if "working" in line}
    records = [line for line in lines if "edit" in line]
    for record in records:
        base = bases[record["base"]]
        record["text"] = patched(base["text"], record["edit"])
        record["recipe"] = base["recipe"]
    return lines[0], bases, records


def print_one(path, wanted):
    """Prints a mutation's config and its record; false if it does not exist."""
    for record in read(path)[2]:
        if record["id"] == wanted:
            del record["edit"]
            print(record.pop("text"))
            print(json.dumps(record, indent=1))
            return True
    return False


def unpack(path, directory):
    """Writes each config to a file named after its id, and the verdicts to index.json."""
    directory.mkdir(parents=True, exist_ok=True)
    index = []
    for record in read(path)[2]:
        del record["edit"]
        (directory / f"{record['id']}.yaml").write_bytes(record.pop("text").encode())
        index.append(json.dumps(record))
    (directory / "index.json").write_text("[\n" + ",\n".join(index) + "\n]\n")


def main():
    if len(sys.argv) != 3 or sys.argv[1].startswith("-"):
        sys.exit(__doc__.split("\n\n")[1])
    path, wanted = sys.argv[1:]
    if wanted.endswith("/"):
        unpack(path, Path(wanted))
    elif not print_one(path, wanted):
        sys.exit(f"records.py: {path} has no {wanted}")


if __name__ == "__main__":
    main()
