"""The arithmetic of separation over arrays: which volumes come nearer than their minima, and how near.

One source, compiled by Cython where a C compiler is and interpreted where none is: the same operations in the same order
on IEEE 754 doubles, so the same answers (docs/decisions/0001). Knows numbers: volumes, classes, metres, milliseconds.
Does not check its input: `space` does. Does not decide exact contact of areas whose minimum is 0: `contact` does.

It is one class told in nine files, each a layer on the one before: `earth`, `tables`, `intake`, `nearness`, `motion`,
`sweep`, `standing`, `nearest`, `encounter`. Interpreted, they are modules like any other. Compiled, the build joins them
into this one module, so that the C compiler sees the whole (hatch_build.py); then this file's own text is not used.

How an edge is judged, and why nothing is missed, is derived in docs/the-bound.md. In short: edges are geodesics, kept as
chords of at most 40 km between points of the ellipsoid; two chords are projected orthographically on a plane between
them, and projection never lengthens. What the chord's sag may hide is added to the threshold; where that leaves the
verdict open the longer chord is halved and both halves are judged anew.
"""

from __future__ import annotations

from sazokar.engine.encounter import Kernel

__all__ = ["Kernel"]
