"""SpineLens: reading lumbar spine MR and comparing explanations of what networks say about it.

Research and teaching use only; nothing here is a diagnosis.
This package knows nothing of Streamlit; the pages import it, never the other way round.
"""

__version__ = "0.1.0"

DISCLAIMER = "For research and teaching. Not a diagnosis, and not validated for clinical use."
