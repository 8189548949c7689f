"""A class works through a set together: steps of a teacher and answers of guests go in, what each may see comes out."""
