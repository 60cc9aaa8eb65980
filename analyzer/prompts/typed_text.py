"""A prompt's text → how much of it a person typed, as a range.

Known to be pasted: fenced blocks, what the store marks, and lines that stood earlier in the same conversation. What
reads as code, log, diff, stack trace or data may be either: it is in `high` and not in `low`. Fences alone miss most
pastes: of 1,806 prompts kept in a public repository 2 % of the characters are fenced and 40 % or more are pasted.
"""

from __future__ import annotations

import re
from collections import deque
from typing import NamedTuple

import msgspec

# Of the latest record lines as many bytes are searched for what a prompt quotes.
_REMEMBERED = 4_000_000
# A line is looked for among what was seen when it is as long; a prompt's first lines are.
_SHORTEST_QUOTE, _LOOKED_FOR = 20, 200
# Nobody types a longer line without a break.
_LONGEST_LINE = 2_000
# A paragraph of which as much reads as a machine's is one, short lines and all.
_HALF, _PARAGRAPH = 0.5, 3
# Of words that people type few have more characters on average.
_LONG_WORDS, _A_FEW = 13, 3
# As CommonMark has it: no backtick stands behind an opening fence, nothing behind a closing one.
_FENCE = re.compile(r"^ {0,3}(`{3,}(?=[^`]*$)|~{3,})(.*)$")
_MARKER = re.compile(r"\[Pasted (?:text|Content|Text)[^\]\n]{0,60}\]")
# Data on a line that begins with words.
_DATA = re.compile(r"""[{\[]\s{0,9}"[\w.-]{1,60}"\s{0,9}[:,].*""")
_LIST = re.compile(r"\s*(?:[-*•+]|\d{1,3}[.)]|[a-zA-Z][.)])\s")
# What is looked at of a line: enough to tell, and no line is long enough to make a pattern slow.
_LOOKED_AT = 300
_MACHINE = re.compile(
    r"""^\s*(?:
        \[?\d{4}-\d\d-\d\d[T\s]\d\d:\d\d | \[?\d\d:\d\d:\d\d | [A-Z][a-z]{2}\s+\d{1,2}\s\d\d:\d\d:\d\d
      | \[?(?:INFO|WARN(?:ING)?|ERROR|DEBUG|FATAL|TRACE)\b[\s:\]].*(?:[=\[\]{}]|\d\d:\d\d|\.\w{1,5}:\d)
      | (?:remote|fatal|hint|npm|error|warning):\s\S+:
      | Traceback\s\(most | File\s"[^"]+",\sline | at\s\S+\s?\(.*:\d+ | \S+(?:Error|Exception):\s | goroutine\s\d
      | diff\s--git | @@\s-\d | \+\+\+\s | ---\s[ab]/ | [+-](?:\s{4,}\S|[\w{}(\[<].*[;{}),>]$)
      | [{}\[\]()<>,;]+\s*$ | ["'][\w.-]+["']\s*:\s | </?\w+[^>]*>\s*$ | ={3,} | >\s | \|.*\|\s*$
      | \$\s\S | >>>\s | PS\s[A-Z]:\\ | [\u2500-\u25ff\u2713\u2714\u2717\u2718\u23bf]
      | ok\s+\S+\s+(?:\(cached\)|[\d.]+s) | (?:PASS|FAIL)\s*$ | ---\s(?:PASS|FAIL|SKIP):
      | \S+\.\w{1,5}[:(]\d+[,:)] | \S+\.\w{1,5}:\d+\s*$
      | (?:npm|pnpm|yarn|pip|git|cargo|go|docker|make|node|python3?)\s\S+.*(?:&&|\|\||\s--?[a-z]|\s\|\s)
      | (?:SELECT|INSERT|UPDATE|DELETE|CREATE|ALTER)\s.*\b(?:FROM|INTO|SET|TABLE|WHERE|INDEX)\b
    )
    | \S[ ]{3,}\S.*\S[ ]{3,}\S | \S[ ]{8,}$ | \b\w+=\S+\s+\w+=\S+""",
    re.VERBOSE,
)
_CODE = re.compile(
    r"""^\s*(?:
        from\s+[\w.]+\s+import\s+\S.* | import\s+[\w.]+(?:\s+as\s+\w+)?;? | import\s.*\sfrom\s+["'].*
      | import\s+["'{(].*
      | \#include\s+[<"].* | (?:use|using|package)\s+[\w.:]+; | export\s+(?:default|const|function|class|async|\{|\*).*
      | (?:async\s+)?(?:def|func|fn|function)\s+\w+\s*[(<].* | (?:\w+\s)?class\s+\w+[\w(),\s.<>]*[:{]
      | (?:public|private|protected|static|async|const|let|var|final)\s+[\w<>\[\],\s]*\w\s*[;={(].*
      | (?:\}\s*)?(?:if|for|while|switch|catch|else\sif)\s*\(.*\)\s*[{;]? | (?:\}\s*)?(?:else|try|finally|do)\s*[:{]
      | (?:if|elif|while)\s.*(?:[=!<>]=|\sis\s(?:not\s)?None|\w\().*: | for\s+[\w,\s]+\sin\s+\S+: | return\s+\S+[;)\]}]
      | [\w.\[\]"']+\s*(?:[-+*/%|&]?=|:=)\s*\S.*
      | [\w.]+\([^.?!]*\)[;,:]?
      | .*[=(){}\[\]].*; | .*\{
      | (?://|/\*|\*/|\#!).*
    )\s*$""",
    re.VERBOSE,
)


class Typed(NamedTuple):
    """Characters without the white space at the ends of lines (`Turn` says what each is)."""

    low: int
    high: int
    words: int
    pasted: int


class Seen:
    """The latest record lines of a conversation, as they stand in the file, to find quotations in."""

    def __init__(self) -> None:
        """Nothing is remembered yet."""
        self.lines: deque[bytes] = deque()
        self.size = 0

    def add(self, line: bytes) -> None:
        """Remember a record; the oldest ones go."""
        self.lines.append(line[:_REMEMBERED])
        self.size += min(len(line), _REMEMBERED)
        while self.size > _REMEMBERED:
            self.size -= len(self.lines.popleft())

    def quotes(self, line: str) -> bool:
        """Whether a line of a prompt stands in what was said before it."""
        if len(line) < _SHORTEST_QUOTE:
            return False
        wanted = msgspec.json.encode(line)[1:-1]
        return any(wanted in known for known in self.lines)


def typed(text: str, seen: Seen | None = None) -> Typed:
    """How much of a prompt was typed; `seen` is what the conversation held before it."""
    low = high = words = pasted = 0
    fence = ""
    told = _MARKER.sub("", text)
    pasted += len(text) - len(told)
    lines = told.splitlines()
    machine = _machine(lines)
    for number, line in enumerate(lines):
        size = len(line.strip())
        mark = _FENCE.match(line)
        if mark and (not fence or (mark[1].startswith(fence) and not mark[2].strip())):
            fence = "" if fence else mark[1]
            pasted += size
        elif fence or (seen is not None and number < _LOOKED_FOR and seen.quotes(line.strip())):
            pasted += size
        elif machine[number]:
            high += size
        else:
            own = _DATA.sub("", line)
            low += len(own.strip())
            high += size
            words += len(own.split())
    return Typed(low, high, words, pasted)


def _machine(lines: list[str]) -> list[bool]:
    """Which lines read as something that a machine wrote: by themselves, or with most of their paragraph.

    A line set in by four is code beside another such line, unless it continues a list.
    """
    marks = [_reads_as_machine(line) for line in lines]
    start, listed = 0, False
    for n in range(len(lines) + 1):
        if n < len(lines) and lines[n].strip():
            listed = listed or bool(_LIST.match(lines[n]))
            beside = any(_set_in(lines[k]) for k in (n - 1, n + 1) if 0 <= k < len(lines))
            marks[n] = marks[n] or (_set_in(lines[n]) and beside and not listed)
            continue
        if n - start >= _PARAGRAPH and sum(marks[start:n]) >= _HALF * (n - start):
            marks[start:n] = [True] * (n - start)
        start, listed = n + 1, False
    return marks


def _set_in(line: str) -> bool:
    return line.startswith(("    ", "\t")) and bool(line.strip()) and not _LIST.match(line)


def _reads_as_machine(line: str) -> bool:
    if len(line) > _LONGEST_LINE:
        return True
    words = line.split()
    if not words:
        return False
    # Scripts without spaces between words, and languages of long ones, are no machine's.
    if len(words) > _A_FEW and line.isascii() and sum(map(len, words)) > _LONG_WORDS * len(words):
        return True
    seen = line[:_LOOKED_AT]
    return bool(_MACHINE.search(seen) or _CODE.match(seen))
