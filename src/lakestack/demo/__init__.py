"""The whole round on sample files, and whether its answers are right."""
