#!/usr/bin/env python3
"""Checks bitbucket-pipelines.yml and every YAML snippet of the README against Bitbucket's own schema.

Needs `pip install check-jsonschema`. Run it from anywhere: `python3 scripts/check-pipelines.py`.
"""

import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent


def indented(text, width):
    return "".join(" " * width + line if line.strip() else line for line in text.splitlines(keepends=True))


def whole_file(snippet):
    """A snippet is a file, a step's `script:`, or one `- pipe:` of a script."""
    if snippet.startswith("- pipe:"):
        snippet = "script:\n" + indented(snippet, 2)
    if snippet.startswith("script:"):
        snippet = "pipelines:\n  default:\n    - step:\n" + indented(snippet, 8)
    return snippet


def main():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    snippets = re.findall(r"^```yaml\n(.*?)^```$", readme, re.DOTALL | re.MULTILINE)
    if not snippets:
        sys.exit("README.md has no YAML snippet")
    with tempfile.TemporaryDirectory() as directory:
        files = [str(ROOT / "bitbucket-pipelines.yml")]
        for number, snippet in enumerate(snippets, start=1):
            file = pathlib.Path(directory) / f"readme-{number}.yml"
            file.write_text(whole_file(snippet), encoding="utf-8")
            files.append(str(file))
        print(f"bitbucket-pipelines.yml and {len(snippets)} snippets of README.md", flush=True)
        schema = ["--builtin-schema", "vendor.bitbucket-pipelines"]
        sys.exit(subprocess.call(["check-jsonschema", *schema, *files]))


main()
