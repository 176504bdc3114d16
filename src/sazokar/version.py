"""The version of the package and of the engine that a verdict names."""

__version__ = "0.1.0"
ENGINE = f"sazokar-engine {__version__}"
