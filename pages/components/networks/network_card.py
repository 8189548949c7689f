"""The card of a network: what it is, sees and returns, how fast it is, and which methods explain it."""

from __future__ import annotations

import json
from collections.abc import Iterable

import streamlit as st

from pages.components import job_progress
from pages.components.networks.available import RELEASED
from pages.components.networks.evaluate_network import evaluation
from pages.components.networks.layer_maps import layer_maps
from pages.components.session.state import SessionState
from pages.components.start_job import start
from pages.components.study_jobs import FAILED, use_network
from spine_core.assets import ASSETS
from spine_core.explanation.base import Needs
from spine_core.explanation.registry import REGISTRY
from spine_core.jobs import State
from spine_core.networks.display_names import network_label
from spine_core.networks.network import View
from spine_core.networks.packages.examination import examine_apart
from spine_core.networks.packages.registration import Registration
from spine_core.networks.packages.store import StoredNetwork, remove
from spine_core.networks.preprocessing import Crop, Preprocessing
from spine_core.networks.wrapped import NetworkError
from spine_core.progress import Progress

CROPS = {
    Crop.DISC: "the disc on its sagittal slice, {0.width:g} inter-disc distances wide",
    Crop.DISC_MM: "the disc on its sagittal slice, {0.width:g} mm wide",
    Crop.SLICE: "the whole sagittal slice of the disc",
    Crop.FORAMEN: "the {0.side} foramen: the sagittal slice {0.lateral:g} mm beside the canal, {0.width:g} mm wide",
    Crop.AXIAL: "the axial slice through the disc, {0.width:g} mm around the canal",
    Crop.RECESS: "the {0.side} lateral recess: the axial slice, {0.lateral:g} mm beside the canal, {0.width:g} mm wide",
}


def released_card() -> None:
    """The released ensemble with its members."""
    path = ASSETS / "weights" / "ensemble.json"
    if not path.is_file():
        return
    card = json.loads(path.read_text())
    with st.expander(f"Released ensemble, version {card['version']}", icon=":material/verified:"):
        st.markdown(
            f"Licence: MIT (code and weights). {len(card['members'])} networks whose calibrated scores are averaged. "
            "The Model page has their performance and limitations."
        )
        st.dataframe(
            [
                {"Network": network_label(one["file"].removesuffix(".safetensors")), "SHA-256": one["sha256"]}
                for one in card["members"]
            ],
            hide_index=True,
        )


def registered_card(store: SessionState, one: StoredNetwork) -> None:
    """A registered network, with a test and its removal."""
    manifest, facts = one.manifest, one.registration
    with st.expander(f"{manifest.name}, version {manifest.version}", icon=":material/deployed_code:"):
        if manifest.description:
            st.markdown(manifest.description)
        st.markdown("\n".join(f"- **{head}**: {words}" for head, words in _facts(one)))
        st.markdown("**Outputs**")
        st.dataframe(list(_outputs(manifest.views)), hide_index=True)
        st.markdown("**Explanation methods**")
        st.markdown(_methods(facts))
        with st.container(horizontal=True):
            _test(store, one)
            _removal(store, one)
        layer_maps(store, one)
        st.markdown("**Evaluate on labelled studies**")
        evaluation(store, one)


def _facts(one: StoredNetwork) -> Iterable[tuple[str, str]]:
    manifest, facts = one.manifest, one.registration
    architecture = manifest.architecture
    yield "Licence", manifest.licence
    if manifest.citation:
        yield "Citation", manifest.citation
    yield "Architecture", f"{architecture.library.value} {architecture.name}".strip()
    if facts.parameters is not None:
        yield "Weights", f"{facts.parameters:,}"
    yield "Sees", "; ".join(dict.fromkeys(map(_seen, (view.preprocessing for view in manifest.views))))
    yield "Speed", f"{facts.milliseconds:.0f} ms per image with torch or ONNX Runtime, when it was registered"
    yield "Gradients", facts.gradients
    if facts.layer is not None:
        others = ", ".join(f"`{path}` {rows} × {columns}" for path, rows, columns, _ in facts.layers)
        yield "Layer of class activation maps", f"`{facts.layer}`; layers with maps, the last ones: {others}"
    yield "SHA-256", f"`{facts.sha256}`"
    yield "Registered", one.registered.replace("T", " ")


def _seen(preprocessing: Preprocessing) -> str:
    words = CROPS[preprocessing.crop].format(preprocessing)
    channels = ", ".join(name.upper() for name in preprocessing.channels)
    return f"{words}; {preprocessing.size} pixels; channels {channels}"


def _outputs(views: tuple[View, ...]) -> Iterable[dict[str, str]]:
    for view in views:
        for output in view.outputs.values():
            condition = output.condition
            yield {
                "Condition": condition.label,
                "Place": " ".join(filter(None, (condition.site, condition.side))),
                "Level": view.level or "every level",
                "Grades": ", ".join(condition.grade_labels),
                "Scale": condition.scale.value,
                "Activation": output.activation.value,
            }


def _methods(facts: Registration) -> str:
    """The methods that explain the network, and why others do not."""
    lacking = {Needs.GRADIENTS: not facts.differentiable, Needs.FEATURE_MAPS: facts.layer is None}
    able = [one.label for one in REGISTRY.values() if not lacking.get(one.needs)]
    lines = [f"- Explained by {', '.join(able)}."]
    for needs, lacks in lacking.items():
        unable = [one.label for one in REGISTRY.values() if one.needs is needs]
        if lacks:
            lines.append(f"- Not by {', '.join(unable)}, which need {needs.value}.")
    return "\n".join(lines)


def _test(store: SessionState, one: StoredNetwork) -> None:
    key = f"test-{one.key}"

    def clicked() -> None:
        def run(progress: Progress) -> Registration:
            progress(0.1, "running the sample in a process of its own")
            return examine_apart(one.package)

        start(store, key, run)

    st.button("Test", key=f"button-{key}", on_click=clicked, icon=":material/fact_check:",
              help="Checks all hashes and runs the sample again.")  # fmt: skip
    job = store.jobs.get(key)
    if job is None:
        return
    if not job.over:
        job_progress.watch({f"Testing {one.key}": job}, key)
    elif job.state is State.FAILED:
        st.error(f"{job.error}." if isinstance(job.error, NetworkError) else FAILED)
    elif job.result is not None:
        st.success("All hashes are right, and the sample gives the expected output.")


def _removal(store: SessionState, one: StoredNetwork) -> None:
    def confirmed() -> None:
        remove(one.key, store.owner)
        store.compared = [key for key in store.compared if key != one.key]
        if store.network == one.key:
            use_network(store, RELEASED)

    with st.popover("Remove", icon=":material/delete:"):
        st.markdown(f"The files of {one.key} are deleted from this installation.")
        st.button("Remove it", key=f"remove-{one.key}", on_click=confirmed)
