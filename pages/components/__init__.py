"""What the pages share: the session's store, job display, pictures of slices."""
