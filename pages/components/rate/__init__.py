"""What the page Rate is made of: the sheets of a rating study as raters fill them in."""
