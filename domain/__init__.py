"""The nouns everybody shares and their rules. Pure: no clock, database, network or template."""
