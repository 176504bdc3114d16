"""The jobs: what `check` does with files. Opens nothing, prints nothing."""
