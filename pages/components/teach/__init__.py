"""What the page Teach is made of."""
