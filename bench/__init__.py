"""What redraft costs, measured."""
