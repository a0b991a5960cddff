"""A turn as a thing that outlives its connection."""
