"""Packages of networks: what is registered works; what is wrong is refused in one sentence, and nothing is kept."""

from __future__ import annotations

import copy
import hashlib
import io
import json
import zipfile
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from safetensors.numpy import load, save

from spine_core.networks.backend import AutoBackend
from spine_core.networks.backends import available_backends
from spine_core.networks.packages import store
from spine_core.networks.packages.contents import contents_of
from spine_core.networks.packages.errors import PackageError
from spine_core.networks.packages.examination import examine_apart
from spine_core.networks.packages.export import MODEL, SAMPLE, WEIGHTS
from spine_core.networks.packages.loading import load_network
from spine_core.networks.packages.manifest import MANIFEST, parse_manifest
from spine_core.networks.packages.onnx_network import OnnxNetwork
from spine_core.networks.packages.registration import examine
from spine_core.networks.preprocessing import Crop, Side
from spine_core.networks.target import Target
from spine_core.networks.wrapped import WrappedNetwork
from spine_core.study.sources import SourceFile
from tests.networks import packages


@pytest.fixture(autouse=True)
def _home(tmp_path, monkeypatch):
    monkeypatch.setenv("SPINELENS_HOME", str(tmp_path / "home"))


def registered(folder: Path, owner: str = ""):
    """As ``store.register``, examined in this process, which takes a second instead of twelve."""
    return store.register(folder, owner, lambda staged: examine(contents_of(staged)))


def manifest_of(folder: Path) -> dict:
    return json.loads((folder / MANIFEST).read_text())


def rewrite(folder: Path, **changes) -> Path:
    values = manifest_of(folder) | changes
    (folder / MANIFEST).write_text(
        json.dumps({key: value for key, value in values.items() if value is not ...})
    )
    return folder


@pytest.mark.parametrize("make", [packages.squeezenet, packages.vit, packages.onnx])
def test_a_package_gives_the_logits_of_the_network_it_was_made_from(make, tmp_path):
    contents = contents_of(make(tmp_path / "package"))
    network = load_network(contents)
    assert isinstance(network, WrappedNetwork)
    sample = load((tmp_path / "package" / SAMPLE).read_bytes())
    np.testing.assert_allclose(network.predict_logits(sample["input"]), sample["output"], atol=1e-5)
    assert (network.id.name, network.id.sha256) == (contents.manifest.key, contents.sha256)
    assert network.preprocessing == packages.SEEN
    assert network.outputs == packages.OUTPUTS


def test_a_registered_network_survives_a_restart_and_can_be_removed(tmp_path):
    one = registered(packages.squeezenet(tmp_path / "package", citation="A paper"))
    store._loaded.cache_clear()
    assert [found.key for found in store.stored_networks()] == ["squeezenet-1.0"]
    assert store.stored_network("squeezenet-1.0") == one
    assert one.manifest.citation == "A paper"
    assert one.registration.parameters == 726_087
    assert one.registration.milliseconds > 0
    network = store.load_stored("squeezenet-1.0")
    assert store.load_stored("squeezenet-1.0") is network
    store.remove("squeezenet-1.0")
    assert store.stored_networks() == ()
    with pytest.raises(KeyError):
        store.load_stored("squeezenet-1.0")


@pytest.mark.parametrize("inside", ["", "my network/"])
def test_a_zip_is_a_package_with_a_folder_inside_or_without(inside, tmp_path):
    data = packages.zipped(packages.squeezenet(tmp_path / "package"), inside)
    one = store.register([SourceFile("mine.zip", data)], examine=lambda folder: examine(contents_of(folder)))
    assert one.key == "squeezenet-1.0"


def test_the_same_name_and_version_is_refused_until_it_is_removed(tmp_path):
    registered(packages.squeezenet(tmp_path / "one"))
    with pytest.raises(PackageError, match="remove it or raise the version"):
        registered(packages.squeezenet(tmp_path / "one"))
    registered(packages.squeezenet(tmp_path / "two", version="1.1"))
    assert [one.key for one in store.stored_networks()] == ["squeezenet-1.0", "squeezenet-1.1"]


def test_networks_are_shared_between_sessions_only_by_configuration(tmp_path, monkeypatch):
    registered(packages.squeezenet(tmp_path / "one"), owner="alice")
    registered(packages.vit(tmp_path / "two"))
    assert [one.key for one in store.stored_networks("alice")] == ["squeezenet-1.0", "vit-tiny-1.0"]
    assert [one.key for one in store.stored_networks("bob")] == ["vit-tiny-1.0"]
    with pytest.raises(KeyError):
        store.load_stored("squeezenet-1.0", "bob")
    with pytest.raises(KeyError):
        store.remove("squeezenet-1.0", "bob")
    monkeypatch.setenv("SPINELENS_SHARE_NETWORKS", "1")
    assert len(store.stored_networks("bob")) == 2


def test_two_browsers_may_register_networks_of_one_name(tmp_path):
    first = registered(packages.squeezenet(tmp_path / "one", description="first"), owner="alice")
    second = registered(packages.squeezenet(tmp_path / "two", description="second"), owner="bob")
    assert first.key == second.key
    assert store.stored_network(first.key, "alice").manifest.description == "first"
    assert store.stored_network(first.key, "bob").manifest.description == "second"
    assert store.load_stored(first.key, "alice") is not store.load_stored(first.key, "bob")
    store.remove(first.key, "alice")
    assert store.stored_network(first.key, "bob") == second


def test_files_that_were_changed_after_registration_are_refused(tmp_path):
    one = registered(packages.squeezenet(tmp_path / "package"))
    store._loaded.cache_clear()
    rewrite(one.package, description="another")
    with pytest.raises(PackageError, match="changed after"):
        store.load_stored(one.key)


@pytest.mark.slow
def test_the_examination_runs_in_a_process_of_its_own(tmp_path):
    found = examine_apart(packages.vit(tmp_path / "package"))
    assert found.differentiable
    assert found.layer == "blocks.2.norm1"
    broken = packages.onnx(tmp_path / "broken")
    (broken / MODEL).write_bytes(b"nothing")
    rewrite(broken, files={})
    with pytest.raises(PackageError, match=r"^network.json: files has no hash of model.onnx$"):
        examine_apart(broken)


def test_an_onnx_model_that_torch_cannot_run_has_scores_but_no_gradients(tmp_path, monkeypatch):
    monkeypatch.setattr("spine_core.networks.packages.loading.to_torch", lambda data: None)
    network = load_network(contents_of(packages.onnx(tmp_path / "package")))
    assert isinstance(network, OnnxNetwork)
    assert not network.differentiable
    assert not network.has_feature_maps
    sample = load((tmp_path / "package" / SAMPLE).read_bytes())
    np.testing.assert_allclose(network.predict_logits(sample["input"]), sample["output"], atol=1e-5)


def test_an_onnx_model_of_one_image_takes_several(tmp_path):
    data = packages.onnx_bytes(packages.small_module(), batch=1)
    network = OnnxNetwork(data, MODEL, load_network(contents_of(packages.onnx(tmp_path))).views, None)
    images = np.random.default_rng(0).standard_normal((3, 3, 64, 64)).astype(np.float32)
    with torch.no_grad():
        expected = packages.small_module()(torch.from_numpy(images)).numpy()
    np.testing.assert_allclose(network.raw(images), expected, atol=1e-5)


@pytest.mark.slow
@pytest.mark.parametrize("gradients", [True, False])
def test_a_brought_network_gets_a_backend_that_ranks_as_torch_does(gradients, tmp_path, monkeypatch):
    if not gradients:
        monkeypatch.setattr("spine_core.networks.packages.loading.to_torch", lambda data: None)
    folder = packages.onnx(tmp_path / "package")
    slopes, offsets = [1.5] * packages.WIDTH, [0.25] * packages.WIDTH
    rewrite(folder, calibration={"slopes": slopes, "offsets": offsets})
    plain = load_network(contents_of(folder))
    assert plain.differentiable is gradients
    network = AutoBackend(plain)
    found = network.wait_ready()
    assert "agrees with torch" in network.prepare().result[1] or available_backends() == ()
    images = load((folder / SAMPLE).read_bytes())["input"]
    target = Target("pfirrmann", "3", output=plain.outputs["pfirrmann"])
    np.testing.assert_allclose(found.score(images, target), plain.score(images, target), atol=0.05)


def test_calibration_and_thresholds_come_with_the_package(tmp_path):
    folder = packages.squeezenet(tmp_path / "package")
    plain = load_network(contents_of(folder))
    width = packages.WIDTH
    rewrite(
        folder,
        calibration={"slopes": [2.0] * width, "offsets": [0.5] * width},
        thresholds={"central_stenosis": [0.2, 0.3, 0.4]},
    )
    contents = contents_of(folder)
    images = load((folder / SAMPLE).read_bytes())["input"]
    found = load_network(contents).predict_logits(images)
    np.testing.assert_allclose(found, plain.predict_logits(images) * 2 + 0.5, atol=1e-5)
    assert contents.manifest.thresholds == {"central_stenosis": (0.2, 0.3, 0.4)}


def rsna(conditions: tuple[tuple[str, str, str], ...], levels: tuple[str | None, ...]) -> dict:
    """A manifest of outputs by input, condition and side, each of three grades."""
    inputs = {name for name, *_ in conditions}
    made = [
        {
            "input": name, "condition": condition, "grades": ["0", "1", "2"], "scale": "ordinal",
            "activation": "softmax", "site": condition, **({"side": side} if side else {}),
            **({"level": level} if level else {}),
        }
        for level in levels
        for name, condition, side in conditions
    ]  # fmt: skip
    crops = {"canal": "disc_mm", "axial": "recess", "foramen": "foramen", "slice": "slice"}
    return {
        "spinelens_network": 1, "name": "rsna", "version": "1", "licence": "MIT",
        "architecture": {"library": "onnx"}, "weights": "a.onnx", "sample": "s.safetensors", "files": {},
        "inputs": [
            {
                "name": name, "size": 64, "channels": ["t2"], "crop": crops[name], "width": 60, "side": "left",
                "lateral": 12,
            }
            for name in sorted(inputs)
        ],
        "outputs": made,
    }  # fmt: skip


def test_outputs_of_several_inputs_are_views_of_one_network():
    values = rsna(
        (("canal", "canal", ""), ("axial", "recess", "left"), ("foramen", "foramen", "left")), (None,)
    )
    manifest = parse_manifest(json.dumps(values).encode())
    assert [(view.name, view.level, view.preprocessing.crop) for view in manifest.views] == [
        ("canal", None, Crop.DISC_MM), ("axial", None, Crop.RECESS), ("foramen", None, Crop.FORAMEN),
    ]  # fmt: skip
    assert [(view.outputs.outputs[0].start, view.outputs.outputs[0].stop) for view in manifest.views] == [
        (0, 3), (3, 6), (6, 9),
    ]  # fmt: skip
    foramen = manifest.views[2]
    assert foramen.preprocessing.side is Side.LEFT
    assert foramen.outputs["foramen"].condition.side == "left"


def test_a_network_of_whole_slices_has_outputs_by_level():
    levels = ("L1/L2", "L2/L3", "L3/L4", "L4/L5", "L5/S1")
    manifest = parse_manifest(json.dumps(rsna((("slice", "canal", ""),), levels)).encode())
    assert [(view.level, view.outputs["canal"].start) for view in manifest.views] == list(
        zip(levels, range(0, 15, 3), strict=True)
    )


BAD_MANIFESTS = [
    ({"name": ...}, "name is missing"),
    ({"name": "Bad Name"}, "lower-case letters"),
    ({"name": "../up"}, "lower-case letters"),
    ({"name": "ensemble"}, "a released network's"),
    ({"spinelens_network": 2}, "this program reads format 1"),
    ({"colour": "red"}, "colour is not a key of a manifest"),
    ({"outputs": []}, "outputs must have 1 to 200 entries"),
    ({"weights": "weights.pt"}, "ends with .safetensors"),
    ({"architecture": {"library": "keras"}}, "must be one of torchvision, timm, onnx"),
    ({"thresholds": {"gout": [1]}}, "thresholds.gout"),
    ({"calibration": {"slopes": [1], "offsets": [1, 2]}}, "as many slopes as offsets"),
    ({"inputs": [{"name": "", "size": 64, "channels": ["pd"], "crop": "disc", "width": 2}]}, "out of t2, t1"),
    ({"inputs": [{"name": "", "size": 64, "channels": ["t2"], "crop": "foramen", "width": 2}]}, "left or right"),
    ({"inputs": [{"name": "", "size": 1e9, "channels": ["t2"], "crop": "disc", "width": 2}]}, "size must be a int"),
    ({"inputs": [{"name": "", "size": 64, "channels": ["t2"], "crop": "disc", "width": True}]}, "width must be"),
    ({"outputs": [{"condition": "gout"}]}, r"outputs\[0\].grades is missing"),
    ({"outputs": [{"condition": "pfirrmann", "logits": [0, 2]}]}, r"outputs\[0\]: pfirrmann: continuation of 5 grades"),
    ({"outputs": [{"condition": "pfirrmann", "level": "C5/C6"}]}, "must be one of L1/L2"),
]  # fmt: skip


@pytest.mark.parametrize(("changes", "words"), BAD_MANIFESTS)
def test_a_wrong_manifest_is_refused_with_the_place(changes, words, tmp_path):
    folder = rewrite(packages.squeezenet(tmp_path / "package"), **changes)
    with pytest.raises(PackageError, match=words) as caught:
        registered(folder)
    assert str(caught.value).startswith("network.json: ")
    assert store.stored_networks() == ()


def changed_file(folder: Path, name: str, data: bytes) -> Path:
    """The package with other bytes in one file, and a hash to match."""
    (folder / name).write_bytes(data)
    return rewrite(folder, files=manifest_of(folder)["files"] | {name: hashlib.sha256(data).hexdigest()})


def with_sample(folder: Path, **arrays) -> Path:
    return changed_file(folder, SAMPLE, save(load((folder / SAMPLE).read_bytes()) | arrays))


def custom_operator(folder: Path) -> Path:
    model = onnx.load_model_from_string((folder / MODEL).read_bytes())
    model.graph.node[1].domain = "com.microsoft"
    return changed_file(folder, MODEL, model.SerializeToString())


def outside_weights(folder: Path) -> Path:
    model = onnx.load_model_from_string((folder / MODEL).read_bytes())
    one = model.graph.initializer[0]
    one.ClearField("raw_data")
    one.data_location = onnx.TensorProto.EXTERNAL
    one.external_data.add(key="location", value="../../../../etc/passwd")
    return changed_file(folder, MODEL, model.SerializeToString())


def other_weights(folder: Path) -> Path:
    (folder / WEIGHTS).write_bytes((folder / WEIGHTS).read_bytes()[:-4] + b"\0\0\1\1")
    return folder


def renamed_weights(folder: Path) -> Path:
    state = load((folder / WEIGHTS).read_bytes())
    state["other"] = state.pop("classifier.1.bias")
    return changed_file(folder, WEIGHTS, save(state))


def halved_layer(folder: Path) -> Path:
    state = load((folder / WEIGHTS).read_bytes())
    return changed_file(
        folder, WEIGHTS, save(state | {"classifier.1.bias": state["classifier.1.bias"][:3].copy()})
    )


def endless_weights(folder: Path) -> Path:
    state = load((folder / WEIGHTS).read_bytes())
    state["classifier.1.bias"] = np.full_like(state["classifier.1.bias"], np.nan)
    return changed_file(folder, WEIGHTS, save(state))


def pickled(folder: Path) -> Path:
    torch.save({"a": torch.zeros(1)}, folder / "weights.pt")
    return folder


def missing_sample(folder: Path) -> Path:
    (folder / SAMPLE).unlink()
    return folder


def with_arguments(folder: Path, **arguments) -> Path:
    found = manifest_of(folder)["architecture"]
    return rewrite(folder, architecture=found | {"arguments": found["arguments"] | arguments})


def named(folder: Path, library: str, name: str) -> Path:
    return rewrite(folder, architecture={"library": library, "name": name})


def random_onnx(folder: Path) -> Path:
    """A model with a random operator, whose output does not repeat."""
    data = packages.onnx_bytes(packages.small_module())
    model = onnx.load_model_from_string(data)
    out = model.graph.node[-1].output[0]
    model.graph.node[-1].output[0] = "before"
    model.graph.node.append(onnx.helper.make_node("RandomNormalLike", ["before"], ["noise"]))
    model.graph.node.append(onnx.helper.make_node("Add", ["before", "noise"], [out]))
    return changed_file(folder, MODEL, model.SerializeToString())


BAD_PACKAGES = [
    (packages.squeezenet, missing_sample, "sample.safetensors: the manifest names this file"),
    (packages.squeezenet, other_weights, "weights.safetensors: its SHA-256 is"),
    (packages.squeezenet, pickled, "spinelens convert weights.pt weights.safetensors"),
    (packages.squeezenet, renamed_weights, "weights.safetensors: it lacks classifier.1.bias"),
    (packages.squeezenet, halved_layer, r"classifier.1.bias has shape \(3,\), the architecture needs \(7,\)"),
    (packages.squeezenet, endless_weights, "not finite"),
    (packages.squeezenet, lambda f: changed_file(f, WEIGHTS, b"GGUF"), "weights.safetensors: it is not a safetensors"),
    (packages.squeezenet, lambda f: changed_file(f, SAMPLE, b"no"), "sample.safetensors: it is not a safetensors"),
    (
        packages.squeezenet, lambda f: with_sample(f, output=np.ones((2, 7), np.float32)),
        "sample.safetensors: the network's output differs from the expected one",
    ),
    (
        packages.squeezenet, lambda f: with_sample(f, input=np.ones((2, 3, 32, 32), np.float32)),
        r"input has shape \(2, 3, 32, 32\), the manifest needs \(1 to 16, 3, 64, 64\)",
    ),
    (packages.squeezenet, lambda f: with_sample(f, output=np.ones((2, 3), np.float32)), r"needs \(2, 7\)"),
    (packages.squeezenet, lambda f: with_arguments(f, weights="DEFAULT"), "arguments.weights is not an argument"),
    (packages.squeezenet, lambda f: with_arguments(f, num_classes={"a": 1}), "not a plain value"),
    (packages.vit, lambda f: with_arguments(f, checkpoint_path="x.pt"), "arguments.checkpoint_path is not an argument"),
    (packages.vit, lambda f: with_arguments(f, embed_dim=99_999, depth=64, num_heads=9), "is the limit"),
    (packages.squeezenet, lambda f: named(f, "torchvision", "no_net"), "torchvision has no classification network"),
    (packages.vit, lambda f: named(f, "timm", "hf-hub:timm/resnet50"), "timm has no network called"),
    (packages.onnx, custom_operator, "model.onnx: it needs the custom operator com.microsoft::Relu"),
    (packages.onnx, outside_weights, "model.onnx: its weights are in another file"),
    (packages.onnx, lambda f: changed_file(f, MODEL, b"\xff\xff"), "model.onnx: it is not an ONNX model"),
    (packages.onnx, random_onnx, "different values for equal inputs"),
]  # fmt: skip


@pytest.mark.parametrize(("make", "damage", "words"), BAD_PACKAGES)
def test_a_bad_package_is_refused_in_one_sentence_and_nothing_is_kept(make, damage, words, tmp_path):
    folder = damage(make(tmp_path / "package"))
    with pytest.raises(PackageError, match=words) as caught:
        registered(folder)
    assert "\n" not in str(caught.value)
    assert list(store.networks_folder().iterdir()) == []


def test_archives_cannot_write_outside_nor_unpack_without_end(tmp_path):
    folder = packages.squeezenet(tmp_path / "package")
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("../../network.json", (folder / MANIFEST).read_bytes())
    with pytest.raises(PackageError):
        registered([SourceFile("evil.zip", out.getvalue())])
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("weights.safetensors", b"\0" * 64 * 1024 * 1024)
    with pytest.raises(PackageError, match=r"weights\.safetensors|evil\.zip"):
        registered([SourceFile("evil.zip", out.getvalue())])
    assert list(store.networks_folder().iterdir()) == []


def test_weights_above_the_limit_are_refused_unread(tmp_path):
    folder = packages.squeezenet(tmp_path / "package")
    with (folder / WEIGHTS).open("r+b") as file:
        file.truncate(2 * 1024**3)
    with pytest.raises(PackageError, match=r"^weights.safetensors: it is larger than 512 MB$"):
        registered(folder)


def test_a_manifest_that_is_no_json_is_refused(tmp_path):
    folder = packages.squeezenet(tmp_path / "package")
    for data in (b"\xff\xfe", b"[", b"[" * 100_000, b"null", b"[1]"):
        (folder / MANIFEST).write_bytes(data)
        with pytest.raises(PackageError, match=r"^network\.json: "):
            registered(folder)


def test_copies_of_a_loaded_network_share_nothing(tmp_path):
    network = load_network(contents_of(packages.vit(tmp_path / "package")))
    other = copy.deepcopy(network)
    with torch.no_grad():
        for weights in other.module.parameters():
            weights.zero_()
    images = load((tmp_path / "package" / SAMPLE).read_bytes())["input"]
    assert not np.allclose(network.predict_logits(images), other.predict_logits(images))
