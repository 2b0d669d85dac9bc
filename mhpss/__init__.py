"""Mental health and psychosocial support: cases, referrals, directory and measures live behind this wall."""
