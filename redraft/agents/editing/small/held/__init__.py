"""Did it work: what a model writes, held against the request and the draft before any of it is taken."""
