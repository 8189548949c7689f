from __future__ import annotations

import ast
from graphlib import TopologicalSorter

import pytest

from tests.conftest import ROOT

MODULES = sorted((ROOT / "spine_core").rglob("*.py"))
PAGES = sorted((ROOT / "pages").rglob("*.py"))


ROOMS = {
    "study": set(),
    "anatomy": {"study"},
    "phantom": {"study", "anatomy"},
    "networks": {"study", "anatomy", "phantom"},
    "grading": {"study", "anatomy", "phantom", "networks"},
    "synthesis": {"study", "anatomy", "networks", "grading"},
    "explanation": {"study", "anatomy", "networks", "grading", "synthesis"},
    "comparison": {"study", "anatomy", "phantom", "networks", "grading", "explanation", "synthesis"},
    "evaluation": {"study", "anatomy", "networks", "grading"},
    "results": {"anatomy", "networks", "grading", "explanation", "evaluation", "synthesis"},
    "library": {"study", "anatomy", "networks", "grading", "evaluation"},
    "audit": {
        "study", "anatomy", "networks", "grading", "explanation", "comparison", "evaluation", "library", "retrieval",
        "synthesis",
    },
    "teaching": {
        "study", "anatomy", "phantom", "networks", "grading", "explanation", "comparison", "evaluation",
        "library", "audit", "report", "dicom_objects",
    },
    "priors": {"study", "anatomy", "phantom", "networks", "grading", "evaluation"},
    "report": {"study", "anatomy", "networks", "grading", "explanation", "comparison", "library"},
    "retrieval": {"study", "anatomy", "networks", "grading", "library"},
    "dicom_objects": {
        "study", "anatomy", "networks", "grading", "explanation", "comparison", "library", "report",
    },
    "training": {
        "study", "anatomy", "phantom", "networks", "grading", "explanation", "comparison", "evaluation", "results",
        "retrieval", "synthesis",
    },
    "cli": {
        "study", "anatomy", "phantom", "networks", "grading", "explanation", "comparison", "evaluation", "results",
        "training", "library", "audit", "teaching", "retrieval", "synthesis",
    },
}  # fmt: skip
"""What each package of ``spine_core`` may import: data flows one way. Modules outside the packages are open to all."""

EXCEPTIONS = {("spine_core.networks.backend_equivalence", "grading")}
"""A backend is compared with torch on phantom crops, which grading cuts."""


def imported(path) -> set[str]:
    """Modules that a file imports, wherever in the file, and names imported from packages."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def module_of(path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_the_library_imports_neither_streamlit_nor_pages(path):
    assert not {name.split(".")[0] for name in imported(path)} & {"streamlit", "pages"}


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_data_flows_one_way_between_packages(path):
    module = module_of(path)
    room = module.split(".")[1] if "." in module else ""
    others = {name.split(".")[1] for name in imported(path) if name.startswith("spine_core.")} & set(ROOMS)
    others -= {other for exempt, other in EXCEPTIONS if exempt == module}
    if room in ROOMS:
        assert others <= ROOMS[room] | {room}


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_pages_never_import_training(path):
    assert not [name for name in imported(path) if name.startswith("spine_core.training")]


def test_no_module_imports_itself_by_way_of_others():
    graph = {module_of(path): at_import(path) for path in [*MODULES, *PAGES]}
    graph = {module: {name for name in names if name in graph} for module, names in graph.items()}
    assert tuple(TopologicalSorter(graph).static_order())


def at_import(path) -> set[str]:
    """Modules that are executed before this one is, their packages included; its own packages are not."""
    names: set[str] = set()

    def visit(body) -> None:
        for node in body:
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                continue
            if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
                continue
            if isinstance(node, ast.Import):
                names.update(alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module:
                names.update([node.module, *(f"{node.module}.{alias.name}" for alias in node.names)])
            visit(child for child in ast.iter_child_nodes(node) if isinstance(child, ast.stmt))

    visit(ast.parse(path.read_text()).body)
    return {above for name in names for above in packages(name)} - set(packages(module_of(path)))


def packages(name: str) -> list[str]:
    """The dotted name and every package above it."""
    parts = name.split(".")
    return [".".join(parts[: count + 1]) for count in range(len(parts))]


def test_optuna_is_imported_in_one_module_of_training():
    (path,) = [path for path in MODULES if "optuna" in imported(path)]
    assert path.relative_to(ROOT).as_posix() == "spine_core/training/tuning/sampler.py"
    assert not [
        node for node in ast.parse(path.read_text()).body if "optuna" in ast.unparse(node) and is_import(node)
    ]


def is_import(node) -> bool:
    return isinstance(node, ast.Import | ast.ImportFrom)


def test_the_requirements_name_no_host_and_pin_every_package():
    for name in ("requirements.txt", "requirements-dev.txt"):
        lines = [line for line in (ROOT / name).read_text().splitlines() if line and line[0] not in "#-"]
        assert lines
        assert all("==" in line for line in lines)
        text = (ROOT / name).read_text()
        assert "://" not in text
        assert "find-links" not in text
        assert "index-url" not in text


def test_torch_and_torchvision_are_pinned_as_a_pair():
    pins = (ROOT / "requirements.txt").read_text().splitlines()
    assert "torch==2.15.0" in pins
    assert "torchvision==0.29.2" in pins
