"""The rows of a finding's reasons that are no maps, and of their controls: what a rater is shown of each."""

from __future__ import annotations

import time
from dataclasses import replace

from spine_core.audit.batch.finding_work import FindingWork, failed_row, why
from spine_core.audit.batch.types import MapResult, Status
from spine_core.audit.reasons.base import Reason
from spine_core.audit.reasons.content import stored_reason
from spine_core.audit.reasons.registry import REASONS, control_of
from spine_core.audit.view import View
from spine_core.networks.backend import backend_of

NOT_OF_TWINS = "it does not depend on the network's weights"


def finding_reasons(work: FindingWork) -> tuple[list[str], list[MapResult]]:
    """The keys of all rows, and the rows that were not known: one per reason, and one per control of a reason."""
    wanted = [REASONS[name] for name in work.plan.reasons]
    wanted += [control for one in wanted if (control := control_of(one.name)) is not None]
    keys = [_reason_key(work, one) for one in wanted]
    missing = [one for one, key in zip(wanted, keys, strict=True) if key not in work.known]
    return keys, [_reason_row(work, one) for one in missing]


def _reason_key(work: FindingWork, reason: Reason) -> str:
    return work.control_key(reason.name) if reason.control_of else work.key(reason.name)


def _reason_row(work: FindingWork, reason: Reason) -> MapResult:
    failed = replace(
        failed_row(work, reason.name, Status.FAILED, ""),
        key=_reason_key(work, reason),
        control=bool(reason.control_of),
    )
    disc = work.disc
    assert disc is not None
    if disc.random_weights and not reason.of_any_network:
        return replace(failed, status=Status.UNAVAILABLE, reason=NOT_OF_TWINS)
    started = time.perf_counter()
    try:
        content = stored_reason(reason.make(disc))
    except ValueError as error:
        # Computed again it would say the same.
        return replace(failed, status=Status.UNAVAILABLE, reason=str(error))
    except Exception as error:  # as above
        return replace(failed, reason=why(error))
    return replace(
        failed,
        status=Status.DONE,
        backend=backend_of(work.network),
        seconds=time.perf_counter() - started,
        attribution=content if work.plan.keep_maps else None,
        view=View.of_image(work.image),
    )
