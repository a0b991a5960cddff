"""What is asked for: the kind of thing, and what the words of the request say by themselves."""
