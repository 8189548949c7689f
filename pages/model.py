"""The Model page: what the networks are, how they were trained, their performance and their limitations."""

from __future__ import annotations

import json
import re
from pathlib import Path

import streamlit as st

from pages.components.model.criteria import criteria_tables
from pages.components.model.experiment_results import experiment_tables
from pages.components.model.label_corrections import corrected_labels_note
from pages.components.model.performance import (
    confusion_table,
    metrics_card,
    prediction_set_table,
    rate_table,
    reliability_chart,
    roc_chart,
)
from pages.components.model.teachers import teacher_table
from pages.components.model.tuning_results import tuning_table
from pages.components.session.state import current
from spine_core.assets import ASSETS
from spine_core.evaluation.datasets import DATASETS
from spine_core.evaluation.splits import CALIBRATION_FOLD, TEST_FOLD
from spine_core.networks.conditions import BY_NAME

WEIGHTS = ASSETS / "weights"

PATIENTS = {
    "test": "Test patients (fold 0), not used for selection",
    "selection": "Selection patients (fold 1), used for selection and calibration: optimistic",
}
FOLDS = {"test": TEST_FOLD, "selection": CALIBRATION_FOLD}
SETS = {one.name: f"{one.label}, {one.origin}" for one in DATASETS}

PLOTS = re.compile(r"^!\[[^\]]*\]\([^)]*\)\n*", re.MULTILINE)
"""Images in the model card."""

path = WEIGHTS / "ensemble.json"
if not path.is_file():
    st.info("The card of the networks is missing from this installation.")
    st.stop()
card = json.loads(path.read_text())

if current().network:
    st.info(
        f"The open study is read by {current().network}, a network that was added here. Its card is on the page "
        "Networks; this page is about the released networks."
    )
st.markdown("### Performance by finding")
st.markdown(
    "Performance of the released networks on public data, on single sagittal slices, with discs placed by the product. "
    "**There is no external clinical validation**: the figures need not hold for other scanners and patients."
)
if not card["figures"]:
    st.info("These networks have not been evaluated yet. Run: python -m spine_core evaluate")
    st.stop()

who, where, what = st.columns([4, 3, 3], gap="medium")
folds = [name for name in PATIENTS if name in card["figures"]]
fold = who.selectbox("Patients", folds, format_func=PATIENTS.get)
rows = card["figures"][fold]["grading"]
groups = list(dict.fromkeys((row["source"], row["sequence"]) for row in rows))
group = where.selectbox(
    "Dataset and weighting",
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
    corrected_labels_note(card["figures"][fold]["original_labels"], row)

numbers, curve, trust = st.columns([4, 4, 4], gap="medium")
with numbers:
    metrics_card(row)
with curve:
    st.markdown("**ROC curve**", help="The closer the curve is to the upper left corner, the better.")
    st.plotly_chart(
        roc_chart(row), width="stretch", alt=f"ROC curve of {condition.label}, area {row['auroc']:.2f}"
    )
with trust:
    st.markdown(
        "**Calibration**",
        help="On the dotted line, predicted probabilities equal observed frequencies. Below it the networks are "
        "overconfident, above it underconfident.",
    )
    st.plotly_chart(
        reliability_chart(row),
        width="stretch",
        alt=f"Observed frequency against predicted probability of {condition.label}",
    )

by_level, by_grade = st.columns([6, 6], gap="medium")
with by_level:
    st.markdown(
        "**Sensitivity and specificity, as shown on the Read page**",
        help="The grid shows the more likely class: a finding counts as present if its probability is 50 % or more.",
    )
    rate_table(row)
with by_grade:
    st.markdown(
        "**Discs by label (rows) and predicted grade (columns)**",
        help="The most likely grade of each disc. Bold: label and prediction agree.",
    )
    confusion_table(row)
    calibration = [one for one in card["figures"][fold]["calibration"] if one["condition"] == name]
    if calibration:
        st.markdown(
            "**Coverage of the prediction sets**",
            help="A prediction set holds the grades that are not excluded. It should contain the true grade in "
            "90 % of all discs and in 80 % of the discs of each grade. Real patients of both datasets and "
            "weightings; brackets: 95 % bootstrap intervals over patients. Grades with few patients are merged.",
        )
        prediction_set_table(calibration[0])

if "test" in card["figures"]:
    st.markdown("### Acceptance criteria")
    with st.expander("Criteria on the test patients, and whether they are met", icon=":material/flag:"):
        criteria_tables(card["figures"]["test"])

if card.get("teachers"):
    st.markdown("### Teachers")
    with st.expander(
        "Performance of the teacher networks on patients they were not trained on",
        icon=":material/school:",
    ):
        teacher_table(card["teachers"])

if card.get("experiments"):
    st.markdown("### Ablations with retraining")
    st.markdown(
        "Networks trained for comparison, on the patients, dataset and weighting chosen above. The table gives the "
        "AUROC with its 95 % interval over patients; the small line is the difference from the reference, bold if its "
        "interval excludes zero."
    )
    experiment_tables(card["experiments"], FOLDS[fold], group)

if card.get("tuning"):
    st.markdown("### Hyper-parameter tuning")
    tuning_table(card["tuning"])

st.markdown("### Model card")
with (
    st.expander("Data, labels, all figures, limitations", icon=":material/description:"),
    st.container(width=1000),
):
    # The plots are shown above; a browser cannot fetch the files.
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
    with st.expander(
        f"{stored['name']} {stored['version']}: preprocessing and hash as stored with the weights"
    ):
        st.json({key: value for key, value in stored.items() if key != "figures"}, expanded=1)
