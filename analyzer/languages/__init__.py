"""The registry of languages that we parse. A new one is one file here and one line in `LANGUAGES`.

Parsing finds functions and measures their complexity (`structure`); estimating style in a language also needs a model
trained on labelled functions of that language (`stylometry.classifier.MODEL_FILES`). Line counts by language need no
grammar (`history/linguist.json`).
"""

from __future__ import annotations

from functools import lru_cache
from importlib import metadata
from typing import TYPE_CHECKING

from analyzer.languages.c import C
from analyzer.languages.cpp import CPP
from analyzer.languages.csharp import CSHARP
from analyzer.languages.go import GO
from analyzer.languages.java import JAVA
from analyzer.languages.javascript import JAVASCRIPT
from analyzer.languages.kotlin import KOTLIN
from analyzer.languages.php import PHP
from analyzer.languages.python import PYTHON
from analyzer.languages.ruby import RUBY
from analyzer.languages.rust import RUST
from analyzer.languages.swift import SWIFT
from analyzer.languages.typescript import TSX, TYPESCRIPT

if TYPE_CHECKING:
    from analyzer.languages.language import Language

LANGUAGES: tuple[Language, ...] = (
    PYTHON,
    JAVASCRIPT,
    TYPESCRIPT,
    TSX,
    JAVA,
    GO,
    RUST,
    C,
    CPP,
    RUBY,
    PHP,
    KOTLIN,
    SWIFT,
    CSHARP,
)


def grammar_versions() -> tuple[str, ...]:
    """Return the versions of the parser and of every grammar; another one may find other functions."""
    names = ("tree-sitter", *dict.fromkeys(language.wheel for language in LANGUAGES))
    return tuple(f"{name} {metadata.version(name)}" for name in names)


@lru_cache(maxsize=1 << 16)
def language_of(path: str) -> Language | None:
    """Return the language of a file by its ending; None for one that we do not parse."""
    return next((language for language in LANGUAGES if language.reads(path)), None)
