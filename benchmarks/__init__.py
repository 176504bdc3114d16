"""Figures that repeat: `python -m benchmarks`. Not part of the package, nor of its tests."""
