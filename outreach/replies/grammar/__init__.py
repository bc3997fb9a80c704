"""One module a language: how its speakers write dates."""
