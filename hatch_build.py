"""Compiles the kernel where a C compiler is; where none is, the same files run interpreted.

The kernel is Cython in pure Python mode: one source, compiled or not, the same answers (docs/decisions/0001). Its layers
are joined into one module for the compiler. This hook never fails a build for want of a compiler: it says so and goes on.
Set SAZOKAR_NO_COMPILE=1 to build without the extensions on purpose.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

ROOM = "src/sazokar/engine"
LAYERS = ("earth", "tables", "intake", "nearness", "motion", "sweep", "standing", "nearest", "encounter")
"""The layers of the kernel, from the lowest."""


class CompileKernel(BuildHookInterface):
    """Adds the compiled kernel to the wheel, beside the source that it was compiled from."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Compile the kernel for a wheel or an editable install; leave an sdist alone."""
        if self.target_name != "wheel" or os.environ.get("SAZOKAR_NO_COMPILE") == "1":
            return
        try:
            libraries = _compile(Path(self.root))
        except (Exception, SystemExit) as error:  # any toolchain may fail in any way: the interpreted path remains
            print(f"sazokar: kernel not compiled ({error}); it will run interpreted", file=sys.stderr)
            return
        for library in libraries:
            build_data["artifacts"].append(str(library.relative_to(self.root)))
            build_data["force_include"][str(library)] = str(Path("sazokar/engine") / library.name)
        build_data["pure_python"] = False
        build_data["infer_tag"] = True


def _joined(room: Path) -> str:
    """Return the kernel's layers as one module: the lowest as it is, of each other what follows its imports."""
    layers = [(room / f"{name}.py").read_text(encoding="utf-8") for name in LAYERS]
    return layers[0] + "".join("\n\n" + text[text.index("@cython.cclass") :] for text in layers[1:])


def _compile(root: Path) -> list[Path]:
    """Compile in a temporary directory and put each library beside its source."""
    from Cython.Build import cythonize
    from setuptools import Distribution, Extension
    from setuptools.command.build_ext import build_ext

    room = root / ROOM
    # no fused multiply-add: compiled and interpreted must round alike
    flags = (
        [] if sys.platform == "win32" else ["-O3", "-ffp-contract=off", "-fno-math-errno", "-Wno-maybe-uninitialized"]
    )
    with tempfile.TemporaryDirectory() as scratch:
        sources = {"kernel": Path(scratch) / "kernel.py", "ring": Path(scratch) / "ring.py"}
        sources["kernel"].write_text(_joined(room), encoding="utf-8")
        shutil.copy2(room / "ring.py", sources["ring"])
        extensions = [
            Extension(f"sazokar.engine.{name}", [str(path)], extra_compile_args=flags) for name, path in sources.items()
        ]
        modules = cythonize(extensions, build_dir=scratch, language_level=3, quiet=True, force=True)
        command = build_ext(Distribution({"ext_modules": modules}))
        command.build_lib = command.build_temp = scratch
        command.ensure_finalized()
        command.run()
        built = [Path(command.get_ext_fullpath(f"sazokar.engine.{name}")) for name in sources]
        return [Path(shutil.copy2(path, room / path.name)) for path in built]
