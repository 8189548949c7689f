"""Exercises: a learner reads a case alone and commits, and only then sees what the networks say of it, and why."""
