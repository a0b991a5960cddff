"""The addresses of a text, by what any reader's renderer might do with them, in time that grows with its length."""

from redraft.markdown.links.compare import Known, links_added
from redraft.markdown.links.found import Address, Kind
from redraft.markdown.links.scan import addresses

__all__ = ["Address", "Kind", "Known", "addresses", "links_added"]
