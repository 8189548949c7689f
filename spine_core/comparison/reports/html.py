"""A comparison as one self-contained HTML report: maps, results, curves, and all settings as attached JSON."""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Iterable, Iterator, Sequence
from html import escape
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from spine_core import DISCLAIMER, __version__
from spine_core.comparison.cross_model import CrossModelAgreement, agreement_criterion
from spine_core.comparison.metrics.base import Metric, MetricResult, Property
from spine_core.comparison.reports.json import comparison_json
from spine_core.comparison.reports.report import ComparisonReport
from spine_core.comparison.reports.tables import pair_table, result_tables, table_html
from spine_core.comparison.verdict import label_of, shift_warnings, warnings
from spine_core.explanation.base import Explanation
from spine_core.explanation.overlay import FAINT, colour_bar, overlay, overlay_on_crop, scale_by_peak
from spine_core.explanation.relevance_outside import relevance_outside_words
from spine_core.grading.types import DiscImage
from spine_core.networks.display_names import network_label

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; max-width: 1100px; margin: 2rem auto; padding: 0 1rem; color: #1a1c1f; }
table { border-collapse: collapse; margin: .6rem 0; font-size: .9rem; } td, th { padding: .2rem .6rem;
text-align: right; border-bottom: 1px solid #ccc; } th:first-child { text-align: left; } th[title] { cursor: help; }
td small { display: block; color: #555; } tr.foot { color: #555; } svg { max-width: 100%; height: auto; }
figure { display: inline-block; margin: 0 .6rem .6rem 0; vertical-align: top; }
figure img { display: block; height: 240px; image-rendering: auto; } figure img.scale { height: 10px; width: 240px; }
figcaption { font-size: .85rem; max-width: 240px; } .note { border: 1px solid #b36b00; padding: .4rem .8rem; }
@media print { body { margin: 0; max-width: none; font-size: 11px; } h2, figure, tr { break-inside: avoid; } }
"""

TITLES = {
    Property.FAITHFULNESS: "Faithfulness",
    Property.LOCALISATION: "Localisation",
    Property.COMPLEXITY: "Complexity",
    Property.COST: "Cost",
    Property.AGREEMENT: "Agreement of single maps",
    Property.STABILITY: "Stability",
    Property.RANDOMISATION: "Randomised weights",
    Property.PREDICTION: "Prediction after changes of the image",
    Property.ROBUSTNESS: "Maps after changes of the image",
}
"""Headings of the tables."""


def comparison_html(report: ComparisonReport) -> str:
    """The report as HTML. It names neither patient nor files; maps are overlaid on the network's input."""
    found = report.comparison
    title = f"{found.target.label()} at {found.level}"
    parts = [
        f"<h1>{escape(title)}</h1><p class='note'>{escape(DISCLAIMER)}</p>",
        "<p class='note'>Synthetic: made by a computer, shows no patient.</p>"
        if report.study.synthetic
        else "",
        f"<p><b>{escape(found.summary)}</b></p>",
        _sentences(one.text for one in found.verdicts),
        "<h2>Maps</h2>",
        *_maps(report),
        *_tables(report),
        *(() if report.cross_model is None else _networks(report.cross_model, report.image)),
        "<h2>Curves</h2>",
        _curves(found.results, len(found.methods)),
        _attachment(report),
    ]
    head = f"<meta charset='utf-8'><title>{escape(title)}</title><style>{_STYLE}</style>"
    return f"<!doctype html><html lang='en'><head>{head}</head><body>{''.join(parts)}</body></html>"


def _sentences(sentences: Iterable[str]) -> str:
    return f"<ul>{''.join(f'<li>{escape(one)}</li>' for one in sentences)}</ul>"


def _maps(report: ComparisonReport) -> Iterator[str]:
    """The image without a map, then each map as overlay with its colour scale."""
    image, target = report.image, report.comparison.target
    pixels = next((one for one in image.pixels if np.any(one)), image.pixels[0])
    probability = report.comparison.probabilities.get(target.grade)
    words = "The network's input." + ("" if probability is None else f" {target.label()}: {probability:.0%}.")
    plain = overlay(pixels, np.zeros((*pixels.shape, 4), np.uint8))
    yield _figure(_img(plain, f"The network's input at {image.level}"), words)
    for one in report.explanations:
        label = label_of(one.method)
        own = "" if one.diagnostic.value is None else f": {one.diagnostic.name} {one.diagnostic.value:.2f}"
        words = ". ".join(part for part in (f"{label}{own}", relevance_outside_words(one, image)) if part)
        yield _figure(_map(one, image, f"{label} of {target.label()} at {one.level}"), words)
    yield f"<p>Each map is scaled by its own peak; relevance below {FAINT:.0%} of it is not drawn.</p>"


def _tables(report: ComparisonReport) -> Iterator[str]:
    pairs = pair_table(report.results, label_of)
    if pairs is not None:
        yield f"<h2>Agreement</h2>{table_html(pairs)}<p>Bold: above what 95 % of random maps reach.</p>"
    for table in result_tables(report.results, label_of):
        yield f"<h2>{TITLES[table.property]}</h2>{table_html(table)}"
        if table.property is Property.FAITHFULNESS:
            yield "<p>Bold: better than every control map. Values of controls: lowest to highest of their draws.</p>"
        region = report.comparison.finding_region
        if table.property is Property.LOCALISATION and region is not None:
            yield f"<p>Region of the finding: {escape(', '.join(region.structures).lower())}.</p>"
    yield from _remarks(report)


def _remarks(report: ComparisonReport) -> Iterator[str]:
    remarks = [] if report.repeat_tests is None else list(warnings(report.repeat_tests))
    if report.robustness is not None:
        found, condition = report.robustness, report.comparison.target.definition
        words = dict(zip(condition.grades, condition.grade_labels, strict=True))
        remarks += [
            f"After {one.kind.value}, the most probable grade changes to {words[one.prediction.grade]}."
            for one in found.prediction_shifts
            if one.prediction.grade != found.prediction.grade
        ]
        remarks += shift_warnings(found)
    if remarks:
        yield _sentences(remarks)


def _networks(found: CrossModelAgreement, image: DiscImage) -> Iterator[str]:
    """For each method its sentence, a map per network, and the agreement of every pair of networks."""
    caption = f"Under each map: the network's own probability of {found.target.label()}."
    yield f"<h2>The same method in other networks</h2><p>{escape(caption)} {escape(agreement_criterion(found))}</p>"
    for one in found.methods:
        yield f"<p><b>{escape(one.sentence)}</b></p>"
        for each in one.explanations:
            label = network_label(each.model.name)
            alt = f"{label_of(one.method)} of {each.target.label()} at {each.level} in {label}"
            yield _figure(_map(each, image, alt), f"{label}: {found.probability(each.model):.0%}")
        pairs = pair_table([record for pair in one.agreements for record in pair.results], network_label)
        yield "" if pairs is None else table_html(pairs)


def _map(one: Explanation, image: DiscImage, alt: str) -> str:
    """The overlay, and its colour scale from 0 (or the negative peak) to the peak."""
    (scale,) = scale_by_peak([one])
    image_html = _img(overlay_on_crop(image.pixels, one.attribution, scale, signed=one.signed), alt)
    if one.is_empty:
        return image_html
    low = -scale if one.signed else 0.0
    bar = _img(colour_bar(scale, signed=one.signed), f"Colour scale from {low:.2g} to {scale:.2g}", "scale")
    return f"{image_html}{bar}<figcaption>{low:.2g} to {scale:.2g}</figcaption>"


def _figure(content: str, words: str) -> str:
    return f"<figure>{content}<figcaption>{escape(words)}</figcaption></figure>"


def _img(pixels: npt.NDArray[np.uint8], alt: str, css: str = "") -> str:
    from PIL import Image

    out = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(pixels)).save(out, format="PNG")
    source = base64.b64encode(out.getvalue()).decode()
    return f"<img class='{css}' alt='{escape(alt)}' src='data:image/png;base64,{source}'>"


def _attachment(report: ComparisonReport) -> str:
    """All results and settings as an attached file, since they have thousands of lines."""
    data = json.dumps(comparison_json(report), indent=1).encode()
    link = f"data:application/json;base64,{base64.b64encode(data).decode()}"
    return (
        f"<h2>All results and settings</h2><p><a download='spinelens-comparison.json' href='{link}'>"
        f"spinelens-comparison.json</a>, SpineLens {escape(__version__)}</p>"
    )


def _curves(results: Sequence[MetricResult], methods: int) -> str:
    """Deletion and insertion with each baseline, then ROAD, as one inline SVG."""
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    panels: dict[tuple[str, str], list[MetricResult]] = {}
    for one in results:
        if one.curve is not None:
            panels.setdefault((one.metric.name, one.variant), []).append(one)
    figure = Figure(figsize=(10, 3.2 * -(-len(panels) // 2)), layout="constrained")
    FigureCanvasSVG(figure)
    for number, ((_, variant), found) in enumerate(panels.items(), start=1):
        title = _panel_title(found[0].metric, variant)
        _draw(figure.add_subplot(-(-len(panels) // 2), 2, number, title=title), found, methods)
    out = io.StringIO()
    figure.savefig(out, format="svg", metadata={"Date": None})
    drawing = out.getvalue()
    return f"<p>Grey: the control maps.</p>{drawing[drawing.index('<svg') :]}"


def _panel_title(metric: Metric, variant: str) -> str:
    name = metric.label if metric.curve is None else metric.curve.title
    return f"{name}, baseline: {variant}" if variant else name


def _draw(axes: Axes, results: Sequence[MetricResult], methods: int) -> None:
    """Draws the methods' curves in colour over the controls' in grey."""
    axes.set(xlabel="Fraction of the image", ylabel="Log-odds")
    for one in sorted(results, key=lambda each: not each.is_control):
        assert one.curve is not None
        if one.is_control:
            axes.plot(one.curve.fraction, one.curve.log_odds, color="#bbbbbb", linewidth=0.8)
        else:
            axes.plot(one.curve.fraction, one.curve.log_odds, linewidth=2, label=label_of(one.method))
    axes.legend(fontsize=8)
