"""A checkout full of traps: modules and programs that leave a line in a proof file as soon as anything starts them."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from tests.conftest import ROOT

if TYPE_CHECKING:
    from pathlib import Path

# What Python, pip and our own processes import early on, and what they or a shell look up through PATH.
MODULES = (
    *("venv", "ensurepip", "pip", "setuptools", "hatchling", "sitecustomize", "usercustomize", "conftest"),
    *("multiprocessing", "json", "os", "shlex", "analyzer", "aishare", "click", "git", "pandas"),
)
PROGRAMS = (
    "python",
    "python3",
    "pip",
    "git",
    "sh",
    "bash",
    "cat",
    "cc",
    "gcc",
    "ld",
    "env",
    "uname",
    "ssh",
    "ldconfig",
)


def set_traps(folder: Path, proof: Path) -> None:
    """Fill a folder with traps. Each one appends its name to `proof`, which must lie outside of the folder."""
    for name in MODULES:
        for file in (folder / f"{name}.py", folder / name / "__init__.py", folder / name / "__main__.py"):
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(_module(name, proof))
    (folder / "multiprocessing" / "spawn.py").write_text(_module("multiprocessing.spawn", proof))
    site = folder / "lib" / f"python3.{sys.version_info.minor}" / "site-packages"
    site.mkdir(parents=True)
    (site / "usercustomize.py").write_text(_module("usercustomize", proof))
    (site / "trap.pth").write_text(f"import sys; open({str(proof)!r}, 'a').write('trap.pth\\n')\n")
    for name in PROGRAMS:
        program = folder / "bin" / name
        program.parent.mkdir(exist_ok=True)
        program.write_text(f"#!/bin/sh\necho 'program {name}' >> '{proof}'\nexit 9\n")
        program.chmod(0o755)
    for name in PROGRAMS:
        if not (folder / name).exists():
            (folder / name).symlink_to(folder / "bin" / name)
    (folder / "pip.conf").write_text(f"[global]\npython = {folder / 'bin' / 'python'}\n")
    (folder / "libc.so.6").write_text("no library: whatever loads it does not start\n")
    (folder / "profile").write_text(f"echo profile >> '{proof}'\n")


def trapped_environment(folder: Path, path: str) -> dict[str, str]:
    """Return variables of a careless job: each names a file of the checkout by a relative or an absolute path."""
    return {
        "BASH_ENV": str(folder / "profile"),
        "ENV": "profile",
        "LD_LIBRARY_PATH": ":",  # an empty entry is the current folder
        "PATH": f".:bin::{folder}:{folder / 'bin'}:{path}",
        "PIP_CONFIG_FILE": "pip.conf",
        "PIP_PYTHON": str(folder / "bin" / "python"),
        "PYTHONPATH": f"{folder}:",
        "PYTHONSTARTUP": str(folder / "json.py"),
        "PYTHONUSERBASE": str(folder),
    }


def console_script(file: Path) -> Path:
    """Write what pip installs as the command `aishare`, for the package of this checkout."""
    lines = (
        f"#!{sys.executable}",
        "import sys",
        f"sys.path.insert(1, {str(ROOT)!r})",
        "from analyzer.__main__ import main",
        "if __name__ == '__main__':",
        "    sys.exit(main())",
    )
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("\n".join(lines) + "\n")
    file.chmod(0o755)
    return file


def _module(name: str, proof: Path) -> str:
    return f"with open({str(proof)!r}, 'a') as file:\n    file.write('module {name}\\n')\n"
