"""The networks that read, and those that users bring: their cards, which one reads, which are compared."""

from __future__ import annotations

import streamlit as st

from pages.components.networks.add_network import add_network, outcome
from pages.components.networks.choice import choose
from pages.components.networks.network_card import registered_card, released_card
from pages.components.session.state import current
from spine_core.networks.packages.store import stored_networks

store = current()
stored = stored_networks(store.owner)

st.markdown("### Networks")
st.markdown(
    "The networks that this program was released with, and those that you bring. A network of yours reads the open "
    "study, and is explained and compared like ours."
)
choose(store, stored)
with st.expander("Add a network", icon=":material/add:"):
    add_network(store)
outcome(store)
for one in stored:
    registered_card(store, one)
released_card()
