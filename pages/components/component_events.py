"""Events of our own components."""


def listen() -> None:
    """A callback that does nothing: Streamlit passes an event on only where somebody listens for it."""
