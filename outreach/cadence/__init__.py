"""Deciding whom to contact today about which invoices, and why not the others. Pure: facts, a policy and a day in,
a plan out."""
