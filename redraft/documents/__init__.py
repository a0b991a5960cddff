"""Files and their versions."""
