"""Many clients, a few replicas, one database, and everything that can go wrong, by a seeded schedule."""
