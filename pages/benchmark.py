"""Which methods find a lesion whose place is known: the benchmark on pairs of phantoms, and outlined real slices."""

from __future__ import annotations

from html import escape

import streamlit as st

from pages.components.benchmark.ranking import FIGURES, chart, outlined_table, table
from spine_core.comparison.benchmark.stored import records, summary
from spine_core.networks.conditions import BY_NAME
from spine_core.networks.display_names import network_label

# Pairs of one lesion from which its own standings are shown: the intervals of fewer mean little.
ENOUGH = 20

st.markdown("### Which methods find a lesion whose place is known")
st.markdown(
    "Each pair is one computed spine, with a lesion and without; only pairs that the network grades correctly count. A "
    "map of the lesion ought to lie on what changed, and to go when the lesion goes. Control maps, made without the "
    "answer, stand beside. **Synthetic**: this says nothing of how well the networks read patients."
)
kept = records()
if not kept:
    st.info("No benchmark is kept with this installation: python -m spine_core benchmark")
    st.stop()

who, where, what = st.columns([4, 3, 4], gap="medium")
network = who.selectbox("Network", list(kept), format_func=network_label)
record = kept[network]
lesion = where.selectbox(
    "Lesion",
    ["", *(name for name, rows in record.lesions.items() if rows[0].pairs >= ENOUGH)],
    format_func=lambda name: BY_NAME[name].label if name else "All lesions",
    help=f"Those with {ENOUGH} pairs or more; the others count in all.",
)
ranked = record.lesions[lesion] if lesion else record.standings
figure = what.selectbox("Figure", list(FIGURES), format_func=lambda name: FIGURES[name][0])
st.html(f'<p class="sl-summary">{escape(summary(ranked))}</p>')

drawn, listed = st.columns([5, 7], gap="large")
with drawn:
    st.plotly_chart(
        chart(ranked, figure),
        width="stretch",
        alt=f"{FIGURES[figure][0]}, by method, with intervals; the same figures are in the table",
    )
    st.caption(f"{FIGURES[figure][1]} Bars: 95 % intervals over pairs. Band: the best control.")
with listed:
    table(ranked)
    st.caption(
        "Brackets: 95 % intervals over pairs, and of the ranks. Bold: better than the best control on the same pairs "
        "(the interval of the difference lies above 0). Of a method without a bold figure the Compare page says so."
    )

if record.placed:
    st.markdown("### On real slices whose anatomy people outlined")
    first = record.placed[0]
    st.markdown(
        f"{first['findings']} findings of {first['patients']} patients (SPIDER, T2 SPACE, folds 0 and 1), on which the "
        "reader and the network are at one, one per disc. How much of a map lies where the finding is by definition; "
        f"by luck {first['area']:.2f}. A map may rightly lie elsewhere, so this ranks no method by itself."
    )
    outlined_table(record.placed)

st.markdown("### How it was made")
asked = f"--network {network} --pairs {record.standings[0].pairs}"
st.caption(
    f"{network_label(network)}, scored with {record.engine}. Repeat it with `python -m spine_core "
    f"benchmark {asked} --out DIR`. Where a method is dear, fewer samples were taken than the Explain "
    "page takes; all settings are listed below."
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
