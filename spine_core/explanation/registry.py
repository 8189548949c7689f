"""All methods by name, and the function that runs them. A new method is one file and one entry here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from spine_core.explanation.base import AttributionMethod, Explanation, MethodFamily, ScoreModel
from spine_core.explanation.cam.ablation_cam import AblationCam
from spine_core.explanation.cam.eigen_cam import EigenCam
from spine_core.explanation.cam.grad_cam import GradCam
from spine_core.explanation.cam.grad_cam_plus_plus import GradCamPlusPlus
from spine_core.explanation.cam.hires_cam import HiResCam
from spine_core.explanation.controls.maps import BlurredRandomMap, EdgeMap, RandomMap
from spine_core.explanation.controls.random_cam import RandomCam
from spine_core.explanation.counterfactual.flow_counterfactual import Counterfactual
from spine_core.explanation.gradient.gradient_shap import GradientShap
from spine_core.explanation.gradient.integrated_gradients import IntegratedGradients
from spine_core.explanation.perturbation.anatomical_regions import StructureLime, StructureShap
from spine_core.explanation.perturbation.kernel_shap import KernelShap
from spine_core.explanation.perturbation.lime import Lime
from spine_core.explanation.perturbation.occlusion import Occlusion
from spine_core.explanation.perturbation.partition_shap import PartitionShap
from spine_core.explanation.relevance_outside import relevance_outside
from spine_core.grading.types import DiscImage
from spine_core.networks.backend import backend_of, resolve_backend
from spine_core.networks.network import TORCH
from spine_core.networks.target import Target
from spine_core.progress import Progress, silent

CORE: tuple[AttributionMethod, ...] = (GradCam(), Lime(), PartitionShap())
"""The three methods that are compared by default."""

EXPLAINERS: tuple[AttributionMethod, ...] = (
    *CORE,
    HiResCam(),
    GradCamPlusPlus(),
    AblationCam(),
    EigenCam(),
    KernelShap(),
    Occlusion(),
    StructureShap(),
    StructureLime(),
    IntegratedGradients(),
    GradientShap(),
    Counterfactual(),
)
"""Methods that explain the network."""

CONTROLS: tuple[AttributionMethod, ...] = (RandomMap(), BlurredRandomMap(), EdgeMap(), RandomCam())
"""Control maps that do not explain the network. Random-CAM uses its feature maps, but not its score."""

FAST = (MethodFamily.PERTURBATION, MethodFamily.ANATOMICAL)
"""Families whose methods need many scores and no gradients, so that any backend can compute them."""

QUICK = (MethodFamily.ACTIVATION, MethodFamily.CONTROL)
"""Families whose methods need about one evaluation of the network."""

REGISTRY: dict[str, AttributionMethod] = {method.name: method for method in (*EXPLAINERS, *CONTROLS)}


def explain(
    name: str,
    network: ScoreModel,
    image: DiscImage,
    target: Target,
    seed: int = 0,
    settings: Mapping[str, float | int | str] | None = None,
    progress: Progress = silent,
) -> Explanation:
    """Explains ``target`` on ``image`` with the method called ``name``, with one backend for all its scores.

    Raises ``ValueError`` for an unknown method or an invalid setting, ``Cancelled`` when ``progress`` does.
    """
    if name not in REGISTRY:
        msg = f"unknown method {name!r}; known: {', '.join(REGISTRY)}"
        raise ValueError(msg)
    method = REGISTRY[name]
    resolved = resolve_backend(network, None if method.family in FAST else TORCH)
    found = method.attribute(resolved, image, target, seed=seed, settings=settings, progress=progress)
    fraction = relevance_outside(found.attribution, image.outside)
    return replace(found, backend=backend_of(resolved), outside_fraction=fraction)
