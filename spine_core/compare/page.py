"""A comparison as one HTML page that needs no other file: maps, figures, curves, and all settings."""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Iterable, Sequence
from html import escape

import numpy as np
import numpy.typing as npt

from spine_core import DISCLAIMER, __version__
from spine_core.compare.export import comparison_json
from spine_core.compare.metrics import BY_NAME, facts
from spine_core.compare.model import Change, Checks, Comparison
from spine_core.compare.verdict import label_of
from spine_core.explain.model import Explanation
from spine_core.explain.overlay import colour, laid_over, shared_scale
from spine_core.grading.model import DiscImage
from spine_core.study.model import Study

_STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; max-width: 1100px; margin: 2rem auto; padding: 0 1rem; color: #1a1c1f; }
table { border-collapse: collapse; margin: .6rem 0; } td, th { padding: .25rem .7rem; text-align: right;
border-bottom: 1px solid #ccc; } th:first-child { text-align: left; } th[title] { cursor: help; }
figure { display: inline-block; margin: 0 .6rem .6rem 0; } figcaption { font-size: .85rem; max-width: 240px; }
.note { border: 1px solid #b36b00; padding: .4rem .8rem; } pre { background: #f4f4f4; padding: .8rem; overflow: auto; }
"""

FAINT = 0.2
"""Share of a map's peak below which it is not drawn."""

Cell = float | str | None


def comparison_page(
    study: Study,
    found: Comparison,
    explanations: Sequence[Explanation],
    image: DiscImage,
    checks: Checks | None = None,
) -> str:
    """The page. It names neither patient nor files; maps lie on the disc view that the network saw."""
    everything = comparison_json(study, found, checks)
    everything["explanations"] = [
        {"method": one.method, "settings": dict(one.settings), "seed": one.seed, "notes": list(one.notes)}
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
        _figures(found),
        "<h2>Agreement</h2>" + _agreement(found) if found.agreements else "",
        "" if checks is None else "<h2>Stability and sanity</h2>" + _checks(checks),
        "<h2>Deletion and insertion</h2>",
        _curves(found),
        "<h2>Everything, with all settings</h2>",
        f"<pre>{escape(json.dumps(everything, indent=1))}</pre>",
        f"<p>SpineLens {escape(__version__)}</p>",
    ]
    head = f"<meta charset='utf-8'><title>{escape(title)}</title><style>{_STYLE}</style>"
    return f"<!doctype html><html lang='en'><head>{head}</head><body>{''.join(parts)}</body></html>"


def _maps(explanations: Sequence[Explanation], image: DiscImage) -> Iterable[str]:
    present = next((part for part in image.pixels if np.any(part)), image.pixels[0])
    for one, scale in zip(explanations, shared_scale(explanations), strict=True):
        picture = laid_over(present, colour(one.map, scale, signed=one.signed, threshold=FAINT))
        label = label_of(one.method)
        alt = f"{label} of {one.target.label()} at {one.level}"
        words = f"{label}: {one.own_score.name} " + (
            "none" if one.own_score.value is None else f"{one.own_score.value:.2f}"
        )
        yield (
            f"<figure><img width='240' alt='{escape(alt)}' src='data:image/png;base64,{_png(picture)}'>"
            f"<figcaption>{escape(words)}</figcaption></figure>"
        )


def _png(picture: npt.NDArray[np.uint8]) -> str:
    from PIL import Image

    out = io.BytesIO()
    Image.fromarray(picture).save(out, format="PNG")
    return base64.b64encode(out.getvalue()).decode()


def _figures(found: Comparison) -> str:
    curves = (*found.faithfulness, *found.controls)
    cost = {one.method: one for one in found.costs}
    rows: list[list[Cell]] = []
    for number, (one, concentrated) in enumerate(zip(curves, found.complexity, strict=True)):
        own = number < len(found.methods)
        name = label_of(one.method) if own else f"Control: {label_of(one.method)} {one.draw + 1}"
        rows.append(
            [
                name,
                one.deletion.log_odds_auc,
                one.insertion.log_odds_auc,
                concentrated.gini,
                cost[one.method].seconds if own else "",
                str(cost[one.method].network_calls) if own else "",
            ]
        )
    heads = [_head(name) for name in ("deletion", "insertion", "complexity", "cost")]
    return _table(["<th></th>", *heads, "<th>Pictures asked</th>"], rows)


def _agreement(found: Comparison) -> str:
    rows: list[list[Cell]] = [
        [
            f"{label_of(one.first)} with {label_of(one.second)}",
            one.rank_correlation,
            one.chance_correlation,
            one.overlap,
            one.chance_overlap,
        ]
        for one in found.agreements
    ]
    heads = [_head("rank_correlation"), "<th>Chance</th>", _head("overlap"), "<th>Chance</th>"]
    return _table(["<th></th>", *heads], rows)


def _checks(checks: Checks) -> str:
    steady = {(one.method, one.change): one.mean for one in checks.stability}
    rows: list[list[Cell]] = [
        [
            ("Control: " if one.method in checks.controls else "") + label_of(one.method),
            *(steady[one.method, change] for change in Change),
            *(stage.similarity for stage in one.stages),
            one.chance,
        ]
        for one in checks.sanity
    ]
    depths = checks.sanity[0].stages if checks.sanity else ()
    heads = [f"<th>{escape(change.value.capitalize())}</th>" for change in Change]
    heads += [f"<th>{stage.depth:.0%} of layers shuffled</th>" for stage in depths]
    return _table(["<th></th>", *heads, "<th>Chance</th>"], rows)


def _head(name: str) -> str:
    metric = BY_NAME[name]
    arrow = "↑" if metric.direction.value == "higher" else "↓"
    return f"<th title='{escape(facts(metric))}'>{escape(metric.label)} {arrow}</th>"


def _table(heads: Sequence[str], rows: Sequence[Sequence[Cell]]) -> str:
    body = "".join(
        f"<tr><th>{escape(str(row[0]))}</th>{''.join(f'<td>{_words(cell)}</td>' for cell in row[1:])}</tr>"
        for row in rows
    )
    return f"<table><tr>{''.join(heads)}</tr>{body}</table>"


def _words(cell: Cell) -> str:
    if cell is None:
        return "empty map"
    return escape(cell) if isinstance(cell, str) else f"{cell:.2f}"


def _curves(found: Comparison) -> str:
    """Both charts as one drawing inside the page."""
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    figure = Figure(figsize=(10, 3.6), layout="constrained")
    FigureCanvasSVG(figure)
    for place, kind in enumerate(("deletion", "insertion")):
        axes = figure.add_subplot(1, 2, place + 1, title=kind.capitalize(), xlabel="Share of the picture")
        axes.set_ylabel("Log-odds")
        for control in found.controls:
            curve = getattr(control, kind)
            axes.plot(curve.share, curve.log_odds, color="#bbbbbb", linewidth=0.8)
        for one in found.faithfulness:
            curve = getattr(one, kind)
            axes.plot(curve.share, curve.log_odds, linewidth=2, label=label_of(one.method))
        axes.legend(fontsize=8)
    out = io.StringIO()
    figure.savefig(out, format="svg", metadata={"Date": None})
    drawing = out.getvalue()
    return f"<p>Grey: the control maps.</p>{drawing[drawing.index('<svg') :]}"
