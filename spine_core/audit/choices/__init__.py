"""Choices between blinded maps that learners make in exercises: ratings of an audit, in a log of the same kind.

The log of the choices of a set of exercises has the id of the set. Everybody who works through the set may choose, so
that there is no list of raters and no protocol; every entry says what was shown.
"""
