"""A teacher makes sets, releases what the networks say, and sees what was answered."""
