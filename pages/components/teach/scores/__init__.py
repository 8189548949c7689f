"""What a learner's answers were worth."""
