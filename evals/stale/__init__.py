"""Edits that arrive late: a user types while an edit is made, and it is applied to the draft as it is by then."""
