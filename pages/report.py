"""The report of the open study: a draft by level that the reader edits, approves and takes along."""

from __future__ import annotations

import streamlit as st

from pages.components import layout
from pages.components.report.approval_panel import approval_panel
from pages.components.report.choices import choices
from pages.components.report.dicom_panel import dicom_panel
from pages.components.report.findings import findings
from pages.components.report.keep_with_case import keep, kept_line, restore
from pages.components.report.key_image_panel import key_images, take_over
from pages.components.report.report_files import preview, report_files
from pages.components.report.report_work import offer_new_draft, report_work
from pages.components.report.sentences import section
from pages.components.session.state import current
from spine_core.report.types import IMPRESSION, NOT_ASSESSED

store = current()
if not layout.need_reading(store):
    st.stop()

restore(store)
work = report_work(store)
take_over(store, work)
keep(store, work)
offer_new_draft(store, work)
choices(store, work)
kept_line(store, work)
left, right = st.columns([13, 11], gap="medium")
with left:
    findings(store, work)
with right:
    section(store, work, IMPRESSION, "Impression")
    section(store, work, NOT_ASSESSED, "Not assessed")
    with st.expander("Key images", icon=":material/imagesmode:", key="report-images"):
        key_images(store, work)
    approval_panel(work)
    report_files(store, work)
    dicom_panel(store, work)
    preview(work.report)
st.caption(
    "“network” and “measured” sentences come from the networks and their segmentation, which no reader has "
    "checked except for outlines that are named as edited; "
    "“reader” is you. What you edit becomes yours, and what stood there before stays visible below it."
)
