"""What redraft remembers of long chats: seen by talks and edits, kept in summaries, learned of the user."""
