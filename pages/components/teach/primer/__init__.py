"""How to read a map, in six steps."""
