"""Compiles the kernel where a C compiler is; where none is, the same file runs interpreted.

`src/sazokar/engine/kernel.py` is Cython in pure Python mode: one source, compiled or not, the same answers
(docs/decisions/0001-one-kernel-source.md). This hook never fails a build for want of a compiler: it says so and goes on.
Set SAZOKAR_NO_COMPILE=1 to build without the extension on purpose.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

KERNEL = "src/sazokar/engine/kernel.py"


class CompileKernel(BuildHookInterface):
    """Adds the compiled kernel to the wheel, beside the source that it was compiled from."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Compile the kernel for a wheel or an editable install; leave an sdist alone."""
        if self.target_name != "wheel" or os.environ.get("SAZOKAR_NO_COMPILE") == "1":
            return
        try:
            library = _compile(Path(self.root))
        except (Exception, SystemExit) as error:  # any toolchain may fail in any way: the interpreted path remains
            print(f"sazokar: kernel not compiled ({error}); it will run interpreted", file=sys.stderr)
            return
        target = library.relative_to(self.root)
        build_data["artifacts"].append(str(target))
        build_data["force_include"][str(library)] = str(Path("sazokar/engine") / library.name)
        build_data["pure_python"] = False
        build_data["infer_tag"] = True


def _compile(root: Path) -> Path:
    """Compile the kernel in a temporary directory and put the library beside its source."""
    import shutil

    from Cython.Build import cythonize
    from setuptools import Distribution, Extension
    from setuptools.command.build_ext import build_ext

    flags = [] if sys.platform == "win32" else ["-O3", "-ffp-contract=off", "-fno-math-errno"]
    with tempfile.TemporaryDirectory() as scratch:
        extension = Extension("sazokar.engine.kernel", [str(root / KERNEL)], extra_compile_args=flags)
        modules = cythonize([extension], build_dir=scratch, language_level=3, quiet=True, force=True)
        command = build_ext(Distribution({"ext_modules": modules}))
        command.build_lib = command.build_temp = scratch
        command.ensure_finalized()
        command.run()
        built = Path(command.get_ext_fullpath("sazokar.engine.kernel"))
        return Path(shutil.copy2(built, (root / KERNEL).parent / built.name))
