"""Count how much of a prompt's text a person typed, as a range.

Fenced blocks, text that the store marks as pasted, and lines that occurred earlier in the same conversation are known
to be pasted. What reads as code, log, diff, stack trace or data may be either, so it is in `high` but not in `low`.
Fences alone miss most pastes: in 1,806 prompts kept in a public repository, 2 % of the characters are fenced and 40 %
or more are pasted.
"""

from __future__ import annotations

import re
from collections import deque
from typing import NamedTuple

import msgspec

# Bytes of the latest records that are searched for what a prompt quotes.
_MEMORY_BYTES = 4_000_000
# Only lines at least this long are searched for, and only among the first lines of a prompt.
_SHORTEST_QUOTE, _QUOTABLE_LINES = 20, 200
# Nobody types a longer line without a break.
_LONGEST_LINE = 2_000
# A paragraph (of at least three lines) is machine text, short lines included, if at least this share of its lines is.
_MACHINE_SHARE, _SHORTEST_PARAGRAPH = 0.5, 3
# More characters per word than in almost any line of words that people type; judged on lines of more than three words.
_LONGEST_MEAN_WORD, _FEW_WORDS = 13, 3
# As in CommonMark: no backtick follows an opening fence, and nothing follows a closing one.
_FENCE = re.compile(r"^ {0,3}(`{3,}(?=[^`]*$)|~{3,})(.*)$")
_MARKER = re.compile(r"\[Pasted (?:text|Content|Text)[^\]\n]{0,60}\]")
# Data on a line that begins with words.
_DATA = re.compile(r"""[{\[]\s{0,9}"[\w.-]{1,60}"\s{0,9}[:,].*""")
_LIST_ITEM = re.compile(r"\s*(?:[-*•+]|\d{1,3}[.)]|[a-zA-Z][.)])\s")
# Characters of a line that the patterns see: enough to decide, and too few to make a pattern slow.
_INSPECTED_CHARACTERS = 300
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


class TypedCounts(NamedTuple):
    """Counts of one prompt, in characters without the white space at the ends of lines (fields as in `Turn`)."""

    low: int
    high: int
    words: int
    pasted: int


class RecentRecords:
    """The latest records of a conversation, as raw lines of the file, in which quotations are searched."""

    def __init__(self) -> None:
        """Start without any record."""
        self.lines: deque[bytes] = deque()
        self.size = 0

    def add(self, line: bytes) -> None:
        """Remember a record, and forget the oldest ones beyond the limit."""
        self.lines.append(line[:_MEMORY_BYTES])
        self.size += min(len(line), _MEMORY_BYTES)
        while self.size > _MEMORY_BYTES:
            self.size -= len(self.lines.popleft())

    def contains(self, line: str) -> bool:
        """Return whether a line of a prompt occurs in the remembered records; short lines never count."""
        if len(line) < _SHORTEST_QUOTE:
            return False
        wanted = msgspec.json.encode(line)[1:-1]
        return any(wanted in record for record in self.lines)


def count_typed(text: str, recent: RecentRecords | None = None) -> TypedCounts:
    """Count how much of a prompt was typed; `recent` holds the conversation before it."""
    low = high = words = pasted = 0
    fence = ""
    unmarked = _MARKER.sub("", text)
    pasted += len(text) - len(unmarked)
    lines = unmarked.splitlines()
    machine = _machine_lines(lines)
    for number, line in enumerate(lines):
        size = len(line.strip())
        fence_mark = _FENCE.match(line)
        if fence_mark and (not fence or (fence_mark[1].startswith(fence) and not fence_mark[2].strip())):
            fence = "" if fence else fence_mark[1]
            pasted += size
        elif fence or (recent is not None and number < _QUOTABLE_LINES and recent.contains(line.strip())):
            pasted += size
        elif machine[number]:
            high += size
        else:
            prose = _DATA.sub("", line)
            low += len(prose.strip())
            high += size
            words += len(prose.split())
    return TypedCounts(low, high, words, pasted)


def _machine_lines(lines: list[str]) -> list[bool]:
    """Return for each line whether it reads as written by a machine, by itself or with most of its paragraph.

    A line indented by four spaces is code if a neighbouring line is too, unless it continues a list.
    """
    machine = [_reads_as_machine(line) for line in lines]
    start, in_list = 0, False
    for n in range(len(lines) + 1):
        if n < len(lines) and lines[n].strip():
            in_list = in_list or bool(_LIST_ITEM.match(lines[n]))
            adjacent = any(_is_indented(lines[k]) for k in (n - 1, n + 1) if 0 <= k < len(lines))
            machine[n] = machine[n] or (_is_indented(lines[n]) and adjacent and not in_list)
            continue
        if n - start >= _SHORTEST_PARAGRAPH and sum(machine[start:n]) >= _MACHINE_SHARE * (n - start):
            machine[start:n] = [True] * (n - start)
        start, in_list = n + 1, False
    return machine


def _is_indented(line: str) -> bool:
    return line.startswith(("    ", "\t")) and bool(line.strip()) and not _LIST_ITEM.match(line)


def _reads_as_machine(line: str) -> bool:
    if len(line) > _LONGEST_LINE:
        return True
    words = line.split()
    if not words:
        return False
    # ASCII only: scripts without spaces, and languages with long words, must not read as machine text.
    if len(words) > _FEW_WORDS and line.isascii() and sum(map(len, words)) > _LONGEST_MEAN_WORD * len(words):
        return True
    head = line[:_INSPECTED_CHARACTERS]
    return bool(_MACHINE.search(head) or _CODE.match(head))
