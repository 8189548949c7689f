"""De-identification of what is kept: files of an upload in, files without the patient's identity out."""

from spine_core.library.deidentification.files import DeidentifiedFiles, deidentify_files
from spine_core.library.deidentification.reads_alike import check_reads_alike

__all__ = ["DeidentifiedFiles", "check_reads_alike", "deidentify_files"]
