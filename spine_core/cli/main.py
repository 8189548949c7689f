"""The command line: ``spinelens COMMAND`` or ``python -m spine_core COMMAND``."""

from __future__ import annotations

import argparse
import logging
import os
import sys
from collections.abc import Callable, Mapping, Sequence

from spine_core import DISCLAIMER, __version__
from spine_core.cli.arguments import BAD_INPUT, InputError, Parser
from spine_core.cli.audit import add_audit
from spine_core.cli.batch import add_batch
from spine_core.cli.benchmark import add_benchmark
from spine_core.cli.evaluate import (
    add_evaluate,
    add_evaluate_levels,
    add_evaluate_measurements,
    add_evaluate_retrieval,
    add_model_card,
)
from spine_core.cli.explain import add_compare, add_explain
from spine_core.cli.generator import add_evaluate_generator
from spine_core.cli.library import add_library
from spine_core.cli.network import add_convert, add_network
from spine_core.cli.phantom import add_phantom
from spine_core.cli.read import add_read
from spine_core.cli.train import add_ablation, add_train, add_tune
from spine_core.weights import WeightsError

INTERRUPTED, BROKEN_PIPE = 130, 141
"""Exit status after Ctrl-C, and after the reader of the output has gone: 128 and the number of the signal."""

COMMANDS: Mapping[str, tuple[str, Callable[[argparse.ArgumentParser], None]]] = {
    "read": ("find and grade the discs of a study", add_read),
    "explain": ("explain one finding", add_explain),
    "compare": ("explain one finding and compare the explanations", add_compare),
    "network": ("register, list, test and remove networks of your own", add_network),
    "convert": ("convert weights that torch saved to safetensors", add_convert),
    "library": ("import, list, delete, back up and restore kept cases", add_library),
    "batch": ("read, explain and compare many studies", add_batch),
    "audit": ("check the logs of rating studies", add_audit),
    "phantom": ("write a synthetic study with known truth", add_phantom),
    "train": ("train a network, or fit what is built from trained networks", add_train),
    "ablation": ("train and evaluate the networks of one ablation", add_ablation),
    "tune": ("search for hyper-parameters", add_tune),
    "evaluate": ("evaluate the released networks on real data and write the model card", add_evaluate),
    "evaluate-levels": ("evaluate the warnings of wrong level names on real data", add_evaluate_levels),
    "evaluate-retrieval": ("evaluate how often similar discs share a grade", add_evaluate_retrieval),
    "evaluate-measurements": ("evaluate the model of measurements on real data", add_evaluate_measurements),
    "evaluate-generator": ("measure the images of a generator of disc images", add_evaluate_generator),
    "model-card": ("write the model card from the stored figures", add_model_card),
    "benchmark": ("rank the explanation methods on phantoms with known truth", add_benchmark),
}
"""Commands by name: the help text, and the function that adds the arguments."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command and returns its exit status."""
    # Problems with files are reported in one sentence or in the reading; log lines would repeat them.
    logger = logging.getLogger("spine_core")
    level = logger.level
    logger.setLevel(logging.CRITICAL)
    try:
        try:
            args = _parser().parse_args(arguments)
            status: int = args.run(args)
        finally:
            # A caller of this function keeps its own log level.
            logger.setLevel(level)
            sys.stdout.flush()
    except (InputError, WeightsError) as error:
        print(f"error: {error}", file=sys.stderr)
        return BAD_INPUT
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # Python flushes the rest of the output at exit and would report the error again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return BROKEN_PIPE
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        print(f"error: {where}{error.strerror or 'cannot be read or written'}", file=sys.stderr)
        return BAD_INPUT
    return status


def _parser() -> argparse.ArgumentParser:
    parser = Parser(prog="spinelens", description=f"SpineLens {__version__}. {DISCLAIMER}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for name, (text, add_arguments) in COMMANDS.items():
        add_arguments(commands.add_parser(name, help=text, description=text[0].upper() + text[1:] + "."))
    return parser
