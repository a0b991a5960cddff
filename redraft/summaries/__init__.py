"""What a chat was about, in few words."""
