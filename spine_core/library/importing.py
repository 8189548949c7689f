"""Keeps all studies of a folder or archive; an import that was interrupted goes on where it stopped."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from spine_core.grading.read import read_study
from spine_core.library.cases import Description
from spine_core.library.database.schema import ImportRow
from spine_core.library.errors import LibraryError
from spine_core.library.found_studies import FoundStudy, found_studies, unpacked
from spine_core.library.keeping import keep, prepare
from spine_core.library.reviews import set_references
from spine_core.library.store import Library
from spine_core.library.types import Person, ReferenceGrade
from spine_core.networks.registry import Bundle
from spine_core.progress import Part, Progress, silent
from spine_core.study.errors import MultiplePatientsError, StudyError
from spine_core.study.loader import open_study
from spine_core.study.sources import SourceFile

LOOK = "{} Open this study by itself, look at it, and keep it then."


@dataclass(frozen=True)
class Refusal:
    """A study that was not kept. ``name``: for the screen only; ``reason``: one sentence."""

    name: str
    reason: str


@dataclass
class ImportReport:
    """``kept``: ids of new cases. ``known``: studies that an earlier import or the same person kept."""

    kept: list[str] = field(default_factory=list)
    known: int = 0
    refused: list[Refusal] = field(default_factory=list)


@dataclass(frozen=True, eq=False)
class ImportOptions:
    """``networks``: read every study; None leaves them unread. ``accept_warnings``: keeps studies whose images may
    show burned-in text. ``references``: reference grades by the path of a study's file or folder.
    """

    networks: Bundle | None = None
    description: Description = Description()  # noqa: RUF009
    accept_warnings: bool = False
    references: Mapping[str, Sequence[ReferenceGrade]] = field(default_factory=dict)


def import_studies(
    library: Library,
    person: Person,
    sources: Iterable[SourceFile],
    options: ImportOptions = ImportOptions(),
    progress: Progress = silent,
) -> ImportReport:
    """Keeps every study among ``sources`` that can be kept, and says why others were not.

    Each study is stored as soon as it has been read, so that cancelling or a crash loses none of them.
    """
    report = ImportReport()
    groups = found_studies(sources, Part(progress, 0.0, 0.05))
    for number, group in enumerate(groups):
        part = Part(progress, 0.05 + 0.95 * number / len(groups), 0.95 / len(groups))
        part(0.0, f"study {number + 1} of {len(groups)}")
        # Archives are unpacked one after the other: they need not fit into memory together.
        for found in unpacked(group):
            _attempt(library, person, found, options, part, report)
    return report


def _attempt(
    library: Library,
    person: Person,
    found: FoundStudy,
    options: ImportOptions,
    progress: Progress,
    report: ImportReport,
) -> None:
    if _is_known(library, person, found.fingerprint):
        report.known += 1
        return
    try:
        _import(library, person, found, options, progress, report)
    except StudyError as error:
        report.refused.append(Refusal(found.name, error.sentence))
    except (LibraryError, MultiplePatientsError) as error:
        report.refused.append(Refusal(found.name, str(error)))


def _import(
    library: Library,
    person: Person,
    found: FoundStudy,
    options: ImportOptions,
    progress: Progress,
    report: ImportReport,
) -> None:
    study = open_study(found.files, progress=Part(progress, 0.0, 0.3))
    prepared = prepare(library, study, found.files, progress=Part(progress, 0.3, 0.3))
    if prepared.files.warnings and not options.accept_warnings:
        raise LibraryError(LOOK.format(prepared.files.warnings[0]))
    networks = options.networks
    reading = read_study(study, networks, progress=Part(progress, 0.6, 0.4)) if networks else None
    kept = keep(library, person, prepared, reading, options.description)
    references = _references(found, options.references)
    if references:
        set_references(library, person, kept.case_id, references)
    with library.database.writing() as session:
        session.add(ImportRow(person_id=person.id, fingerprint=found.fingerprint, case_id=kept.case_id))
    if kept.new:
        report.kept.append(kept.case_id)
    else:
        report.known += 1


def _is_known(library: Library, person: Person, fingerprint: str) -> bool:
    with library.database.reading() as session:
        return session.get(ImportRow, (person.id, fingerprint)) is not None


def _references(
    found: FoundStudy, by_path: Mapping[str, Sequence[ReferenceGrade]]
) -> Sequence[ReferenceGrade]:
    """Those of the longest path that is the study's file or one of its folders."""
    matching = [path for path in by_path if found.name == path or found.name.startswith(f"{path}/")]
    return by_path[max(matching, key=len)] if matching else ()
