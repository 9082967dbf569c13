#!/usr/bin/env python3
"""Checks that a hostile text of twice the length costs twice the instructions: `python3 scripts/count-work.py`.

valgrind counts them, because time depends on the machine. The texts are in `src/mention/tests/hostile.rs`.
"""

import os
import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
TEST = "mention::tests::hostile::a_hostile_text_is_read_at_two_lengths"
COUNTED = "confluence_pr_link::mention::tests::hostile::work"
# A little more than twice, because some matches are sorted and buffers grow. Quadratic work would be 4.
MOST = 2.1

with tempfile.TemporaryDirectory() as directory:
    out = pathlib.Path(directory, "out")
    host = re.search("host: (.*)", subprocess.run(["rustc", "-vV"], capture_output=True, text=True).stdout)[1]
    runner = f"CARGO_TARGET_{host.upper().replace('-', '_')}_RUNNER"
    valgrind = f"valgrind --tool=callgrind --dump-before={COUNTED} --dump-after={COUNTED} --callgrind-out-file={out}"
    command = ["cargo", "test", "--locked", "--lib", "--", "--exact", TEST, "--nocapture", "--test-threads=1"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, env={**os.environ, runner: valgrind})
    if done.returncode != 0:
        sys.exit(done.stdout + done.stderr)
    dumps = sorted(out.parent.glob("out.*"), key=lambda file: int(file.suffix[1:]))
    calls = [text for text in map(pathlib.Path.read_text, dumps) if "Trigger: --dump-after" in text]
counts = [int(re.search(r"^(?:summary|totals): (\d+)", call, re.M)[1]) for call in calls]
texts = re.findall(r"^(?:test .* \.\.\. )?text (.*)$", done.stdout, re.M)
if not texts or len(counts) != 2 * len(texts):
    sys.exit(f"{len(counts)} counts for {len(texts)} texts: is {COUNTED} still the function's name?")
growths = sorted(((long / short, text) for text, short, long in zip(texts, counts[::2], counts[1::2])), reverse=True)
for growth, text in growths:
    if growth > MOST or "--all" in sys.argv:
        print(f"{growth:.2f} times the instructions: {text}")
print(f"{len(texts)} hostile texts of twice the length: at most {growths[0][0]:.2f} times the instructions")
sys.exit(growths[0][0] > MOST)
