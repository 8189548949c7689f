"""Trains the generators of ``spine_core.synthesis``, and measures how good their images are.

Comes in: crops of labelled discs (``datasets.crop_cache.Crops``). Goes out: weights with a card, and stored figures.
"""
