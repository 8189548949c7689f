"""Servers of a hospital's archive: query, retrieve and store by DICOMweb (PS3.18) and DIMSE (PS3.7)."""
