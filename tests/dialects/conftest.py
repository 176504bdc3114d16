"""What the tests of this room share."""

from __future__ import annotations

from hypothesis import settings

# The machine of a test run may be slow; what must be fast is timed on purpose.
settings.register_profile("dialects", deadline=None)
settings.load_profile("dialects")
