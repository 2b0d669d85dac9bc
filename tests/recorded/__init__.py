"""The store protocol as it was when a version of it was fixed, for tests of what comes after."""
