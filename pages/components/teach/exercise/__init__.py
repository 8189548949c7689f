"""A learner works through a set: the sets, one case of them, the reveal, the reference."""
