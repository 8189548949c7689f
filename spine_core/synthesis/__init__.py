"""Images of discs that no scanner took: what-if images of a patient's disc, and denoising.

Comes in: a disc's image (``grading.types.DiscImage``), a target, the network that is explained, and what the image is
to show (``conditions.DiscConditions``). Goes out: ``types.WhatIf`` or a denoised ``DiscImage``. Every generated image
that leaves is marked as synthetic (``stamp``); samples (``sampling``) serve the generator's evaluation alone.
"""
