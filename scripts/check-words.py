#!/usr/bin/env python3
"""Checks the sentences of the documents by the rules in CONTRIBUTING.md: `python3 scripts/check-words.py`.

With file names, it lists the sentences of those files that break the rules.
"""

import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
# Average words per sentence, percent of sentences over 30 words, headless sentences, retired words, kilobytes.
LIMITS = {
    "ARCHITECTURE.md": (16, 3, 0, 0, 10.24),
    "README.md": (14, 3, 0, 0, 12.288),
    "CONTRIBUTING.md": (16, 3, 0, 0, 8),
}
DEFAULT = (16, 3, 0, 0, 12)
# README and docs together, in bytes.
MOST = 60 * 1024

RETIRED = re.compile(
    r"\b(anew|beside|in vain|of (its|their) own|of then|all the same|without a word|whatever|settle[sd]?|settling|told|tells? of"
    r"|said|strangers?|twins?|wish(es)?|nobody|whoever|ledgers?|story|stories)\b", re.I)
HEADLESS = re.compile(r"^[*_\"']*(what|who|whoever|whose|of)\b(?!.*\?)|\bis none\b|(?<!there )\b(is|are) no \w", re.I)


def sentences(text):
    """The sentences of prose, list items and table cells. A code span or a link counts as one word."""
    text = re.sub(r"<!--.*?-->|^```.*?^```$|^#[^\n]*|^ *\|[ :|-]+\|$|^\[[^\n]*\]: [^\n]*", "\n\n", text, flags=re.S | re.M)
    text = re.sub(r"`[^`]*`|<?https?://[^\s>)]*>?|!?\[[^\]]*\]\([^)]*\)", "CODE", text)
    text = re.sub(r"^ *(?:[-*]|\d+\.|\||>) | \|(?: |$)", "\n\n", text, flags=re.M)
    for block in re.split(r"\n\s*\n", text):
        for sentence in re.split(r"(?<=[.!?])[)*_\"']*\s+", " ".join(block.split())):
            if len(sentence.split()) > 2:
                yield sentence


good = True
for file in map(pathlib.Path, sys.argv[1:] or [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")]):
    text = file.read_text()
    found = list(sentences(text))
    long = [sentence for sentence in found if len(sentence.split()) > 30]
    headless = [sentence for sentence in found if HEADLESS.search(sentence)]
    retired = [f"'{match[0]}' in: {sentence}" for sentence in found for match in RETIRED.finditer(sentence)]
    words = sum(len(sentence.split()) for sentence in found) / max(1, len(found))
    measured = (words, 100 * len(long) / max(1, len(found)), len(headless), len(retired), len(text.encode()) / 1000)
    name = str(file.resolve()).removeprefix(f"{ROOT}/")
    within = all(one <= limit for one, limit in zip(measured, LIMITS.get(name, DEFAULT)))
    good &= within
    for sentence in long + headless + retired if sys.argv[1:] else []:
        print(f"  {sentence}")
    report = "{:.1f} words per sentence, {:.1f} % over 30, {} headless, {} retired words, {:.1f} kB".format(*measured)
    print(f"{name}: {report}: {'ok' if within else 'not ok'}")
size = sum(len(file.read_bytes()) for file in [ROOT / "README.md", *ROOT.glob("docs/*.md")])
good &= size < MOST
print(f"README and docs: {size} of {MOST} bytes: {'ok' if size < MOST else 'not ok'}")
sys.exit(not good)
