"""Training of the generators, from data to exported weights."""

from __future__ import annotations

from spine_core.anatomy.detector import DiscDetector
from spine_core.evaluation.splits import CALIBRATION_FOLD, TRAINING_FOLDS
from spine_core.networks.preprocessing import Preprocessing
from spine_core.networks.registry import DETECTOR, WEIGHTS
from spine_core.results.training_plans import GENERATOR as PLAN
from spine_core.results.training_plans import GENERATOR_GAN as GAN_PLAN
from spine_core.synthesis.gan import GAN
from spine_core.synthesis.generator import GENERATOR
from spine_core.training.commands import TrainingRun, report
from spine_core.training.datasets.crop_cache import Crops, extract
from spine_core.training.synthesis.examples import Examples, cached_examples
from spine_core.training.synthesis.export import export_generator
from spine_core.training.synthesis.flow_training import train_flow
from spine_core.training.synthesis.gan_training import train_gan


def patient_crops(run: TrainingRun) -> Crops:
    """The crops of all discs of patients, extracted once and then read from ``run.checkpoint_dir``."""
    cache = run.checkpoint_dir / "crops-patients.npz"
    if not cache.is_file():
        run.checkpoint_dir.mkdir(parents=True, exist_ok=True)
        detector = DiscDetector.load(WEIGHTS / DETECTOR)
        extract(run.images(space=False), Preprocessing(), detector).save(cache)
    return Crops.load(cache)


def fold_examples(run: TrainingRun, crops: Crops, name: str, folds: tuple[int, ...]) -> Examples:
    """The examples of the patients in ``folds``, made once and then read from ``run.checkpoint_dir``."""
    chosen = crops.where([key[2] in folds for key in crops.keys])
    return cached_examples(chosen, run.checkpoint_dir / f"generator-{name}.npz", run.seed, report)


def train_generator(run: TrainingRun) -> None:
    """Trains the flow-matching generator on folds 2 to 4 and exports its weights; fold 1 is watched for overfitting."""
    crops = patient_crops(run)
    training = fold_examples(run, crops, "training", TRAINING_FOLDS)
    selection = fold_examples(run, crops, "selection", (CALIBRATION_FOLD,))
    weights, history = train_flow(
        training, selection, PLAN, run.checkpoint_dir / "generator.pt", run.seed, report
    )
    export_generator(
        weights, WEIGHTS / GENERATOR, PLAN, history,
        name="generator-flow", architecture="U-Net, flow matching",
        command=f"python -m spine_core train generator --seed {run.seed}",
    )  # fmt: skip


def train_generator_gan(run: TrainingRun) -> None:
    """Trains the conditional GAN on folds 2 to 4 and exports its weights."""
    training = fold_examples(run, patient_crops(run), "training", TRAINING_FOLDS)
    weights, history = train_gan(
        training, GAN_PLAN, run.checkpoint_dir / "generator-gan.pt", run.seed, report
    )
    export_generator(
        weights, WEIGHTS / GAN, GAN_PLAN, history,
        name="generator-gan", architecture="conditional GAN, projection discriminator",
        command=f"python -m spine_core train generator-gan --seed {run.seed}",
    )  # fmt: skip
