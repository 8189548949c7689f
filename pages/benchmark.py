"""Which methods localise a known lesion: the benchmark on pairs of phantoms, and segmented real slices."""

from __future__ import annotations

from html import escape

import streamlit as st

from pages.components.benchmark.ranking import FIGURES, chart, real_data_table, table
from spine_core.comparison.benchmark.stored import records, summary
from spine_core.networks.conditions import BY_NAME
from spine_core.networks.display_names import network_label

# Pairs of one lesion from which its own ranking is shown: the intervals of fewer mean little.
ENOUGH = 20

st.markdown("### Which methods localise a known lesion")
st.markdown(
    "Each pair is one synthetic spine with and without a lesion; only pairs that the network grades correctly count. A "
    "map of the lesion should mark what changed, and should vanish without the lesion. Control maps, made without the "
    "network's score, show what needs no explanation. **Synthetic**: this does not measure how well the networks grade "
    "patients."
)
kept = records()
if not kept:
    st.info("This installation has no benchmark results: spinelens benchmark --out DIR")
    st.stop()

who, where, what = st.columns([4, 3, 4], gap="medium")
network = who.selectbox("Network", list(kept), format_func=network_label)
record = kept[network]
lesion = where.selectbox(
    "Lesion",
    ["", *(name for name, rows in record.lesions.items() if rows[0].pairs >= ENOUGH)],
    format_func=lambda name: BY_NAME[name].label if name else "All lesions",
    help=f"Lesions with {ENOUGH} pairs or more; the others count in “All lesions”.",
)
ranked = record.lesions[lesion] if lesion else record.ranking
figure = what.selectbox("Metric", list(FIGURES), format_func=lambda name: FIGURES[name][0])
st.html(f'<p class="sl-summary">{escape(summary(ranked))}</p>')

drawn, listed = st.columns([5, 7], gap="large")
with drawn:
    st.plotly_chart(
        chart(ranked, figure),
        width="stretch",
        alt=f"{FIGURES[figure][0]}, by method, with intervals; the table has the same values",
    )
    st.caption(f"{FIGURES[figure][1]} Bars: 95 % intervals over pairs. Band: the best control.")
with listed:
    table(ranked)
    st.caption(
        "Brackets: 95 % intervals over pairs, and of the ranks. Bold: better than the best control on the same pairs "
        "(the interval of the difference lies above 0). The Compare page warns of methods without a bold value."
    )

if record.localisation:
    st.markdown("### On segmented slices of patients")
    first = record.localisation[0]
    st.markdown(
        f"{first['findings']} findings of {first['patients']} patients (SPIDER, T2 SPACE, folds 0 and 1) on which "
        "reader and network agree, one per disc. How much of a map lies where the finding is by definition; a uniform "
        f"map has {first['area']:.2f} there. A map may rightly lie elsewhere, so this does not rank the methods by "
        "itself."
    )
    real_data_table(record.localisation)

st.markdown("### How to repeat it")
asked = f"--network {network} --pairs {record.ranking[0].pairs}"
st.caption(
    f"{network_label(network)}, backend {record.backend}. Repeat it with `spinelens benchmark {asked} --out DIR`. "
    "Expensive methods used fewer samples than on the Explain page; all settings are listed below."
)
with st.expander("Settings", icon=":material/tune:"):
    st.json({"model": record.model.sha256, **record.settings}, expanded=1)
st.download_button(
    "All scores (CSV)",
    record.table.read_bytes,
    file_name=record.table.name,
    mime="text/csv",
    icon=":material/download:",
)
