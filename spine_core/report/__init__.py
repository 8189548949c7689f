"""A reading becomes a report that a person may edit, approve and take along.

In: a ``Study``, its ``Reading``, a reader's decisions (``Review``), explanations and comparisons.
Out: a ``Report``, and its PDF, HTML, text and JSON. Research and teaching use; nothing here is a diagnosis.
"""
