"""The path for large models: one streamed answer with all operations, each applied as soon as it is complete."""
