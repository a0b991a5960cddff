"""One turn of a chat: talk, or an edit of the document that came along."""
