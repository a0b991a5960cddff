"""What is meant: the places of the draft that the words of the request name or point to."""
