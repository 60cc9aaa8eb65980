"""Languages and kinds of files by name and by first line, and the copy of linguist's tables that says so."""

from __future__ import annotations

import tomllib

import msgspec
import pytest

from analyzer.history.file_types import _TEMPLATE_ENDING, file_type, interpreter_language, linguist_tables
from analyzer.history.languages import language
from tests.conftest import ROOT
from tests.linguist import COPY, digest, rendered

# Endings that counted as code before linguist's tables decided.
_EARLIER_CODE = """
    mk cmake dockerfile py pyi pyx pxd pxi js jsx mjs cjs ts tsx mts cts vue svelte astro java kt kts scala sc
    groovy gradle clj cljs cljc go rs c h cc cpp cxx hh hpp hxx inl ipp m mm swift cs fs fsi fsx vb rb erb rake
    gemspec php phtml pl pm t lua r jl hs lhs elm purs ml mli re rei ex exs eex heex erl hrl dart nim zig v sv vhd
    vhdl d f f77 f90 f95 f03 for pas pp adb ads asm s cu cuh cl glsl vert frag hlsl wgsl metal nu sh bash zsh fish
    ps1 psm1 bat cmd awk sed sql prql graphql gql proto thrift html htm xhtml css scss sass less styl jinja jinja2
    j2 hbs mustache ejs pug haml slim liquid tf hcl nix bicep rego cue jsonnet libsonnet starlark bzl el lisp scm
    rkt vim tcl cr hx sol move cairo vala coffee feature m4 ac am spec gd ino wat y l lex ll td mlir bats kql apex
    cls
"""
_EARLIER_NAMES = """
    Makefile GNUmakefile CMakeLists.txt Dockerfile Dockerfile.prod Containerfile Rakefile Gemfile Justfile Vagrantfile
    Jenkinsfile BUILD BUILD.bazel WORKSPACE meson.build SConstruct SConscript configure.ac configure.in Makefile.in
    config.h.in a.c.in a.py.in a.sh.in a.cmake.in
"""


def test_the_copy_is_intact() -> None:
    """The tables have the digest that was noted when they were copied, and carry their licence and version."""
    copy = msgspec.json.decode(COPY.read_bytes())
    assert digest(copy["tables"]) == copy["sha256"]
    assert rendered(copy) == COPY.read_text("utf-8")
    assert copy["licence"].startswith("Copyright (c) 2017 GitHub, Inc.")
    assert copy["version"] == "9.6.0"
    assert len(copy["commit"]) == 40
    assert len(linguist_tables()["languages"]) > 800


@pytest.mark.parametrize("suffix", _EARLIER_CODE.split())
def test_endings_that_counted_still_count(suffix: str) -> None:
    """A renewal of the tables takes no language out of the counts without a word."""
    assert file_type(f"name.{suffix}").kind == "code"


@pytest.mark.parametrize("name", _EARLIER_NAMES.split())
def test_names_that_counted_still_count(name: str) -> None:
    """Likewise for files that have a name instead of an ending."""
    assert file_type(name).kind == "code"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("a.gleam", "Gleam"),
        ("Counter.razor", "HTML"),
        ("page.jsp", "Java"),
        ("Main.qml", "QML"),
        ("Main.lean", "Lean"),
        ("a.tsx", "TypeScript"),
        ("a.PY", "Python"),
        ("a.h", "C"),
        ("a.v", "Verilog"),
        ("a.nu", "Nushell"),
        ("a.scss", "SCSS"),
        ("a.sql", "SQL"),
        ("Dockerfile", "Dockerfile"),
        ("Dockerfile.dev", "Dockerfile"),
        ("CMakeLists.txt.in", "CMake"),
        ("Snakefile", "Python"),
        ("a.zzz", "other"),
        ("LICENSE", "Text"),
        ("", "other"),
        (".in", "other"),
        ("...", "other"),
    ],
)
def test_languages_of_names(name: str, expected: str) -> None:
    """As linguist names them, with the group's name where a language belongs to one."""
    assert language(f"some/folder/{name}") == expected


@pytest.mark.parametrize(
    ("first_lines", "expected"),
    [
        (b"#!/bin/sh\n", "Shell"),
        (b"#!/usr/bin/env python3.11\nimport os\n", "Python"),
        (b"#! /usr/bin/perl -w\n", "Perl"),
        (b"#!/usr/bin/env -S A=1 node --flag\n", "JavaScript"),
        (b'#!/bin/sh\n# the next line restarts\nexec ruby "$0" "$@"\n', "Ruby"),
        (b"#!/usr/bin/env\n", None),
        (b"#!\n", None),
        (b"#!/bin/nonsense\n", None),
        (b"plain text\n", None),
        (b"", None),
        (b"#!" + b"a" * 100_000, None),
    ],
)
def test_first_lines_name_languages(first_lines: bytes, expected: str | None) -> None:
    """The rules of linguist's lib/linguist/shebang.rb."""
    assert interpreter_language(first_lines) == expected


def test_own_decisions_name_languages_that_exist() -> None:
    """Nothing in languages.toml is about a language or an ending that linguist has dropped or renamed."""
    own = tomllib.loads((ROOT / "analyzer" / "history" / "languages.toml").read_text("utf-8"))
    languages = linguist_tables()["languages"]
    named = {*own["ending_languages"].values(), *own["names"].values(), *own["name_beginnings"].values()}
    named |= {name for names in own["kinds"].values() for name in names}
    assert named - languages.keys() == own["other_languages"].keys()
    endings = {suffix.lower() for row in languages.values() for suffix in row.get("extensions", ())}
    assert own["ending_kinds"].keys() <= endings
    assert max(suffix.count(".") for suffix in endings) <= 3
    assert _TEMPLATE_ENDING not in endings
