"""The results of an audit as tables of words, for the report."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from spine_core.audit.analysis.coefficients import Coefficient
from spine_core.audit.analysis.exports.table import Table, figure
from spine_core.audit.analysis.means import Mean
from spine_core.audit.analysis.results import AuditResults
from spine_core.audit.ratings.method_names import method_label


def result_tables(results: AuditResults) -> tuple[Table, ...]:
    """All statistics; those that the design does not have are left out."""
    makers: Sequence[Callable[[AuditResults], Table]] = (
        _by_method,
        _between_raters,
        _within_raters,
        _faithfulness,
        _reliance,
        _regions,
    )
    return tuple(table for make in makers if (table := make(results)).rows)


def _mean(mean: Mean | None) -> str:
    return "" if mean is None else figure(mean.value, mean.interval)


def _by_method(results: AuditResults) -> Table:
    rows = tuple(
        (
            one.question, method_label(one.method), str(one.mean.n), str(one.mean.cases), _mean(one.mean),
            _mean(one.difference), "" if one.best_control is None else method_label(one.best_control),
        )
        for one in results.by_method
    )  # fmt: skip
    note = (
        "Mean rating with 95 % bootstrap interval over cases, silent repeats left out. Difference: rating of the "
        "method less that of the best control on the same sheet."
    )
    columns = ("Question", "Method", "Ratings", "Cases", "Mean", "Difference to best control", "Best control")
    return Table("Ratings by method", note, columns, rows)


def _between_raters(results: AuditResults) -> Table:
    rows = tuple(
        (
            one.question,
            method_label(one.method) if one.method else "all maps",
            *_coefficients(one.coefficients),
        )
        for one in results.between_raters
    )
    note = "Agreement on maps, with 95 % bootstrap intervals over cases. Items: maps that two raters or more rated."
    columns = ("Question", "Maps", "Items", "Raters", *_names(results))
    return Table("Agreement between raters", note, columns, rows)


def _within_raters(results: AuditResults) -> Table:
    rows = tuple(
        (one.question, str(one.pairs), _mean(one.exact), *_coefficients(one.coefficients)[2:])
        for one in results.within_raters
    )
    note = "First showing of a map against its silent repeat, over all raters."
    columns = ("Question", "Pairs", "Equal ratings", *_names(results))
    return Table("Agreement of raters with themselves", note, columns, rows)


def _names(results: AuditResults) -> tuple[str, ...]:
    return tuple(one.name for one in results.between_raters[0].coefficients)


def _coefficients(found: Sequence[Coefficient]) -> tuple[str, ...]:
    """Items, columns, and every coefficient; in words why there is none, once where it is the same for all."""
    words = [one.reason or figure(one.value, one.interval) for one in found]
    if len({one.reason for one in found}) == 1 and found[0].reason:
        words = [found[0].reason, *("" for _ in found[1:])]
    return str(found[0].items), str(found[0].columns), *words


def _faithfulness(results: AuditResults) -> Table:
    plain, controlled = (
        [one for one in results.faithfulness if one.with_controls is flag] for flag in (False, True)
    )
    rows = tuple(
        (
            one.question, one.label, "better" if one.oriented else "larger",
            str(one.maps), one.reason or figure(one.correlation, one.interval),
            str(other.maps), other.reason or figure(other.correlation, other.interval),
        )
        for one, other in zip(plain, controlled, strict=True)
    )  # fmt: skip
    note = (
        "Spearman's rank correlation of mean rating and metric over maps, with 95 % bootstrap interval over cases. "
        "Positive: readers prefer maps whose value is better; larger, for metrics without a better direction. "
        "Controls spread both sides, and raise most correlations. Nothing is corrected for the number of comparisons."
    )
    columns = (
        "Question",
        "Metric",
        "Preferred",
        "Maps",
        "Correlation",
        "Maps with controls",
        "With controls",
    )
    return Table("Ratings and metrics", note, columns, rows)


def _reliance(results: AuditResults) -> Table:
    rows = tuple(
        (
            "all" if one.rater is None else f"rater {one.rater}", str(one.readings), str(one.to_reference.n),
            *map(_mean, (one.unchanged, one.toward_network, one.to_reference, one.from_reference, one.otherwise)),
        )
        for one in results.reliance
    )  # fmt: skip
    note = (
        "Readers' grades without maps against those with maps, as fractions with 95 % bootstrap intervals over cases. "
        "Unchanged and toward the network: of all findings that were graded twice; the others: of those with a "
        "reference grade."
    )
    columns = (
        "Rater", "Findings", "With reference", "Unchanged", "Changed to the network's grade",
        "Changed to the reference", "Changed away from it", "Changed otherwise",
    )  # fmt: skip
    return Table("Reliance", note, columns, rows)


def _regions(results: AuditResults) -> Table:
    rows = tuple(
        (method_label(one.method), str(one.inside.n), *map(_mean, (one.inside, one.peak_inside, one.area)))
        for one in results.regions
    )
    note = (
        "Drawn regions against maps: fraction of the positive relevance inside, and how often the map's peak is inside "
        "(pointing game, Zhang et al. 2016). By chance both equal the region's fraction of the map."
    )
    columns = ("Method", "Maps", "Relevance inside", "Peak inside", "Region's fraction of the map")
    return Table("Regions", note, columns, rows)
