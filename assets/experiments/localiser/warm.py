import sys
from pathlib import Path
from safetensors.torch import load_file
from spine_core.training import anatomy
from spine_core.training.data import read_all, TRAINING_FOLDS
from spine_core.training.phantoms import pictures
from spine_core.grading.bundle import WEIGHTS, LOCALISER
def say(t): print(t, flush=True)
start={k:v.float() for k,v in load_file(WEIGHTS/LOCALISER).items()}
real=read_all(Path('/work/shared/data'))
every=[*real,*pictures(TRAINING_FOLDS[:1],log=say)]
w=anatomy.train(every, Path('.train/anatomy-again.pt'), epochs=30, rate=1.5e-3, start=start, seed=1, log=say)
