from __future__ import annotations

from pathlib import Path

import pytest

from spine_core.phantom import PhantomSpec, demo, demo_study, make_from_cli


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> list[PhantomSpec]:
    """The specs of the studies that were written, without drawing them."""
    specs: list[PhantomSpec] = []

    def write(phantom: demo.Phantom, folder: Path, progress: object = None) -> Path:
        specs.append(phantom.spec)
        (folder / "study").mkdir(parents=True)
        return folder / "study"

    monkeypatch.setattr(demo, "write_study", write)
    return specs


def test_the_demonstration_study_is_made_once(tmp_path: Path, written: list[PhantomSpec]) -> None:
    assert demo_study(tmp_path / "demo") == demo_study(tmp_path / "demo") == tmp_path / "demo" / "study"
    assert written == [demo.DEMO]


def test_an_old_demonstration_study_is_made_again(tmp_path: Path, written: list[PhantomSpec]) -> None:
    demo_study(tmp_path / "demo")
    (tmp_path / "demo" / "version").write_text("an older one")
    (tmp_path / "demo" / "study" / "left over").touch()
    demo_study(tmp_path / "demo")
    assert len(written) == 2
    assert not list((tmp_path / "demo" / "study").iterdir())


def test_lesions_from_the_command_line_are_in_the_spec(tmp_path: Path, written: list[PhantomSpec]) -> None:
    findings = {"herniation": ("L4/L5",), "canal-stenosis": ("l3/l4",), "pfirrmann": ("L4/L5=4", "L5/S1=5")}
    make_from_cli(tmp_path, 3, findings)
    levels = written[0].levels
    assert written[0].seed == 3
    assert levels["L4/L5"].herniation > 0
    assert levels["L3/L4"].canal > 0
    assert (levels["L4/L5"].pfirrmann, levels["L5/S1"].pfirrmann) == (4, 5)


@pytest.mark.parametrize(
    ("findings", "names"),
    [({"cyst": ("L4/L5",)}, "cyst"), ({"herniation": ("L9",)}, "L9"), ({"pfirrmann": ("L4/L5=x",)}, "'x'")],
)
def test_invalid_arguments_are_refused_in_a_sentence(
    tmp_path: Path, findings: dict[str, tuple[str, ...]], names: str
) -> None:
    with pytest.raises(ValueError, match=names):
        make_from_cli(tmp_path, 0, findings)
