"""Many studies read, explained and compared by Dask: one row per map, computed once, kept as it comes."""
