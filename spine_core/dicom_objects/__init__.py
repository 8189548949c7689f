"""DICOM objects of a reading: report, outlines, maps, key images and document, and their way back.

In: an open ``Study`` with the files it was opened from, its ``Reading``, a ``Report`` and explanations.
Out: data sets with the source's identifiers (``objects.make_objects``), to be stored or downloaded; and what a report
of ours, or a segmentation of anybody, holds (``read_report``, ``read_segmentation``). Research and teaching use;
nothing here is a diagnosis, and every object says so.
"""
