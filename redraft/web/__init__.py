"""HTTP's own business, the same for every call: problems, request ids, event streams, pages."""
