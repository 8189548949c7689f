"""The results of an audit as files: tables, codebook, report, and one archive of all."""
