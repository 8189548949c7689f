"""What the page Library is made of, and what a kept case adds to other pages."""
