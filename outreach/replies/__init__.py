"""Understanding what customers answer: pure functions from text and facts to a reading with its evidence."""
