"""What a person has allowed, and the rights they hold over it. Knows no web framework."""
