"""Reasons other than maps, as raters see them: from a graded disc to text, bars and images that are stored."""
