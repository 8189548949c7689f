"""Studies from a hospital's archive: query, choice of series, retrieval."""
