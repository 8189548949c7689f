"""Arguments of the shell commands, checked while they are parsed: what is wrong is one sentence, never a usage text."""

from __future__ import annotations

import argparse
import math
import os
from pathlib import Path
from typing import NoReturn

from spine_core.study.limits import MAX_SPACING_MM, MIN_SPACING_MM

MAX_SEED = 2**32 - 1
"""The largest seed that every generator takes (``numpy.random.RandomState`` among them)."""


class InputError(Exception):
    """Input that cannot be used; the text is one sentence for the user."""


class Parser(argparse.ArgumentParser):
    """Raises ``InputError`` where ``argparse`` prints its usage and exits; subcommands do as well."""

    def error(self, message: str) -> NoReturn:
        """Raises ``InputError``."""
        text = " ".join(message.split()).removeprefix("argument ")
        raise InputError(text)


def spacing(text: str) -> float:
    """Pixel spacing in mm."""
    value = _number(text)
    if not MIN_SPACING_MM <= value <= MAX_SPACING_MM:
        msg = (
            f"{text} mm is no pixel spacing of an MR image; it lies between {MIN_SPACING_MM:g} and "
            f"{MAX_SPACING_MM:g} mm"
        )
        raise argparse.ArgumentTypeError(msg)
    return value


def counted(text: str) -> int:
    """A number of things, or which one of them: 1 or more."""
    value = _whole(text)
    if value < 1:
        msg = f"{text} is not 1 or more"
        raise argparse.ArgumentTypeError(msg)
    return value


def seed(text: str) -> int:
    """A seed."""
    value = _whole(text)
    if not 0 <= value <= MAX_SEED:
        msg = f"{text} is no seed; it lies between 0 and {MAX_SEED}"
        raise argparse.ArgumentTypeError(msg)
    return value


def named(text: str) -> Path:
    """A file or folder, there or not."""
    if not text.strip() or "\0" in text:
        msg = "an empty name names no file"
        raise argparse.ArgumentTypeError(msg)
    return Path(text)


def existing(text: str) -> Path:
    """A file or folder that is there and may be read."""
    path = named(text)
    try:
        there = path.exists()
    except OSError as error:
        msg = f"{path}: it cannot be read ({error.strerror})"
        raise argparse.ArgumentTypeError(msg) from None
    if not there:
        msg = f"{path}: there is no such file or folder"
        raise argparse.ArgumentTypeError(msg)
    return path


def output_folder(text: str) -> Path:
    """A folder for results, there or to be made (``make`` does)."""
    path = folder(text)
    above = next(one for one in (path, *path.parents) if one.exists())
    if not os.access(above, os.W_OK | os.X_OK):
        msg = f"{path}: nothing may be written there"
        raise argparse.ArgumentTypeError(msg)
    return path


def make(folder: Path) -> None:
    """Makes the folder for results. Raises ``InputError``."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        msg = f"--out: {folder}: it cannot be made ({error.strerror})"
        raise InputError(msg) from None


def folder(text: str) -> Path:
    """A folder, there or to be made."""
    path = named(text)
    try:
        blocking = next((one for one in (path, *path.parents) if one.exists() and not one.is_dir()), None)
    except OSError as error:
        msg = f"{path}: it cannot be used ({error.strerror})"
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
