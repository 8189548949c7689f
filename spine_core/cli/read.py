"""``read``: finds and grades the discs of a study, or of many images one by one."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from spine_core.cli.arguments import BAD_INPUT, InputError, any_path, make_folder
from spine_core.cli.study_input import add_study_arguments, networks_of, open_study_of, require_path

IMAGE_SUFFIXES = (".png", ".jpg", ".jpeg")


def add_read(parser: argparse.ArgumentParser) -> None:
    """Adds the arguments of ``read``."""
    parser.add_argument(
        "paths", nargs="+", type=any_path, metavar="PATH", help="DICOM folder, ZIP, TAR, NIfTI or image file"
    )
    add_study_arguments(parser)
    parser.add_argument("--each", action="store_true", help="read every image of a folder as its own study")
    parser.set_defaults(run=_read)


def _read(args: argparse.Namespace) -> int:
    return _read_one(args) if len(args.paths) == 1 and not args.each else _read_many(args)


def _read_one(args: argparse.Namespace) -> int:
    (path,) = args.paths
    require_path(path)
    make_folder(args.out)
    reading = _reading_of(path, args)
    out = args.out / "reading.json"
    out.write_text(json.dumps(reading, indent=1) + "\n")
    print(out)
    return 0


def _read_many(args: argparse.Namespace) -> int:
    failed = 0
    make_folder(args.out)
    out = args.out / "readings.jsonl"
    with out.open("w") as handle:
        for path in _paths(args.paths, each_image=args.each):
            try:
                line = _reading_of(path, args)
            except InputError as error:
                failed += 1
                line = {"path": str(path), "error": str(error)}
                print(f"error: {error}", file=sys.stderr)
            handle.write(json.dumps(line) + "\n")
            handle.flush()
    print(out)
    return BAD_INPUT if failed else 0


def _reading_of(path: Path, args: argparse.Namespace) -> dict[str, Any]:
    from spine_core.grading.export import reading_json
    from spine_core.grading.read import read_study

    study = open_study_of(path, args)
    return {"path": str(path), **reading_json(study, read_study(study, networks_of(args)))}


def _paths(paths: Sequence[Path], *, each_image: bool) -> Iterator[Path]:
    for path in paths:
        if not (each_image and path.is_dir()):
            yield path
            continue
        images = sorted(p for p in path.rglob("*") if p.suffix.lower() in IMAGE_SUFFIXES)
        if not images:
            msg = f"{path}: the folder holds no PNG or JPEG image"
            raise InputError(msg)
        yield from images
