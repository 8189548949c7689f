"""Types of the command-line arguments, checked while they are parsed: an error is one sentence, never a usage text."""

from __future__ import annotations

import argparse
import math
import os
from pathlib import Path
from typing import NoReturn

MAX_SEED = 2**32 - 1
"""The largest seed that every generator takes (``numpy.random.RandomState`` among them)."""


BAD_INPUT = 2
"""Exit status for input that cannot be used."""


class InputError(Exception):
    """The input cannot be used; the text is one sentence for the user."""


class Parser(argparse.ArgumentParser):
    """Raises ``InputError`` where ``argparse`` prints its usage and exits; so do its subparsers."""

    def error(self, message: str) -> NoReturn:
        """Raises ``InputError``."""
        text = " ".join(message.split()).removeprefix("argument ")
        raise InputError(text)


def spacing(text: str) -> float:
    """Pixel spacing in mm."""
    from spine_core.study.limits import MAX_SPACING_MM, MIN_SPACING_MM

    value = _number(text)
    if not MIN_SPACING_MM <= value <= MAX_SPACING_MM:
        msg = (
            f"{text} mm is not a pixel spacing of an MR image; it must be between {MIN_SPACING_MM:g} and "
            f"{MAX_SPACING_MM:g} mm"
        )
        raise argparse.ArgumentTypeError(msg)
    return value


def positive_int(text: str) -> int:
    """A whole number, 1 or more."""
    value = _whole(text)
    if value < 1:
        msg = f"{text} is not 1 or more"
        raise argparse.ArgumentTypeError(msg)
    return value


def fraction(text: str) -> float:
    """A number between 0 and 1, both excluded."""
    value = _number(text)
    if not 0 < value < 1:
        msg = f"{text} is not between 0 and 1"
        raise argparse.ArgumentTypeError(msg)
    return value


def seed(text: str) -> int:
    """A seed, from 0 to ``MAX_SEED``."""
    value = _whole(text)
    if not 0 <= value <= MAX_SEED:
        msg = f"{text} is not a seed; it must be between 0 and {MAX_SEED}"
        raise argparse.ArgumentTypeError(msg)
    return value


def package_version(text: str) -> str:
    """Version of a package of a network."""
    from spine_core.networks.packages.manifest import NAME

    if not NAME.fullmatch(text):
        msg = f"{text!r} is not a version; use up to 48 lower-case letters, digits, dots, dashes and underscores"
        raise argparse.ArgumentTypeError(msg)
    return text


def any_path(text: str) -> Path:
    """A path of a file or folder that may or may not exist."""
    if not text.strip() or "\0" in text:
        msg = "the path is empty or holds a null byte"
        raise argparse.ArgumentTypeError(msg)
    return Path(text)


def existing_path(text: str) -> Path:
    """A file or folder that exists and can be examined."""
    path = any_path(text)
    try:
        exists = path.exists()
    except OSError as error:
        msg = f"{path}: cannot be read ({error.strerror})"
        raise argparse.ArgumentTypeError(msg) from None
    if not exists:
        msg = f"{path}: no such file or folder"
        raise argparse.ArgumentTypeError(msg)
    return path


def output_folder(text: str) -> Path:
    """A writable folder for results; ``make_folder`` creates it if it does not exist."""
    path = folder(text)
    nearest = next(parent for parent in (path, *path.parents) if parent.exists())
    if not os.access(nearest, os.W_OK | os.X_OK):
        msg = f"{path}: no permission to write there"
        raise argparse.ArgumentTypeError(msg)
    return path


def make_folder(folder: Path) -> None:
    """Creates the folder for results. Raises ``InputError`` if that fails."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        msg = f"--out: {folder}: cannot be created ({error.strerror})"
        raise InputError(msg) from None


def folder(text: str) -> Path:
    """A folder that exists or can be created."""
    path = any_path(text)
    try:
        blocking = next(
            (parent for parent in (path, *path.parents) if parent.exists() and not parent.is_dir()), None
        )
    except OSError as error:
        msg = f"{path}: cannot be used ({error.strerror})"
        raise argparse.ArgumentTypeError(msg) from None
    if blocking is not None:
        where = "it" if blocking == path else str(blocking)
        msg = f"{path}: {where} is a file, not a folder"
        raise argparse.ArgumentTypeError(msg)
    return path


def _number(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        msg = f"{text!r} is not a number"
        raise argparse.ArgumentTypeError(msg)
    return value


def _whole(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        msg = f"{text!r} is not a whole number"
        raise argparse.ArgumentTypeError(msg) from None
