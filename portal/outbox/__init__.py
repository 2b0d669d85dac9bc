"""What reaches people outside the portal: an outbox, and the ways by which it is emptied."""
