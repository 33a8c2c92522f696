"""Forms that are built from the `param()` fields of a dataclass."""
