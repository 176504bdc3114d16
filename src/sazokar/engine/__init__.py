"""The arithmetic of separation over arrays. Knows numbers, not parties."""
