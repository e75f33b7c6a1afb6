#!/usr/bin/env python3
"""usage: embed.py OUT.c SPECS FILE…     writes FILEs (below SPECS) as C strings
       embed.py OUT.c NAME FILE         writes FILE as the string NAME"""
import os
import sys

ESCAPES = {ord('"'): '\\"', ord("\\"): "\\\\", ord("\n"): "\\n"}


def literal(data):
    """One C string a line of text; octal for the rest, and no trigraphs."""
    for line in data.splitlines(keepends=True) or [b""]:
        text = "".join(ESCAPES.get(c) or (chr(c) if 32 <= c < 127 and c != 63 else f"\\{c:03o}")
                       for c in line)
        yield f'    "{text}"'


def write_string(out, name, path):
    with open(path, "rb") as source, open(out, "w", encoding="ascii") as f:
        f.write(f"extern const char {name}[];\nconst char {name}[] =\n"
                + "\n".join(literal(source.read())) + ";\n")


def main(out, specs, *files):
    if os.path.basename(specs) == specs:
        write_string(out, specs, *files)
        return
    entries = []
    with open(out, "w", encoding="ascii") as f:
        f.write('#include "lib/trainer/embedded.h"\n\n')
        for i, path in enumerate(files):
            with open(path, "rb") as source:
                data = source.read()
            # Longer than what C promises for one literal, which gcc and clang both take.
            f.write(f"static const char file_{i}[] =\n" + "\n".join(literal(data)) + ";\n\n")
            entries.append(f'    {{"{os.path.relpath(path, specs)}", file_{i}, {len(data)}}},\n')
        f.write("const struct embedded_file embedded_files[] = {\n" + "".join(entries)
                + "    {0},\n};\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
