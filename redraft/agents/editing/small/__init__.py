"""The path for small models: a request is parsed without the draft, then code looks up what it names."""
