"""Undo and redo of edits, and a new draft below what the reader wrote."""

from __future__ import annotations

from dataclasses import dataclass, replace

from spine_core.report.editing import editable
from spine_core.report.types import Report, Section


@dataclass(frozen=True)
class History:
    """A report with the states before and after it, for undo and redo.

    An approval is not undone: the states before it are dropped, so that the approved report stays.
    """

    now: Report
    past: tuple[Report, ...] = ()
    future: tuple[Report, ...] = ()

    def do(self, report: Report) -> History:
        """The history after an edit, which drops what was undone."""
        if report == self.now:
            return self
        if report.approval is not None or report.version != self.now.version:
            return History(report)
        return History(report, (*self.past, self.now)[-100:])

    def undo(self) -> History:
        """The state before; the same where there is none."""
        if not self.past:
            return self
        return History(self.past[-1], self.past[:-1], (self.now, *self.future))

    def redo(self) -> History:
        """The state that was undone last; the same where there is none."""
        if not self.future:
            return self
        return History(self.future[0], (*self.past, self.now), self.future[1:])


def redraft(report: Report, base: Report, new: Report) -> Report:
    """``report``, which was edited from the draft ``base``, on the ground of the draft ``new``.

    Another language or a corrected reading makes a new draft. What the reader wrote stays as it is, in its place; what
    the reader removed stays removed; all other sentences are those of ``new``. The header keeps the patient's facts.
    """
    editable(report)
    sections = tuple(_merged(report.section(one.name), base.section(one.name), one) for one in new.sections)
    header = replace(new.header, patient=report.header.patient, study_date=report.header.study_date)
    return replace(report, header=header, sections=sections, provenance=new.provenance, language=new.language)


def _merged(now: Section, base: Section, new: Section) -> Section:
    fresh = {one.key: one for one in new.sentences}
    removed = {one.key for one in base.sentences} - {one.key for one in now.sentences}
    kept = [one if one.edited else fresh[one.key] for one in now.sentences if one.edited or one.key in fresh]
    there = {one.key for one in kept} | removed
    return Section(now.name, (*kept, *(one for one in new.sentences if one.key not in there)))
