"""Registers a network from uploaded files, as a job."""

from __future__ import annotations

import streamlit as st

from pages.components import job_progress
from pages.components.session.state import SessionState
from pages.components.start_job import start
from pages.components.study_jobs import FAILED
from spine_core.jobs import Job, State
from spine_core.networks.packages.store import StoredNetwork, register
from spine_core.networks.wrapped import NetworkError
from spine_core.progress import Progress
from spine_core.study.sources import SourceFile

REGISTER = "register-network"

FORMAT = (
    "A ZIP, or its files: `network.json` (what the network sees and returns), the weights as safetensors or an ONNX "
    "model, and one sample input with its expected output. `spine_core.save_package` writes one; the documentation has "
    "a worked example. Files that torch saves with pickle are refused, since they can run code when they are read."
)


def add_network(store: SessionState) -> None:
    """The uploader."""
    st.caption(FORMAT)
    key = f"package-{store.upload}"
    chosen = st.file_uploader(
        "Package of a network", accept_multiple_files=True, key=key,
        type=["zip", "json", "safetensors", "onnx", "md", "txt", "pt", "pth", "ckpt", "bin"],
    )  # fmt: skip

    # Before the page runs: a run that another one breaks off would lose the click.
    def clicked() -> None:
        sources = [SourceFile(one.name, one.getvalue()) for one in st.session_state[key]]
        owner = store.owner

        def run(progress: Progress) -> StoredNetwork:
            progress(0.1, "running the sample in a process of its own")
            return register(sources, owner)

        start(store, REGISTER, run)
        # Another uploader takes the place of this one, whose bytes are let go.
        store.upload += 1

    if chosen:
        st.button("Examine and register", type="primary", on_click=clicked)


def outcome(store: SessionState) -> None:
    """The progress of registering, and what came of it."""
    job: Job[StoredNetwork] | None = store.jobs.get(REGISTER)
    if job is None:
        return
    if not job.over:
        job_progress.watch({"Registering the network": job}, "register")
    elif job.state is State.FAILED:
        st.error(f"{job.error}." if isinstance(job.error, NetworkError) else FAILED, icon=":material/error:")
        st.caption("Nothing was registered.")
    elif job.result is not None:
        st.success(
            f"{job.result.key} is registered. Choose it above to let it read.", icon=":material/check:"
        )
