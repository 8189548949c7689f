"""The real data sets as pictures with labelled discs. Read ``data/README.md`` of the data folder for the traps."""
