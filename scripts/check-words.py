#!/usr/bin/env python3
"""Checks the sentences of the documents: `python3 scripts/check-words.py`. With file names, reports on those only.

Counts retired words, sentences that begin with "what", "who" or "of", "is none" and "is no X", and measures lengths.
The rules are in CONTRIBUTING.md.
"""

import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
# Average words per sentence, percent of sentences over 30 words, headless sentences, retired words, kilobytes.
# Older documents have room to exceed DEFAULT. Lower their numbers whenever you improve them; README.md has to reach
# (14, 3, 0, 0, 12.288).
LIMITS = {
    "ARCHITECTURE.md": (18, 15, 18, 26, 20),
    "CHANGELOG.md": (23, 20, 4, 6, 10),
    "README.md": (15, 9, 60, 65, 75),
    "docs/latency.md": (19, 13, 4, 9, 5),
}
DEFAULT = (16, 3, 0, 0, 12)

RETIRED = r"""anew|beside|in vain|of its own|of their own|of then|all the same|without a word|whatever|settled?s?|settling|
    told|tells? of|said|stranger'?s?|twins?|wish(?:es)?|nobody|whoever|ledgers?|story|stories"""
RETIRED = re.compile(rf"\b(?:{re.sub(chr(10) + ' *', '', RETIRED)})\b", re.I)
HEADLESS = re.compile(r"^(?:[*_\"']*)(?:what|who|whoever|whose|of)\b(?!.*\?)|\bis none\b|(?<!there )\b(?:is|are) no \w", re.I)


def sentences(markdown):
    """The sentences of prose, list items and table cells. Code spans and links count as one word."""
    text = re.sub(r"<!--.*?-->|^```.*?^```$|^#[^\n]*|^ *\|[ :|-]+\|$", "\n\n", markdown, flags=re.S | re.M)
    text = re.sub(r"`[^`]*`|<?https?://[^\s>)]*>?|!?\[[^\]]*\]\([^)]*\)", "CODE", text)
    text = re.sub(r"^ *(?:[-*]|\d+\.|\||>) | \|(?: |$)", "\n\n", text, flags=re.M)
    for block in re.split(r"\n\s*\n", text):
        for sentence in re.split(r"(?<=[.!?])[)*_\"']*\s+", " ".join(block.split())):
            if len(sentence.split()) > 2:
                yield sentence


def measure(text, show):
    found = list(sentences(text))
    lengths = [len(sentence.split()) for sentence in found] or [0]
    headless = [sentence for sentence in found if HEADLESS.search(sentence)]
    retired = [(match[0], sentence) for sentence in found for match in RETIRED.finditer(sentence)]
    if show:
        reasons = [("headless", sentence) for sentence in headless] + retired
        for reason, sentence in reasons + [("long", one) for one in found if len(one.split()) > 30]:
            print(f"  {reason}: {sentence}")
    long = sum(length > 30 for length in lengths)
    return sum(lengths) / len(lengths), 100 * long / len(lengths), len(headless), len(retired), len(text.encode()) / 1000


good = True
for file in map(pathlib.Path, sys.argv[1:] or [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")]):
    name = str((ROOT / file).relative_to(ROOT)) if (ROOT / file).is_relative_to(ROOT) else str(file)
    measured = measure((ROOT / file).read_text(), len(sys.argv) > 1)
    within = all(one <= limit for one, limit in zip(measured, LIMITS.get(name, DEFAULT)))
    good &= within
    words = "{:.1f} words per sentence, {:.1f} % over 30, {} headless, {} retired words, {:.1f} kB".format(*measured)
    print(f"{name}: {words}: {'ok' if within else 'not ok'}")
sys.exit(not good)
