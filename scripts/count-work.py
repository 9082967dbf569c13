#!/usr/bin/env python3
"""Counts the work of looking for mentions in hostile texts: a text of twice the length may take twice the instructions.

    python3 scripts/count-work.py

Time would tell of the machine; valgrind counts every instruction, those of the standard library and of the crates too.
The texts are those of `src/mention/tests/hostile.rs`. Without valgrind this says "skipped" and ends well; with --needed
it fails.
"""

import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
TEST = "mention::tests::hostile::a_hostile_text_is_read_at_two_lengths"
COUNTED = "confluence_pr_link::mention::tests::hostile::work"

# Twice the text is twice the work, and a little more where what was found is sorted or a buffer grows. Four would be square.
MOST = 2.1


def counts(directory):
    """The texts, and the instructions of each call in order: twice as many."""
    host = re.search(r"^host: (.*)$", subprocess.run(["rustc", "-vV"], capture_output=True, text=True).stdout, re.M)[1]
    out = pathlib.Path(directory, "out")
    valgrind = f"valgrind --tool=callgrind --dump-before={COUNTED} --dump-after={COUNTED} --callgrind-out-file={out}"
    environment = {**os.environ, f"CARGO_TARGET_{host.upper().replace('-', '_')}_RUNNER": valgrind}
    command = ["cargo", "test", "--locked", "--lib", "--", "--exact", TEST, "--nocapture", "--test-threads=1"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, env=environment)
    if done.returncode != 0 or "1 passed" not in done.stdout:
        sys.exit(f"{' '.join(command)}:\n{done.stdout}{done.stderr}")
    texts = re.findall(r"^(?:test .* \.\.\. )?text (.*)$", done.stdout, re.M)
    dumps = [file for file in out.parent.glob("out.*") if "Trigger: --dump-after" in file.read_text()]
    dumps.sort(key=lambda file: int(file.suffix[1:]))
    totals = [int(re.search(r"^(?:summary|totals): (\d+)", file.read_text(), re.M)[1]) for file in dumps]
    if not texts or len(totals) != 2 * len(texts):
        sys.exit(f"{len(totals)} counts of {len(texts)} texts: the function {COUNTED} was not seen as it should be")
    return texts, totals


def main():
    if shutil.which("valgrind") is None:
        print("valgrind is missing: the work of hostile texts was not counted (skipped)")
        sys.exit(1 if "--needed" in sys.argv else 0)
    with tempfile.TemporaryDirectory() as directory:
        texts, totals = counts(directory)
    growths = sorted(((long / short, text) for text, short, long in zip(texts, totals[::2], totals[1::2])), reverse=True)
    for growth, text in growths:
        if growth > MOST or "--all" in sys.argv:
            print(f"{growth:.2f} times the instructions for twice the text: {text}")
    good = growths[0][0] <= MOST
    print(f"work of {len(texts)} hostile texts of twice the length: at most {growths[0][0]:.2f} times: {'ok' if good else 'not ok'}")
    sys.exit(0 if good else 1)


main()
