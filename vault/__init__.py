"""The ground everything stands on: database, keys, sealed values, commitments, audit, clock."""
