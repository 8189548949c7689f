"""Explanations as files, with everything that is needed to view and to reproduce them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from spine_core import DISCLAIMER, __version__
from spine_core.explanation.base import Explanation
from spine_core.explanation.overlay import colour, overlay, scale_by_peak, to_slice
from spine_core.explanation.registry import REGISTRY
from spine_core.grading.types import DiscImage
from spine_core.study.types import Study


def explanations_json(
    explanations: Sequence[Explanation], image: DiscImage, study: Study, files: Sequence[dict[str, str]]
) -> dict[str, Any]:
    """Content of ``explanations.json``. ``files``: for each explanation, the names of its files by their role."""
    return {
        "disclaimer": DISCLAIMER,
        "spinelens": __version__,
        "study": {"sha256": study.sha256, "synthetic": study.synthetic},
        "level": image.level,
        "outside_fraction": image.outside_fraction,
        "channels": [
            None
            if channel is None
            else {
                "weighting": channel.weighting,
                "series_uid": channel.series_uid,
                "slice_index": channel.slice_index,
                "crop_to_slice": {
                    "matrix": [list(row) for row in channel.frame.matrix],
                    "offset": list(channel.frame.offset),
                },
                "outside_fraction": channel.outside_fraction,
            }
            for channel in image.channels
        ],
        "explanations": [_entry(e, f) for e, f in zip(explanations, files, strict=True)],
    }


def _entry(explanation: Explanation, files: dict[str, str]) -> dict[str, Any]:
    method, target = REGISTRY.get(explanation.method), explanation.target
    return {
        "method": explanation.method,
        "label": explanation.method if method is None else method.label,
        "paper": "" if method is None else method.paper,
        "level": explanation.level,
        "target": {
            "condition": target.condition,
            "grade": target.grade,
            "kind": target.kind.value,
            "versus": target.contrast,
            "label": target.label(),
        },
        "answer_log_odds": explanation.target_score,
        "signed": explanation.signed,
        "native": list(explanation.native_shape),
        "zero": explanation.is_empty,
        "outside_fraction": explanation.outside_fraction,
        "own_score": {
            "name": explanation.diagnostic.name,
            "value": explanation.diagnostic.value,
            "caption": explanation.diagnostic.caption,
        },
        "structures": [
            {"name": name, "log_odds": float(weight), "deviation": float(deviation)}
            for name, weight, deviation in zip(
                explanation.segment_names,
                explanation.extra["weights"] if explanation.segment_names else (),
                explanation.extra["deviations"] if explanation.segment_names else (),
                strict=True,
            )
        ],
        "settings": dict(explanation.settings),
        "seed": explanation.seed,
        "seconds": round(explanation.seconds, 3),
        "network_calls": explanation.model_evaluations,
        "engine": explanation.backend,
        "model": {
            "name": explanation.model.name,
            "version": explanation.model.version,
            "sha256": explanation.model.sha256,
        },
        "notes": list(explanation.notes),
        "files": files,
    }


def write_explanations(
    explanations: Sequence[Explanation], image: DiscImage, study: Study, out: Path
) -> Path:
    """Writes maps (``.npy``, crop and slice), overlays (``.png``) and ``explanations.json`` into folder ``out``.

    Overlays lie on the slice of the first weighting that is present, in the slice's own pixels.
    Returns the path of the JSON file. File names hold the level, condition, method and seed, and no patient data.
    Raises ``ValueError`` where all channels of the image are missing.
    """
    present = [index for index, channel in enumerate(image.channels) if channel is not None]
    if not present:
        msg = f"no sequence is present at {image.level}: there is no slice to overlay a map on"
        raise ValueError(msg)
    out.mkdir(parents=True, exist_ok=True)
    pixels = _slice(image, present[0], study)
    files = []
    for explanation, scale in zip(explanations, scale_by_peak(explanations), strict=True):
        stem = _stem(explanation)
        over = to_slice(explanation, image, present[0], (pixels.shape[0], pixels.shape[1]))
        names = {"map": f"{stem}.npy", "slice_map": f"{stem}_slice.npy", "overlay": f"{stem}.png"}
        np.save(out / names["map"], explanation.attribution)
        np.save(out / names["slice_map"], over)
        _write_png(out / names["overlay"], overlay(pixels, colour(over, scale, signed=explanation.signed)))
        files.append(names)
    path = out / "explanations.json"
    path.write_text(json.dumps(explanations_json(explanations, image, study, files), indent=2) + "\n")
    return path


def _slice(image: DiscImage, channel: int, study: Study) -> npt.NDArray[np.float32]:
    source = image.channels[channel]
    if source is None:
        msg = f"input channel {channel} is missing at {image.level}"
        raise ValueError(msg)
    return study.by_uid(source.series_uid).display_slice(source.slice_index)


def _stem(explanation: Explanation) -> str:
    target = explanation.target
    words = [
        explanation.level.replace("/", "-"),
        target.condition,
        target.kind.value.replace(" ", "-"),
        target.grade,
    ]
    if target.contrast is not None:
        words.append(target.contrast)
    return "_".join([*words, explanation.method, f"seed{explanation.seed}"])


def _write_png(path: Path, pixels: npt.NDArray[np.uint8]) -> None:
    from PIL import Image
    from PIL.PngImagePlugin import PngInfo

    # The image must carry the disclaimer even after it has left its folder.
    info = PngInfo()
    info.add_text("Disclaimer", DISCLAIMER)
    Image.fromarray(pixels).save(path, pnginfo=info)
