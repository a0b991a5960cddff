"""What servers of each dialect do, as data, and what redraft makes of it."""
