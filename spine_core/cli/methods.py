"""Names of explanation methods on the command line."""

from __future__ import annotations

from spine_core.cli.arguments import InputError


def parse_methods(text: str) -> list[str]:
    """Names of methods, separated by commas. Raises ``InputError`` if one is unknown."""
    from spine_core.explanation.registry import REGISTRY

    methods = [name.strip() for name in text.split(",") if name.strip()]
    if unknown := [name for name in methods if name not in REGISTRY]:
        msg = f"--methods: unknown method {', '.join(unknown)}; known: {', '.join(REGISTRY)}"
        raise InputError(msg)
    return methods
