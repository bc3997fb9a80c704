"""Language models that may be asked for a second opinion; off by default."""
