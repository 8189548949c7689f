"""A report as JSON and back, and its hash."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from spine_core import DISCLAIMER
from spine_core.report.errors import ReportError
from spine_core.report.types import (
    Amendment,
    Approval,
    Author,
    ControlTest,
    Evidence,
    Header,
    KeyImage,
    MapFacts,
    NetworkFacts,
    PatientFacts,
    Provenance,
    Report,
    Section,
    Sentence,
    SeriesFacts,
)

FORMAT = "spinelens-report/1"
"""Format of the JSON. A change that old readers would misread gets another number."""


def report_hash(report: Report) -> str:
    """SHA-256 of the whole report, pictures and approval included, as 64 hexadecimal digits."""
    text = json.dumps(_values(report), sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def to_json(report: Report) -> str:
    """The report as JSON with its state and hash. It holds the patient's facts only where the header does."""
    head = {"format": FORMAT, "disclaimer": DISCLAIMER, "sha256": report_hash(report)}
    whole = head | {"state": report.state.value, "report": _values(report)}
    return json.dumps(whole, indent=1, ensure_ascii=False) + "\n"


def from_json(text: str) -> Report:
    """The report that ``to_json`` wrote. Raises ``ReportError`` for other files, and where it was changed since."""
    try:
        whole = json.loads(text)
        known = whole["format"] == FORMAT
        report = _report(whole["report"]) if known else None
        unchanged = report is not None and report_hash(report) == whole["sha256"]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        msg = "this file is not a report of SpineLens"
        raise ReportError(msg) from error
    if report is None:
        msg = "this report was written by another version of SpineLens"
        raise ReportError(msg)
    if not unchanged:
        msg = "this report does not match its hash: it was changed after it was written"
        raise ReportError(msg)
    return report


def _values(report: Report) -> dict[str, Any]:
    values = asdict(report)
    for image in values["key_images"]:
        image |= {name: base64.b64encode(image[name]).decode() for name in ("png", "bar")}
    return values


def _report(v: Mapping[str, Any]) -> Report:
    made = {
        "header": _header(v["header"]),
        "sections": tuple(_section(one) for one in v["sections"]),
        "provenance": _provenance(v["provenance"]),
        "key_images": tuple(_key_image(one) for one in v["key_images"]),
        "approval": None if v["approval"] is None else Approval(**v["approval"]),
        "amendment": None if v["amendment"] is None else Amendment(**v["amendment"]),
    }
    return Report(**{**v, **made})


def _header(v: Mapping[str, Any]) -> Header:
    patient = None if v["patient"] is None else PatientFacts(**v["patient"])
    series = tuple(SeriesFacts(**one) for one in v["series"])
    return Header(**{**v, "patient": patient, "series": series})


def _section(v: Mapping[str, Any]) -> Section:
    return Section(v["name"], tuple(_sentence(one) for one in v["sentences"]))


def _sentence(v: Mapping[str, Any]) -> Sentence:
    evidence = tuple(Evidence(**one) for one in v["evidence"])
    return Sentence(**{**v, "author": Author(v["author"]), "evidence": evidence})


def _provenance(v: Mapping[str, Any]) -> Provenance:
    networks = tuple(NetworkFacts(**one) for one in v["networks"])
    return Provenance(v["spinelens"], networks, tuple(v["corrections"]), tuple(v["notes"]))


def _key_image(v: Mapping[str, Any]) -> KeyImage:
    facts = None if v["facts"] is None else _map_facts(v["facts"])
    pictures = {name: base64.b64decode(v[name], validate=True) for name in ("png", "bar")}
    return KeyImage(**{**v, **pictures, "facts": facts})


def _map_facts(v: Mapping[str, Any]) -> MapFacts:
    tests = tuple(ControlTest(**one) for one in v["tests"])
    return MapFacts(**{**v, "network": NetworkFacts(**v["network"]), "tests": tests})
