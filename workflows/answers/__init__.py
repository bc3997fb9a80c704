"""Answers to questions about accounts, by subject. `workflows.answer_question` chooses among them."""
