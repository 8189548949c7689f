"""What the networks are, what they were trained on, how well they do, and what they must not be used for."""

from __future__ import annotations

import json
import re
from pathlib import Path

import streamlit as st

from pages.components.model.criteria import goal_tables
from pages.components.model.experiment_results import retraining_tables
from pages.components.model.label_corrections import told_mended
from pages.components.model.performance import (
    confusion_table,
    facts,
    rate_table,
    reliability_chart,
    roc_chart,
    sets_table,
)
from pages.components.model.teachers import teacher_table
from pages.components.model.tuning_results import search_table
from spine_core.assets import ASSETS
from spine_core.evaluation.splits import CALIBRATION_FOLD, TEST_FOLD
from spine_core.networks.conditions import BY_NAME

WEIGHTS = ASSETS / "weights"

PATIENTS = {
    "test": "Test patients (fold 0), never chosen on",
    "selection": "Selection patients (fold 1), chosen and calibrated on: optimistic",
}
FOLDS = {"test": TEST_FOLD, "selection": CALIBRATION_FOLD}
SETS = {
    "sudirman": "Sudirman, one hospital",
    "spider": "SPIDER, four hospitals",
    "phantom": "phantoms, synthetic",
}

PLOTS = re.compile(r"^!\[[^\]]*\]\([^)]*\)\n*", re.MULTILINE)
"""Pictures in the model card."""

path = WEIGHTS / "ensemble.json"
if not path.is_file():
    st.info("The networks' card is missing from this installation.")
    st.stop()
card = json.loads(path.read_text())

st.markdown("### How well each finding is read")
st.markdown(
    "Figures of the shipped networks on public data, single sagittal slices, discs placed by the product itself. "
    "**There is no external clinical validation**: what holds here need not hold for your scanner and your patients."
)
if not card["figures"]:
    st.info("These networks were not measured yet: python -m spine_core evaluate")
    st.stop()

who, where, what = st.columns([4, 3, 3], gap="medium")
folds = [name for name in PATIENTS if name in card["figures"]]
fold = who.selectbox("Patients", folds, format_func=PATIENTS.get)
rows = card["figures"][fold]["graded"]
groups = list(dict.fromkeys((row["source"], row["sequence"]) for row in rows))
group = where.selectbox(
    "Data set and weighting",
    groups,
    index=min(1, len(groups) - 1),
    format_func=lambda key: f"{SETS[key[0]]}, {key[1].upper()}",
)
chosen = {row["condition"]: row for row in rows if (row["source"], row["sequence"]) == group}
name = what.selectbox("Finding", list(chosen), format_func=lambda key: BY_NAME[key].label)
row, condition = chosen[name], BY_NAME[name]
threshold = condition.grade_labels[condition.grades.index(row["at_least"])]
positive = "" if len(condition.grades) == 2 else f" Positive means at least {threshold}."
st.caption(f"{condition.help}{positive}")
if group == ("sudirman", "t1"):
    told_mended(card["figures"][fold]["published"], row)

numbers, curve, trust = st.columns([4, 4, 4], gap="medium")
with numbers:
    facts(row)
with curve:
    st.markdown("**ROC curve**", help="The further the curve bends to the upper left, the better.")
    st.plotly_chart(
        roc_chart(row), width="stretch", alt=f"ROC curve of {condition.label}, area {row['auroc']:.2f}"
    )
with trust:
    st.markdown(
        "**Do the probabilities mean what they say?**",
        help="On the dotted line they do. Below it the networks claim too much, above it too little.",
    )
    st.plotly_chart(
        reliability_chart(row), width="stretch", alt=f"Observed against said probability of {condition.label}"
    )

by_level, by_grade = st.columns([6, 6], gap="medium")
with by_level:
    st.markdown(
        "**Sensitivity and specificity, as the grid shows the finding**",
        help="The grid shows the likeliest side: the finding counts as called where its probability is 50 % or more.",
    )
    rate_table(row)
with by_grade:
    st.markdown(
        "**Discs by label (rows) and by what the networks say (columns)**",
        help="The likeliest grade of each disc. Bold: label and networks agree.",
    )
    confusion_table(row)
    calibrated = [one for one in card["figures"][fold]["calibrated"] if one["condition"] == name]
    if calibrated:
        st.markdown(
            "**Do the sets of grades hold the true one?**",
            help="The set beside each grade holds those that cannot be ruled out. It should hold the true one in nine "
            "of ten discs, and in eight of ten of each grade. Real patients of both data sets and weightings "
            "together; brackets: 95 % intervals over patients. Grades of few patients are told together.",
        )
        sets_table(calibrated[0])

if "test" in card["figures"]:
    st.markdown("### Goals")
    with st.expander("What was to be reached on test patients, and what was", icon=":material/flag:"):
        goal_tables(card["figures"]["test"])

if card.get("teachers"):
    st.markdown("### The teachers")
    with st.expander(
        "What the networks that taught these reach on patients whom they do not know",
        icon=":material/school:",
    ):
        teacher_table(card["teachers"])

if card.get("experiments"):
    st.markdown("### What was tried with retraining")
    st.markdown(
        "Networks trained for comparison, asked about the patients, data set and weighting chosen above. AUROC, and "
        "quadratic kappa where grades are in order, with the 95 % interval over patients; the small line is the "
        "difference from the network compared with, bold where its interval leaves out zero."
    )
    retraining_tables(card["experiments"], FOLDS[fold], group)

if card.get("search"):
    st.markdown("### Hyper-parameters searched")
    search_table(card["search"])

st.markdown("### Model card")
with (
    st.expander("Data, labels, all figures, limits", icon=":material/description:"),
    st.container(width=1000),
):
    # Its plots stand above, drawn; a browser could not fetch the files.
    st.markdown(PLOTS.sub("", (WEIGHTS / "MODEL_CARD.md").read_text()))
cards = [
    "ensemble.json",
    *(f"{Path(entry['file']).stem}.json" for entry in card["members"]),
    "detector.json",
    "segmenter.json",
    "level-counter.json",
]
for file in cards:
    stored = json.loads((WEIGHTS / file).read_text())
    with st.expander(f"{stored['name']} {stored['version']}: contract and hash as stored with the weights"):
        st.json({key: value for key, value in stored.items() if key != "figures"}, expanded=1)
