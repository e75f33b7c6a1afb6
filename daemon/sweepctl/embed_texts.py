#!/usr/bin/env python3
"""usage: embed_texts.py OUT.c FILE…     writes FILEs as C strings, for daemon/sweepctl/embedded.h"""
import os
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../lib/trainer"))

from embed import literal


def main(out, *files):
    entries = []
    with open(out, "w", encoding="ascii") as f:
        f.write('#include "daemon/sweepctl/embedded.h"\n\n')
        for i, path in enumerate(files):
            with open(path, "rb") as source:
                f.write(f"static const char text_{i}[] =\n" + "\n".join(literal(source.read())) + ";\n\n")
            entries.append(f'    {{"{os.path.basename(path)}", text_{i}}},\n')
        f.write("const struct embedded_text embedded_texts[] = {\n" + "".join(entries) + "    {NULL, NULL},\n};\n")


main(*sys.argv[1:])
