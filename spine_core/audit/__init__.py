"""Audits of explanations over many studies; cases or files in, tables of maps with all their metrics out."""
