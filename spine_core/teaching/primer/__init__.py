"""How to read a map: six steps on the phantom, each with something to try and a question."""
