"""Which slice and which weighting decided: the network is asked again with each of them replaced or left out.

In: a disc's image, its study and the network. Out: an ``InputExplanation``: the score by slice and by weighting, and
whether removing them one after the other confirms that order.
"""
