"""What the keys of trailers mean: who is credited, for what. Keys are in lower case without separators.

Listed keys come first. A key that no list has is read by its build: "AI-…", "LLM-…", "Assistant-…" before a word of
credit, or a verb of making before "by", "with" and the like ("Refactored-with").
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Literal

Meaning = Literal["coauthor", "assisted", "declared", "signed"]

_COAUTHOR = frozenset(
    {"coauthoredby", "coauthor", "coauthorby", "coauthored", "coauthorered", "coauthoredwith", "cocreatedby"}
)
_ASSISTED = frozenset(
    {
        *("assistedby", "assited", "assitedby", "assistant", "assistedbyai"),
        *("generatedby", "generatedwith", "claudegeneratedby", "codevelopedby", "codeveloped"),
        *("agent", "agentmodel", "agentname", "codingagent", "codegeneratedby", "harness", "codeassistant"),
    }
)
_SIGNED = frozenset({"signedoffby", "agentsignature"})
_AI = r"(?:ai|llm|genai)"
# "AI-…" and "LLM-…": the key itself says that AI took part, so that its value need not name a tool that we know.
_CREDIT = (
    "(?:co)?(?:assist(?:ed|ance|ant)?s?|generat(?:ed|or|ion)|author(?:ed|s|ship)?|develop(?:ed|er)|written|created|coded|made|built"
    "|implemented|contribut(?:ed|ion|ions|or|ors)|produced)(?:by|with|using|in|code|part)?"
    "|tools?(?:used)?|agents?|models?(?:used)?|us(?:age|e|ed)(?:d?for)?|used|usedfor|usedin|help|support|code|involvement|pair(?:programmer)?|engine"
)
_DECLARED = re.compile(
    rf"{_AI}(?:{_CREDIT})|(?:codeveloped|coauthored|assisted|generated|written|authored)(?:by|with|using){_AI}"
)
_ASSISTANT = re.compile(r"(?:assistant|agent)(?:model|tool|name|used|version|id)?|assistedusing|assistancefrom")
_MADE = re.compile(
    r"(?:co)?(?:generated|written|authored|created|coded|built|made|developed|implemented|paired|pairprogrammed|produced|drafted"
    r"|assisted|helped|powered|vibecoded|refactored|aided|supported|engineered|programmed|ported|done)(?:by|with|using|via|through)"
)


@lru_cache(maxsize=1 << 12)
def meaning_of(key: str) -> Meaning | None:
    """Return what a key says: that AI took part ("declared"), a credit if its value is AI, a signature; or None."""
    if key in _COAUTHOR or (key.startswith(("ai", "llm")) and key.lstrip("ailm") in _COAUTHOR):
        return "coauthor"
    if key in _SIGNED:
        return "signed"
    if _DECLARED.fullmatch(key):
        return "declared"
    return "assisted" if key in _ASSISTED or _ASSISTANT.fullmatch(key) or _MADE.fullmatch(key) else None
