"""What runs by the clock: leases, schedule, and the tasks that call the domain."""
