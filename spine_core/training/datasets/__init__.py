"""Readers of the datasets. Their known defects are described in ``data/README.md`` of the data folder."""
