"""What can go wrong with a server, as one sentence for the screen."""

from __future__ import annotations


class PacsError(Exception):
    """The message is a sentence; it names the server and never a patient or a credential."""
