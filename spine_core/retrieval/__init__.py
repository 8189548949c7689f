"""Discs that look alike to a network.

In: the network's input of a disc (``grading.DiscImage``) and its finding. Out: ``SimilarDiscs``, the nearest discs of
other patients with their grades and distances, from the released index (``assets/retrieval``) or from the reader's
library. Distances are those of the network's own features, so a neighbour is alike for the network, not by anatomy.
"""
