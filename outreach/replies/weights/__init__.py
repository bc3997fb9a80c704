"""The trained model of clauses, a file a language: made by `make model` from `corpus/`, never edited."""
