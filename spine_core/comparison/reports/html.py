"""A comparison as one HTML page that needs no other file: maps, figures, curves, and all settings."""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Iterable, Sequence
from html import escape
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from spine_core import DISCLAIMER, __version__
from spine_core.comparison.cross_model import CrossModelAgreement, rule
from spine_core.comparison.metrics.robustness.robustness import Robustness
from spine_core.comparison.reports.html_tables import agreement, altered, figures, place, repeated
from spine_core.comparison.reports.json_csv import comparison_json
from spine_core.comparison.types import Comparison, Curve, RepeatTests
from spine_core.comparison.verdict import label_of
from spine_core.explanation.base import Explanation
from spine_core.explanation.overlay import FAINT, overlay_on_crop, scale_by_peak
from spine_core.explanation.relevance_outside import relevance_outside_words
from spine_core.grading.types import DiscImage
from spine_core.networks.display_names import network_label
from spine_core.study.types import Study

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; max-width: 1100px; margin: 2rem auto; padding: 0 1rem; color: #1a1c1f; }
table { border-collapse: collapse; margin: .6rem 0; } td, th { padding: .25rem .7rem; text-align: right;
border-bottom: 1px solid #ccc; } th:first-child { text-align: left; } th[title] { cursor: help; }
figure { display: inline-block; margin: 0 .6rem .6rem 0; } figcaption { font-size: .85rem; max-width: 240px; }
.note { border: 1px solid #b36b00; padding: .4rem .8rem; } pre { background: #f4f4f4; padding: .8rem; overflow: auto; }
"""


def comparison_html(
    study: Study,
    found: Comparison,
    explanations: Sequence[Explanation],
    image: DiscImage,
    checks: RepeatTests | None = None,
    robust: Robustness | None = None,
    across: CrossModelAgreement | None = None,
) -> str:
    """The page. It names neither patient nor files; maps lie on the disc view that the network saw."""
    everything = comparison_json(study, found, checks, robust, across)
    everything["explanations"] = [
        {
            "method": one.method,
            "settings": dict(one.settings),
            "seed": one.seed,
            "outside_fraction": one.outside_fraction,
            "notes": list(one.notes),
        }
        for one in explanations
    ]
    title = f"{found.target.label()} at {found.level}"
    synthetic = (
        "<p class='note'>Synthetic: made by a computer, shows no patient.</p>" if study.synthetic else ""
    )
    parts = [
        f"<h1>{escape(title)}</h1><p class='note'>{escape(DISCLAIMER)}</p>{synthetic}",
        f"<p><b>{escape(found.summary)}</b></p><ul>",
        *(f"<li>{escape(one.text)}</li>" for one in found.verdicts),
        f"</ul><h2>Maps</h2><p>Relevance below {FAINT:.0%} of each map's peak is not drawn.</p>",
        *_maps(explanations, image),
        "<h2>Figures</h2>",
        figures(found),
        "<h2>Agreement</h2>" + agreement(found.agreements, label_of) if found.agreements else "",
        ""
        if found.finding_region is None
        else "<h2>Place of the finding</h2>" + place(found, found.finding_region),
        "" if checks is None else "<h2>Stability and sanity</h2>" + repeated(checks),
        "" if robust is None else "<h2>Changes of the picture</h2>" + altered(robust, found.target.condition),
        *(() if across is None else _networks(across, image)),
        "<h2>Deletion, insertion and removal</h2>",
        _curves(found),
        "<h2>Everything, with all settings</h2>",
        f"<pre>{escape(json.dumps(everything, indent=1))}</pre>",
        f"<p>SpineLens {escape(__version__)}</p>",
    ]
    head = f"<meta charset='utf-8'><title>{escape(title)}</title><style>{_STYLE}</style>"
    return f"<!doctype html><html lang='en'><head>{head}</head><body>{''.join(parts)}</body></html>"


def _maps(explanations: Sequence[Explanation], image: DiscImage) -> Iterable[str]:
    for one in explanations:
        label = label_of(one.method)
        score = "none" if one.diagnostic.value is None else f"{one.diagnostic.value:.2f}"
        alt = f"{label} of {one.target.label()} at {one.level}"
        words = [f"{label}: {one.diagnostic.name} {score}", relevance_outside_words(one, image)]
        yield _figure(one, image, ". ".join(part for part in words if part), alt)


def _networks(found: CrossModelAgreement, image: DiscImage) -> Iterable[str]:
    """Per method its sentence, a map per network, and how alike every two of them are."""
    asked = f"Under each map: the network's own probability of {found.target.label()}."
    yield f"<h2>The same method in other networks</h2><p>{escape(asked)} {escape(rule(found))}</p>"
    for one in found.methods:
        yield f"<p><b>{escape(one.sentence)}</b></p>"
        for each in one.explanations:
            label = network_label(each.model.name)
            alt = f"{label_of(one.method)} of {each.target.label()} at {each.level} in {label}"
            yield _figure(each, image, f"{label}: {found.probability(each.model):.0%}", alt)
        yield agreement(one.agreements, network_label)


def _figure(one: Explanation, image: DiscImage, words: str, alt: str) -> str:
    (scale,) = scale_by_peak([one])
    picture = overlay_on_crop(image.pixels, one.attribution, scale, signed=one.signed)
    return (
        f"<figure><img width='240' alt='{escape(alt)}' src='data:image/png;base64,{_png(picture)}'>"
        f"<figcaption>{escape(words)}</figcaption></figure>"
    )


def _png(picture: npt.NDArray[np.uint8]) -> str:
    from PIL import Image

    out = io.BytesIO()
    Image.fromarray(picture).save(out, format="PNG")
    return base64.b64encode(out.getvalue()).decode()


def _curves(found: Comparison) -> str:
    """All charts as one drawing inside the page: both fills, then removal."""
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    figure = Figure(figsize=(10, 10), layout="constrained")
    FigureCanvasSVG(figure)
    count = len(found.methods)
    tests = (
        (str(found.settings["fill"]), (*found.faithfulness, *found.controls)),
        (str(found.settings["unused_fill"]), found.unused_baseline),
    )
    for row, (fill, curves) in enumerate(tests):
        for column, kind in enumerate(("deletion", "insertion")):
            axes = figure.add_subplot(
                3, 2, 2 * row + column + 1, title=f"{kind.capitalize()}, filled with: {fill}"
            )
            _draw(axes, [(one.method, getattr(one, kind)) for one in curves], count)
    axes = figure.add_subplot(3, 2, 5, title="Removal (ROAD)")
    _draw(axes, [(one.method, one.curve) for one in found.road], count)
    out = io.StringIO()
    figure.savefig(out, format="svg", metadata={"Date": None})
    drawing = out.getvalue()
    return f"<p>Grey: the control maps.</p>{drawing[drawing.index('<svg') :]}"


def _draw(axes: Axes, curves: Sequence[tuple[str, Curve]], count: int) -> None:
    """The first ``count`` curves in colour, the controls' behind them in grey."""
    axes.set(xlabel="Share of the picture", ylabel="Log-odds")
    for _, curve in curves[count:]:
        axes.plot(curve.fraction, curve.log_odds, color="#bbbbbb", linewidth=0.8)
    for method, curve in curves[:count]:
        axes.plot(curve.fraction, curve.log_odds, linewidth=2, label=label_of(method))
    axes.legend(fontsize=8)
