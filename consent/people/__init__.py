"""Who a record is about, which partners document them, and what staff have set for their safety."""
