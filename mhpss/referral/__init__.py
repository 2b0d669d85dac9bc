"""The referral pathway: from a person's yes to a service to how it ended, by the table of its states."""
