"""Images of discs that no scanner took: what-if images of a patient's disc, samples, and denoising.

Comes in: a disc's image (``grading.types.DiscImage``), a target, the network that is explained, and what the image is
to show (``types.DiscConditions``). Goes out: ``types.WhatIf``, ``types.Samples`` or a denoised ``DiscImage``. Every
generated image is marked as synthetic (``stamp``).
"""
