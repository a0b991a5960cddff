"""redraft: the self-hosted backend for apps in which people write with an AI."""

__version__ = "0.1.0"
