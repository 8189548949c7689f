"""Ratings of explanations by readers: a protocol and raters in, blinded sheets and an append-only log out."""
