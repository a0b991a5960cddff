"""The messages that the server keeps."""
