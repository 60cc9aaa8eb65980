"""Classes of files by path: the conventions they cite, what they must not take for something else, and attributes."""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer.history.file_classes import (
    COUNTED_CLASSES,
    PATH_CLASSES,
    PathAttributes,
    class_by_pattern,
    classify_path,
    classify_paths,
)
from analyzer.history.file_types import linguist_tables

LINGUIST_PATHS = Path(__file__).with_name("linguist_paths.tsv")
# Where a class is not linguist's: the exceptions of paths.toml, Markdown, which linguist calls prose without calling it
# documentation, lockfiles that it counts, and what it calls vendored where its test asks for generated.
EXCEPTIONS = re.compile(
    r"env/|\.github/|\.teamcity/|\.vscode/|(.*/)?\.git(ignore|attributes|modules)|Jenkinsfile|Vagrantfile|fabfile\.py"
    r"|.*testdata/|[Tt]ests?/fixtures/|foo\.md|Gemfile\.lock|XML/project\.pbxproj"
)


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("a/b/Makefile", "code"),
        ("CMakeLists.txt", "code"),
        ("README", "docs"),
        ("docs/conf.py", "docs"),
        ("src/foo_test.go", "test"),
        ("src/FooTest.cpp", "test"),
        ("src/Latest.cpp", "code"),
        ("Foo.Tests.ps1", "test"),
        ("src/parser/tests.rs", "test"),
        ("apps/shop-e2e/src/cart.ts", "test"),
        ("pkg/license/license.go", "code"),
        ("src/main/java/com/acme/License.java", "code"),
        ("lib/libfoo.map", "unknown"),
        ("dist.js.map", "generated"),
        ("spec/models/user_spec.rb", "test"),
        ("tests/fixtures/big.json", "data"),
        ("Vendor/x.go", "vendored"),
        ("node_modules/a/index.js", "vendored"),
        ("web/app.min.js", "generated"),
        ("uv.lock", "lockfile"),
        ("requirements.txt", "data"),
        ("LICENSE-MIT", "docs"),
        ("weird.zzz", "unknown"),
        ("notes/plan.ipynb", "notebook"),
        ("docs/tour.ipynb", "notebook"),
        ("dist/app.js", "vendored"),
        ("src/__generated__/query.ts", "generated"),
        ("src/types/index.d.ts", "vendored"),
        ("examples/hello.py", "docs"),
        ("a.py.orig", "generated"),
        ("a_LOCAL_4711.py", "generated"),
        (".git-rewrite/t/a.py", "generated"),
        (".jjconflict-side-0/src/a.py", "generated"),
        ("JJ-CONFLICT-README", "generated"),
        ("Dockerfile.dev", "code"),
        ("config.h.in", "code"),
        ("db/schema.sql", "code"),
        ("logo.svg", "data"),
        ("page.html", "code"),
        ("paper.tex", "docs"),
        ("src/lib.rs.in", "code"),
    ],
)
def test_path_patterns_classify_files(path: str, kind: str) -> None:
    """The pattern table on names as they occur."""
    assert class_by_pattern(path) == kind


@pytest.mark.parametrize(
    "path",
    [
        "src/com/acme/doc/Parser.java",
        "pkg/pods/watch.go",
        "lib/man/page.py",
        "website/app.js",
        "internal/cache/cache.go",
        "src/main/java/com/acme/env/Env.java",
        "src/generated/names.py",
        "build/release.py",
        "src/com/acme/Kit.java",
        "src/com/acme/Commit.java",
        "src/com/acme/Latest.java",
        "src/com/acme/Audit.java",
        "src/com/acme/ITransaction.java",
        "src/com/acme/Testimonial.java",
        "src/main/java/org/springframework/test/TestCase.java",
        "latest.py",
        "attestation.py",
        "contest/round.py",
        "src/testing/fstest/mapfs.go",
        "numpy/testing/utils.py",
        "specs/model.go",
        "spec/schema.go",
        "greatest.ts",
        "Greatest.php",
        "manifest.cs",
        "src/inspect.rb",
        "plugins/vendored/loader.py",
    ],
)
def test_sources_are_code_whatever_their_folders_are_called(path: str) -> None:
    """A package called doc, pods, man or testing is source, and so is a name that merely looks like a test."""
    assert class_by_pattern(path) == "code"


@pytest.mark.parametrize(
    "path",
    [
        "tests/helper.py",
        "pkg/test_parser.py",
        "pkg/parser_test.py",
        "conftest.py",
        "shop/tests.py",
        "src/test/java/com/acme/Helper.java",
        "src/ParserTest.java",
        "src/TestParser.java",
        "src/ParserTests.java",
        "src/ParserTestCase.java",
        "src/ParserIT.java",
        "src/ITParser.java",
        "src/ParserITCase.java",
        "app/src/androidTest/kotlin/Screen.kt",
        "shared/src/commonTest/kotlin/Model.kt",
        "Shop.Tests/Cart.cs",
        "Shop.UnitTests/Cart.fs",
        "Tests/ShopTests/Cart.swift",
        "src/cart.test.ts",
        "src/cart.spec.tsx",
        "src/__tests__/cart.js",
        "cypress/e2e/cart.cy.js",
        "e2e/cart.ts",
        "src/CartTest.php",
        "Zend/tests/bug.phpt",
        "crates/a/tests/it.rs",
        "lib/cart_test.dart",
        "test/cart_test.exs",
        "src/cart_unittest.cc",
        "spec/cart_spec.lua",
        "t/basic.t",
        "cart.bats",
        "features/cart.feature",
        "pkg/testdata/main.go",
        "tests/projects/demo/src/main/java/App.java",
        "src/CartSpec.groovy",
        "src/CartSuite.scala",
        "test/CartSpec.hs",
        "test/cart_SUITE.erl",
    ],
)
def test_documented_test_conventions_are_tests(path: str) -> None:
    """One name for each convention that paths.toml cites."""
    assert class_by_pattern(path) == "test"


def test_classes_agree_with_the_tests_of_linguist() -> None:
    """Every path that linguist's own tests call vendored, generated or documentation is so here, or is an exception."""
    rows = [line.split("\t") for line in LINGUIST_PATHS.read_text("utf-8").splitlines() if not line.startswith("#")]
    assert len(rows) > 250
    disagreeing = []
    for list_name, answer, path in rows:
        kind = class_by_pattern(path)
        by_tools = kind in {"vendored", "generated", "lockfile"}
        agrees = (kind == "docs" if list_name == "documentation" else by_tools) == (answer == "yes")
        # What linguist's test calls not generated, linguist may still call vendored.
        if not agrees and not (list_name == "generated" and kind == "vendored"):
            disagreeing.append(path)
    assert [path for path in disagreeing if not EXCEPTIONS.match(path)] == ["Godeps/Godeps.json"]  # generated there


def test_every_exception_is_a_pattern_of_linguist() -> None:
    """A renewed copy in which a pattern changed must not make an exception void without a word."""
    import tomllib

    text = (Path(__file__).parents[3] / "analyzer" / "history" / "paths.toml").read_text("utf-8")
    for rule in tomllib.loads(text)["rule"]:
        for pattern in rule.get("except", ()):
            assert pattern in linguist_tables()[rule["linguist"]]


def test_attributes_overrule_names() -> None:
    """Set and unset attributes, detectable files, scripts and pointers of Git LFS."""
    attributed = {
        "a.py": PathAttributes(assigned="generated"),
        "vendor/b.py": PathAttributes(denied=frozenset({"vendored"})),
        "tests/c.zzz": PathAttributes(detectable=True),
        "d.py": PathAttributes(detectable=False),
        "bin/run": PathAttributes(script="Shell"),
        "tests/run": PathAttributes(script="Shell"),
        "dump.sql": PathAttributes(assigned="lfs"),
        "README.md": PathAttributes(denied=frozenset({"docs"})),
    }
    classes = classify_paths(list(attributed), attributed)
    assert classes == ["generated", "code", "test", "data", "code", "test", "lfs", "data"]
    assert classify_path("a.py", attributed, link=True) == "link"
    assert classify_path("a.py", attributed, binary=True) == "binary"


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1), max_size=8))
def test_every_path_has_one_class(paths: list[str]) -> None:
    """Whatever the path, its class is one of the documented ones, and does not depend on its neighbours."""
    classes = classify_paths(paths, {})
    assert set(classes) <= set(PATH_CLASSES)
    assert classes == [class_by_pattern(path) for path in paths]


@given(st.sampled_from(["src", "lib/man", "a/doc", "internal/cache"]), st.sampled_from(["py", "go", "java", "gleam"]))
def test_depth_of_a_source_folder_changes_nothing(folder: str, suffix: str) -> None:
    """Only patterns that linguist anchors depend on depth, and none of these folders is anchored."""
    assert class_by_pattern(f"{folder}/x.{suffix}") == class_by_pattern(f"deep/er/{folder}/x.{suffix}") == "code"


def test_hostile_paths_take_linear_time() -> None:
    """Words of the patterns repeated half a million times, in every path: RE2 does not backtrack."""
    words = ("jquery", "extjs", "import", "tests", "vendor", "src/main", "a.d.ts", "spec", "Pods", "T")
    paths = [f"{word}/" * (500_000 // len(word)) + "x" for word in words]
    start = time.process_time()
    assert not set(classify_paths(paths, {})) - set(PATH_CLASSES)
    assert time.process_time() - start < 5
    assert set(COUNTED_CLASSES) < set(PATH_CLASSES)
