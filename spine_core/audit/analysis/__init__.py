"""What the ratings of an audit say; one statistic per file, and the exports of all of them."""
