"""Teaching with explanations."""
