"""Who somebody is: phones, passwords, sessions, tokens."""
