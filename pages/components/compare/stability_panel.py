"""Stability and sanity: costly, so only where the reader asks for them."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

import streamlit as st
from PIL import Image

from pages.components.compare import expensive_tests
from pages.components.explain.explanation_jobs import Work, checking
from pages.components.session.state import SessionState
from spine_core.comparison.metrics.registry import BY_NAME, facts
from spine_core.comparison.repeat_tests import RUNS
from spine_core.comparison.types import Change, ParameterRandomisation, RepeatTests
from spine_core.comparison.verdict import label_of, warnings
from spine_core.explanation.base import Explanation
from spine_core.explanation.overlay import overlay_on_crop
from spine_core.grading.types import DiscImage


def asked_for(
    store: SessionState, maps: Mapping[str, Explanation], image: DiscImage, network: str
) -> Work | None:
    """The work, where the reader asked for it."""
    return expensive_tests.where_asked(checking(maps, image, 0, network, store.study))


def checks(
    store: SessionState, maps: Mapping[str, Explanation], image: DiscImage, network: str
) -> RepeatTests | None:
    """The button, the progress, or the results, which are returned for the files."""
    st.markdown("**Stability and sanity**", help=f"{BY_NAME['stability'].caveat} {BY_NAME['sanity'].caveat}")
    found: RepeatTests | None = expensive_tests.outcome(
        store,
        checking(maps, image, 0, network, store.study),
        "Repeating and scrambling",
        "Does each map stay under another seed, a little noise, one pixel's shift and on the neighbouring slice, and "
        "does it go when the network's weights are shuffled? " + expensive_tests.price(RUNS, maps),
        "Run stability and sanity tests",
    )
    if found is None:
        return None
    for sentence in warnings(found):
        st.warning(sentence)
    _table(found)
    _stages(found, maps, image)
    return found


def _table(found: RepeatTests) -> None:
    steady = {(one.method, one.change): one for one in found.stability}
    stable, sane = escape(facts(BY_NAME["stability"])), escape(facts(BY_NAME["sanity"]))
    changes = [change for change in Change if any(one.change is change for one in found.stability)]
    head = "".join(f'<th scope="col" title="{stable}">{escape(c.value.capitalize())} ↑</th>' for c in changes)
    depths = [stage.depth for stage in found.sanity[0].stages]
    head += "".join(f'<th scope="col" title="{sane}">{_depth(depth)} ↓</th>' for depth in depths)
    rows = []
    for one in found.sanity:
        numbers = [steady[one.method, change].mean for change in changes]
        numbers += [stage.similarity for stage in one.stages]
        control = one.method in found.controls
        rows.append(
            f'<tr{" class=foot" if control else ""}><th scope="row">{"Control: " if control else ""}'
            f"{escape(label_of(one.method))}</th>{''.join(_cell(n) for n in numbers)}<td>{_judged(one)}</td></tr>"
        )
    st.html(
        f'<table class="sl-table"><tr><td></td>{head}<th scope="col">The map is</th></tr>{"".join(rows)}</table>'
    )
    st.caption(
        "Rank correlation (Spearman) with the map itself. Under small changes the map should stay (1); when the "
        "weights of the network's last layers are shuffled it should go, down to what random patches reach. "
        f"{found.seconds:.0f} s, seed {found.seed}."
    )
    if Change.SLICE not in changes:
        st.caption("There is no neighbouring slice to compare with.")


def _depth(depth: float) -> str:
    return "All layers shuffled" if depth == 1 else f"Last {depth:.0%} shuffled"


def _cell(value: float | None) -> str:
    return "<td>empty</td>" if value is None else f"<td>{value:.2f}</td>"


def _judged(one: ParameterRandomisation) -> str:
    if one.passed is None:
        return "empty"
    verb = "gone" if one.passed else "<b>still there</b>"
    return f"{verb}<small>chance up to {one.chance:.2f}</small>"


def _stages(found: RepeatTests, maps: Mapping[str, Explanation], image: DiscImage) -> None:
    with st.expander("The maps while the weights are shuffled"):
        trained = {one.method: one for one in maps.values()}
        for one in found.sanity:
            if one.method not in trained:
                continue
            label, first = label_of(one.method), trained[one.method]
            row = [
                ("Trained", first.attribution),
                *((_depth(stage.depth), stage.attribution) for stage in one.stages),
            ]
            st.markdown(f"**{label}**")
            for column, (words, relevance) in zip(st.columns(len(row)), row, strict=True):
                scale = float(abs(relevance).max())
                picture = overlay_on_crop(image.pixels, relevance, scale, signed=first.signed)
                column.image(
                    Image.fromarray(picture), width="stretch", caption=words, alt=f"{label}: {words.lower()}"
                )
