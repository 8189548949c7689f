"""Kept cases: de-identified files, their content store, and the database; files in, cases out."""
