#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Prints the picture of the README: how a spec becomes runs. Legible on light and on dark pages.

    tests/docs/flow.py > tests/docs/flow.svg
"""

from html import escape

WIDTH, HEIGHT = 860, 250
STYLE = """
  .page { fill: #ffffff; stroke: #d0d7de }
  .box { fill: #f6f8fa; stroke: #8c959f }
  .core { fill: #ddf4ff; stroke: #0969da }
  .head { font: 600 14px sans-serif; fill: #1f2328 }
  .line { font: 12px monospace; fill: #424a53 }
  .note { font: italic 12px sans-serif; fill: #59636e }
  .arrow { stroke: #59636e; stroke-width: 2; fill: none; marker-end: url(#tip) }
  .tip { fill: #59636e }
  @media (prefers-color-scheme: dark) {
    .page { fill: #0d1117; stroke: #3d444d }
    .box { fill: #151b23; stroke: #656c76 }
    .core { fill: #121d2f; stroke: #4493f8 }
    .head { fill: #f0f6fc }
    .line { fill: #d1d7e0 }
    .note { fill: #9198a1 }
    .arrow { stroke: #9198a1 }
    .tip { fill: #9198a1 }
  }
"""
# x, y, width, height, class, heading, lines
BOXES = [
    (20, 40, 190, 150, "box", "sweep.json", [
        "what varies:", " lr   1e-4, 3e-4", " lora 8/16, 16/32", " seed 42, 123, 456",
        "what stays:", " dataset, epochs"]),
    (265, 20, 280, 190, "core", "sweepctl generate", [
        "1 expand   12 runs", "2 edit     the base's own text", "3 check    every run, every rule",
        "4 stage    configs and scripts", "5 fsync    then one rename"]),
    (600, 40, 240, 150, "box", "lora-grid-…/", [
        "configs/run_000.yaml", "        … run_011.yaml", "sweep.sbatch  submit.sh",
        "run_mapping.csv", "validation_report.txt", "manifest.json"]),
]
ARROWS = [(210, 115, 259), (545, 115, 594)]
NOTES = [
    (20, 214, "dropped into a folder: sweepd does it;"), (20, 232, "or run it in a shell or in CI"),
    (279, 190, "an error anywhere: nothing is written"),
    (600, 214, "./submit.sh: one Slurm job array,"), (600, 232, "a task per run: tune run …"),
]


def text(css, x, y, words):
    return '  <text class="%s" x="%d" y="%d" xml:space="preserve">%s</text>' % (
        css, x, y, escape(words))


def main():
    print('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%d" height="%d" '
          'role="img" aria-label="A sweep spec becomes one config per run and a Slurm job array">'
          % (WIDTH, HEIGHT, WIDTH, HEIGHT))
    print("  <style>%s  </style>" % STYLE)
    print('  <defs><marker id="tip" markerWidth="8" markerHeight="8" refX="6" refY="4" '
          'orient="auto"><path class="tip" d="M0,0 L8,4 L0,8 z"/></marker></defs>')
    print('  <rect class="page" x="0.5" y="0.5" width="%d" height="%d" rx="8"/>'
          % (WIDTH - 1, HEIGHT - 1))
    for x, y, width, height, css, heading, lines in BOXES:
        print('  <rect class="%s" x="%d" y="%d" width="%d" height="%d" rx="6"/>'
              % (css, x, y, width, height))
        print(text("head", x + 14, y + 26, heading))
        for number, line in enumerate(lines):
            print(text("line", x + 14, y + 50 + 18 * number, line))
    for x, y, end in ARROWS:
        print('  <path class="arrow" d="M%d,%d H%d"/>' % (x, y, end))
    for x, y, words in NOTES:
        print(text("note", x, y, words))
    print("</svg>")


if __name__ == "__main__":
    main()
