"""Explanations as files, with everything that is needed to view and to reproduce them."""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from spine_core import DISCLAIMER, __version__
from spine_core.explanation.base import Explanation
from spine_core.explanation.overlay import colour, overlay, scale_by_peak, to_slice
from spine_core.explanation.registry import REGISTRY
from spine_core.grading.types import DiscImage
from spine_core.networks.target import Target
from spine_core.study.nifti.write import slice_nifti
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
        "channels": channels_json(image),
        "explanations": [
            explanation_json(e) | {"level": e.level, "target": target_json(e.target), "files": f}
            for e, f in zip(explanations, files, strict=True)
        ],
    }


def channels_json(image: DiscImage) -> list[dict[str, Any] | None]:
    """Where each channel of the network's input was cut from; None for a weighting that is missing.

    ``crop_to_slice`` maps (row, column) of the crop to (row, column) of the slice: ``matrix @ p + offset``.
    """
    return [
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
    ]


def case_columns(study: Study, level: str, target: Target) -> dict[str, Any]:
    """The columns with which every row of a CSV says what it is of, so that files of several cases can be joined."""
    return {
        "study_sha256": study.sha256,
        "synthetic": int(study.synthetic),
        "level": level,
        "condition": target.condition,
        "target": target.label(),
        "disclaimer": DISCLAIMER,
    }


def target_json(target: Target) -> dict[str, Any]:
    """The target that maps explain."""
    return {
        "condition": target.condition,
        "grade": target.grade,
        "kind": target.kind.value,
        "contrast": target.contrast,
        "label": target.label(),
    }


def explanation_json(explanation: Explanation) -> dict[str, Any]:
    """One explanation without its map: method, settings, network, and what the method says of its own quality."""
    method = REGISTRY.get(explanation.method)
    named = explanation.segment_names
    return {
        "method": explanation.method,
        "label": explanation.method if method is None else method.label,
        "paper": "" if method is None else method.paper,
        "network": asdict(explanation.model),
        "target_score": explanation.target_score,
        "signed": explanation.signed,
        "is_empty": explanation.is_empty,
        "native_shape": list(explanation.native_shape),
        "outside_fraction": explanation.outside_fraction,
        "diagnostic": {
            "name": explanation.diagnostic.name,
            "value": explanation.diagnostic.value,
            "caption": explanation.diagnostic.caption,
        },
        "structures": [
            {"name": name, "log_odds": float(weight), "deviation": float(deviation)}
            for name, weight, deviation in zip(
                named,
                explanation.extra["weights"] if named else (),
                explanation.extra["deviations"] if named else (),
                strict=True,
            )
        ],
        "settings": dict(explanation.settings),
        "seed": explanation.seed,
        "backend": explanation.backend,
        "seconds": round(explanation.seconds, 3),
        "model_evaluations": explanation.model_evaluations,
        "notes": list(explanation.notes),
    }


def explanation_files(
    explanations: Sequence[Explanation], image: DiscImage, study: Study
) -> dict[str, bytes]:
    """Contents by file name: maps (``.npy``: crop and slice; ``.nii.gz``: slice), overlays and ``explanations.json``.

    NIfTI maps are single slices in patient coordinates, NaN outside the crop, to be laid over the series in another
    viewer. Overlays (``.png``) lie on the slice of the first weighting that is present, in the slice's own pixels.
    Names hold level, condition, method and seed, nothing of the patient. Raises ``ValueError`` where the image has no
    channel at all.
    """
    present = [index for index, channel in enumerate(image.channels) if channel is not None]
    if not present:
        msg = f"no sequence is present at {image.level}: there is no slice to overlay a map on"
        raise ValueError(msg)
    source = image.channels[present[0]]
    assert source is not None
    series = study.by_uid(source.series_uid)
    shown = series.display_slice(source.slice_index)
    contents: dict[str, bytes] = {}
    files: list[dict[str, str]] = []
    for explanation, scale in zip(explanations, scale_by_peak(explanations), strict=True):
        stem = _stem(explanation)
        over = to_slice(explanation, image, present[0], (shown.shape[0], shown.shape[1]))
        coloured = overlay(shown, colour(over, scale, signed=explanation.signed))
        made = {
            "map": (f"{stem}.npy", _npy(explanation.attribution)),
            "slice_map": (f"{stem}_slice.npy", _npy(over)),
            "nifti": (f"{stem}.nii.gz", slice_nifti(over, series, source.slice_index)),
            "overlay": (f"{stem}.png", _png(coloured)),
        }
        contents.update(made.values())
        files.append({kind: name for kind, (name, _) in made.items()})
    text = json.dumps(explanations_json(explanations, image, study, files), indent=2) + "\n"
    return contents | {"explanations.json": text.encode()}


def write_explanations(
    explanations: Sequence[Explanation], image: DiscImage, study: Study, out: Path
) -> Path:
    """Writes ``explanation_files`` into folder ``out``. Returns the path of ``explanations.json``."""
    contents = explanation_files(explanations, image, study)
    out.mkdir(parents=True, exist_ok=True)
    for name, content in contents.items():
        (out / name).write_bytes(content)
    return out / "explanations.json"


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


def _npy(values: npt.NDArray[np.float32]) -> bytes:
    out = io.BytesIO()
    np.save(out, values)
    return out.getvalue()


def _png(pixels: npt.NDArray[np.uint8]) -> bytes:
    from PIL import Image
    from PIL.PngImagePlugin import PngInfo

    # The image must say what it is even after it has left its folder.
    info = PngInfo()
    info.add_text("Disclaimer", DISCLAIMER)
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "PNG", pnginfo=info)
    return out.getvalue()
