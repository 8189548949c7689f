"""The six steps of the primer in words. Page and documentation are made from them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class PrimerStep:
    """``task``: what to try. ``answer``: index of the right one of ``options``. ``explanation``: shown after it."""

    name: str
    title: str
    text: str
    task: str
    question: str
    options: tuple[str, ...]
    answer: int
    explanation: str


STEPS = (
    PrimerStep(
        "methods",
        "What the three methods compute",
        "A map answers one question: which parts of this image raise the network's score for this grade? The methods "
        "ask it in different ways. **LIME** and **SHAP** hide parts of the image and look at the score. LIME fits one "
        "weight per region, images near the original counting most; SHAP shares the score out, so that the values of "
        "all regions add up to the difference between the whole image and none of it. **Grad-CAM** hides nothing: it "
        "looks at the last layer of the network and weights its cells by what they add to the score.",
        "Hide regions and watch the score. Which region alone costs the most? Do two regions matter only together?",
        "All regions are shown but one, and the score falls by 2. What is the SHAP value of that region?",
        (
            "2 by definition",
            "It may differ from 2: SHAP averages over all combinations of the other regions",
            "0, since SHAP does not hide regions",
        ),
        1,
        "SHAP averages what a region adds over all combinations of the others. Where regions replace each other, "
        "hiding one costs little, and both still get their share.",
    ),
    PrimerStep(
        "resolution",
        "Resolution",
        "A map is never sharper than its method. Grad-CAM has one value per cell of the last layer, 12 × 12 over the "
        "view of the disc, and every cell sees much more of the image than its square. LIME and SHAP have one value "
        "per region. What looks smooth was enlarged afterwards.",
        "Switch between the cells as computed and the enlarged map.",
        "The enlarged map has a soft border exactly along the posterior disc margin. What does that tell?",
        (
            "The network found the disc margin",
            "Nothing about the margin: the border comes from enlarging the cells",
            "The network is uncertain there",
        ),
        1,
        "A border that is finer than a cell is made by interpolation. Only the differences between cells are the "
        "network's.",
    ),
    PrimerStep(
        "sign",
        "For and against",
        "LIME and SHAP have a sign: orange speaks for the grade, blue against it. Grad-CAM shows only what speaks "
        "for it; evidence against is cut off. Every map is scaled to its own strongest pixel, so that two equally "
        "bright maps may differ tenfold in what they add to the score.",
        "Ask the opposite question. What becomes of the signed maps, and of the cells of Grad-CAM?",
        "Grad-CAM is dark over the spinal canal. What follows?",
        (
            "The canal speaks against the grade",
            "The canal does not matter to the network",
            "Neither: Grad-CAM does not show evidence against",
        ),
        2,
        "No colour means no evidence for the grade. Whether there is evidence against it needs a method with a sign.",
    ),
    PrimerStep(
        "controls",
        "Controls",
        "A map has to be better than one that knows nothing. SpineLens compares every map with controls: random maps, "
        "the edges of the image, and maps of the same network with random weights. Edges look anatomical, because they "
        "are: they show the image, not the network.",
        "Four maps without their names: two are of the network, two are controls. Choose the ones that you take for "
        "controls, then look.",
        "A map follows the outline of disc and canal exactly. Is that evidence that it explains the network?",
        (
            "Yes: it marks the anatomy that a radiologist would use",
            "No: an edge detector does the same without any network",
        ),
        1,
        "Looking anatomical is not evidence. What counts is whether the score changes when the marked parts are "
        "masked, more than for the controls.",
    ),
    PrimerStep(
        "looks_right",
        "A map that looks right and is not",
        "Faithfulness is tested by deletion: mask the image block by block, what the map marks most first, and watch "
        "the score. If the map marks what the network uses, the score falls at once. A map that only looks right "
        "falls no faster than a random one.",
        "Mask more and more of the image in the order of each map.",
        "Two maps look alike on the disc; masking the first tenth costs 3 log-odds with one, 0.2 with the other. Which "
        "one would you show?",
        ("The one that looks sharper", "The one whose first tenth costs 3", "Both, as they look alike"),
        1,
        "The first marks what this network uses for this grade. Whether the network is right is another question: "
        "no map answers it.",
    ),
    PrimerStep(
        "disagreement",
        "When methods disagree",
        "Methods answer slightly different questions with different resolution, so some disagreement is normal. Where "
        "they agree and all beat the controls, the place is credible. Where they disagree, look at the tests, not at "
        "the nicer map; where none beats the controls, say that the finding has no explanation.",
        "Lay two maps over each other and look at their rank correlation.",
        "Grad-CAM and SHAP mark different places and both beat the controls. What is a fair report?",
        (
            "The one that fits the clinical picture is right",
            "Both places matter to the network; the methods weigh them differently",
            "The network must be wrong",
        ),
        1,
        "Faithfulness is about the network. Two faithful maps can differ, as evidence can be spread over several "
        "places.",
    ),
)

BY_NAME = {step.name: step for step in STEPS}
