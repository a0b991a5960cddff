"""What the agents learned of a user: style and facts."""
