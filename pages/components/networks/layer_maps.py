"""Class activation maps of a network's layers on its sample, to choose the layer that the manifest names."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import streamlit as st
from PIL import Image

from pages.components import job_progress
from pages.components.session.state import SessionState
from pages.components.start_job import start
from pages.components.study_jobs import FAILED
from spine_core.anatomy.types import Disc
from spine_core.explanation.base import Explanation
from spine_core.explanation.overlay import overlay_on_crop, scale_by_peak
from spine_core.explanation.registry import explain
from spine_core.grading.findings import grade_probabilities
from spine_core.grading.types import DiscImage
from spine_core.jobs import State
from spine_core.networks.packages.contents import contents_of
from spine_core.networks.packages.loading import load_network, sample_of
from spine_core.networks.packages.store import StoredNetwork
from spine_core.networks.target import Target
from spine_core.networks.wrapped import NetworkError
from spine_core.progress import Progress

SIDE = 160
"""Pixels of a thumbnail."""

HELP = "Grad-CAM of the most probable grade of the first output, on the package's first sample image."


def layer_maps(store: SessionState, one: StoredNetwork) -> None:
    """A button, then one small map per layer."""
    if one.registration.layer is None:
        return
    key = f"layers-{one.key}"

    def clicked() -> None:
        start(store, key, lambda progress: maps_by_layer(one, progress))

    st.button(
        "Maps of its layers", key=f"button-{key}", on_click=clicked, icon=":material/layers:", help=HELP
    )
    job = store.jobs.get(key)
    if job is None:
        return
    if not job.over:
        job_progress.watch({"Explaining with each layer": job}, key)
    elif job.state is State.FAILED:
        st.error(f"{job.error}." if isinstance(job.error, NetworkError) else FAILED)
    elif job.result is not None:
        for column, (path, image) in zip(st.columns(len(job.result)), job.result.items(), strict=True):
            column.image(image, caption=path, alt=f"Grad-CAM of layer {path} on the sample", width=SIDE)


def maps_by_layer(one: StoredNetwork, progress: Progress) -> dict[str, Image.Image]:
    """Grad-CAM over the sample by the path of its layer, the last ones of the network."""
    contents = contents_of(one.package)
    pixels = sample_of(contents).images[0]
    disc = Disc("L4/L5", "sample", 0, (0.0, 0.0), (0.0, 0.0), None, 1.0, (1.0, 0.0), 1.0)
    image = DiscImage(disc.level, pixels, tuple(None for _ in pixels), disc)
    found = {}
    for number, (path, *_) in enumerate(one.registration.layers):
        progress(number / len(one.registration.layers), path)
        network = load_network(replace(contents, manifest=replace(contents.manifest, target_layer=path)))
        target = _target(network.predict_logits(pixels[None]), one)
        found[path] = _drawn(explain("grad_cam", network, image, target), pixels)
    return found


def _target(logits: np.ndarray, one: StoredNetwork) -> Target:
    outputs = one.manifest.views[0].outputs
    [name, *_] = outputs
    output = outputs[name]
    likeliest = int(grade_probabilities(logits, outputs)[name][0].argmax())
    return Target(name, output.condition.grades[likeliest], output=output)


def _drawn(found: Explanation, pixels: np.ndarray) -> Image.Image:
    (scale,) = scale_by_peak([found])
    drawn = Image.fromarray(overlay_on_crop(pixels, found.attribution, scale, signed=found.signed))
    return drawn.resize((SIDE, SIDE), Image.Resampling.BICUBIC)
