"""Two sets of exercises that come with SpineLens: phantoms with known truth, drawn by seed on the user's machine."""
