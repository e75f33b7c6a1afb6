# SPDX-License-Identifier: Apache-2.0
"""Malformed specs from a random generator.

invalid(r) returns a spec that is surely invalid, mutant(r) a mutated real spec that may still be valid;
both as bytes, at most a few MiB. base_files() makes the base files that some of them name.
"""
import json
import os
import re
import socket
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[2]
REAL = [path.read_bytes() for pattern in ("specs/examples/*.json", "tests/golden/*/*/spec.json")
        for path in sorted(SOURCE.glob(pattern))]
BASE = "llama3_1/8B_lora_single_device"

TOKEN = re.compile(rb'"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*|[a-z]+|[\[\]{}:,]')

# Bytes that have caused bugs in parsers, terminals, shells and file systems.
PIECES = [b"\0", b"\x1b[2J", b"\x1b]0;owned\x07", b"\r", b"\n", b"\t", b"\x7f", b"\xff", b"\xfe", b"\xc0\xaf",
          b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xef\xbb\xbf", b"\xc2\x9b31m", b"\xe2\x80\xae", b"\xe2\x80\xa8",
          b"\\u0000", b"\\ud800", b"\\udc00\\ud800", b"\\u202e", b"\\", b'"', b"'", b"`", b"$(id)", b"${x}", b"{run}",
          b"{", b"}", b"[", b"]", b"[" * 40, b"{\"a\":" * 40, b",", b":", b"//", b"/*", b"#", b"../" * 8, b"%s%n",
          b"-", b"1e999", b"-0", b"0x1", b"NaN", b"9" * 400, b"1" + b"0" * 30, b"null", b"true", b"a" * 5000]
STRINGS = ["", " ", ".", "..", "/", "-rf", "--help", "../../../../../../etc/passwd", "/etc/shadow", "/dev/zero",
           "a/b", "a\nb", "a\u0000b", "\u001b[31m", "\u202eexe", "\u2028", "\ufeff", "\u0085", "~root", "$(id)", "`id`",
           "x;id", "con", "x" * 256, "x" * 5000, "\ud800", "\U0001f4a3" * 80, "{run}{name}", "{", "}", "{{", "{nope}",
           "a..b", ".a", "a.", "a[0]", "a.b.c.d.e.f.g.h", "__proto__", "%s%s%s%n", "\\", "'", '"', "null", "!!python/x",
           "*a", "&a", "x: y", "\tx", "#SBATCH --uid=0", "x\n#SBATCH --uid=0", "1\u00a02"]
NUMBERS = [0, -1, 1, 2**31, 2**53 + 1, 2**63 - 1, 2**63, -2**63, -2**63 - 1, 2**64, 10**30, 10**308, 10**400, 0.0,
           -0.0, 1e-323, 1e308, 0.1, -1.5]


# --- mutants ------------------------------------------------------------------------------------------

def damage_bytes(r, text):
    text = bytearray(text)
    for _ in range(r.choice((1, 1, 1, 2, 4, 16))):
        at, length = r.randrange(len(text) + 1), r.choice((1, 1, 2, 8, 64))
        how = r.randrange(6)
        if how == 0 and at < len(text):
            text[at] ^= 1 << r.randrange(8)
        elif how == 1:
            text[at:at] = r.choice(PIECES)
        elif how == 2:
            del text[at:at + length]
        elif how == 3:
            text[at:at] = text[at:at + length] * r.choice((1, 2, 100))
        elif how == 4:
            text[at:at + length] = bytes(r.randrange(256) for _ in range(length))
        else:
            other = r.choice(REAL)
            text[at:] = other[r.randrange(len(other) + 1):]
    return bytes(text)


def damage_tokens(r, text):
    tokens = TOKEN.findall(text)
    pool = tokens + TOKEN.findall(r.choice(REAL))
    for _ in range(r.choice((1, 1, 2, 5))):
        if not tokens:
            break
        at = r.randrange(len(tokens))
        how = r.randrange(5)
        if how == 0:
            tokens[at] = r.choice(pool)
        elif how == 1:
            tokens[at:at] = [r.choice(pool)]
        elif how == 2:
            del tokens[at]
        elif how == 3:
            other = r.randrange(len(tokens))
            tokens[at], tokens[other] = tokens[other], tokens[at]
        else:
            tokens[at] = r.choice((json.dumps(r.choice(STRINGS)).encode(), str(r.choice(NUMBERS)).encode()))
    return b" ".join(tokens)


def places(value):
    """All (container, key or index) in a document."""
    found, waiting = [], [value]
    while waiting:
        at = waiting.pop()
        keys = list(at) if isinstance(at, dict) else range(len(at)) if isinstance(at, list) else ()
        for key in keys:
            found.append((at, key))
            waiting.append(at[key])
    return found


def hostile_value(r, depth=0):
    how = r.randrange(8 if depth < 3 else 4)
    if how < 2:
        return r.choice(STRINGS)
    if how < 4:
        return r.choice(NUMBERS + [None, True, False])
    if how < 6:
        return [hostile_value(r, depth + 1) for _ in range(r.choice((0, 1, 2, 30)))]
    return {r.choice(STRINGS): hostile_value(r, depth + 1) for _ in range(r.choice((0, 1, 5)))}


def damage_structure(r, text):
    try:
        value = json.loads(text.removeprefix(b"\xef\xbb\xbf").decode())
    except ValueError:
        return damage_bytes(r, text)
    for _ in range(r.choice((1, 1, 2, 4))):
        found = places(value)
        if not found:
            break
        at, key = r.choice(found)
        how = r.randrange(6)
        if how == 0:
            del at[key]
        elif how == 1:
            for _ in range(r.choice((1, 2, 40, 200))):
                at[key] = [at[key]]
        elif how == 2 and isinstance(at, dict):
            at[r.choice(STRINGS)] = at.pop(key)
        else:
            at[key] = hostile_value(r)
    return json.dumps(value, ensure_ascii=bool(r.randrange(2))).encode(errors="surrogatepass")


def mutant(r):
    return r.choice((damage_bytes, damage_tokens, damage_structure))(r, r.choice(REAL))


# --- surely invalid -----------------------------------------------------------------------------------

def document(r, **parts):
    whole = {"name": f"h{r.randrange(10**9)}", "base": BASE, "grid": {"seed": [1, 2]}, **parts}
    return json.dumps(whole, ensure_ascii=bool(r.randrange(2))).encode(errors="surrogatepass")


def good_text(r):
    return document(r).decode()


def deep(r):
    n = r.choice((65, 1000, 30000, 120000))
    opening, closing = r.choice((("[", "]"), ('{"a":', "}")))
    inside = opening * n + "1" + closing * n
    if r.randrange(2):
        inside = '{"name": "deep", "base": ' + inside + "}"
    return inside.encode()


def product(r):
    """10^30 runs in a small spec."""
    axes = {f"optimizer.weight_decay{i or ''}": list(range(1000)) for i in range(10)}
    if r.randrange(2):
        axes = {"seed": list(range(100000)), "batch_size": list(range(1, 10001))}
    return document(r, grid=axes)


def number(r):
    text = r.choice(("1" + "0" * r.choice((30, 400, 100000)), "1e999", "-1e999999999", "0." + "0" * 100000 + "1e-400000",
                     "1e400", "18446744073709551616", "1.7976931348623159e308", "0x10", "1_000", "+1", "01", ".5", "1.",
                     "Infinity", "NaN", "-"))
    return good_text(r).replace("[1, 2]", f"[1, {text}]").encode()


def long_string(r):
    text = r.choice(("a", "\\", "\u00e4", "\u001b", "{")) * r.choice((4097, 100000, 250000))
    return document(r, **{r.choice(("name", "output_dir", "base", text)): text})


def repeated_key(r):
    key = r.choice(("name", "base", "grid", "fixed"))
    text = good_text(r)[:-1]
    again = r.choice((key, "".join(f"\\u{ord(c):04x}" for c in key)))
    if f'"{key}"' not in text:
        text += f', "{key}": 1'
    return f'{text}, "{again}": {r.choice(("1", "{}", json.dumps("x")))}}}'.encode()


def inner_repeated_key(r):
    return good_text(r).replace('{"seed": [1, 2]}', '{"seed": [1], "seed": [2]}').encode()


# Load codecs now: after become_user() Python's own files may not be readable.
for codec in ("utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-7", "cp037"):
    "".encode(codec)


def encoded(r):
    text = good_text(r)
    return r.choice((text.encode("utf-16"), text.encode("utf-16-le"), text.encode("utf-16-be"), text.encode("utf-32"),
                     b"\xef\xbb\xbf\xef\xbb\xbf" + text.encode(), text.encode("utf-7").replace(b"{", b"+AHs-"),
                     text.encode("cp037")))


def broken_character(r):
    bad = r.choice((b"\xff", b"\xfe", b"\xc0\x80", b"\xc0\xaf", b"\xe0\x80\xaf", b"\xed\xa0\x80", b"\xed\xb0\x80",
                    b"\xf0\x80\x80\xaf", b"\xf4\x90\x80\x80", b"\xf8\x88\x80\x80\x80", b"\x80", b"\xc3", b"\xe2\x82"))
    return good_text(r).encode().replace(b'"base": "', b'"base": "' + bad, 1)


def control_character(r):
    raw = bytes([r.choice([n for n in range(32)])])
    return good_text(r).encode().replace(b'"base": "', b'"base": "' + raw, 1)


def with_nul(r):
    text = good_text(r).encode()
    at = r.randrange(len(text))
    return r.choice((text[:at] + b"\0" + text[at:], text + b"\0", b"\0" * 4096, text.replace(b"seed", b"se\\u0000ed"),
                     text.replace(b'"name": "', b'"name": "\\u0000')))


def cut(r):
    text = good_text(r).encode()
    return text[:r.randrange(len(text))]


def text_after(r):
    return good_text(r).encode() + r.choice((b"{}", b"x", b"]", b"}", b"/*", b"/", b"# x", b"\x1a", b"\n{\"name\": 1}"))


def bad_name(r):
    return document(r, name=r.choice(("../../etc/passwd", "../x", "/etc/passwd", "/", ".", "..", ".hidden", "a/b", "",
                                      "\n", "a\nb", "\u001b[31m", "\u202e", "\u0000", "x" * 300, "a\\u0000", "-rf", "~", " ",
                                      None, 1, [], {}, "\ud800", "..\u2215x")))


def bad_word(r):
    """A key or a config path that does not exist."""
    word = r.choice(("\u001b]0;x\u0007", "\u202eabc", "a..b", "", ".", "a.", "__proto__", "%n%n%n", "x" * 3000, "\u0085", "$(id)",
                     "\n\n", "a b", "-", "*", "../../x"))
    return document(r, **{r.choice(("fixed", "grid")): {word: r.choice(([1], 1, "x"))}})


def top_key(r):
    return document(r, **{r.choice(("\u001b[31mname", "nmae", "output-dir", "..", "\u202e", "grid.seed", "x" * 999)): 1})


def many_keys(r):
    return document(r, fixed={f"optimizer.k{i}": i for i in range(r.choice((10001, 40000)))})


def many_values(r):
    return document(r, grid={"seed": list(range(r.choice((100001, 140000))))})


def too_large(r):
    return good_text(r).encode() + b" " * ((1 << 20) + r.randrange(1 << 20))


def slurm(r):
    return document(r, slurm=r.choice(({"partition": "x\n#SBATCH --uid=0"}, {"time": "`id`"}, {"mem": "$(id)"},
                                       {"account": "a b"}, {"gres": "gpu:1\r--uid=0"}, {"wrap": "id"}, {"nope": 1},
                                       {"array_parallelism": -1}, {"array_parallelism": 10**30}, {"partition": "\u001b[A"},
                                       {"time": "99:99:99:99"}, [], "x", 1)))


def no_object(r):
    return r.choice((b"[]", b"1", b'"x"', b"null", b"true", b"[1, 2", b"{]", b"{,}", b"{1: 2}", b"'x'", b"\xef\xbb\xbf{}",
                     b"<xml/>", b"- a\n- b\n", b"#!/bin/sh\nid\n", b"\x7fELF\x02\x01\x01" + b"\1" * 60, b"PK\3\4" + b"\1" * 60))


FILES = ["/etc/shadow", "/etc/passwd", "../../outside/secret.yaml", "secret_link.yaml", "/dev/zero", "/dev/stdin", "/dev/tty",
         "/dev/full", "/proc/self/mem", "/proc/self/environ", "/proc/kmsg", "/proc/self/fd/0", "fifo.yaml", "socket.yaml",
         "directory.yaml", ".", "..", "/", "missing.yaml", "dangling.yaml", "loop.yaml", "laughs.yaml", "wide.yaml", "deep.yaml",
         "deep_block.yaml", "self.yaml", "merge.yaml", "tags.yaml", "two.yaml", "large.yaml", "sparse.yaml", "control.yaml",
         "nul.yaml", "invalid.yaml", "keys.yaml", "list.yaml", "empty.yaml", "scalar.yaml", "unreadable.yaml", "long.yaml",
         "x" * 4096, "a/" * 2048, "\u001b[31m.yaml", "\n", "", "fifo.yaml/x", "directory.yaml/../list.yaml"]


def base_file(r):
    more = {"recipe": "lora_finetune_single_device"} if r.randrange(4) else {}
    return document(r, base={"file": r.choice(FILES)}, **more)


def axis_file(r):
    return document(r, grid={"seed": {"file": r.choice(FILES), "column": r.choice(("seed", "\u001b[31m", ""))}})


INVALID = [deep, product, number, long_string, repeated_key, inner_repeated_key, encoded, broken_character,
           control_character, with_nul, cut, text_after, bad_name, bad_word, top_key, many_keys, many_values, too_large,
           slurm, no_object, base_file, base_file, base_file, base_file, axis_file, axis_file]


def invalid(r):
    return r.choice(INVALID)(r)


# --- base files ---------------------------------------------------------------------------------------

BASES = {
    "laughs.yaml": "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n" +
                   "".join(f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]\n" for i in range(1, 30)),
    "wide.yaml": "a: &a [" + "x, " * 999 + "x]\nb: [" + "*a, " * 20000 + "*a]\n",
    "deep.yaml": "a: " + "[" * 100000 + "]" * 100000 + "\n",
    "deep_block.yaml": "".join(" " * i + "a:\n" for i in range(1200)),
    "self.yaml": "a: &a [*a, *a]\n",
    "merge.yaml": "a: &a {b: 1}\n" + "".join(f"c{i}:\n  <<: [{', '.join(['*a'] * 100)}]\n" for i in range(2000)),
    "tags.yaml": "a: !!python/object/apply:os.system [touch owned]\n",
    "two.yaml": "a: 1\n---\nb: 2\n",
    "control.yaml": "a: \x1b[31mred\n",
    "nul.yaml": "a: \0\n",
    "keys.yaml": "a: 1\na: 2\n",
    "list.yaml": "- a\n- b\n",
    "empty.yaml": "",
    "scalar.yaml": "just a word\n",
    "unreadable.yaml": "a: 1\n",
    "long.yaml": "a: " + "x" * 900000 + "\n",
    "large.yaml": "a: 1\n" * 400000,
}


def base_files(directory, secret):
    """Makes them in `directory`. `secret` is the path of a file outside, for a symbolic link."""
    for name, text in BASES.items():
        Path(directory, name).write_text(text, encoding="utf-8")
    os.chmod(f"{directory}/unreadable.yaml", 0)
    Path(directory, "invalid.yaml").write_bytes(b"a: \xff\xfe\xc0\n")
    with open(f"{directory}/sparse.yaml", "wb") as f:
        f.truncate(10 << 30)
    os.mkfifo(f"{directory}/fifo.yaml")
    os.mkdir(f"{directory}/directory.yaml")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(f"{directory}/socket.yaml")
    for link, target in (("secret_link", secret), ("dangling", "nowhere"), ("loop", "loop.yaml")):
        os.symlink(target, f"{directory}/{link}.yaml")
