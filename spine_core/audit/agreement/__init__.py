"""Agreement between raters, one coefficient per file; ratings in, a number with its interval out."""
