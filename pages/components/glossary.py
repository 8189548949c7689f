"""Technical words and what they mean. Conditions, methods and metrics explain themselves in their registries.

A word on any page links here with ``link``: the glossary opens in a tab of its own and needs no study.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

from spine_core.comparison.metrics.registry import metrics
from spine_core.explanation.registry import REGISTRY
from spine_core.networks.conditions import CONDITIONS

PAGE = "glossary"

IMAGES = {
    "Sagittal, axial, coronal": "Planes of slices: from the side, across the body, and from the front.",
    "Parasagittal": "A sagittal slice beside the midline. It shows the foramina and not the whole spinal canal.",
    "T1-weighted": "Short echo and repetition times: fat is bright, fluid dark. Needed to tell Modic types apart.",
    "T2-weighted": "Long echo and repetition times: fluid is bright, a healthy disc too. Needed for Pfirrmann grades.",
    "STIR": "Short tau inversion recovery: fat is suppressed, oedema bright. Shown here, not graded.",
    "Window": "The range of values drawn from black to white: centre (level) and width.",
    "Slice thickness and gap": "How much tissue one slice averages, and how much lies between two slices unseen.",
    "Frame of reference": "DICOM's name for a coordinate system of one patient position. Positions of two frames "
    "cannot be compared unless the patient did not move.",
    "Phantom": "A spine drawn by a computer from known dimensions, such as the demonstration study. No patient.",
}

SPINE = {
    "Level": "A disc named by the vertebrae above and below: L4/L5 lies between the fourth and fifth lumbar vertebra.",
    "Transitional vertebra": "A vertebra between lumbar and sacral in form. It makes the count of levels uncertain.",
    "Inter-disc distance": "Distance between the middles of neighbouring discs. The unit of length where the pixel "
    "spacing is unknown.",
    "Endplate": "The surface of a vertebral body towards a disc.",
}

NETWORKS = {
    "Ensemble": "Several networks whose predictions are averaged. Where they disagree, the grid says so.",
    "Calibrated probability": "Among findings given 80 %, about 80 % should be right. The Model page shows how close "
    "the networks come.",
    "Prediction set": "The grades that are not excluded. Made by conformal prediction so that it holds the true grade "
    "for at least 90 % of the discs of held-out patients.",
    "Uncertain": "The prediction set holds more than one grade.",
    "Out-of-distribution": "An input unlike the training images. The networks refuse to grade what is far from them.",
    "Segmentation": "A network's outline of disc, vertebra and canal. No reader has checked it.",
    "Target": "The one number that all methods explain: the log-odds of a grade, of at least a grade, or of one grade "
    "rather than another, at one disc.",
    "Log-odds": "The logarithm of p / (1 − p): 0 is 50 %, +2 is 88 %, +4 is 98 %. Evidence adds up on this scale.",
    "Crop": "The square around a disc that the networks see; the dotted line in the viewer.",
    "Backend": "The program that runs the network, such as PyTorch or OpenVINO. Each is tested against PyTorch.",
}

EXPLANATIONS = {
    "Attribution map": "For each pixel, how much it speaks for or against the target according to one method.",
    "Relevance": "The value of an attribution map. Positive: for the target. Negative: against it, where the method "
    "can tell.",
    "Masking": "Replacing a part of the image to see how the score changes. What replaces it is the baseline.",
    "Baseline": "What replaces masked parts: a blurred copy, a mean, the surroundings continued, or noise. "
    "Results depend on it.",
    "Superpixel": "A small connected region of similar pixels; LIME and kernel SHAP mask whole superpixels.",
    "Native cells": "The resolution at which a method works. Finer detail in its map is interpolation.",
    "Seed": "The start of the random numbers. Equal seeds give equal maps.",
    "Embedding": "How a network describes a disc: the mean of its last feature maps. Similar discs have near ones.",
    "Similar disc": "A disc of another patient with a near embedding. Alike for the network, which proves no grade.",
    "Measurements as reasons": "What a regression on measurements of the disc says of a grade. It does not look into "
    "the network; it says whether what can be measured leads to the same grade.",
    "Slices and sequences": "The score of the network with the crop cut from other slices, and without T1 or T2.",
    "Control map": "A map that explains nothing, such as random numbers or the edges of the image. A method that is no "
    "better than a control has shown nothing.",
}

TESTS = {
    "Faithfulness": "Does the network's score change when the parts change that the map calls relevant?",
    "Localisation test": "Does the relevance lie in the anatomy that defines the finding?",
    "Stability test": "Does the map stay the same with another seed, added noise, a shift, or on the next slice?",
    "Robustness test": "Does the map stay the same when the image is altered so little that the prediction stays?",
    "Randomisation test": "Does the map change when the network's weights are shuffled? It should.",
    "Chance level": "What a meaningless map of the same kind would reach.",
    "Confidence interval": "The range that holds the true value in 95 % of repetitions, by bootstrap over patients.",
    "AUROC": "Area under the receiver operating characteristic: the probability that a disc with the finding scores "
    "higher than one without. 0.5 is chance, 1 is perfect.",
    "Limits of agreement": "Mean difference of two measurements, minus and plus 1.96 standard deviations: 95 % of the "
    "differences lie between them (Bland and Altman).",
    "Kappa": "Cohen's kappa: agreement beyond chance, quadratic weights for ordered grades. 1: perfect, 0: chance.",
}


def sections() -> dict[str, Mapping[str, str]]:
    """All terms with their explanations, by section, in the order of the page."""
    return {
        "Images": IMAGES,
        "Spine": SPINE,
        "Findings": {one.label: one.help for one in CONDITIONS},
        "Networks": NETWORKS,
        "Explanations": EXPLANATIONS,
        "Explanation methods": {
            one.label: f"{one.shows} {one.limits} {one.paper}" for one in REGISTRY.values()
        },
        "Tests of explanations": TESTS,
        "Metrics": {one.label: one.help for one in metrics().values()},
    }


def anchor(term: str) -> str:
    """The term as the last part of the page's address."""
    return re.sub(r"[^a-z0-9]+", "-", term.lower().replace("+", "-plus")).strip("-")


def address(term: str) -> str:
    """The address of a term's explanation, relative to any page."""
    return f"{PAGE}#{anchor(term)}"


def link(term: str, words: str = "") -> str:
    """The term, or other words for it, as a Markdown link to its explanation; the words alone where there is none."""
    return f"[{words or term}]({address(term)})" if term in _terms() else words or term


@lru_cache(maxsize=1)
def _terms() -> frozenset[str]:
    return frozenset(term for terms in sections().values() for term in terms)
