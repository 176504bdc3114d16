"""One file per outside format: bytes to volumes and back, with errors that name file, feature and field."""
