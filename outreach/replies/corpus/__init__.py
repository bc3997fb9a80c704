"""Labelled clauses in five languages: what the model of clauses learns from. One a line under its `[label]`."""
