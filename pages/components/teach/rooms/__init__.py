"""A class in browsers: the pages of learners and of the projector over plain HTTP, and the teacher's page."""
