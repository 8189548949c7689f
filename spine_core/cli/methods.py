"""Names of explanation methods on the command line."""

from __future__ import annotations

from collections.abc import Collection

from spine_core.cli.arguments import InputError


def parse_methods(text: str, further: Collection[str] = ()) -> list[str]:
    """Names of methods, separated by commas. ``further``: what may be named besides. Raises ``InputError``."""
    from spine_core.explanation.registry import REGISTRY

    known = [*REGISTRY, *further]
    methods = [name.strip() for name in text.split(",") if name.strip()]
    if unknown := [name for name in methods if name not in known]:
        msg = f"--methods: unknown method {', '.join(unknown)}; known: {', '.join(known)}"
        raise InputError(msg)
    return methods
