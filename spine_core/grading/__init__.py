"""From discs to findings: crops, calibrated probabilities, prediction sets, and the reading as a whole."""
