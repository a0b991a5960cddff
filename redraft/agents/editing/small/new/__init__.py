"""What is new: the words that are put there, by code where the request tells them, else by the model."""
